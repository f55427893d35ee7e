"""Ids of provisions as people write them in running text: single, in lists, in ranges.

Only how a thing is written is decided here, not whether it exists or of which framework it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Group", "Member", "find", "find_cell"]


@dataclass(frozen=True, slots=True)
class Member:
    """One id of a list, or a range of ids: what is written, and the forms of its ends.

    ``form`` is what :mod:`crosswalk.citations` reads: ``Article 9(2)``, ``A.5.15``, ``6.1.2``.
    """

    start: int
    end: int
    form: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A list of ids that are cited together, with the word that introduces them.

    ``cue`` is that word in its plain form (``clause``, ``control``, ``article``, …), empty where
    the id stands alone.
    """

    kind: str
    start: int
    end: int
    cue: str
    members: tuple[Member, ...]


SEP = re.compile(
    r"\s*(?:,\s*(?:and|or|und|oder|sowie|et|ou|as well as)\b|,|;|/|&|\+|·|"
    r"\b(?:and|or|und|oder|sowie|et|ou|e|y|as well as|plus)\b)\s*",
    re.IGNORECASE,
)
RANGE = re.compile(
    r"\s*(?:[-–—‑−]|\bto\b|\bthrough\b|\bthru\b|\bbis\b|à|\bal?\b(?=\s+\d)|\buntil\b|\.\.\.?|…)\s*",
    re.IGNORECASE,
)
BRACKET = re.compile(r"\s{0,2}\((?!see\b)[^()\d]{3,80}\)")

ROMAN = r"(?:X{0,1}(?:IX|IV|V?I{0,3}))"
LETTERED = r"(?:(?!ai\b|eu\b|hr\b|it\b|uk\b|us\b|or\b|of\b|no\b)[a-z]{1,2}|[ivx]{3,5})"
SUB = rf"(?:\s?\(\s?(?:\d{{1,2}}[a-z]?|{LETTERED})\s?\))"
ORDINALS = "first|second|third|fourth|fifth|sixth|seventh"
POINTS = (
    r"(?:points?|lit\.?|letters?|litera|items?|sub-?paragraphs?|Buchst(?:\.|aben?)|Nrn?\.|Nummern?|"
    r"Ziff(?:\.|ern?)|Satz|S\.(?=\s?\d))"
)
WORDY = (
    r"(?:,?\s+(?:paragraph(?:s|es?)?|paras?\.?|pars?\.?|Abs(?:\.|ätze|ätzen|atz(?:es)?)?|apartados?|al(?:\.|inéas?)|párrafos?)"
    r"\s*\(?\d{1,2}[a-z]?\)?"
    rf"|,?\s+(?:the\s+)?(?:{ORDINALS})\s+paragraph)?"
    rf"(?:,?\s+(?:the\s+)?(?:{ORDINALS})\s+sub-?paragraph)?"
    r"(?:,?\s+(?:UAbs\.|Unterabs(?:\.|atz))\s*\d)?"
    rf"(?:,?\s+{POINTS}\s*"
    r"(?:\(\s?(?:\d{1,2}[a-z]?|[a-z]{1,4})\s?\)(?:\s?\([a-z]{1,4}\))*|\d{1,2}\b|[a-z]{1,2}\b(?!\w))\)?){0,2}"
)
ARTICLE = re.compile(
    rf"(?P<n>\d{{1,3}}(?:[a-d](?!\w|\.\w))?)(?!\d)(?P<sub>(?:{SUB})*(?:\.(?:\d{{1,2}}|[a-z])(?!\w)(?:{SUB})*){{0,2}}{WORDY})",
    re.IGNORECASE,
)
TAIL = re.compile(
    rf"(?P<sub>(?:points?\s*)?(?:{SUB}){{1,3}})(?!(?:\s?(?:,|and|or|to|{SUB})){{0,9}}\s+of\s+Art)",
    re.IGNORECASE,
)
ANNEX = re.compile(
    rf"(?P<n>(?=[IVX]){ROMAN})\b(?P<sub>(?:,?\s*\(?Section\s+[A-C0-9]\b\)?)?"
    rf"(?:,?\s*\(?(?:points?|items?|nos?\.|paragraphs?|para\.?|pt\.?|Nrn?\.|Nummern?|Ziff(?:\.|ern?)|puntos?)\s*\(?\d{{1,2}}\)?(?:\.\d)?{SUB}?{SUB}?(?:\s(?:lit\.|Buchst(?:\.|abe))\s?[a-z]\b)?\)?"
    rf"|,?\s?\(\d{{1,2}}\){SUB}?|,?\s\d{{1,2}}{SUB})?)",
)
POINT = re.compile(
    rf"(?P<sub>(?:points?\s*)?(?:\(?\d{{1,2}}\)?{SUB}?|\([a-z]\)))(?![\w(]|\.\w)(?!\s+(?:of|in)\s)"
)
DOTTED = re.compile(
    r"(?P<l>[A-F])?(?P<n>(?:(?<=[A-F])[.\-]?|\.)?\d{1,2}(?:\.\d{1,2}){0,4})(?![\w])(?!\.\d)"
)
NUMBER = re.compile(
    r"(?P<n>\d{1,2}(?:\.\d{1,2}){0,4})(?![\d%])(?!\.\d)(?P<sub>(?:\s?\([a-z0-9]{1,3}\)|\s?[a-k]\)|(?<=\d)[a-j](?!\w))*)(?!\w)"
)
FUNCTIONS = {"GV": "GOVERN", "MP": "MAP", "MS": "MEASURE", "MG": "MANAGE"}
FUNCTION = re.compile(
    r"(?P<f>GOVERN|MAP|MEASURE|MANAGE|Govern|Map|Measure|Manage|GV|MP|MS|MG)?"
    r"(?P<gap>[\s\-–_:.]{0,2})(?P<n>\d{1,2}(?:\.\d{1,2})?)(?:-\d{3})?(?![\w%])(?!\.\d)"
)
CRITERION = re.compile(
    r"(?P<f>CC|PI|A|C|P)?\s?(?P<n>(?:(?<=CC)\d{2}|\d)(?:\.\d{1,2})?)(?![\w%])(?!\.\d)"
)

