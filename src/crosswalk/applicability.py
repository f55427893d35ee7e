"""Whether a duty binds an operator at a date (semantics §5).

A duty binds if role, risk class and date of application say so and its narrower conditions
hold. All of it is asked of the evidence; what is not on record is *undetermined*, never assumed.
Where one fact already settles that a duty does not bind at the date (not addressed, not yet,
legacy), an open question about another fact does not change the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset, Row
from crosswalk.models import Binding, BindingAnswer, Edition, OpenFact
from crosswalk.namespaces import edition_iri

__all__ = ["OPERATORS", "System", "bindings", "combine", "open_questions", "systems"]

OPERATORS = frozenset(
    [
        "provider",
        "deployer",
        "importer",
        "distributor",
        "product-manufacturer",
        "authorised-representative",
        "gpai-provider",
    ]
)
EVERY_CLASS = frozenset(("any", "prohibited", "transparency", "none"))
HIGH_RISK = ("high-risk-annex-III", "high-risk-annex-I")
CLASSIFIER = {"high-risk-annex-III": "article-6/par-2", "high-risk-annex-I": "article-6/par-1"}
BECOMES_PROVIDER = "article-25/par-1/pt-b"
PUBLIC_LEGACY_END = "2030-08-02"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a system's design; None where it is not stated."""

    label: str
    on: str
    by_operator: bool
    significant: bool | None
    substantial: bool | None
    settled_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """What is on record about one AI system and its operator."""

    iri: str
    label: str
    organization: str
    roles: frozenset[str]
    risk_classes: frozenset[str]
    meets: frozenset[str]
    fails: frozenset[str]
    annex_points: tuple[str, ...]
    placed_on_market: str | None
    put_into_service: str | None
    scopes: frozenset[str]
    changes: tuple[Change, ...]

    @property
    def provider_question(self) -> Change | None:
        """The change that may have made the operator the provider, Art. 25(1)(b); else None."""
        if "provider" in self.roles or (self.risk_classes and not self.risk_classes & {*HIGH_RISK}):
            return None
        for change in self.changes:
            if change.by_operator and change.substantial is None:
                return change
        return None

    @property
    def became_provider(self) -> Change | None:
        """The change that did make the operator the provider, Art. 25(1)(b); else None."""
        for change in self.changes:
            if change.by_operator and change.substantial:
                return change
        return None


@dataclass(frozen=True, slots=True)
class _Condition:
    slug: str
    label: str
    definition: str
    parts: tuple[str, ...]
    settled_by: tuple[str, ...]
    settled_by_other: tuple[str, ...]
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Duty:
    iri: str
    id: str
    position: int
    counted: bool
    addressees: frozenset[str]
    classes: frozenset[str]
    conditions: tuple[str, ...]
    formal: str | None
    by_class: dict[str, str]
    transitional_before: str | None
    transitional_until: str | None

    def presupposes_high_risk(self, held: frozenset[str]) -> bool:
        """Return whether the duty reaches a system of these classes only as a high-risk one."""
        reached = self.classes & held or self.classes
        return bool(reached) and reached <= set(HIGH_RISK)


def systems(dataset: Dataset, *, as_of: date) -> list[System]:
    """Return the AI systems on record, with the design changes made on or before a day."""
    return [*dataset.remember(("systems", as_of), lambda: _read_systems(dataset, as_of))]


def _read_systems(dataset: Dataset, as_of: date) -> tuple[System, ...]:
    facts: dict[str, dict[str, list[str]]] = {}
    for row in dataset.rows("applicability/system-facts"):
        one = facts.setdefault(row["system"] or "", {})
        one.setdefault(row["property"] or "", []).append(row["value"] or "")
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in dataset.rows("applicability/design-changes", as_of=as_of):
        grouped.setdefault((row["system"] or "", row["change"] or ""), []).append(row)
    changes: dict[str, list[Change]] = {}
    for (owner, _), rows in grouped.items():
        changes.setdefault(owner, []).append(_change(rows))
    return tuple(
        System(
            iri=iri,
            label=_first(one, "label") or iri.rsplit("/", 1)[-1],
            organization=_first(one, "organization_label") or _first(one, "organization") or "",
            roles=frozenset(one.get("role", ())),
            risk_classes=frozenset(one.get("risk_class", ())),
            meets=frozenset(one.get("meets", ())),
            fails=frozenset(one.get("fails", ())),
            annex_points=tuple(one.get("annex_point", ())),
            placed_on_market=_first(one, "placed_on_market"),
            put_into_service=_first(one, "put_into_service"),
            scopes=frozenset(one.get("scope", ())),
            changes=tuple(changes.get(iri, ())),
        )
        for iri, one in sorted(facts.items())
    )


