"""The published methods, each with its source and the columns it reads.

All of them are a few lines over counted rows, so they stand here in full and need no library: what
scipy, pycanon, fairlearn and dp-accounting give for the same numbers is in the tests. Sums are
exactly rounded (`math.fsum`), so that a figure is the same on every machine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from fractions import Fraction

from crosswalk.errors import DataError, UsageError, nearest
from crosswalk.measure.tables import Table

__all__ = ["METHODS", "Figure", "Method", "Reckoned", "named", "reckon"]

PLACES = 12
"""The decimal places to which a figure is given."""
EXACT = Context(prec=200)
YES, NO = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True)
class Figure:
    """What a method gives: a value, and in words what decided it."""

    value: Decimal
    detail: str
    unit: str = "1"


class Parameters:
    """The parameters of one call: each is asked for by name, and what nobody asks for is refused.

    >>> said = Parameters({"quasi": "age,region"}, {"quasi": "the columns"})
    >>> said.many("quasi")
    ['age', 'region']
    """

    def __init__(self, given: Mapping[str, str], known: Mapping[str, str]) -> None:
        for name in given:
            if name not in known:
                have = f"It takes {', '.join(known)}." if known else "It takes none."
                raise UsageError(
                    f"unknown parameter {name!r}",
                    place="--set",
                    remedy=nearest(name, known) or have,
                )
        self._given, self._known = given, known

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter.

        :raises UsageError: if it is needed and not given.
        """
        found = self._given.get(name, default)
        if found is None or not found.strip():
            raise UsageError(
                f"parameter {name!r} is missing",
                place="--set",
                remedy=f"Give --set {name}=…: {self._known[name]}.",
            )
        return found.strip()

    def one_of(self, name: str, *choices: str) -> str:
        """Return a parameter that is one of some words, the first by default."""
        found = self.text(name, choices[0])
        if found not in choices:
            raise UsageError(
                f"{found!r} is no {name}", place="--set", remedy=f"It is {' or '.join(choices)}."
            )
        return found

    def many(self, name: str, default: str | None = None) -> list[str]:
        """Return the words of a parameter, which are parted by commas."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def number(self, name: str, default: str | None = None) -> Decimal:
        """Return a parameter as a number."""
        found = self.text(name, default)
        try:
            value = Decimal(found)
        except ArithmeticError:
            value = Decimal("NaN")
        if not value.is_finite():
            raise UsageError(f"{found!r} is no number", place=f"--set {name}")
        return value

    def has(self, name: str) -> bool:
        """Return whether a parameter was given."""
        return name in self._given


@dataclass(frozen=True, slots=True)
class Method:
    """A published method. ``recorded`` says whether its figure is a measurement of an objective."""

    name: str
    title: str
    formula: str
    source: str
    columns: str
    parameters: Mapping[str, str]
    compute: Callable[[Table, Parameters], Figure]
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A figure with all that it takes to compute it again."""

    method: Method
    value: Decimal
    unit: str
    detail: str
    parameters: tuple[tuple[str, str], ...]
    table: Table


def named(name: str) -> Method:
    """Return the method of a name.

    :raises UsageError: if there is none; names the nearest.

    >>> named("k-anonymity").title
    'k-anonymity'
    """
    if name not in METHODS:
        raise UsageError(
            f"unknown metric {name!r}",
            remedy=nearest(name, METHODS) or f"There is {', '.join(METHODS)}.",
        )
    return METHODS[name]


def reckon(name: str, table: Table, parameters: Mapping[str, str] | None = None) -> Reckoned:
    """Return the figure of a method for a table.

    :param parameters: by name; what they mean is in :data:`METHODS`.
    :raises UsageError: if the method or a parameter is unknown or missing.
    :raises DataError: if the table has not what the method needs, or the figure is undefined.

    >>> from crosswalk.measure.tables import given
    >>> rates = given(["group=a,selected=39,total=100", "group=b,selected=50,total=100"])
    >>> str(reckon("selection-rate-ratio", rates).value)
    '0.78'
    """
    method = named(name)
    stated = dict(parameters or {})
    figure = method.compute(table, Parameters(stated, method.parameters))
    return Reckoned(
        method, figure.value, figure.unit, figure.detail, tuple(sorted(stated.items())), table
    )