CUES = {
    "clause": "clause", "clauses": "clause", "subclause": "clause", "subclauses": "clause",
    "sub-clause": "clause", "sub-clauses": "clause", "cl.": "clause", "cls.": "clause",
    "cl": "clause", "control": "control", "controls": "control", "section": "section",
    "sections": "section", "sec.": "section", "secs.": "section", "sect.": "section",
    "§": "§", "§§": "§", "requirement": "requirement", "requirements": "requirement",
    "paragraph": "section", "paragraphs": "section", "provision": "clause",
    "provisions": "clause", "klausel": "clause", "ziffer": "clause", "ziffern": "clause",
    "ziff.": "clause", "kapitel": "abschnitt", "kapiteln": "abschnitt", "abschnitt": "abschnitt",
    "abschnitte": "abschnitt", "abschnitten": "abschnitt", "massnahme": "control",
    "massnahmen": "control", "cláusula": "clause", "cláusulas": "clause", "controles": "control",
    "mesure": "control", "mesures": "control",
}  # fmt: skip
START = re.compile(
    r"(?P<article>\b(?:(?i:articles?|artikeln?|artículos?|articoli|articolo)|[Aa]rts?\.?|ARTS?\.?)\s*(?=\d))"
    r"|(?P<annex>\b(?:Annex(?:es)?|ANNEX(?:ES)?|Anhangs?|[Aa]nnexes?|[Aa]nexos?)\s+(?=[IVX]+\b))"
    r"|(?P<chapter>\b(?:Chapters?|Titles?|CHAPTER|TITLE)\s+(?=[IVX]+\b))"
    r"|(?P<lettered>\b(?i:annex|anhang|annexe)\s+(?P<letter>[A-F])\b)"
    r"|(?P<dotted>(?<![\w.\-])(?![AC]1\.\d)[A-F](?=[.\-]?\d{1,2}\.\d|\.\d{1,2}(?![\w.]*\w)))"
    r"|(?P<function>(?<![\w\-])(?:GOVERN|MAP|MEASURE|MANAGE|Govern|Map|Measure|Manage|GV|MP|MS|MG)(?=[\s\-–_:.]{0,2}\d))"
    r"|(?P<named>(?<![\w\-])(?:GOVERN|MAP|MEASURE|MANAGE)(?![\w\-]|[\s\-–_:.]{0,2}\d))"
    r"|(?P<literal>(?<![\w.\-/])[A-Z]{2,5}-(?=\d{1,3}(?![\w-])))"
    r"|(?P<criterion>(?<![\w.\-])(?:CC(?=\s?\d{1,2}(?:\.\d)?(?!\d))|(?:PI|P|C|A)(?=\s?\d(?:\.\d)?(?!\d))))"
    r"|(?P<cued>(?<![\w\-])(?i:sub-?clauses?|clauses?|cls?\.|cl(?=\s\d)|controls?|sections?|secs?\.|sect\.|requirements?"
    r"|paragraphs?|provisions?|kapiteln?|abschnitte?n?|klausel|ziff(?:\.|ern?)|maßnahmen?|mesures?|cláusulas?|controles)\s*(?:nos?\.\s*)?(?=\d)|§{1,2}\s*(?=\d))"
    r"|(?P<bare>(?<![\w.,:/\-–+$€£#=<>~≥≤§\\])(?=\d{1,2}\.\d))"
)
NOT_AFTER = re.compile(
    r"(?:\b(?:figures?|figs?\.?|tables?|tabs?\.?|pages?|pp?\.|eqs?\.?|equations?|appendix|appendices|"
    r"chapters?|ch\.|versions?|ver\.|v\.?|release[sd]?|rev\.?|revision|step|phase|level|tier|stage|room|"
    r"building|slot|port|box|form|python|java|ios|android|windows|linux|node|build|wave|question|q|"
    r"example|exhibit|listing|footnote|note|lemma|theorem|score[sd]?|rated|rating|cvss|usd|eur|gbp|chf|"
    r"about|approximately|approx\.?|over|above|below|than|least|most|nearly|almost|by|around|rose|fell|"
    r"total|average|mean|grew|increase[ds]?|decrease[ds]?|plus|minus|times|priority|part|volume|"
    r"vol\.?|no\.|nr\.|issue|lot|flat|unit|gate|bay|shelf|sprint|tls|usb|http|wpa|pdf|cc|ip|tel\.?|"
    r"phone|fax|call|is|was|are|were|at|jan\w*|feb\w*|mar\w*|apr\w*|may|jun\w*|jul\w*|aug\w*|sep\w*|"
    r"oct\w*|nov\w*|dec\w*|days?|hours?|lasted|took|gpt|claude|llama|gemini|sonnet|opus|bluetooth|"
    r"kubernetes|postgres\w*|ubuntu|debian|macos|php|ruby|go|rust|kernel|api|sdk|firmware|schema)"
    r"|[$€£~≈<>=≤≥×*^+])\s*[(\"“]?\s*$",
    re.IGNORECASE,
)
SAYS = re.compile(r"[^\W\d_]|[$€£~≈<>=≤≥×*^+]")
"""What stands in all that :data:`NOT_AFTER` finds, and is quicker to look for."""
STRONG_NOT_AFTER = re.compile(
    r"\b(?:figures?|figs?\.?|tables?|appendix|appendices|exhibits?|attachments?|enclosures?|pages?|build|version|ticket|batch|building|seat|zone|room|form|box|slot|priority|"
    r"equations?|eqs?\.?|schedule)\s{0,2}(?:[A-F]?\.?\d{1,2}(?:\.\d{1,2}){0,3}\s?(?:,|and|or|to|&|[-–])\s?){0,3}$",
    re.IGNORECASE,
)
LETTER = re.compile(r"[A-Za-z]")
JOINED = re.compile(r"\s?[-/]\s?\d|[-–][A-Za-z]")
UNIT = re.compile(
    r"\s*(?:%|‰|°|€|\$|£|(?:per\s?cent|percent|million|billion|thousand|trillion|bn|mn|mio|k|m|days?|"
    r"weeks?|months?|years?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|s|points?|pts?|kg|g|mg|km|cm|"
    r"mm|kw|kwh|mw|gb|mb|tb|kb|ghz|mhz|eur|usd|gbp|chf|fte|times|fold|x|stars?|"
    r"out of \d|of \d|litres?|"
    r"liters?|l|users|views|pages?|a\.?m\.?|p\.?m\.?|uhr|°c|v|w|hz|dpi|px|pt|sq|m²|h)\b"
    r"(?!\s*\d)(?!\.\d))",
    re.IGNORECASE,
)
GOES_ON = re.compile(
    r"\s*(?:$|[.,;:)\]/&|\"”’]|[-–—]\s|[A-Z(\[]|(?:and|or|to|of|in|under|apply|applies|shall|set|sets|require[sd]?|"
    r"cover[s]?|both|on|for|with|from|by|as|are|is|were|which|that|have|has|must|may|via|respectively|"
    r"also|do|does|concern|describe[sd]?|define[sd]?|address(?:es)?|demand[s]?|ask[s]?|through|und|der|des|"
    r"mandate[sd]?|provide[sd]?|specif(?:y|ies|ied)|not|only|together|plus|will|can|call|du|de|del|de[mrs]|von|vom|aus|im|nach|gilt|gelten|sind|ist|"
    r"regel[nt]|verlang\w{1,3}|forder[nt]|sowie|oder|et|ou|y|bis|read|should|remain\w?|contain\w?)\b|\d)"
)