def _first(facts: dict[str, list[str]], name: str) -> str | None:
    values = facts.get(name)
    return values[0] if values else None


def _change(rows: list[Row]) -> Change:
    row = rows[0]
    means = sorted({r["settled_by"] for r in rows if r["settled_by"]})

    def stated(value: str | None) -> bool | None:
        return None if value is None else value == "true"

    return Change(
        label=row["label"] or "a design change",
        on=row["changed_on"] or "",
        by_operator=row["changed_by"] is not None and row["changed_by"] == row["operator"],
        significant=stated(row["significant"]),
        substantial=stated(row["substantial"]),
        settled_by=tuple(m.rstrip(".") for m in means) or ("An assessment against Art. 3(23)",),
    )


def bindings(
    dataset: Dataset,
    edition: Edition,
    *,
    as_of: date,
    horizon: date | None = None,
    role: str | None = None,
    system: str | None = None,
    scopes: Collection[str] = (),
) -> list[Binding]:
    """Return, for each system and each counted duty of a law, whether it binds at a date.

    :param as_of: the day up to which the evidence is read.
    :param horizon: the day for which the question is asked; default ``as_of``.
    :param role: only duties that address this operator role.
    :param system: only this system, by IRI or label.
    :param scopes: only the systems of these scopes, by IRI; default all.
    :returns: by system, then in the law's order; empty if there is no system on record.
    :raises UsageError: if the role or the system is unknown.
    """
    if role is not None and role not in OPERATORS:
        raise UsageError(
            f"unknown role {role!r}",
            remedy=nearest(role, OPERATORS) or f"Roles are {', '.join(sorted(OPERATORS))}.",
        )
    chosen = _chosen(systems(dataset, as_of=as_of), system, scopes)
    duties = _duties(dataset, edition)
    conditions = _conditions(dataset)
    base = edition_iri(edition.edition) + "/"
    starts = {
        klass: found.by_class.get(klass) or found.formal or ""
        for klass, name in CLASSIFIER.items()
        for found in [duties.get(base + name)]
        if found is not None
    }
    day = (horizon or as_of).isoformat()
    found_bindings: list[Binding] = []
    for one in chosen:
        judge = _Judge(one, conditions, starts, day, role)
        for duty in sorted(duties.values(), key=lambda d: d.position):
            if duty.id == BECOMES_PROVIDER and role in (None, "deployer", "provider"):
                question = judge.becomes_provider(duty)
                if question is not None:
                    found_bindings.append(question)
            if duty.counted and (role is None or duty.addressees & {role, "any-operator"}):
                found_bindings.append(judge.decide(duty))
    return found_bindings


def _chosen(found: list[System], system: str | None, scopes: Collection[str]) -> list[System]:
    if scopes and any(one.scopes for one in found):
        found = [one for one in found if not one.scopes.isdisjoint(scopes)]
    if system is None:
        return found
    picked = [one for one in found if system in (one.iri, one.label, one.iri.rsplit("/", 1)[-1])]
    if not picked:
        names = [one.label for one in found] + [one.iri.rsplit("/", 1)[-1] for one in found]
        raise UsageError(
            f"unknown system {system!r}",
            remedy=nearest(system, names) or f"On record: {', '.join(names) or 'none'}.",
        )
    return picked


def _duties(dataset: Dataset, edition: Edition) -> dict[str, _Duty]:
    known = dataset.knowledge
    return known.remember(("duties", edition.edition), lambda: _read_duties(known, edition))