def _rounded(value: Fraction | float) -> Decimal:
    """Return a figure to so many places, without idle zeros."""
    scaled = round(Fraction(value) * 10**PLACES)
    found = Decimal(scaled).scaleb(-PLACES, EXACT).normalize(EXACT)
    return Decimal(int(found)) if found == int(found) else found


def _some(table: Table) -> None:
    if not table.rows:
        raise DataError(
            "there is no row to count",
            place=table.place,
            remedy="Give rows, or choose others with --set where=COLUMN:VALUE.",
        )


def _chosen(table: Table, said: Parameters) -> Table:
    """Return the rows that ``where=COLUMN:VALUE`` leaves."""
    if not said.has("where"):
        return table
    column, colon, value = said.text("where").partition(":")
    if not colon:
        raise UsageError(
            f"{column!r} says no value", place="--set where", remedy="Write COLUMN:VALUE."
        )
    return table.where(column.strip(), value.strip())


def _kl_divergence(table: Table, said: Parameters) -> Figure:
    reference, observed = said.text("reference", "reference"), said.text("observed", "observed")
    base, add = said.one_of("base", "e", "2"), said.number("add", "0")
    if add < 0:
        raise UsageError("is below 0", place="--set add", remedy="Give a small positive number.")
    table = _chosen(table, said)
    table.need(reference, observed)
    _some(table)
    pairs = [
        (Fraction(row.number(reference) + add), Fraction(row.number(observed) + add), row.place)
        for row in table
    ]
    of_first, of_second = sum(p for p, _, _ in pairs), sum(q for _, q, _ in pairs)
    if not of_first or not of_second:
        raise DataError("a distribution sums to 0", place=table.place)
    terms = []
    for p, q, place in pairs:
        if p and not q:
            raise DataError(
                "the divergence is infinite: nothing observed where the reference has some",
                place=place,
                remedy="Join cells, or add a pseudo-count to each with --set add=0.5 and say so.",
            )
        if p:
            share = p / of_first
            terms.append(float(share) * math.log(share / (q / of_second)))
    found = max(math.fsum(terms), 0.0) / (math.log(2) if base == "2" else 1.0)
    detail = f"{len(pairs)} cells, from {reference} to {observed}" + (f", {add} added" * bool(add))
    return Figure(_rounded(found), detail, "bit" if base == "2" else "1")


def _groups(table: Table, said: Parameters) -> tuple[Table, dict[tuple[str, ...], list[int]]]:
    """Return the rows and the places of those alike in all quasi-identifiers."""
    columns = said.many("quasi")
    table = _chosen(table, said)
    table.need(*columns)
    _some(table)
    found: dict[tuple[str, ...], list[int]] = {}
    for n, row in enumerate(table.rows):
        found.setdefault(tuple(row.cells[c].strip() for c in columns), []).append(n)
    return table, found


def _k_anonymity(table: Table, said: Parameters) -> Figure:
    table, groups = _groups(table, said)
    key, smallest = min(groups.items(), key=lambda item: (len(item[1]), item[0]))
    detail = f"{len(table.rows)} records in {len(groups)} groups; smallest: {', '.join(key)}"
    return Figure(Decimal(len(smallest)), detail)


def _l_diversity(table: Table, said: Parameters) -> Figure:
    sensitive = said.text("sensitive")
    table, groups = _groups(table, said)
    table.need(sensitive)
    values = {
        key: len({table.rows[n].text(sensitive) for n in held}) for key, held in groups.items()
    }
    key, least = min(values.items(), key=lambda item: (item[1], item[0]))
    detail = f"{len(table.rows)} records in {len(groups)} groups; poorest: {', '.join(key)}"
    return Figure(Decimal(least), detail)