def find(text: str) -> Iterator[Group]:
    """Yield the groups of ids that are written in a text, in order, none inside another.

    >>> [(g.cue, [m.form for m in g.members]) for g in find("see clauses 6.1.2 and 8.2")]
    [('clause', ['6.1.2', '8.2'])]
    """
    at = 0
    while match := START.search(text, at):
        group = _group(text, match)
        if group:
            yield group
        at = group.end if group else max(match.end(), match.start() + 1, _passed(text, match))


def find_cell(text: str, kind: str) -> Group | None:
    """Return the ids with which a cell begins, where its column says that there are such.

    >>> [m.form for m in find_cell("9, 10(2)", "article").members]
    ['Article 9', 'Article 10(2)']
    """
    lead = re.match(r"\s*[(\[]?", text)
    at = lead.end() if lead else 0
    reader = {"article": _article, "number": _number}[kind]
    members = _list(text, at, reader, plural=True)
    if not members:
        return None
    end = members[-1].end
    if text[end:].strip() and UNIT.match(text, end):
        return None
    return Group(kind, members[0].start, end, kind, tuple(members))


def _passed(text: str, match: re.Match[str]) -> int:
    """Return where a list of figures ends whose first is none of ours: "scores 6.2 and 7.4"."""
    at = match.start()
    if match.lastgroup != "bare" or not _is_other(text[max(0, at - 24) : at]):
        return at
    members = _list(text, at, _number, plural=False)
    return members[-1].end if members else at