def _read_duties(dataset: Dataset, edition: Edition) -> dict[str, _Duty]:
    facts: dict[str, dict[str, list[str]]] = {}
    for row in dataset.rows("applicability/obligation-facts", edition=edition.edition):
        one = facts.setdefault(row["iri"] or "", {})
        one.setdefault(row["property"] or "", []).append(row["value"] or "")
    return {
        iri: _Duty(
            iri=iri,
            id=_first(one, "id") or "",
            position=int(_first(one, "position") or 0),
            counted=_first(one, "counted") == "true",
            addressees=frozenset(one.get("addressee", ())),
            classes=frozenset(one.get("risk_class", ())),
            conditions=tuple(sorted(one.get("condition", ()))),
            formal=_first(one, "applies_from"),
            by_class={k: one[k][0] for k in HIGH_RISK if k in one},
            transitional_before=_first(one, "transitional_before"),
            transitional_until=_first(one, "transitional_until"),
        )
        for iri, one in facts.items()
    }


def _conditions(dataset: Dataset) -> dict[str, _Condition]:
    known = dataset.knowledge
    return known.remember("conditions", lambda: _read_conditions(known))


def _read_conditions(dataset: Dataset) -> dict[str, _Condition]:
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("applicability/conditions"):
        grouped.setdefault(row["slug"] or "", []).append(row)

    def all_of(rows: list[Row], name: str) -> tuple[str, ...]:
        return tuple(sorted({row[name] or "" for row in rows} - {""}))

    return {
        slug: _Condition(
            slug,
            rows[0]["label"] or slug,
            rows[0]["definition"] or "",
            all_of(rows, "part"),
            all_of(rows, "settled_by"),
            all_of(rows, "settled_by_other"),
            all_of(rows, "requires"),
        )
        for slug, rows in grouped.items()
    }


