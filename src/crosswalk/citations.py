"""What a person writes → the provision that is meant.

A citation resolves only with its edition, because ids collide: A.6.1 stands in three standards
with three meanings.
"""

from __future__ import annotations

import re
from datetime import date

from crosswalk import catalogue
from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.models import Edition, Provision
from crosswalk.namespaces import BASE

__all__ = ["resolve", "spelled", "within"]

LEADING = re.compile(
    r"^[\s,:;.\-–—]*(?:(?:clause|cl\.?|control|annex\s+a\b(?=\s*[.\s]*\d)|section|sec\.?|§|"
    r"criterion|criteria|subcategory|subclause|requirement)\s*)+",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"^(?:articles?|arts?)\.?\s*(\d+[a-z]?)", re.IGNORECASE)
ANNEX = re.compile(r"^annex\s+([ivxlcdm]+|[a-z])\b", re.IGNORECASE)
SUBPARAGRAPH = re.compile(
    r"(first|second|third|fourth|fifth|sixth|seventh)\s+sub-?paragraph", re.IGNORECASE
)
ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}


def resolve(dataset: Dataset, citation: str, *, as_of: date) -> Provision:
    """Return the provision that a citation means.

    :param citation: ``"ISO 42001 A.6.2.4"``, ``"AI Act Art. 9(2)(a)"``, a CURIE or an IRI.
    :param as_of: decides the edition where the citation names no year.
    :raises UsageError: if the edition or the id is unknown; names the nearest that exist.

    >>> from crosswalk.graph import open_dataset
    >>> resolve(open_dataset(), "AI Act Art. 9(2)(a)", as_of=date(2026, 11, 20)).id
    'article-9/par-2/pt-a'
    """
    text = citation.strip()
    if text.startswith(BASE + "id/"):
        key, rest = catalogue.local_id(text)
        return _by_id(dataset, catalogue.edition(dataset, key, as_of=as_of), rest, citation)
    carried = catalogue.editions(dataset)
    key, colon, rest = text.partition(":")
    if colon and any(one.edition == key for one in carried):
        return _by_id(dataset, catalogue.edition(dataset, key, as_of=as_of), rest, citation)
    edition, rest = _split(text, carried, as_of=as_of)
    if edition is None:
        raise _nameless(dataset, text, carried)
    return _by_id(dataset, edition, rest, citation)


def within(dataset: Dataset, key: str, citation: str) -> Provision | None:
    """Return the provision that a citation without its edition means in one, or None.

    Where an edition is carried no deeper than to a provision, what is cited below it means that
    provision: ``Article 28(3)(a)`` of the GDPR is its Article 28.

    :param key: an edition's key.
    :param citation: ``"A.6.2.4"``, ``"Article 9(2)(a)"``, ``"Annex III(4)(a)"``.

    >>> from crosswalk.graph import open_dataset
    >>> within(open_dataset(), "gdpr-2016", "Article 28(3)(a)").id
    'article-28'
    """
    known, inner = dataset.knowledge.remember(
        ("provisions by key", key), lambda: _keyed(dataset, key)
    )
    forms = _candidates(citation, known)
    for form in forms:
        if form in known:
            return known[form]
    for form in forms[:1] if "/" in forms[0] else ():
        above = form.rpartition("/")[0]
        while above and above not in known:
            above = above.rpartition("/")[0]
        if above and above not in inner:
            return known[above]
    return None


def _keyed(dataset: Dataset, key: str) -> tuple[dict[str, Provision], frozenset[str]]:
    """Return key → provision of an edition, and the keys of those that have parts."""
    found = catalogue.provisions(dataset, key)
    return {_key(one.id): one for one in found}, frozenset(_key(one.parent) for one in found)


def spelled(citation: str) -> str:
    """Return the id that a citation of a law has, whether it exists or not; empty if none.

    >>> spelled("Article 120(2)")
    'article-120/par-2'
    """
    text = citation.strip()
    found = _legal(text, {})
    if not found:
        return ""
    annex = ANNEX.match(text)
    form = re.sub(r"/par-(?=[a-z])", "/pt-", found[0].replace(" ", "-"))
    form = form.replace("/par-", "/pt-") if annex else form
    return form.replace(f"annex-{annex[1].casefold()}", f"annex-{annex[1]}") if annex else form


def _split(text: str, carried: list[Edition], *, as_of: date) -> tuple[Edition | None, str]:
    """Return the edition that a citation begins with, and what follows its name."""
    best: list[Edition] = []
    length = 0
    lowered = text.casefold()
    for one in carried:
        for name in (*one.cited_as, one.edition, one.framework):
            lead = name.casefold()
            if not lead or not lowered.startswith(lead):
                continue
            following = text[len(name) : len(name) + 1]
            if following.isalnum() or (following == ":" and text[len(name) + 1 :][:4].isdigit()):
                continue
            if len(lead) > length:
                best, length = [one], len(lead)
            elif len(lead) == length and one not in best:
                best.append(one)
    if not best:
        return None, text
    return catalogue.newest(best, as_of=as_of), text[length:]