def _is_other(before: str) -> bool:
    """Return whether words before a bare figure say that it counts something else."""
    return SAYS.search(before) is not None and NOT_AFTER.search(before) is not None


def _group(text: str, match: re.Match[str]) -> Group | None:
    kind = match.lastgroup or ""
    if kind == "letter":
        kind = "lettered"
    at, end = match.span()
    before = text[max(0, at - 48) : at]
    if LETTER.search(before) and STRONG_NOT_AFTER.search(before):
        return None
    if kind == "article":
        word = match[0].strip().casefold()
        plural = word.rstrip(".") in ("articles", "arts", "artikeln", "artículos")
        members = _list(text, end, _article, plural=plural)
        return _articles(text, at, members) if members else None
    if kind == "annex":
        members = _list(text, end, _annex, plural=match[0].casefold().startswith("annexes"))
        return _annexes(text, at, members) if members else None
    if kind == "chapter":
        return _chapter(text, match)
    if kind == "lettered":
        return _lettered(text, match)
    if kind == "dotted":
        members = _list(text, at, _Dotted(), plural=True)
        if members and re.match(r"[-–][a-z]{2}", text[members[-1].end :]):
            return None
        return _made("dotted", at, "", members)
    if kind == "function":
        members = _list(text, at, _Function(), plural=True)
        return _made("function", at, "", members)
    if kind == "named":
        return _made("function", at, "function", _list(text, at, _function_name, plural=True))
    if kind == "criterion":
        members = _list(text, at, _Criterion(), plural=True)
        return _made("criterion", at, "", members)
    if kind == "literal":
        number = re.compile(r"\d{1,3}").match(text, end)
        stop = number.end() if number else end
        return Group("literal", at, stop, "", (Member(at, stop, text[at:stop]),))
    if kind == "cued":
        word = re.sub(r"\s*(?:nos?\.)?\s*$", "", match[0]).casefold()
        members = _list(text, end, _number, plural=word.endswith(("s", "s.", "§§")))
        if not members or UNIT.match(text, members[0].end):
            return None
        return _made("number", at, CUES.get(word, "clause"), members)
    if _is_other(before[-24:]):
        return None
    members = _list(text, at, _number, plural=False)
    if not members or "." not in members[0].form or UNIT.match(text, members[-1].end):
        return None
    if JOINED.match(text, members[-1].end):
        return None
    return _made("number", at, "", members)