def _epsilon(table: Table, said: Parameters) -> Figure:
    """Return what several mechanisms cost together.

    .. seealso:: Kairouz, Oh, Viswanath, The Composition Theorem for Differential Privacy, thm 3.5
    """
    way = said.one_of("composition", "basic", "advanced")
    table.need("epsilon")
    _some(table)
    losses: list[tuple[Decimal, Decimal, int]] = []
    for row in table:
        delta = row.number("delta") if "delta" in table.columns else Decimal(0)
        times = row.number("times", least=1) if "times" in table.columns else Decimal(1)
        if delta >= 1 or times != times.to_integral_value():
            raise DataError("delta is not below 1, or times is no whole number", place=row.place)
        losses.append((row.number("epsilon"), delta, int(times)))
    runs = sum(k for _, _, k in losses)
    basic = sum((e * k for e, _, k in losses), Decimal(0))
    spent = sum((d * k for _, d, k in losses), Decimal(0))
    if way == "basic":
        return Figure(
            _rounded(Fraction(basic)),
            f"{runs} mechanisms, basic; delta {_rounded(Fraction(spent))}",
        )
    slack = said.number("slack")
    if not 0 < slack < 1:
        raise UsageError("is not between 0 and 1", place="--set slack")
    try:
        mean = math.fsum(k * float(e) * math.tanh(float(e) / 2) for e, _, k in losses)
        square = math.fsum(k * float(e) ** 2 for e, _, k in losses)
        better = mean + math.sqrt(2 * square * -math.log(slack))
    except OverflowError:
        better = math.inf
    kept = math.fsum(k * math.log1p(-float(d)) for _, d, k in losses) + math.log1p(-float(slack))
    found = min(better, float(basic))
    which = "advanced" if better < float(basic) else "basic, which is lower here"
    if which != "advanced":
        return Figure(
            _rounded(Fraction(basic)),
            f"{runs} mechanisms, {which}; delta {_rounded(Fraction(spent))}",
        )
    return Figure(_rounded(found), f"{runs} mechanisms, {which}; delta {-math.expm1(kept):.6g}")


def _availability(table: Table, said: Parameters) -> Figure:
    if "uptime" in table.columns:
        table.need("total")
        _some(table)
        up, total = (sum(Fraction(r.number(c)) for r in table) for c in ("uptime", "total"))
        if not total or up > total:
            raise DataError("the uptime is more than the total, or both are 0", place=table.place)
        return Figure(_rounded(Fraction(up) / Fraction(total)), f"{len(table.rows)} periods")
    table.need("start", "end")
    first, last = _moment(said.text("from"), "--set from"), _moment(said.text("to"), "--set to")
    _comparable(first, last, "--set to")
    if last <= first:
        raise UsageError("the window ends before it starts", place="--set to")
    outages = []
    for row in table:
        start, end = (_moment(row.text(c), row.place) for c in ("start", "end"))
        _comparable(start, end, row.place)
        _comparable(start, first, row.place)
        if end < start:
            raise DataError("the outage ends before it starts", place=row.place)
        if end > first and start < last:
            outages.append((max(start, first), min(end, last)))
    down, reached = Fraction(0), first
    for start, end in sorted(outages):
        if end > reached:
            down += _seconds(max(start, reached), end)
            reached = end
    window = _seconds(first, last)
    detail = f"{len(outages)} outages, {float(down):.6g} s of {float(window):.6g} s"
    return Figure(_rounded(1 - down / window), detail)


def _seconds(start: datetime, end: datetime) -> Fraction:
    span = end - start
    return span.days * 86400 + span.seconds + Fraction(span.microseconds, 10**6)


