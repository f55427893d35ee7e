"""Which carried edition a foreign document means, and which of its provisions.

A document names the framework of its control ids by a title, an address or a key. Only a name that
is one edition's counts: ids collide across editions, so a name without its year is no answer where
two editions are carried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from crosswalk import catalogue, oscal
from crosswalk.errors import nearest
from crosswalk.graph import Dataset
from crosswalk.models import Provision
from crosswalk.namespaces import BASE

__all__ = ["Framework", "Frameworks"]

SAYING_NOTHING = (
    "annex a|baseline|catalog|catalogue|controls?|framework|json|oscal|profile|requirements|"
    "resolved|xml|ya?ml"
)
"""Words beside a framework's name that do not change which one is meant."""
LEADING = re.compile(rf"^(?:{SAYING_NOTHING})[\s_.-]+", re.IGNORECASE)
TRAILING = re.compile(rf"[\s_.-]+(?:{SAYING_NOTHING})$", re.IGNORECASE)
PART = re.compile(r"^(?P<whole>.+?)_(?:smt|stm|stmt|obj)(?P<part>[._-].+)?$")


@dataclass(frozen=True, slots=True)
class Framework:
    """What the name of a framework means here.

    :param edition: the key of the edition; None if none is meant for certain.
    :param why: why there is none.
    :param chosen: whether the importer chose the edition, and not the document.
    """

    edition: str | None
    why: str = ""
    chosen: bool = False


class Frameworks:
    """The editions of a catalogue, by what a document may call them.

    >>> from crosswalk.graph import open_dataset
    >>> known = Frameworks(open_dataset(), as_of=date(2026, 11, 20))
    >>> known.named(["ISO/IEC 42001:2023 Annex A controls"]).edition
    'iso-42001-2023'
    >>> known.named(["ISO 27001"]).why
    "'ISO 27001' names no edition, and iso-27001-2013 and iso-27001-2022 are carried"
    >>> provision, part = known.provision("nist-ai-rmf-1.0", "GOVERN_1.1")
    >>> provision.id
    'GOVERN 1.1'
    """

    def __init__(self, dataset: Dataset, *, as_of: date, edition: str | None = None) -> None:
        self._dataset = dataset
        self._chosen = catalogue.edition(dataset, edition, as_of=as_of).edition if edition else None
        self._names: dict[str, set[str]] = {}
        for one in catalogue.editions(dataset):
            for name in (one.edition, one.framework, one.title, *one.cited_as):
                self._names.setdefault(_same(name), set()).add(one.edition)
        self._provisions: dict[str, dict[str, Provision]] = {}

    def named(self, names: Iterable[str]) -> Framework:
        """Return the edition that the first name which is one means, else the chosen one.

        :param names: what a document says of its framework, the most certain first.
        """
        shown = ""
        doubtful = ""
        for name in names:
            shown = shown or name
            if name.startswith(f"{BASE}id/"):
                key = name.removeprefix(f"{BASE}id/").partition("/")[0]
                if key in self._names.get(_same(key), ()):
                    return Framework(key)
            for reading in _readings(name):
                found = self._names.get(_same(reading), set())
                if len(found) == 1:
                    return Framework(min(found))
                if found and not doubtful:
                    carried = " and ".join(sorted(found))
                    doubtful = f"{reading!r} names no edition, and {carried} are carried"
        if self._chosen:
            return Framework(self._chosen, chosen=True)
        if doubtful:
            return Framework(None, doubtful)
        if shown:
            return Framework(None, f"{oscal.one_line(shown)!r} is no carried edition")
        return Framework(None, "no framework is named")

    def provision(self, edition: str, control: str) -> tuple[Provision | None, str]:
        """Return the provision of an edition that an OSCAL id means, and which part of it.

        :param control: an id of a control, a statement or an objective.
        :returns: None if the edition has none; an empty part for the whole provision.
        """
        known = self._of(edition)
        found = known.get(oscal.plain(control))
        if found is not None:
            return found, ""
        parted = PART.match(control)
        if parted is None:
            return None, ""
        return known.get(oscal.plain(parted["whole"])), (parted["part"] or "").strip("._-")

    def nearest(self, edition: str, control: str) -> str:
        """Return a sentence that names the nearest ids of an edition."""
        ids = [one.id for one in self._of(edition).values()]
        hint = nearest(control, [*ids, *map(oscal.token, ids)])
        return hint or f"`crosswalk provisions {edition}` lists its ids."

    def _of(self, edition: str) -> dict[str, Provision]:
        if edition not in self._provisions:
            found = catalogue.provisions(self._dataset, edition)
            self._provisions[edition] = {oscal.plain(one.id): one for one in found}
        return self._provisions[edition]


def _same(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name).strip().casefold()


def _readings(name: str) -> Iterator[str]:
    """Yield a name, the last part of an address, and both without words that say nothing."""
    for text in (name, re.split(r"[?#]", name)[0].rstrip("/").rpartition("/")[2]):
        while text:
            yield text
            shorter = TRAILING.sub("", LEADING.sub("", text))
            if shorter == text:
                break
            text = shorter