def _made(kind: str, start: int, cue: str, members: list[Member]) -> Group | None:
    if not members:
        return None
    return Group(kind, start, members[-1].end, cue, tuple(members))


Form = tuple[int, str]
"""Where an item ends, and its form."""


def _list(text: str, at: int, reader: object, *, plural: bool) -> list[Member]:
    """Return the members of the list that begins at an offset."""
    assert callable(reader)  # noqa: S101 - a reader of items
    members: list[Member] = []
    first: Form | None = reader(text, at, None)
    if first is None:
        return []
    members.append(Member(at, first[0], first[1]))
    while len(members) < 200:
        last = members[-1]
        gap = RANGE.match(text, last.end)
        if gap and not last.until:
            item = reader(text, gap.end(), last.form)
            sure = plural or gap[0].strip() in "-–—‑−….." or (item and "." in item[1])
            if item and (sure or GOES_ON.match(text, item[0])):
                members[-1] = Member(last.start, item[0], last.form, item[1])
                continue
        end = last.end
        bracket = BRACKET.match(text, end)
        gap = SEP.match(text, end) or (bracket and SEP.match(text, bracket.end()))
        if not gap:
            break
        item = reader(text, gap.end(), last.until or last.form)
        if item is None or UNIT.match(text, item[0]):
            break
        simple = "." not in item[1] and "(" not in item[1]
        if simple and not GOES_ON.match(text, item[0]):
            break
        if (
            simple
            and not plural
            and gap[0].strip() == ","
            and not re.match(r"\s*(?:[,;)/]|and|or|&|to|$)", text[item[0] :])
        ):
            break
        members.append(Member(gap.end(), item[0], item[1]))
    return members


LETTERS = re.compile(
    r"\b(?:points|letters|lit\.|litera|Buchst\.|Buchstaben)\s+[a-z](?:\s*(?:,|and|und|or|bis|to|[-–])\s*[a-z]?)*\s*$",
    re.IGNORECASE,
)
PARAGRAPHS = re.compile(
    r"\b(?:paragraphs|paras\.?|pars\.?|Abs\.|Absätzen?)\s+[\d\sa-z(),–-]*$", re.IGNORECASE
)


