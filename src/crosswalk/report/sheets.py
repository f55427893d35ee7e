"""The tables of a report as plain rows, once, for every format that shows tables.

A sheet has a heading, columns with their kind and width, and rows of plain values; how it looks is
the matter of whoever draws it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crosswalk.plan import Action
from crosswalk.report.method import cited, gap_words
from crosswalk.report.pictures import KEYS, RESULT, percent
from crosswalk.report.texts import Texts
from crosswalk.report.values import Report, Section, Statement

__all__ = [
    "Cell",
    "Column",
    "Sheet",
    "audit_findings",
    "bound",
    "coverage",
    "duties",
    "evidence",
    "facts",
    "files",
    "findings",
    "gaps",
    "mapping_rows",
    "mapping_sets",
    "measurements",
    "nonconformities",
    "notes",
    "outside",
    "plan",
    "printable",
    "questions",
    "risks",
    "share",
    "soa",
    "statuses",
    "tally",
]

Cell = str | int | float | date | None
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MANY = 12
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its width in letters, whether it holds text, numbers or days."""

    heading: str
    width: int = 24
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: what it is called, what it shows, its columns and rows.

    ``fixed`` is how many columns say which thing a row is about.
    """

    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    fixed: int = 1


def printable(text: str) -> str:
    """Return a text without what XML cannot hold, each replaced by the sign for it.

    >>> printable("a" + chr(7)) == "a" + chr(0xFFFD)
    True
    """
    return UNPRINTABLE.sub("\ufffd", text)


def facts(report: Report, texts: Texts) -> tuple[tuple[str, str], ...]:
    """Return what every report says of itself: whose, as of when, from what, by what."""
    day = str(report.as_of)
    if report.horizon:
        day += ", " + texts("report.horizon", day=report.horizon)
    if report.known_at:
        day += ", " + texts("report.known_at", day=report.known_at)
    names = dict.fromkeys(
        f"{one.name} ({one.edition.edition}, {one.edition.version})" for one in report.sections
    )
    owners = ", ".join(one.label for one in report.organizations)
    said = [
        (texts("report.organization"), owners or texts("report.nobody")),
        (texts("report.as_of"), day),
        (texts("report.scope"), "; ".join(report.scopes)),
        (texts("report.frameworks"), "; ".join(names)),
        (texts("report.tool"), report.engine),
        (texts("report.input_hash"), report.fingerprint),
        (texts("report.data_hash"), report.data_sha256),
    ]
    if report.stamp:
        said.append((texts("report.made"), report.stamp))
    return tuple(said)


def notes(report: Report, texts: Texts) -> tuple[str, ...]:
    """Return what a reader has to know before the figures: redacted, illustrative, direct only."""
    said = []
    if report.redacted:
        said.append(texts("report.redacted") + " " + texts("report.redacted_why"))
    if report.illustrative:
        why = texts("report.illustrative_why", n=report.illustrative)
        said.append(texts("report.illustrative") + " " + why)
    if not report.inferred:
        said.append(texts("report.no_inference"))
    return tuple(said)


def coverage(report: Report, texts: Texts) -> Sheet:
    """Return the figures: one row an edition and scope."""
    names = {key: texts(f"part.{key}.name") for key in KEYS}
    return _sheet(
        texts,
        "coverage",
        (
            *_where(texts),
            Column("n", 7, "number"),
            Column(texts("column.lo"), 13, "share"),
            Column(texts("column.hi"), 13, "share"),
            *(Column(name, 13, "number") for name in names.values()),
            *(
                Column(texts(f"statuses.{key}").capitalize(), 13, "number")
                for key in ("not_applicable", "not_yet")
            ),
        ),
        (
            (
                *_place(one),
                one.tally.n,
                texts("words.undefined") if one.vector.lo is None else one.vector.lo,
                texts("words.undefined") if one.vector.hi is None else one.vector.hi,
                *(int(getattr(one.tally, key)) for key in names),
                one.vector.not_applicable,
                one.vector.not_yet,
            )
            for one in report.sections
        ),
        fixed=2,
    )


def tally(section: Section, texts: Texts) -> Sheet:
    """Return how the interval of one edition and scope comes about."""
    found = section.tally
    rows: list[tuple[Cell, ...]] = [
        (texts(f"part.{key}.name"), texts(f"part.{key}.meaning"), int(getattr(found, key)))
        for key in KEYS
        if getattr(found, key)
    ]
    rows.append(("n", texts("status.n"), found.n))
    return Sheet(
        texts("status.title"),
        texts("status.caption", n=found.n, name=section.name),
        (
            Column(texts("column.status"), 26),
            Column(texts("column.meaning"), 60),
            Column(texts("column.count"), 8, "number"),
        ),
        tuple(rows),
    )


def gaps(report: Report, texts: Texts, section: Section | None = None) -> Sheet:
    """Return the gaps, the most serious first, of all sections or of one.

    The gaps of one section stand without what is the same in all its rows.
    """
    names = gap_words(texts)
    statuses = texts.group("statuses")
    wide = section is None
    sections = report.sections if section is None else (section,)
    rows: list[tuple[Cell, ...]] = []
    for one in sections:
        for rank, entry in enumerate(one.gaps, start=1):
            gap = entry.gap
            named = f"{entry.cited} {gap.title}".strip()
            short = (
                names[gap.gap_kind][0],
                entry.said,
                gap.owner or texts("words.none_on_record"),
            )
            rows.append(
                (
                    *_place(one),
                    rank,
                    entry.cited,
                    gap.title,
                    *short,
                    statuses.get(gap.status, gap.status),
                    entry.rule,
                    _evidence(gap.explanation),
                    entry.command or "",
                )
                if wide
                else (rank, named, *short)
            )
    known = (
        Column(texts("column.gap"), 20),
        Column(texts("column.known"), 60),
        Column(texts("column.owner"), 22),
    )
    number = Column(texts("column.number"), 6, "number")
    if not wide:
        return Sheet(
            texts("gaps.title"),
            texts("gaps.caption", name=sections[0].name),
            (number, Column(texts("column.provision"), 36), *known),
            tuple(rows),
            2,
        )
    columns = (
        *_where(texts),
        number,
        Column(texts("column.provision"), 16),
        Column(texts("column.title"), 36),
        *known,
        Column(texts("column.status"), 22),
        Column(texts("column.rule"), 44),
        Column(texts("column.evidence"), 44),
        Column(texts("column.replay"), 44),
    )
    return _sheet(texts, "gaps", columns, rows, fixed=4)


def plan(report: Report, texts: Texts, section: Section | None = None) -> Sheet:
    """Return the actions that close the gaps, in order, of all sections or of one.

    The actions of one section stand without what is the same in all its rows, and without why.
    """
    names = gap_words(texts)
    wide = section is None
    rows: list[tuple[Cell, ...]] = []
    for place, planned in zip(report.sections, report.plans, strict=bool(report.plans)):
        if section is not None and place is not section:
            continue
        phases = {one.id: one.title for one in planned.roadmap.phases} if planned.roadmap else {}
        for one in planned.actions:
            phase = phases.get(one.phase or "") or one.phase or texts("plan.not_placed")
            gap = names[one.gap][0]
            role = one.owner_role or texts("words.none_on_record")
            due: Cell = one.due or texts("plan.no_day")
            rows.append(
                (
                    *_place(place),
                    one.order,
                    cited(one.provision),
                    one.title,
                    gap,
                    one.detail,
                    role,
                    one.owner or texts("words.none_on_record"),
                    phase,
                    ", ".join(cited(wait.provision) for wait in one.depends_on),
                    due,
                    one.effect,
                    one.lo,
                    one.why,
                    one.owner_why,
                    one.phase_why,
                    one.due_why,
                )
                if wide
                else (
                    one.order,
                    f"{cited(one.provision)} {one.title}: {gap}",
                    role,
                    phase,
                    _waits(one, texts),
                    due,
                    one.lo,
                )
            )
    number = Column(texts("column.number"), 6, "number")
    role_column = Column(texts("plan.owner_role"), 28)
    phase_column = Column(texts("plan.phase"), 30)
    due_column = Column(texts("plan.due_day"), 12, "day")
    then = Column(texts("plan.shown_then"), 11, "share")
    if section is not None:
        return Sheet(
            texts("plan.title"),
            texts("plan.caption", name=section.name),
            (
                number,
                Column(texts("plan.provision"), 46),
                role_column,
                phase_column,
                Column(texts("plan.after"), 30),
                due_column,
                then,
            ),
            tuple(rows),
            2,
        )
    return _sheet(
        texts,
        "plan",
        (
            *_where(texts),
            number,
            Column(texts("column.provision"), 16),
            Column(texts("column.title"), 36),
            Column(texts("column.gap"), 20),
            Column(texts("column.known"), 50),
            role_column,
            Column(texts("column.owner"), 22),
            phase_column,
            Column(texts("plan.after"), 24),
            due_column,
            Column(texts("column.effect"), 11, "share"),
            then,
            Column(texts("column.why"), 36),
            Column(texts("column.owner_why"), 36),
            Column(texts("column.phase_why"), 36),
            Column(texts("column.due_why"), 36),
        ),
        rows,
        fixed=4,
    )


def _waits(action: Action, texts: Texts) -> str:
    """Return what a step waits for; of many only how many."""
    if len(action.depends_on) > MANY // 2:
        return texts("plan.others", n=len(action.depends_on))
    return ", ".join(cited(wait.provision) for wait in action.depends_on) or texts("plan.none")


def statuses(report: Report, texts: Texts) -> Sheet:
    """Return the status of every counted provision and on what it rests."""
    words = texts.group("statuses")
    names = gap_words(texts)
    kinds = {kind.value: name for kind, (name, _) in names.items()}
    return _sheet(
        texts,
        "statuses",
        (
            *_where(texts),
            Column(texts("column.provision"), 16),
            Column(texts("column.title"), 44),
            Column(texts("column.status"), 28),
            Column(texts("column.basis"), 30),
            Column(texts("column.rule"), 50),
            Column(texts("gaps.title"), 30),
        ),
        (
            (
                *_place(section),
                one.cited,
                one.title,
                words.get(one.status, one.status),
                one.basis,
                one.rule,
                "; ".join(kinds.get(kind, kind) for kind in one.gap_kinds),
            )
            for section in report.sections
            for one in section.standings
        ),
        fixed=3,
    )


def outside(section: Section, texts: Texts) -> Sheet:
    """Return what stands outside the figures of one edition and scope, by reason."""
    count = section.vector.not_applicable + section.vector.not_yet
    return Sheet(
        texts("status.title"),
        texts("status.why_outside", n=count),
        (
            Column(texts("column.answer"), 20),
            Column(texts("column.reason"), 50),
            Column(texts("column.count"), 8, "number"),
            Column(texts("column.provisions"), 50),
        ),
        tuple(
            (texts(f"outside.{one.answer}"), one.why, one.count, _named(one.provisions, texts))
            for one in section.outside
        ),
    )


def duties(report: Report, texts: Texts) -> Sheet:
    """Return the duties that bind, and those of which nobody can say yet whether they do."""
    return _sheet(
        texts,
        "duties",
        (
            Column(texts("column.framework"), 20),
            Column(texts("column.system"), 26),
            Column(texts("column.provision"), 18),
            Column(texts("column.title"), 44),
            Column(texts("column.answer"), 16),
            Column(texts("column.applies_from"), 13, "day"),
            Column(texts("column.why"), 60),
        ),
        (
            (
                section.name,
                one.system,
                one.cited,
                one.title,
                texts(f"answer.{one.answer}"),
                _day(one.applies_from),
                one.why,
            )
            for section in report.sections
            for one in section.duties
        ),
        fixed=3,
    )


def bound(section: Section, texts: Texts) -> Sheet:
    """Return how many duties of a law bind from which day."""
    return Sheet(
        texts("binds.title"),
        texts("binds.caption"),
        (
            Column(texts("column.from"), 14, "day"),
            Column(texts("column.bind"), 10, "number"),
            Column(texts("column.undetermined"), 13, "number"),
            Column(texts("column.legacy"), 10, "number"),
            Column(texts("column.remarks"), 60),
        ),
        tuple(
            (
                _day(due.on),
                due.binding,
                due.undetermined,
                due.legacy,
                (
                    texts("binds.provider_only", n=due.provider_only) + " "
                    if due.provider_only
                    else ""
                )
                + _named(due.provisions, texts),
            )
            for due in section.timeline
        ),
    )


def soa(report: Report, texts: Texts, statement: Statement | None = None) -> Sheet:
    """Return the decisions of the Statements of Applicability, of all or of one."""
    words = texts.group("statuses")
    wide = statement is None
    statements = report.statements if statement is None else (statement,)
    rows = []
    for one in statements:
        for row in one.rows:
            said: tuple[Cell, ...] = (
                texts("words.yes")
                if row.applicable
                else texts("decision.open")
                if row.applicable is None
                else texts("words.no"),
                row.justification,
                row.implementation or texts("words.none_on_record"),
                words.get(row.status, row.status),
                "; ".join(row.evidence),
            )
            rows.append(
                (one.label, one.scope, row.control, row.title, *said, row.approved_by)
                if wide
                else (f"{row.control} {row.title}", *said)
            )
        rows += [
            (one.label, one.scope, control, "", texts("decision.open"), "", "", "", "", "")
            if wide
            else (control, texts("decision.open"), "", "", "", "")
            for control in one.undecided
        ]
    decided = (
        Column(texts("column.applicable"), 12),
        Column(texts("column.justification"), 44),
        Column(texts("column.implementation"), 32),
        Column(texts("column.status"), 22),
        Column(texts("column.evidence"), 44),
    )
    if not wide:
        one = statements[0]
        caption = texts("soa.caption", label=one.label, day=report.as_of)
        named = Column(texts("column.control"), 30)
        return Sheet(texts("soa.title"), caption, (named, *decided), tuple(rows))
    columns = (
        Column(texts("column.statement"), 24),
        Column(texts("report.scope"), 24),
        Column(texts("column.control"), 11),
        Column(texts("column.title"), 36),
        *decided,
        Column(texts("column.approved_by"), 24),
    )
    return _sheet(texts, "soa", columns, rows, fixed=3)


def evidence(report: Report, texts: Texts, *, short: bool = False) -> Sheet:
    """Return the evidence register.

    :param short: only what fits on paper.
    """
    files = not report.redacted
    rows: list[tuple[Cell, ...]] = []
    for one in report.evidence:
        state = (
            texts("evidence.unused")
            if one.faults is None
            else texts("explain.not_valid", faults=", ".join(one.faults))
            if one.faults
            else texts("explain.valid")
        )
        row = (one.label, one.kind, "; ".join(one.evidence_for), one.owner, _day(one.collected_on))
        if short:
            rows.append((*row, state, one.sha256[:16]))
        else:
            rows.append(
                (
                    *row,
                    one.author,
                    one.accepted_by,
                    _day(one.accepted_on),
                    _day(one.effective_from),
                    _day(one.effective_to),
                    _day(one.expires_on),
                    state,
                    one.confidentiality,
                    *((one.file,) if files else ()),
                    one.sha256,
                )
            )
    columns: tuple[Column, ...] = (
        Column(texts("column.evidence"), 36),
        Column(texts("column.kind"), 16),
        Column(texts("column.evidence_for"), 40),
        Column(texts("column.owner"), 24),
        Column(texts("column.collected_on"), 13, "day"),
    )
    if short:
        columns += (Column(texts("column.validity"), 22), Column(texts("column.sha256"), 20))
    else:
        columns += (
            Column(texts("column.author"), 24),
            Column(texts("column.accepted_by"), 24),
            Column(texts("column.accepted_on"), 13, "day"),
            Column(texts("column.effective_from"), 13, "day"),
            Column(texts("column.effective_to"), 13, "day"),
            Column(texts("column.expires_on"), 13, "day"),
            Column(texts("column.validity"), 26),
            Column(texts("column.confidentiality"), 15),
            *((Column(texts("column.file"), 36),) if files else ()),
            Column(texts("column.sha256"), 66),
        )
    return _sheet(texts, "evidence", columns, rows)


def risks(report: Report, texts: Texts) -> Sheet:
    """Return the risks and their treatments."""
    return _sheet(
        texts,
        "risks",
        (
            Column(texts("column.risk"), 36),
            Column(texts("column.system"), 20),
            Column(texts("column.likelihood"), 11, "number"),
            Column(texts("column.impact"), 9, "number"),
            Column(texts("column.level"), 10),
            Column(texts("column.owner"), 20),
            Column(texts("column.treatment"), 40),
            Column(texts("column.option"), 11),
            Column(texts("column.due_on"), 13, "day"),
            Column(texts("column.completed_on"), 13, "day"),
            Column(texts("column.residual_level"), 11),
            Column(texts("column.accepted_by"), 22),
        ),
        (
            (
                one.label,
                one.system,
                _number(one.likelihood),
                _number(one.impact),
                one.level,
                one.owner,
                one.treatment or texts("words.none_on_record"),
                one.option,
                _day(one.due_on),
                _day(one.completed_on),
                one.residual_level,
                one.accepted_by,
            )
            for one in report.risks
        ),
    )


def nonconformities(report: Report, texts: Texts) -> Sheet:
    """Return the nonconformities and their corrective actions."""
    return _sheet(
        texts,
        "nonconformities",
        (
            Column(texts("column.nonconformity"), 36),
            Column(texts("column.owner"), 18),
            Column(texts("column.detected_on"), 13, "day"),
            Column(texts("column.root_cause"), 40),
            Column(texts("column.closed_on"), 13, "day"),
            Column(texts("column.action"), 36),
            Column(texts("column.action_owner"), 18),
            Column(texts("column.due_on"), 13, "day"),
            Column(texts("column.completed_on"), 13, "day"),
            Column(texts("column.checked_on"), 13, "day"),
        ),
        (
            (
                one.label,
                one.owner,
                _day(one.detected_on),
                one.root_cause,
                _day(one.closed_on) or texts("objectives.open"),
                one.action,
                one.action_owner,
                _day(one.due_on),
                _day(one.completed_on),
                _day(one.checked_on),
            )
            for one in report.nonconformities
        ),
    )


def audit_findings(report: Report, texts: Texts) -> Sheet:
    """Return the internal audits and each of their findings."""
    return _sheet(
        texts,
        "audits",
        (
            Column(texts("column.held_on"), 13, "day"),
            Column(texts("column.audit"), 26),
            Column(texts("column.auditor"), 26),
            Column(texts("column.finding"), 70),
        ),
        (
            (_day(one.held_on), one.label, one.led_by, said)
            for one in report.audits
            for said in one.said or (texts("words.none_on_record"),)
        ),
        fixed=2,
    )


def measurements(report: Report, texts: Texts) -> Sheet:
    """Return the objectives and what was measured."""
    rows: list[tuple[Cell, ...]] = []
    for one in report.objectives:
        target = f"{one.sign} {one.target_text}"
        if not one.measurements:
            said = texts("objectives.unmeasured", day=report.as_of)
            rows.append((one.label, one.owner, target, None, "", said, ""))
        for held in one.measurements:
            state = (
                texts("objectives.closed", day=held.closed_on)
                if held.closed_on
                else texts("objectives.open")
            )
            rows.append(
                (
                    one.label,
                    one.owner,
                    target,
                    _day(held.on),
                    held.text,
                    texts(RESULT[held.met]),
                    f"{held.nonconformity}, {state}"
                    if held.nonconformity
                    else ""
                    if held.met is not False
                    else texts("words.none_on_record"),
                )
            )
    return _sheet(
        texts,
        "objectives",
        (
            Column(texts("column.objective"), 36),
            Column(texts("column.owner"), 22),
            Column(texts("column.target"), 12),
            Column(texts("column.measured_on"), 13, "day"),
            Column(texts("column.value"), 12),
            Column(texts("column.result"), 14),
            Column(texts("column.nonconformity"), 36),
        ),
        rows,
    )


def questions(report: Report, texts: Texts) -> Sheet:
    """Return the facts that are not on record and decide whether duties bind."""
    return _sheet(
        texts,
        "questions",
        (
            Column(texts("column.question"), 56),
            Column(texts("column.system"), 24),
            Column(texts("column.from"), 13, "day"),
            Column(texts("column.provisions"), 36),
            Column(texts("column.settled_by"), 60),
        ),
        (
            (
                one.question,
                one.system,
                _day(one.matters_from),
                ", ".join(one.provisions),
                "; ".join(one.settled_by),
            )
            for one in report.questions
        ),
    )


def findings(report: Report, texts: Texts) -> Sheet:
    """Return what the validation found."""
    return _sheet(
        texts,
        "findings",
        (
            Column(texts("column.severity"), 12),
            Column(texts("column.what"), 90),
            Column(texts("column.where"), 50),
        ),
        (
            (
                one.severity,
                one.message,
                ", ".join(part for part in (one.focus, one.path, one.source) if part),
            )
            for one in report.findings
        ),
    )


def mapping_rows(report: Report, texts: Texts) -> Sheet:
    """Return the mapping rows on which statuses of the report rest."""
    words = texts.group("relations")
    versions = {one.key: one.version for one in report.mapping_sets}
    return _sheet(
        texts,
        "mappings",
        (
            Column(texts("column.set"), 36),
            Column(texts("column.version"), 10),
            Column(texts("column.row"), 7, "number"),
            Column(texts("column.subject"), 30),
            Column(texts("column.relation"), 20),
            Column(texts("column.object"), 30),
            Column(texts("column.confidence"), 11, "number"),
            Column(texts("column.review"), 14),
            Column(texts("column.rests_on_it"), 44),
        ),
        (
            (
                one.mapping_set,
                versions.get(one.mapping_set, ""),
                one.row,
                one.subject,
                words.get(one.relation, one.relation),
                one.object,
                one.confidence,
                one.review_status,
                "; ".join(one.provisions),
            )
            for one in report.mapping_rows
        ),
        fixed=3,
    )


def mapping_sets(report: Report, texts: Texts) -> Sheet:
    """Return the mapping sets that touch the report, with version and state of review."""
    return _sheet(
        texts,
        "sets",
        (
            Column(texts("column.set"), 44),
            Column(texts("column.key"), 36),
            Column(texts("column.version"), 10),
            Column(texts("column.publisher"), 14),
            Column(texts("column.licence"), 26),
            Column(texts("column.rows"), 8, "number"),
            Column(texts("column.review_rows"), 28),
            Column(texts("column.walked_rows"), 28),
        ),
        (
            (
                one.title or one.key,
                one.key,
                one.version or texts("words.not_stated"),
                one.publisher,
                one.licence,
                one.rows,
                _counts(one.review),
                _counts(one.walked) or texts("words.none"),
            )
            for one in report.mapping_sets
        ),
    )


def files(report: Report, texts: Texts, *, parts: tuple[str, ...] = ()) -> Sheet:
    """Return the files that were read and the hashes of their bytes, of all parts or some."""
    return _sheet(
        texts,
        "files",
        (
            Column(texts("column.part"), 14),
            Column(texts("column.file"), 30 if parts else 50),
            Column(texts("column.sha256"), 66),
        ),
        (
            (texts(f"sources.part.{one.part.replace(' ', '_')}"), one.name, one.sha256)
            for one in report.sources
            if not parts or one.part in parts
        ),
        fixed=2,
    )


def share(value: Cell, texts: Texts) -> str:
    """Return a cell that holds a share in words."""
    return percent(value, texts) if isinstance(value, float) else str(value)


def _evidence(explanation: Mapping[str, object]) -> str:
    items = explanation.get("evidence")
    if not isinstance(items, list):
        return ""
    return "; ".join(str(item.get("label", "")) for item in items)


def _sheet(
    texts: Texts,
    key: str,
    columns: tuple[Column, ...],
    rows: Iterable[tuple[Cell, ...]],
    *,
    fixed: int = 1,
) -> Sheet:
    return Sheet(
        texts(f"sheet.{key}.title"), texts(f"sheet.{key}.caption"), columns, tuple(rows), fixed
    )


def _where(texts: Texts) -> tuple[Column, Column]:
    return Column(texts("column.framework"), 20), Column(texts("report.scope"), 26)


def _place(section: Section) -> tuple[str, str]:
    return section.name, section.scope


def _named(provisions: tuple[str, ...], texts: Texts) -> str:
    """Return provisions by their names, of many only the first and the last."""
    if len(provisions) <= MANY:
        return ", ".join(provisions)
    return texts("words.span", first=provisions[0], last=provisions[-1])


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.items())


def _day(text: str | None) -> Cell:
    """Return a day as a day, anything else as it stands.

    >>> _day("2026-11-20"), _day("soon"), _day("")
    (datetime.date(2026, 11, 20), 'soon', None)
    """
    return _read(text, lambda held: date.fromisoformat(held) if DAY.fullmatch(held) else held)


def _number(text: str | None) -> Cell:
    return _read(text, lambda held: int(held) if held.isdigit() else float(held))


def _read(text: str | None, reader: Callable[[str], Cell]) -> Cell:
    if not text:
        return None
    try:
        return reader(text)
    except ValueError:
        return text