@dataclass(slots=True)
class _Judge:
    """Decides the duties of one system for one day."""

    system: System
    conditions: dict[str, _Condition]
    starts: dict[str, str]
    day: str
    role: str | None

    def decide(self, duty: _Duty) -> Binding:
        """Return the answer for one duty: no, not-yet, legacy, undetermined or yes."""
        open_facts: list[OpenFact] = []
        for refused in (
            self._role(duty, open_facts),
            self._risk_class(duty, open_facts),
            self._conditions(duty, open_facts),
        ):
            if refused:
                return self._answer(duty, BindingAnswer.NO, self._start(duty)[0], refused)
        start, dated = self._start(duty)
        if start is None:
            open_facts.append(
                OpenFact("date", "no date of application is on record", ("The law's own text.",))
            )
        elif self.day < start:
            return self._answer(duty, BindingAnswer.NOT_YET, start, dated)
        self._transition(duty, open_facts)
        legacy = self._legacy(duty, open_facts)
        if legacy:
            return self._answer(duty, BindingAnswer.LEGACY, start, legacy)
        if open_facts:
            why = "open: " + "; ".join(fact.text for fact in open_facts)
            return self._answer(duty, BindingAnswer.UNDETERMINED, start, why, open_facts)
        return self._answer(duty, BindingAnswer.YES, start, f"{self._addressed(duty)}; {dated}")

    def becomes_provider(self, duty: _Duty) -> Binding | None:
        """Return the answer to whether the operator has become the provider, Art. 25(1)(b)."""
        done, question = self.system.became_provider, self.system.provider_question
        start = self._start(duty)[0]
        if done is not None:
            why = f"{done.label} ({done.on}) is recorded as a substantial modification"
            return self._answer(duty, BindingAnswer.YES, start, why)
        if question is None:
            return None
        fact = _provider_fact(question, self.system.organization or "the operator")
        why = f"open: {fact.text}; to be settled by {'; or '.join(fact.settled_by)}"
        return self._answer(duty, BindingAnswer.UNDETERMINED, start, why, [fact])

    def _answer(
        self,
        duty: _Duty,
        answer: BindingAnswer,
        start: str | None,
        why: str,
        open_facts: Iterable[OpenFact] = (),
    ) -> Binding:
        return Binding(
            system=self.system.label,
            provision=duty.id,
            addressee=" ".join(sorted(duty.addressees)),
            risk_class=" ".join(sorted(duty.classes)),
            applies_from=start,
            binds=answer,
            why=why,
            iri=duty.iri,
            open_facts=tuple(open_facts),
        )

    def _addressed(self, duty: _Duty) -> str:
        held = sorted(duty.addressees & self._roles())
        return f"addresses the {held[0]}" if held else "addresses any operator"

    def _roles(self) -> frozenset[str]:
        roles = self.system.roles
        if self.system.became_provider is not None:
            roles |= {"provider"}
        return roles

    def _role(self, duty: _Duty, open_facts: list[OpenFact]) -> str | None:
        wanted = duty.addressees & OPERATORS
        if self.role is not None:
            wanted &= {self.role}
        roles = self._roles()
        if not roles:
            open_facts.append(
                OpenFact(
                    "role",
                    "the role held for the system is not on record",
                    ("The role of the operator for the system: cw:roleHeld.",),
                )
            )
            return None
        if "any-operator" in duty.addressees or wanted & roles:
            return None
        question = self.system.provider_question
        if "provider" in wanted and question is not None:
            open_facts.append(_provider_fact(question, self.system.organization or "the operator"))
            return None
        return f"addresses {_words(wanted or duty.addressees)}; the role held is {_words(roles)}"

    def _risk_class(self, duty: _Duty, open_facts: list[OpenFact]) -> str | None:
        if duty.classes & EVERY_CLASS or not duty.classes:
            return None
        held = self.system.risk_classes
        if not held:
            open_facts.append(
                OpenFact(
                    "risk-class",
                    "the risk class of the system is not on record",
                    ("The classification of the system: cw:riskClass.",),
                )
            )
            return None
        if duty.classes & held:
            return None
        return f"concerns {_words(duty.classes)}; the system is {_words(held)}"

    def _conditions(self, duty: _Duty, open_facts: list[OpenFact]) -> str | None:
        for slug in duty.conditions:
            holds = self._holds(slug)
            label = self.conditions[slug].label if slug in self.conditions else slug
            if holds is False:
                return f"narrower condition is not met: {label}"
            if holds is None:
                open_facts.append(
                    OpenFact(
                        "condition",
                        f"not on record: {label} (condition:{slug})",
                        (
                            "A fact on record for the system or the organisation: "
                            f"cw:meetsCondition or cw:failsCondition condition:{slug}.",
                        ),
                        slug,
                    )
                )
        return None

    def _holds(self, slug: str) -> bool | None:
        """Return whether a condition holds; None if the evidence does not say."""
        if slug in self.system.meets:
            return True
        if slug in self.system.fails:
            return False
        condition = self.conditions.get(slug)
        points = self.system.annex_points
        if condition is None:
            return None
        if condition.parts:
            parts = [self._holds(part) for part in condition.parts]
            return True if True in parts else (None if None in parts else False)
        if not points:
            return None
        if condition.settled_by:
            return any(_under(p, condition.settled_by) for p in points)
        if condition.settled_by_other:
            return any(not _under(p, condition.settled_by_other) for p in points)
        if condition.requires and not any(_under(p, condition.requires) for p in points):
            return False
        return None

    def _start(self, duty: _Duty) -> tuple[str | None, str]:
        """Return the day from which a duty binds this system, and the dates that say so."""
        held = [k for k in HIGH_RISK if k in duty.classes and k in self.system.risk_classes]
        classes = held or [k for k in HIGH_RISK if k in duty.by_class]
        dates = sorted(duty.by_class[k] for k in classes if k in duty.by_class)
        formal = dates[0] if dates else duty.formal
        if formal is None:
            return None, ""
        start, dated = formal, f"applies from {formal}"
        if duty.presupposes_high_risk(self.system.risk_classes):
            risk = min((self.starts[k] for k in held or HIGH_RISK if k in self.starts), default="")
            if risk > start:
                start = risk
                dated = (
                    f"applies formally from {formal}, but presupposes the high-risk class, "
                    f"for which Art. 6 binds from {risk}"
                )
        placed = self.system.placed_on_market or self.system.put_into_service
        before, until = duty.transitional_before, duty.transitional_until
        if before and until and placed and placed < before and until > start:
            start, dated = until, f"{dated}; placed on the market before {before}: from {until}"
        return start, dated

    def _transition(self, duty: _Duty, open_facts: list[OpenFact]) -> None:
        """Note that a transition of Art. 111(3) or (4) hangs on a date that is not on record."""
        before, until = duty.transitional_before, duty.transitional_until
        dated = self.system.placed_on_market or self.system.put_into_service
        if before and until and not dated and self.day < until:
            open_facts.append(
                OpenFact(
                    "placing",
                    f"whether the system was placed on the market before {before}, Art. 111",
                    ("The dates of the system: cw:placedOnMarket, cw:putIntoService.",),
                )
            )

    def _legacy(self, duty: _Duty, open_facts: list[OpenFact]) -> str | None:
        """Return why Art. 111(2) leaves the duty out, or None."""
        if not duty.presupposes_high_risk(self.system.risk_classes):
            return None
        held = [k for k in HIGH_RISK if k in self.system.risk_classes and k in duty.classes]
        risk = min((self.starts[k] for k in held or HIGH_RISK if k in self.starts), default="")
        placed = [d for d in (self.system.placed_on_market, self.system.put_into_service) if d]
        if not risk or self.day < risk:
            return None
        if not placed:
            open_facts.append(
                OpenFact(
                    "placing",
                    f"whether the system was placed on the market before {risk}, Art. 111(2)",
                    ("The dates of the system: cw:placedOnMarket, cw:putIntoService.",),
                )
            )
            return None
        first = min(placed)
        if first >= risk:
            return None
        if self.day >= PUBLIC_LEGACY_END:
            public = self._holds("public-body")
            if public:
                return None
            if public is None:
                open_facts.append(
                    OpenFact(
                        "public-use",
                        "whether the system is meant for public authorities, Art. 111(2)",
                        ("cw:meetsCondition or cw:failsCondition condition:public-body.",),
                    )
                )
                return None
        since = [c for c in self.system.changes if c.on >= risk]
        if any(c.significant for c in since):
            return None
        unstated = [c for c in since if c.significant is None]
        if unstated:
            open_facts.append(
                OpenFact(
                    "significance",
                    f"whether {unstated[0].label} ({unstated[0].on}) changed the design "
                    "significantly, Art. 111(2)",
                    ("A statement on the design change: cw:significant true or false.",),
                )
            )
            return None
        return (
            f"Art. 111(2): in service since {max(placed)}, before {risk}; binds once its design "
            "changes significantly from that date"
        )