def _article(text: str, at: int, previous: str | None) -> Form | None:
    if previous is not None:
        tail = TAIL.match(text, at)
        if tail:
            return tail.end(), _with_tail(previous, tail["sub"])
        bare = re.compile(r"\d{1,2}[a-z]?(?!\w)").match(text, at)
        if bare and PARAGRAPHS.search(text[max(0, at - 60) : at]):
            return bare.end(), _with_tail(previous, f"({bare[0]})")
        letter = re.compile(r"[a-z](?![\w.])").match(text, at)
        if letter and LETTERS.search(text[max(0, at - 40) : at]):
            return letter.end(), _with_tail(previous, f"({letter[0]})")
        again = re.compile(r"(?:Articles?|Arts?\.?)\s*(?=\d)", re.IGNORECASE).match(text, at)
        at = again.end() if again else at
    match = ARTICLE.match(text, at)
    if not match or UNIT.match(text, match.end()) or text[match.end() :][:1].isalnum():
        return None
    return match.end(), "Article " + match["n"] + _plain_sub(match["sub"])


def _plain_sub(sub: str) -> str:
    result = ""
    for subparagraph, paragraph, counted, _, token in PARTS.findall(sub):
        if subparagraph:
            result += f" {subparagraph.casefold()} subparagraph"
        elif paragraph:
            result += f"({ORDINALS.split('|').index(paragraph.casefold()) + 1})"
        elif counted:
            result += f" {ORDINALS.split('|')[int(counted) - 1]} subparagraph"
        elif token and token.casefold() not in NOT_A_POINT:
            result += f"({token})"
    return result


PARTS = re.compile(
    rf"({ORDINALS})\s+sub-?paragraph|({ORDINALS})\s+paragraph|(?:UAbs\.|Unterabs(?:\.|atz))\s*([1-7])"
    r"|(\b(?:Satz|S\.)\s*\d)|(?<![A-Za-zäöü])(\d{1,2}[a-z]?|[a-z]{1,5})(?=[().\s,]|$)",
    re.IGNORECASE,
)
NOT_A_POINT = frozenset((
    "point", "points", "para", "paras", "par", "pars", "lit", "letter", "items", "item", "abs",
    "and", "of", "section", "sub", "first", "nos", "no", "pt", "buchst", "nr", "nrn", "ziff",
    "satz", "s", "the", "al", "uabs",
))  # fmt: skip


def _with_tail(previous: str, tail: str) -> str:
    """Return an article with the last of its parts exchanged: 26(1) and "(5)" → 26(5)."""
    head, *parts = re.split(r"(?=\()", previous)
    new = re.findall(r"\(\s?([^)\s]+)\s?\)", tail)
    kind = _kind_of(new[0])
    kept: list[str] = []
    for part in parts:
        if _kind_of(part.strip("() ")) == kind:
            break
        kept.append(part.strip())
    return head.strip() + "".join(kept) + "".join(f"({one})" for one in new)


def _kind_of(token: str) -> str:
    return "digit" if token[:1].isdigit() else "letter"


ITEM = r"\(?(?:\d{1,2}[a-z]?|[a-z]{1,3})\)?"
ITEMS = re.compile(
    rf"\b(?:points?|letters?|items?|paragraphs?|Absatz|Abs\.|Buchst(?:\.|abe)|lit\.)\s*(?P<items>{ITEM}"
    rf"(?:\s?(?:,\s?(?:and|or|und)?|and|or|und|to|bis|[–-])\s?{ITEM}){{0,9}})(?:,?\s*points?\s*\(?(?P<inner>[a-z]{{1,2}})\)?,?)?"
    r"\s+(?:of|des|der|von)\s+$",
    re.IGNORECASE,
)
SUBPARAGRAPH_OF = re.compile(rf"\b(?:the\s+)?({ORDINALS})\s+sub-?paragraph\s+of\s+$", re.IGNORECASE)