def _nameless(dataset: Dataset, text: str, carried: list[Edition]) -> UsageError:
    homes = [
        one.edition
        for one in carried
        if any(
            p.id.casefold() == text.casefold() for p in catalogue.provisions(dataset, one.edition)
        )
    ]
    if homes:
        return UsageError(
            f"{text!r} stands in {', '.join(homes)}",
            remedy="Name the edition: ids collide across editions with different meanings.",
        )
    names = [name for one in carried for name in (*one.cited_as, one.edition)]
    words = text.split()
    hints = (nearest(" ".join(words[:n]), names) for n in (2, 1) if words)
    return UsageError(
        f"no edition is named in {text!r}",
        remedy=next(filter(None, hints), None)
        or 'Write for example "ISO 42001 A.6.2.4" or "AI Act Art. 9(2)(a)".',
    )


def _by_id(dataset: Dataset, edition: Edition, rest: str, citation: str) -> Provision:
    found = catalogue.provisions(dataset, edition.edition)
    by_key = {_key(p.id): p for p in found}
    for candidate in _candidates(rest, by_key):
        if candidate in by_key:
            return by_key[candidate]
    cleaned = LEADING.sub("", rest).strip(" ,:;-")
    others = [
        one.edition
        for one in catalogue.editions(dataset)
        if one.framework == edition.framework
        and one.edition != edition.edition
        and any(
            _key(p.id) in set(_candidates(rest, {}))
            for p in catalogue.provisions(dataset, one.edition)
        )
    ]
    remedy = _nearest_id(rest, cleaned, [p.id for p in found])
    remedy = remedy or f"`crosswalk provisions {edition.edition}` lists its ids."
    if others:
        remedy = f"It stands in {', '.join(others)}. {remedy}"
    raise UsageError(f"{edition.edition} has no provision {cleaned or citation!r}", remedy=remedy)


def _nearest_id(rest: str, cleaned: str, ids: list[str]) -> str | None:
    """Return a sentence that names the nearest ids: of the same article first."""
    for form in [*_legal(rest.strip(" ,:;–—-"), {})[:1], cleaned]:
        home = _key(form).partition("/")[0] + "/"
        siblings = [one for one in ids if _key(one).startswith(home)]
        hint = nearest(form, siblings) or nearest(form, ids)
        if hint:
            return hint
    return None


def _key(text: str) -> str:
    return re.sub(r"[\s\-]+", " ", text).strip().casefold()


def _candidates(rest: str, known: dict[str, Provision]) -> list[str]:
    """Return the normal forms of the id that the rest of a citation can mean, best first."""
    text = rest.strip(" ,:;–—-")
    bare = LEADING.sub("", rest).strip(" ,:;–—-")
    forms = [_key(text), _key(bare)]
    if re.match(r"annex\s+a\b", text, re.IGNORECASE):
        forms.insert(1, _key("A." + bare.lstrip(". ").removeprefix("A.")))
    legal = _legal(text, known)
    return [*legal, *forms]


def _legal(text: str, known: dict[str, Provision]) -> list[str]:
    """Return the ids that a citation of a law can mean: each number a paragraph or a point."""
    article = ARTICLE.match(text)
    annex = ANNEX.match(text)
    if article:
        heads, tail = [f"article-{article.group(1)}"], text[article.end() :]
    elif annex:
        heads, tail = [f"annex-{annex.group(1)}"], text[annex.end() :]
    else:
        return []
    ordinal = SUBPARAGRAPH.search(tail)
    lead, rest = (tail[: ordinal.start()], tail[ordinal.end() :]) if ordinal else (tail, "")
    paths = _grown(heads, lead, known)
    if ordinal and ordinal[1].casefold() != "first":
        paths = [f"{path}/sub-{ORDINAL[ordinal[1].casefold()]}" for path in paths]
    paths = _grown(paths, rest, known)
    return [_key(path) for path in paths]


MARK = re.compile(
    r"section\s+([a-z0-9]+)|(?<![a-z])(\d+(?:\.\d+)?[a-z]?|[a-z]{1,5})(?=[().\s,]|$)", re.IGNORECASE
)


def _grown(heads: list[str], tail: str, known: dict[str, Provision]) -> list[str]:
    """Return the ids that stand below others by the numbers and letters of a tail."""
    paths = heads
    for section, token in MARK.findall(tail):
        if token.casefold() in {"point", "para", "par", "and", "item"}:
            continue
        kinds = ("sec",) if section else ("par", "pt", "sec")
        grown = [f"{path}/{kind}-{section or token}" for path in paths for kind in kinds]
        grown += [f"{path}/sub-{n}/pt-{section or token}" for path in paths for n in range(2, 8)]
        kept = [path for path in grown if not known or _key(path) in known]
        paths = kept or grown
    return paths
