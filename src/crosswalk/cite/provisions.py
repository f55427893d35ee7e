"""The editions that a document can cite, and the provision that an id is in each of them."""

from __future__ import annotations

from datetime import date

from crosswalk import catalogue, citations
from crosswalk.cite import labels
from crosswalk.cite.names import LAW, Names, shapes
from crosswalk.cite.references import Group
from crosswalk.graph import Dataset

__all__ = ["Provisions"]


class Provisions:
    """The editions of a dataset, with the ids and the titles that stand in each."""

    def __init__(self, dataset: Dataset, as_of: date) -> None:
        self.dataset = dataset
        self.as_of = as_of
        self.editions = {one.edition: one for one in catalogue.editions(dataset)}
        self.shapes = {key: shapes(catalogue.provisions(dataset, key)) for key in self.editions}
        self.names = Names([one for one in self.editions.values() if self.shapes[one.edition]])
        self._kinds: dict[str, frozenset[str]] = {}
        for key, one in self.editions.items():
            known = self._kinds.get(one.framework, frozenset())
            self._kinds[one.framework] = known | self.shapes[key]
        self._titles: dict[str, labels.Titles] = {}

    def kinds(self, framework: str) -> frozenset[str]:
        """Return the kinds of reference that a framework's editions can be cited by."""
        return self._kinds.get(framework, frozenset())

    def newest(self, framework: str) -> str:
        """Return the edition of a framework that is the newest in force at the date."""
        held = [one for one in self.editions.values() if one.framework == framework]
        return catalogue.newest(held, as_of=self.as_of).edition

    def provision(self, edition: str, form: str, group: Group, controls: bool) -> str | None:
        """Return the id of the provision that a form means in an edition, or None."""
        forms = [form]
        if group.kind == "number":
            as_control = f"A.{form}"
            if controls:
                forms = [as_control]
            elif group.cue == "control":
                forms = [as_control, form]
            elif group.cue != "clause" and self.editions[edition].framework == "iso-27001":
                forms = [form, as_control]  # people leave the letter out there, as 27002 does
        for one in forms:
            found = citations.within(self.dataset, edition, one)
            if found is not None:
                return found.id
        if group.kind == "dotted" and form.startswith("B.") and "iso-42001" in edition:
            guided = citations.within(self.dataset, edition, "A." + form[2:])
            return "annex-B" if guided else None
        return None

    def written(self, edition: str, form: str, group: Group, controls: bool) -> str:
        """Return the id that a form would have if it existed."""
        if group.kind in ("article", "annex"):
            return citations.spelled(form) or form
        if group.kind == "number":
            deeper = group.cue == "control" or controls
            return f"A.{form}" if deeper and "dotted" in self.shapes[edition] else form
        return form

    def others(
        self, edition: str, form: str, group: Group, controls: bool
    ) -> list[tuple[str, str]]:
        """Return (edition, id) of an id in the other editions of its framework, newest first."""
        framework = self.editions[edition].framework
        held = [
            (one.issued or "", key, found)
            for key, one in self.editions.items()
            if one.framework == framework
            and key != edition
            and (found := self.provision(key, form, group, controls))
            and (group.kind not in LAW or found == self.written(edition, form, group, controls))
        ]
        return [(key, found) for _, key, found in sorted(held, reverse=True)]

    def titles(self, edition: str) -> labels.Titles:
        """Return the titles of the provisions of an edition."""
        if edition not in self._titles:
            self._titles[edition] = labels.Titles(catalogue.provisions(self.dataset, edition))
        return self._titles[edition]
