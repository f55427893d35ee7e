"""The editions and provisions that a dataset carries, as values."""

from __future__ import annotations

from datetime import date

from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset, Row
from crosswalk.models import Edition, Provision
from crosswalk.namespaces import BASE

__all__ = ["curie", "edition", "editions", "labels", "local_id", "newest", "provisions", "topics"]


def editions(dataset: Dataset) -> list[Edition]:
    """Return the editions of a dataset, by key.

    >>> from crosswalk.graph import open_dataset
    >>> [e.edition for e in editions(open_dataset())][:2]
    ['eu-ai-act-2024', 'eu-ai-act-2026']
    """
    known = dataset.knowledge
    return known.remember("editions", lambda: _editions(known))


def _editions(dataset: Dataset) -> list[Edition]:
    names: dict[str, list[str]] = {}
    for row in dataset.rows("catalogue/edition-names"):
        names.setdefault(row["edition"] or "", []).append(row["name"] or "")
    return [_edition(row, names) for row in dataset.rows("catalogue/editions")]


def _edition(row: Row, names: dict[str, list[str]]) -> Edition:
    key = row["edition"] or ""
    return Edition(
        edition=key,
        title=row["title"] or "",
        publisher=row["publisher"] or "",
        version=row["version"] or "",
        issued=row["issued"],
        in_force_from=row["in_force_from"],
        in_force_to=row["in_force_to"],
        provisions=int(row["provisions"] or 0),
        counted=int(row["counted"] or 0),
        text_licence=row["text_licence"] or "",
        iri=row["iri"] or "",
        framework=(row["framework"] or "").rsplit("/", 1)[-1],
        legal_force=row["legal_force"] == "true",
        coverage_defined=row["coverage_defined"] != "false",
        id_pattern=row["id_pattern"] or "",
        cited_as=tuple(names.get(key, ())),
    )


def edition(dataset: Dataset, name: str, *, as_of: date) -> Edition:
    """Return the edition of a name: its key, or a framework's name without a year.

    A name without a year means the newest carried edition in force by ``as_of``.

    :raises UsageError: if no edition has that name; names the nearest.
    """
    carried = editions(dataset)
    for one in carried:
        if one.edition == name:
            return one
    wanted = name.casefold()
    exact = [one for one in carried if any(c.casefold() == wanted for c in one.cited_as)]
    candidates = [one for one in carried if one.framework == wanted] or exact
    if candidates:
        return newest(candidates, as_of=as_of)
    known = [one.edition for one in carried]
    raise UsageError(
        f"unknown edition {name!r}",
        remedy=nearest(name, known) or "`crosswalk frameworks` lists those that are carried.",
    )


def newest(candidates: list[Edition], *, as_of: date) -> Edition:
    """Return the newest of some editions that is in force at a date, else the oldest."""

    def start(one: Edition) -> str:
        return one.in_force_from or one.issued or ""

    in_force = [one for one in candidates if start(one) <= as_of.isoformat()]
    return max(in_force, key=start) if in_force else min(candidates, key=start)


def provisions(dataset: Dataset, key: str) -> list[Provision]:
    """Return the provisions of an edition, in its own order.

    >>> from crosswalk.graph import open_dataset
    >>> sum(p.counted for p in provisions(open_dataset(), "iso-42001-2023"))
    70
    """
    known = dataset.knowledge
    return known.remember(("provisions", key), lambda: _provisions(known, key))


def _provisions(dataset: Dataset, key: str) -> list[Provision]:
    found = topics(dataset, key)
    return [
        Provision(
            id=row["id"] or "",
            parent=row["parent"] or "",
            kind=row["kind"] or "",
            title=row["title"] or "",
            counted=row["counted"] == "true",
            iri=row["iri"] or "",
            edition=key,
            children_exhaust=row["children_exhaust"] == "true",
            paraphrase=row["paraphrase"],
            note=row["note"],
            topics=tuple(found.get(row["iri"] or "", ())),
            position=int(row["position"] or 0),
        )
        for row in dataset.rows("catalogue/provisions", edition=key)
    ]


def topics(dataset: Dataset, key: str) -> dict[str, list[str]]:
    """Return provision IRI → topics of an edition."""
    result: dict[str, list[str]] = {}
    for row in dataset.rows("catalogue/topics", edition=key):
        result.setdefault(row["iri"] or "", []).append(row["topic"] or "")
    return result


def labels(dataset: Dataset) -> dict[str, str]:
    """Return provision IRI → title of all editions, in the catalogue's order."""
    return {row["iri"] or "": row["title"] or "" for row in dataset.rows("catalogue/labels")}


def local_id(iri: str) -> tuple[str, str]:
    """Return (edition key, id as in the IRI) of a provision's IRI; ("", IRI) if it is none.

    >>> local_id("https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.4")
    ('iso-42001-2023', 'A.6.2.4')
    """
    if not iri.startswith(BASE + "id/"):
        return "", iri
    key, _, rest = iri.removeprefix(BASE + "id/").partition("/")
    return key, rest


def curie(iri: str) -> str:
    """Return a provision's IRI as ``edition:id``; any other IRI as it is.

    >>> curie("https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.4")
    'iso-42001-2023:A.6.2.4'
    """
    key, rest = local_id(iri)
    return f"{key}:{rest}" if key else iri