def _articles(text: str, at: int, members: list[Member]) -> Group:
    """Return a group of articles, with what stands before it: "point (b) of Article 10(2)"."""
    lead = text[max(0, at - 80) : at]
    offset = at - len(lead)
    first = members[0]
    if ordinal := SUBPARAGRAPH_OF.search(lead):
        form = f"{first.form} {ordinal[1]} subparagraph"
        members[0] = Member(first.start, first.end, form, first.until)
        at = offset + ordinal.start()
    elif (items := ITEMS.search(lead)) and not first.until:
        at = offset + items.start()
        members[:1] = _parts(first, items, offset, at)
    return Group("article", at, members[-1].end, "article", tuple(members))


def _parts(whole: Member, items: re.Match[str], offset: int, at: int) -> list[Member]:
    """Return what is cited by parts that are listed before the article they are of."""
    inner = f"({items['inner']})" if items["inner"] else ""
    found: list[Member] = []
    ranged = False
    end = offset + items.start("items")
    for one in re.finditer(
        r"\b(and|or|und|to|bis)\b|([–-])|\(?(\d{1,2}[a-z]?|[a-z]{1,3})\)?", items["items"]
    ):
        if not one[3]:
            ranged = one[1] in ("to", "bis") or bool(one[2])
            continue
        form = f"{whole.form}({one[3]}){inner}"
        end = offset + items.start("items") + one.end()
        if ranged and found:
            found[-1] = Member(found[-1].start, end, found[-1].form, form)
        else:
            found.append(
                Member(offset + items.start("items") + one.start() if found else at, end, form)
            )
        ranged = False
    if len(found) == 1:
        return [Member(whole.start, whole.end, found[0].form, found[0].until)]
    last = found[-1]
    found[-1] = Member(last.start, whole.end, last.form, last.until)
    return found


def _annex(text: str, at: int, previous: str | None) -> Form | None:
    if previous is not None:
        again = re.compile(r"(?:Annex(?:es)?|Anhang)\s+", re.IGNORECASE).match(text, at)
        at = again.end() if again else at
    match = ANNEX.match(text, at)
    if match and match["n"]:
        return match.end(), f"Annex {match['n']}{_annex_sub(match['sub'])}"
    if previous is not None and "(" in previous:
        point = POINT.match(text, at)
        if point:
            tail = _annex_sub(point["sub"])
            return point.end(), _with_tail(previous, tail) if tail else previous
    return None


def _annex_sub(sub: str) -> str:
    section = re.search(r"section\s+([A-C0-9])", sub, re.IGNORECASE)
    rest = sub[section.end() :] if section else sub
    tokens = [t for t in re.findall(r"\d{1,2}(?:\.\d)?|\b[a-z]\b", rest) if t not in NOT_A_POINT]
    return (f" Section {section[1]}" if section else "") + "".join(f"({t})" for t in tokens)


def _annexes(text: str, at: int, members: list[Member]) -> Group:
    lead = re.search(
        r"\b(?:points?|items?)\s*\(?(\d{1,2}(?:\.\d)?)\)?(?:\s?\(([a-z])\))?\s+(?:of|in)\s+$",
        text[max(0, at - 40) : at],
        re.IGNORECASE,
    )
    if lead:
        first = members[0]
        form = first.form + f"({lead[1]})" + (f"({lead[2]})" if lead[2] else "")
        members[0] = Member(first.start, first.end, form, first.until)
        at -= len(lead[0])
    return Group("annex", at, members[-1].end, "annex", tuple(members))


def _chapter(text: str, match: re.Match[str]) -> Group | None:
    word = "title" if match[0].casefold().startswith("title") else "chapter"
    body = re.compile(r"([IVX]+)\b(?:,?\s*[Ss]ection\s+(\d))?").match(text, match.end())
    if not body:
        return None
    at = match.start()
    lead = re.search(r"\b[Ss]ection\s+(\d)\s+of\s+$", text[max(0, at - 20) : at])
    section = body[2] or (lead[1] if lead else "")
    form = f"{word}-{body[1]}" + (f"-section-{section}" if section else "")
    at -= len(lead[0]) if lead else 0
    return Group("chapter", at, body.end(), word, (Member(match.start(), body.end(), form),))