def _moment(text: str, place: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise DataError(
            f"{text[:40]!r} is no moment",
            place=place,
            remedy="Write 2026-10-01T00:00:00+02:00.",
        ) from None


def _comparable(one: datetime, other: datetime, place: str) -> None:
    if (one.utcoffset() is None) != (other.utcoffset() is None):
        raise DataError(
            "one moment has an offset from UTC and another has none",
            place=place,
            remedy="Give an offset in all of them, or in none.",
        )


def _selection_rate_ratio(table: Table, said: Parameters) -> Figure:
    by, chosen = said.text("group", "group"), said.text("selected", "selected")
    whole = said.text("total", "total")
    without = set(said.many("without")) if said.has("without") else set()
    table = _chosen(table, said)
    table.need(by, chosen)
    if said.has("total"):
        table.need(whole)
    taken: Counter[str] = Counter()
    of: dict[str, Fraction] = {}
    selected: dict[str, Fraction] = {}
    for row in table:
        group = row.text(by)
        taken[group] += 1
        if group in without:
            continue
        if whole in table.columns:
            one, all_ = Fraction(row.number(chosen)), Fraction(row.number(whole))
        else:
            one, all_ = Fraction(_flag(row.text(chosen), row.place)), Fraction(1)
        if one > all_:
            raise DataError("more are selected than there are", place=row.place)
        selected[group] = selected.get(group, Fraction(0)) + one
        of[group] = of.get(group, Fraction(0)) + all_
    missing = without - set(taken)
    if missing:
        raise UsageError(
            f"there is no group {sorted(missing)[0]!r}",
            place="--set without",
            remedy=nearest(sorted(missing)[0], taken),
        )
    if len(of) < 2 or not all(of.values()):
        raise DataError(
            "a ratio needs two groups with somebody in each",
            place=table.place,
            remedy="Give another group, or leave an empty one out with --set without=GROUP.",
        )
    rates = {group: selected[group] / of[group] for group in of}
    low, high = (
        min(rates, key=lambda g: (rates[g], g)),
        max(rates, key=lambda g: (rates[g], g)),
    )
    if not rates[high]:
        raise DataError("nobody was selected: the ratio is undefined", place=table.place)
    detail = (
        f"{len(rates)} groups; lowest {low} {float(rates[low]):.6g}, "
        f"highest {high} {float(rates[high]):.6g}"
    )
    return Figure(_rounded(rates[low] / rates[high]), detail)


def _flag(text: str, place: str) -> int:
    word = text.casefold()
    if word in YES:
        return 1
    if word in NO:
        return 0
    raise DataError(
        f"{text[:40]!r} is neither yes nor no",
        place=place,
        remedy="Write 1 or 0; or give a column of totals.",
    )


def _one(table: Table, *columns: str) -> list[Decimal]:
    table.need(*columns)
    if len(table.rows) != 1:
        raise DataError("one risk is scored at a time", place=table.place, remedy="Give one row.")
    return [table.rows[0].number(column) for column in columns]


def _sum_of_squares(table: Table, said: Parameters) -> Figure:
    likelihood, consequence = _one(table, "likelihood", "consequence")
    score = likelihood * likelihood + consequence * consequence
    return Figure(_rounded(Fraction(score)), "L² + C²")


def _likelihood_times_impact(table: Table, said: Parameters) -> Figure:
    likelihood, impact = _one(table, "likelihood", "impact")
    return Figure(_rounded(Fraction(likelihood * impact)), "likelihood × impact")


def _annual_loss_expectancy(table: Table, said: Parameters) -> Figure:
    currency = said.text("currency")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise UsageError(
            f"{currency!r} is no currency",
            place="--set currency",
            remedy="Write the code of ISO 4217, such as EUR.",
        )
    if "currency" in table.columns and any(r.text("currency") != currency for r in table):
        raise DataError(
            f"not every value is in {currency}", place=table.place, remedy="Convert them first."
        )
    rate, value, exposure = _one(table, "rate", "value", "exposure")
    if exposure > 1:
        raise DataError(
            "the exposure factor is above 1", place=table.place, remedy="Write 30 % as 0.3."
        )
    loss = Fraction(rate) * Fraction(value) * Fraction(exposure)
    return Figure(_rounded(loss), "ARO × AV × EF", f"{currency}/a")


SMIIT = "SMIIT CyberAI, AI Governance: Integrating ISO 42001, 2025"
WHERE = {"where": "COLUMN:VALUE, only these rows"}
QUASI = {"quasi": "the columns that together could tell who somebody is, parted by commas"}
METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "kl-divergence",
            "Kullback-Leibler divergence",
            "Σ p ln(p / q): how far q, observed, is from p, the reference",
            "Kullback and Leibler, On Information and Sufficiency, 1951; as scipy.stats.entropy",
            "reference, observed: counts or shares, one row a cell",
            {
                "reference": "the column of p, default reference",
                "observed": "the column of q, default observed",
                "base": "e (default) or 2",
                "add": "a pseudo-count for each cell of both, default 0",
                **WHERE,
            },
            _kl_divergence,
        ),
        Method(
            "k-anonymity",
            "k-anonymity",
            "the records of the smallest group alike in all quasi-identifiers",
            "Sweeney, k-anonymity: a model for protecting privacy, 2002; as pycanon",
            "the quasi-identifiers, one row a record",
            {**QUASI, **WHERE},
            _k_anonymity,
        ),
        Method(
            "l-diversity",
            "distinct l-diversity",
            "the distinct sensitive values of the poorest group alike in all quasi-identifiers",
            "Machanavajjhala et al., l-diversity: Privacy beyond k-anonymity, 2007; as pycanon",
            "the quasi-identifiers and the sensitive value, one row a record",
            {**QUASI, "sensitive": "the column of what must stay unknown", **WHERE},
            _l_diversity,
        ),
        Method(
            "differential-privacy-epsilon",
            "epsilon of differential privacy, composed",
            "basic: Σ ε; advanced: Σ ε tanh(ε/2) + √(2 Σ ε² ln(1/slack)), if that is lower",
            "Dwork and Roth, The Algorithmic Foundations of Differential Privacy, 2014, 3.5; "
            "Kairouz, Oh and Viswanath, The Composition Theorem for Differential Privacy, 2017, "
            "theorem 3.5",
            "epsilon, and if they have them delta and times, one row a mechanism",
            {
                "composition": "basic (default) or advanced",
                "slack": "of advanced: the delta that may be given up for it, such as 1e-6",
            },
            _epsilon,
        ),
        Method(
            "availability",
            "availability",
            "the share of the window in service; overlapping outages count once",
            "ISO/IEC 25010:2023, availability; as in " + SMIIT,
            "start, end: one row an outage (a header alone is none); or uptime, total",
            {"from": "the first moment of the window", "to": "the moment at which it ends"},
            _availability,
        ),
        Method(
            "selection-rate-ratio",
            "selection-rate ratio",
            "the lowest selection rate of a group divided by the highest",
            "29 CFR 1607.4(D), four-fifths rule; as fairlearn's demographic_parity_ratio",
            "group, selected, total: one row a group; or group, selected: one row a person",
            {
                "group": "the column of groups, default group",
                "selected": "the column of who or how many were selected, default selected",
                "total": "the column of how many there were, default total",
                "without": "groups to leave out, parted by commas",
                **WHERE,
            },
            _selection_rate_ratio,
        ),
        Method(
            "likelihood-times-impact",
            "risk score: likelihood times impact",
            "likelihood × impact",
            "Kızılcıklı et al., ISO 42001 Starter Guide, 2025, Clause 6",
            "likelihood, impact: one row",
            {},
            _likelihood_times_impact,
            recorded=False,
        ),
        Method(
            "sum-of-squares",
            "risk score: sum of squares",
            "L² + C²",
            SMIIT + ", NIST AI RMF implementation guide",
            "likelihood, consequence: one row",
            {},
            _sum_of_squares,
            recorded=False,
        ),
        Method(
            "annual-loss-expectancy",
            "risk score: annual loss expectancy",
            "ARO × AV × EF: yearly rate × value of the asset × share that one event destroys",
            SMIIT + ", roadmap, phase 2",
            "rate, value, exposure: one row",
            {"currency": "the money of the value and of the figure, by ISO 4217"},
            _annual_loss_expectancy,
            recorded=False,
        ),
    )
}
"""Name of a method → the method, in the order in which they are listed."""
