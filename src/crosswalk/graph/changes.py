"""What changed from one state of a store to a later one, quad by quad, where that is known.

The writer notes it beside the checkpoint that a change leads to, once that is there: whoever has
derived something from the checkpoint before can then renew what the change touches, and leave the
rest. What is not noted is not known, and all is derived anew.

::

    changes/<number>        from the generation before to this one; absent where it is not known

A note holds for what runs while it is made, no longer: nothing is derived from a state that was
there before the last start.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

__all__ = ["MOST", "Change", "between", "forget", "note"]

MOST = 20_000
"""How many quads a change may have that is noted."""
FORM = ox.RdfFormat.N_QUADS


@dataclass(frozen=True, slots=True)
class Change:
    """Quads that were added and removed.

    A quad may be named that was there before, or was not there: what is named is looked at again.
    Blank nodes that were removed have the names that the store has for them; those that were added
    may have others, and then all that is said of them is in the change.

    >>> Change() == Change((), ())
    True
    """

    added: tuple[ox.Quad, ...] = ()
    removed: tuple[ox.Quad, ...] = ()

    @property
    def quads(self) -> tuple[ox.Quad, ...]:
        """All of them."""
        return self.added + self.removed

    def then(self, later: Change) -> Change:
        """Return the change that this one and a later one are together."""
        return Change(self.added + later.added, self.removed + later.removed)


def note(directory: Path, generation: int, change: Change) -> None:
    """Note the change that led to a generation, whole or not at all; of a large one nothing.

    :param directory: of the store.
    """
    if len(change.added) + len(change.removed) > MOST:
        return
    goal = _path(directory, generation)
    part = goal.with_suffix(".part")
    with contextlib.suppress(OSError):  # what is not noted is derived anew
        goal.parent.mkdir(exist_ok=True)
        head = f"{len(change.added)}\n".encode()
        part.write_bytes(head + _lines(change.added) + _lines(change.removed))
        part.replace(goal)


def between(directory: Path, before: int, after: int) -> Change | None:
    """Return what changed between two generations of a store; None if that is not known.

    >>> between(Path("nowhere"), 3, 4) is None
    True
    """
    found = Change()
    for number in range(before + 1, after + 1):
        try:
            data = _path(directory, number).read_bytes()
        except OSError:
            return None
        head, _, rest = data.partition(b"\n")
        quads = tuple(ox.parse(rest, format=FORM, lenient=True))
        found = found.then(Change(quads[: int(head)], quads[int(head) :]))
        if len(found.added) + len(found.removed) > MOST:
            return None
    return found if before <= after else None


def forget(directory: Path, *, through: int) -> None:
    """Remove the notes of the changes that led to a generation and to those before it."""
    with contextlib.suppress(OSError):
        for one in _path(directory, 0).parent.iterdir():
            if one.stem.isdecimal() and int(one.stem) <= through:
                one.unlink(missing_ok=True)


def _path(directory: Path, generation: int) -> Path:
    return directory / "changes" / str(generation)


def _lines(quads: Iterable[ox.Quad]) -> bytes:
    return ox.serialize(quads, format=FORM) or b""