def _provider_fact(change: Change, operator: str) -> OpenFact:
    return OpenFact(
        "provider",
        f"whether “{change.label}” ({change.on}) was a substantial modification that made "
        f"{operator} the provider, Art. 25(1)(b)",
        tuple(means if means.endswith("?") else f"{means}." for means in change.settled_by),
    )


def _under(point: str, heads: Iterable[str]) -> bool:
    return any(point == head or point.startswith(head + "/") for head in heads)


def _words(tokens: Iterable[str]) -> str:
    return ", ".join(sorted(tokens))


def combine(found: Iterable[Binding]) -> dict[str, Binding]:
    """Return provision IRI → the strongest answer over all systems."""
    order = [
        BindingAnswer.YES,
        BindingAnswer.UNDETERMINED,
        BindingAnswer.NOT_YET,
        BindingAnswer.LEGACY,
        BindingAnswer.NO,
    ]
    best: dict[str, Binding] = {}
    for one in found:
        held = best.get(one.iri)
        if held is None or order.index(one.binds) < order.index(held.binds):
            best[one.iri] = one
    return best


def open_questions(found: Iterable[Binding]) -> list[Binding]:
    """Return the bindings that nobody can decide on what is on record."""
    return [one for one in found if one.binds is BindingAnswer.UNDETERMINED]