def _lettered(text: str, match: re.Match[str]) -> Group | None:
    letter = match["letter"]
    gap = re.compile(
        r"[.\-]?\s?(?=\d{1,2}(?:\.\d|[,;)\s]|$))|(?:,|:|\s[-–])?\s*\(?(?:controls?|clauses?|refs?\.?)?\s*\(?(?:[A-F]\.)?(?=\d{1,2}\.\d)",
        re.IGNORECASE,
    ).match(text, match.end())
    if gap and (gap[0].strip(" ") or re.match(r"\d{1,2}\.\d", text[gap.end() :])):
        members = _list(text, gap.end(), _Dotted(letter), plural=True)
        if members:
            return _made("dotted", match.start(), "control", members)
    member = Member(match.start(), match.end(), f"annex-{letter}")
    return Group("letter-annex", match.start(), match.end(), "annex", (member,))


class _Dotted:
    """Reads ids of an annex: A.5.15, and 5.16 after it."""

    def __init__(self, letter: str = "") -> None:
        self.letter = letter

    def __call__(self, text: str, at: int, previous: str | None) -> Form | None:
        again = re.compile(
            r"(?:Annex|Anhang)\s+(?=[A-F]\b)|(?:controls?|Maßnahmen?)\s+", re.IGNORECASE
        ).match(text, at)
        at = again.end() if again and previous is not None else at
        match = DOTTED.match(text, at)
        if not match:
            return None
        letter = match["l"] or (previous or "")[:1] or self.letter
        number = match["n"].lstrip(".-")
        if not letter or (
            "." not in number and not match["l"] and previous is None and not self.letter
        ):
            return None
        if previous is not None and not match["l"] and "." not in number:
            if not re.match(
                r"\s*(?:[,;:?!|)\].]|$|(?:and|or|of|in|und|oder)\b)", text[match.end() :]
            ):
                return None
            stem = previous.rpartition(".")[0]
            return match.end(), f"{stem}.{number}"
        return match.end(), f"{letter}.{number}"


class _Function:
    """Reads ids of the AI RMF: GOVERN 1.1, and 1.2 after it."""

    def __call__(self, text: str, at: int, previous: str | None) -> Form | None:
        match = FUNCTION.match(text, at)
        if not match or (previous is None and not match["f"]):
            return None
        if not match["f"] and match["gap"].strip():
            return None
        if match["f"] and not match["f"].isupper() and "." not in match["n"]:
            return None
        if not match["f"] and "." not in match["n"]:
            return None
        if match["f"] and not match["f"].isupper() and UNIT.match(text, match.end()):
            return None
        name = (match["f"] or (previous or "").split(" ")[0]).upper()
        return match.end(), f"{FUNCTIONS.get(name, name)} {match['n']}"


NAMED = re.compile(r"(?:GOVERN|MAP|MEASURE|MANAGE)(?![\w\-]|[\s\-–_:.]{0,2}\d)")


def _function_name(text: str, at: int, previous: str | None) -> Form | None:
    match = NAMED.match(text, at)
    return (match.end(), match[0]) if match else None


class _Criterion:
    """Reads trust services criteria: CC6.1, and 6.2 after it."""

    def __call__(self, text: str, at: int, previous: str | None) -> Form | None:
        match = CRITERION.match(text, at)
        if not match or (previous is None and not match["f"]):
            return None
        if match["f"] != "CC" and "." not in match["n"]:
            return None
        name = match["f"] or re.sub(r"\d.*", "", previous or "")
        return match.end(), f"{name}{match['n']}"


def _number(text: str, at: int, previous: str | None) -> Form | None:
    if previous is not None:
        again = re.compile(
            r"(?:sub-?clauses?|clauses?|cl\.|sections?|§|abschnitte?n?|ziff(?:\.|ern?)|kapiteln?)\s*(?=\d)",
            re.IGNORECASE,
        ).match(text, at)
        at = again.end() if again else at
    match = NUMBER.match(text, at)
    if not match or int(match["n"].partition(".")[0]) > 30:
        return None
    number = match["n"]
    if previous is not None and "." not in number and "." in previous:
        return None
    return match.end(), number
