"""Recording that an organisation accepts an inference (semantics §3)."""

from __future__ import annotations

import hashlib
import re
from datetime import date

from crosswalk.coverage.status import Evaluation
from crosswalk.errors import UsageError
from crosswalk.models import Provision, Status
from crosswalk.namespaces import BASE

__all__ = ["acceptance"]


def acceptance(
    evaluation: Evaluation, provision: Provision, *, by: str, why: str, on: date
) -> tuple[str, str]:
    """Return (name, Turtle) of an acceptance of the inference that satisfies a provision.

    It counts from its date and lapses when a mapping row of its path changes.

    :param by: who accepts: an IRI, or a name that becomes ``…/person/{name}``.
    :raises UsageError: if nothing is inferred to satisfy the provision, or it is capped.
    """
    status = next((s for s in evaluation.statuses if s.provision.iri == provision.iri), None)
    if status is None:
        raise UsageError(
            f"{provision.id} is not counted in {evaluation.edition.edition}",
            remedy="Only an inferred status of a counted provision can be accepted.",
        )
    if status.status is not Status.SATISFIED_INFERRED or status.derivation is None:
        hint = (
            "A standard mapped to a law is capped at supported: assess the provision directly."
            if status.status is Status.SUPPORTED
            else "Only an inference that satisfies the provision can be accepted."
        )
        raise UsageError(f"{provision.id} is {status.status}", remedy=hint)
    if not by.strip() or not why.strip():
        raise UsageError("an acceptance needs --by and --why", remedy="Say who accepts and why.")
    scope = evaluation.scope
    org = scope.organization.removeprefix(BASE + "org/").split("/")[0]
    root = f"{BASE}org/{org if scope.organization.startswith(BASE) and org else 'data'}"
    slug = "-".join(re.findall(r"[a-z0-9]+", by.casefold())) or "unnamed"
    person = by if by.startswith(("http://", "https://")) else f"{root}/person/{slug}"
    paths = sorted(status.derivation.mappings)
    digest = hashlib.sha256("\n".join([provision.iri, on.isoformat(), *paths]).encode())
    me = f"{root}/acceptance/{digest.hexdigest()[:16]}"
    lines = [
        f"<{me}> a cw:InferenceAcceptance ;",
        f"    cw:provision <{provision.iri}> ;",
        *([f"    cw:inScope <{scope.iri}> ;"] if scope.iri else []),
        f"    cw:acceptedBy <{person}> ;",
        f'    cw:acceptedOn "{on.isoformat()}"^^xsd:date ;',
        *(["    cw:acceptedPath " + " , ".join(f"<{i}>" for i in paths) + " ;"] if paths else []),
        f"    cw:justification {_literal(why)} .",
        "",
    ]
    if not by.startswith(("http://", "https://")):
        lines += [f"<{person}> <http://www.w3.org/2000/01/rdf-schema#label> {_literal(by)} .", ""]
    return me, "\n".join(lines)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{escaped}"'
