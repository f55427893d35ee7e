"""The frameworks that a text names, with the year if it says one.

Those that are not carried are found too: they keep a citation of another law or standard from
being read as one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crosswalk.models import Edition, Provision

__all__ = ["Mention", "Names", "shapes"]

SHAPES: dict[str, re.Pattern[str]] = {
    "article": re.compile(r"article-\d"),
    "annex": re.compile(r"annex-[IVX]"),
    "chapter": re.compile(r"chapter-[IVX]"),
    "letter-annex": re.compile(r"annex-[A-F]$"),
    "dotted": re.compile(r"[A-F]\.\d"),
    "number": re.compile(r"\d+(\.\d+)*$"),
    "function": re.compile(r"(GOVERN|MAP|MEASURE|MANAGE)\b"),
    "criterion": re.compile(r"(CC|PI|A|C|P)\d"),
    "literal": re.compile(r"[A-Z]{2,5}-\d{1,3}$"),
}
"""Kind of reference → what the ids of an edition that has it look like."""
LAW = frozenset(("article", "annex", "chapter"))
STANDARD = frozenset(("dotted", "number", "letter-annex"))

ISO = (
    r"(?:\b(?:BS|DIN|EN|NF|UNE|AS|SS)[ \-/]{1,3}){0,3}\bISO(?:\s*[/\-]?\s*(?:IEC|EIC))?"
    r"(?:\s*/\s*IEEE)?"
    r"(?:\s*/?\s*(?:TR|TS|FDIS|DIS|PAS|Guide))?[\s\-_]*(?:standards?\s+)?"
    r"(?P<number>\d{4,5})(?:-(?P<part>\d{1,2})(?!\d))?(?:\s?[:\-–]\s?(?P<year>(?:19|20)\d\d)"
    r"|\s\((?P<year2>(?:19|20)\d\d)\))?(?!\d)"
)
BARE = (
    r"(?<![\w.:,/+\-€$])(?P<bare>{numbers})(?:\s?[:]\s?(?P<year3>(?:19|20)\d\d))?(?![\w%]|[.,]\d)"
)
SLASHED = r"(?<=\d/)(?P<slashed>{numbers})(?:\s?[:]\s?(?P<year4>(?:19|20)\d\d))?(?!\w)"
ASIDE = re.compile(r"\b(?:in|of|from)\s+$")
YEAR = (
    r"\b(?:the\s+)?(?P<again>(?:19|20)\d\d)"
    r"(?:\s+(?:edition|version|numbering|controls?|clauses?|refs?\b\.?|references?|ids?|annex|text)\b"
    r"|(?=\s?:\s?(?:Annex\s+)?A\.\d))"
)
BACK = (
    r"\b(?:[Tt]he|[Tt]his|[Tt]hat|[Ss]aid)\s+(?P<back>Act|Regulation|Standard|standard|framework|Framework)\b"
    r"|\b(?:[Dd]ie|[Dd]er|[Dd]ieser?)\s+(?P<german>Norm|Verordnung)\b"
)
OTHER_LAW = (
    r"\b(?:(?:Council|Commission|Framework|Implementing|Delegated)\s+)*(?:Directives?|Regulations?|"
    r"Decisions?|Recommendations?)\s*(?:\((?:EU|EC|EEC|Euratom)(?:,\s*Euratom)?\)\s*)?(?:No\.?\s*)?"
    r"\d{1,4}/\d{1,4}(?:/(?:EU|EC|EEC|JHA))?"
    r"|\b(?:UK|Swiss)[ -]GDPR\b|\bDORA\b|\bNIS[ -]?2(?:\s+Directive)?\b|\bDSA\b|\bDMA\b|\bCRA\b"
    r"|\b(?:[A-Z][\w-]{1,30}\s+){1,4}(?:Act|Directive|Regulation|Code|Convention|Treaty|Ordinance)\b"
    r"(?:\s+(?:of\s+)?(?:19|20)\d\d)?"
    r"|\b(?:the\s+)?(?:Constitution|Treaty|Treaties|Charter|Convention|Basic Law)\b"
    r"(?:\s+(?:on|of)\s+(?:the\s+)?[A-Z]\w+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z]\w+)*)?"
    r"|\bTFEU\b|\bTEU\b|\bECHR\b|\bCFR(?:EU)?\b|\bU\.?S\.?C\.?(?=\W)|\bBDSG\b|\bBGB\b|\bHGB\b|\bStGB\b"
    r"|\bCCPA\b|\bCPRA\b|\bHIPAA\b|\bLGPD\b|\bPIPL\b|\bGLBA\b|\bFERPA\b|\bTTDSG\b|\bTDDDG\b|\bPECR\b"
    r"|\bePrivacy\b|\be-Privacy\b|\bMDR\b|\bIVDR\b|\bMiCA\b|\bPSD2\b|\bDPA 2018\b|\bMDMP\b"
)
OTHER_STANDARD = (
    r"\bPCI[ -]?DSS\b|\bCOBIT\b|\bCIS(?:\s+Controls?)?(?=\s+v?\d)|\bNIST\s+(?:CSF|SP)\b"
    r"(?:\s*800-\d+\w?)?"
    r"|\bNIST\s+(?:Cybersecurity|Privacy)\s+Framework\b|\bSP\s*800-\d+\w?|\bCSF\b|\bITIL\b|\bTISAX\b"
    r"|\bIEC\s*\d{5}(?:-\d)*|\b(?:pr)?EN\s*\d{5,6}|\bAT-C|\bAU-C|\bIEEE\s*\d{3,5}|\bHITRUST\b|\bFedRAMP\b|\bSOC\s?[13]\b"
    r"|\bCMMC\b|\bBSI\s+C5\b|\bC5\b(?=:)|\bOWASP\b|\bMITRE\b|\bCSA\s+CCM\b|\bRFC\s*\d+|\bHITECH\b|\bETSI\b"
    r"|\bISAE\s*\d+|\bSSAE\s*\d+|\bISO\s+Guide\s+\d+"
)
SYSTEMS = {
    "AIA": "eu-ai-act", "AIMS": "iso-42001", "ISMS": "iso-27001", "PIMS": "iso-27701",
    "QMS": "iso-9001",
}  # fmt: skip
"""A short name that may mean other things too → what it is where an id stands beside it."""
ALIASES = {
    "27k1": "iso-27001",
    "AI Regulation": "eu-ai-act",
    "EU AI Regulation": "eu-ai-act",
    "EU-KI-Verordnung": "eu-ai-act",
    "European AI Act": "eu-ai-act",
    "EU-KI-VO": "eu-ai-act",
    "KI-VO": "eu-ai-act",
    "Reglamento de IA": "eu-ai-act",
    "Règlement sur l'IA": "eu-ai-act",
    "Règlement IA": "eu-ai-act",
    "Datenschutz-Grundverordnung": "gdpr",
    "EU-DSGVO": "gdpr",
    "RGPD": "gdpr",
}
"""Plain names that people give a framework beside those of the catalogue → the framework."""
DEFINED = re.compile(
    r"(?P<gap>[^()\[\];]{0,200})[(\[]\s?"
    r"(?P<said>(?:(?:hereinafter|hereafter|henceforth|in\s+the\s+following|im\s+Folgenden|nachfolgend|"
    r"ci-après|en\s+adelante|referred\s+to\s+as|also|or|short|kurz|the|die|der|das|le|la|el)\b[\s,:]{0,3})*)"
    r"(?P<quote>[\"“'‘„«]?)\s?(?P<the>(?:the|die|der|das)\s+)?"
    r"(?P<name>[A-ZÄÖÜ][\w/&.\- ]{1,40}?)\s?"
    r"[\"”'’“»]?\s?(?=[)\],;])"
)
"""What makes words a name of the framework before them: ``("the AIA")``, ``(hereinafter X)``."""
GENERIC = re.compile(
    r"(?:Act|Regulation|Standard|Framework|Directive|Law|Verordnung|Norm|Criteria)$"
)
FORMAL = re.compile(r"\d/\d|\w+[ \-]\w+[ \-]\w+[ \-]\w+")
NO_NAME = re.compile(
    r"(?:EU|EC|EEA|UK|US|USA|EN|ISO|IEC|SoA|AI|GOVERN|MAP|MEASURE|MANAGE|DRAFT|TBD)$"
)


REMEMBERED = 20_000
"""Texts whose mentions are kept, because a document is read twice."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A framework named in a text; ``framework`` is empty where it is not carried.

    ``edition`` is the key of the edition if the year says it. ``blocks`` are the kinds of
    reference that a foreign one takes to itself. ``controls`` says that the controls of the
    framework are meant by their bare number, as ISO/IEC 27002 has them. A ``weak`` name counts
    only beside an id, a ``brief`` one only in its sentence.
    """

    start: int
    end: int
    framework: str
    edition: str = ""
    blocks: frozenset[str] = frozenset()
    controls: bool = False
    weak: bool = False
    law: bool = False
    back: str = ""
    brief: bool = False


def shapes(provisions: Iterable[Provision]) -> frozenset[str]:
    """Return the kinds of reference that the ids of an edition can be cited by."""
    ids = [one.id for one in provisions]
    return frozenset(kind for kind, shape in SHAPES.items() if any(shape.match(i) for i in ids))


class Names:
    """What finds the frameworks named in a text, for the editions that are carried."""

    def __init__(
        self, editions: Sequence[Edition], own: Mapping[str, Mention] | None = None
    ) -> None:
        """:param editions: those that can be cited.

        :param own: names that a document gives to what it cites.
        """
        self._own = dict(own or {})
        self.editions = {one.edition: one for one in editions}
        self.frameworks = {one.framework for one in editions}
        self._held: dict[str, list[Mention]] = {}
        self._laws = {one.framework for one in editions if one.legal_force}
        self._names: dict[str, tuple[str, str]] = {}
        for one in editions:
            for name in (*one.cited_as, one.edition):
                if one.legal_force and re.search(r"\(\d{4}\)$", name):
                    continue  # of a law, that is the year in which it was made
                held = self._names.get(_plain(name))
                sole = held is None or held[1] == one.edition
                self._names[_plain(name)] = (one.framework, one.edition if sole else "")
        for name, framework in ALIASES.items():
            if framework in self.frameworks:
                self._names.setdefault(_plain(name), (framework, ""))
        numbers = [f.removeprefix("iso-") for f in self.frameworks if re.fullmatch(r"iso-\d+", f)]
        long = "|".join(sorted((n for n in numbers if len(n) > 4), reverse=True)) or "(?!)"
        written = sorted(self._names, key=len, reverse=True)
        named = "|".join(re.escape(name).replace(r"\ ", r"[\s\-]+") for name in written) or "(?!)"
        self._known = re.compile(f"(?<!\\w)(?i:{named})(?!\\w)")
        given = "|".join(re.escape(name) for name in sorted(self._own, key=len, reverse=True))
        self._found = re.compile(
            f"(?P<own>(?<!\\w)(?:{given or '(?!)'})(?!\\w))|{ISO}"
            f"|(?P<named>(?<!\\w)(?i:{named})(?!\\w))"
            f"|{BARE.format(numbers=long)}"
            f"|{SLASHED.format(numbers=long)}|{YEAR}|{BACK}|(?P<law>{OTHER_LAW})"
            f"|(?P<standard>{OTHER_STANDARD})|\\b(?P<system>AIA|AIMS|ISMS|PIMS|QMS)\\b"
        )

    def find(self, text: str) -> list[Mention]:
        """Return the frameworks that a text names, in order."""
        if text not in self._held:
            if len(self._held) > REMEMBERED:
                self._held.clear()
            self._held[text] = self._search(text)
        return self._held[text]

    def of(self, texts: Iterable[str]) -> Names:
        """Return names that know too what texts call the frameworks they name."""
        own: dict[str, Mention] = {}
        for text in texts:
            if "(" not in text and "[" not in text:
                continue
            mentions = self.find(text)
            for n, one in enumerate(mentions):
                stop = mentions[n + 1].start if n + 1 < len(mentions) else len(text)
                for name in self._defined(text, one, stop):
                    own.setdefault(name, one)
        return Names(list(self.editions.values()), own) if own else self

    def _defined(self, text: str, one: Mention, stop: int) -> list[str]:
        """Return the names that a text gives to a framework right after naming it."""
        found = DEFINED.match(text, one.end)
        if not found or one.weak or one.back or re.search(r"\d\.\d|\(\d", found["gap"]):
            return []
        name = re.sub(r"\s+", " ", found["name"])
        generic = GENERIC.search(name) is not None
        said, near = bool(found["said"] or found["the"]), not found["gap"].strip(" ,")
        short = re.fullmatch(r"[A-Z][A-Za-z\-]*[A-Z][A-Za-z\-]*", name) is not None
        if NO_NAME.match(name) or (found.start("name") > stop and not generic):
            return []
        if re.fullmatch(GENERIC, name):
            german = re.match(r"d(?:ie|er|as)\b", found["the"] or found["said"].rpartition(" ")[2])
            articles = ("die", "Die", "der", "Der", "dieser") if german else ("the", "The")
            return [f"{one} {name}" for one in articles] if said or found["quote"] else []
        known = any(not m.weak and not m.back for m in self.find(name))
        formal = FORMAL.search(text[one.start : one.end]) is not None
        if known or not (generic or short):
            return []
        sure = ((said or found["quote"]) and (near or said)) or (near and formal)
        return [name] if sure else []

    def _search(self, text: str) -> list[Mention]:
        found: list[Mention] = []
        last = ""
        for match in self._found.finditer(text):
            one = self._mention(match, last)
            if one is not None:
                found.append(one)
                last = one.framework or last
        return found

    def _mention(self, match: re.Match[str], last: str) -> Mention | None:
        at, end = match.span()
        groups = match.groupdict()
        if groups["own"]:
            return replace(self._own[groups["own"]], start=at, end=end)
        if groups["named"]:
            framework, edition = self._names[_plain(groups["named"])]
            year = re.match(r"\s?[:]\s?((?:19|20)\d\d)", match.string[end : end + 8])
            if year and not edition:
                edition = self._edition(framework, year[1])
                return Mention(at, end + year.end(), framework, edition)
            return Mention(at, end, framework, edition)
        written = groups["number"] or groups["bare"] or groups["slashed"]
        if written:
            year_said = next(
                (groups[k] for k in ("year", "year2", "year3", "year4") if groups[k]), ""
            )
            return self._standard(at, end, written, groups["part"], year_said)
        if groups["again"]:
            aside = ASIDE.search(match.string[max(0, at - 8) : at]) is not None
            brief = aside or match[0].endswith(groups["again"])
            return Mention(at, end, "", back=groups["again"], brief=brief)
        if groups["back"]:
            return Mention(at, end, "", back=groups["back"].casefold())
        if groups["german"]:
            same = {"Norm": "standard", "Verordnung": "regulation"}
            return Mention(at, end, "", back=same[groups["german"]])
        if groups["law"]:
            inner = self._known.search(groups["law"])
            if inner and not groups["law"].startswith(("UK", "Swiss")):
                framework, edition = self._names[_plain(inner[0])]
                return Mention(at + inner.start(), at + inner.end(), framework, edition)
            return Mention(at, end, "", blocks=LAW | STANDARD)
        if groups["system"]:
            framework = SYSTEMS[groups["system"]]
            known = framework in self.frameworks
            return (
                Mention(at, end, framework, weak=True, law=self.is_law(framework))
                if known
                else None
            )
        return Mention(at, end, "", blocks=frozenset(SHAPES) - LAW)

    def _standard(
        self, at: int, end: int, written: str, part: str | None, year: str
    ) -> Mention | None:
        if written == "27002" and "iso-27001" in self.frameworks:
            edition = self._edition("iso-27001", year)
            return Mention(at, end, "iso-27001", edition, controls=True)
        framework = f"iso-{written}-{part}" if part else f"iso-{written}"
        if framework not in self.frameworks and f"iso-{written}" in self.frameworks:
            framework = f"iso-{written}"
        if framework in self.frameworks:
            edition = self._edition(framework, year)
            if not year or edition:
                return Mention(at, end, framework, edition)
        return Mention(at, end, "", blocks=STANDARD | {"function", "criterion"})

    def _edition(self, framework: str, year: str) -> str:
        """Return the edition of a framework that a year says; empty if none."""
        if not year:
            return ""
        return next(
            (
                one.edition
                for one in self.editions.values()
                if one.framework == framework and (one.issued or "").startswith(year)
            ),
            "",
        )

    def is_law(self, framework: str) -> bool:
        """Return whether a framework is a law."""
        return framework in self._laws


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", " ", name).strip().casefold()
