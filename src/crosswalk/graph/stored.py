"""What a dataset is read from where that is a store and no file: a directory, an address.

A store that holds editions is asked as it is: its knowledge and its evidence. Of a store that
holds none, and of one that is given beside other data, the evidence is taken: what lies in the
graphs of organisations.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crosswalk.errors import DataError
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.client import Address, is_address
from crosswalk.graph.dataset import Dataset, Keeper
from crosswalk.namespaces import cw, expand, graph_iri

__all__ = ["add_evidence", "chosen_store", "is_store", "self_contained"]

EDITION = f"ASK {{ ?edition <{expand('rdf:type')}> <{cw('FrameworkEdition')}> }}"


def is_store(given: str | Path) -> bool:
    """Return whether what is given as data is a store: an address, or a directory of one.

    >>> is_store("https://example.org/sparql"), is_store("examples")
    (True, False)
    """
    return is_address(given) or Home(Path(given)).is_one


def chosen_store(given: str | Path) -> Dataset:
    """Return the dataset of the store that takes the place of the shipped knowledge.

    The credentials in the settings go to it, and to no other store.

    :raises DataError: if it holds no edition.
    """
    dataset = Dataset(kept=_keeper(given, chosen=True))
    if not dataset.answer(EDITION):
        dataset.close()
        raise DataError(
            "holds no edition of a framework",
            place=_shown(given),
            remedy="Load the knowledge there first, or give it as DATA: then its evidence is read.",
        )
    return dataset


def self_contained(data: Sequence[str | Path]) -> Dataset | None:
    """Return the dataset of the one store that is given, if it holds knowledge of its own."""
    if len(data) != 1 or not is_store(data[0]):
        return None
    dataset = Dataset(kept=_keeper(data[0], chosen=False))
    if dataset.answer(EDITION):
        return dataset
    dataset.close()
    return None


def add_evidence(dataset: Dataset, given: str | Path) -> None:
    """Add what the organisations' graphs of a store hold to a dataset.

    :raises DataError: if it has no such graph.
    """
    keeper = _keeper(given, chosen=False)
    try:
        graphs = [one for one in keeper.graphs() if one.startswith(graph_iri("org", ""))]
        if not graphs:
            raise DataError(
                "holds no evidence",
                place=_shown(given),
                remedy=f"Put it into graphs named {graph_iri('org', '…')}.",
            )
        dataset.add(list(keeper.quads(tuple(graphs))))
    finally:
        keeper.close()


def _keeper(given: str | Path, *, chosen: bool) -> Keeper:
    if is_address(given):
        from crosswalk.graph.remote import Remote

        where = str(given)
        return Remote(Address.of_settings(where) if chosen else Address.plain(where))
    from crosswalk.graph.upkeep import keeper

    return keeper(given)


def _shown(given: str | Path) -> str:
    return Address(str(given)).shown if is_address(given) else str(given)
