"""The shipped example organisations: what each is asked first, of which editions, on which days."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from crosswalk.errors import UsageError, nearest
from crosswalk.resources import examples_dir

__all__ = ["Case", "case", "cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """An example organisation, as its ``case.toml`` tells of it.

    :param directory: its evidence.
    :param question: what its people ask first.
    :param dates: days on which it is looked at, in ISO 8601, in order.
    :param scopes: the scopes that are looked at; none: the outermost.
    :param columns: figures that answer the question, beside those that are always shown.
    :param roadmap: the method along which its gaps are planned; None: they are not.
    :param start: the first day of the roadmap's first month.
    """

    name: str
    directory: Path
    question: str
    dates: tuple[str, ...]
    editions: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    roadmap: str | None = None
    start: date | None = None


def cases() -> list[str]:
    """Return the names of the examples.

    >>> "x-corporation" in cases()
    True
    """
    return sorted(file.parent.name for file in examples_dir().glob("*/case.toml"))


def case(name: str) -> Case:
    """Return an example.

    :raises UsageError: if there is none of that name.

    >>> case("x-corporation").dates[-1]
    '2026-11-20'
    """
    known = cases()
    if name not in known:
        raise UsageError(
            f"unknown case {name!r}", remedy=nearest(name, known) or f"There is {', '.join(known)}."
        )
    directory = examples_dir() / name
    told = tomllib.loads((directory / "case.toml").read_text(encoding="utf-8"))
    said: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in told.items()
    }
    return Case(name, directory, **said)
