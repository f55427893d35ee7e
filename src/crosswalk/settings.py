"""The settings: each has one row here, which feeds the program, the help and the tests."""

from __future__ import annotations

import os
from dataclasses import dataclass

from crosswalk.errors import UsageError

__all__ = ["SETTINGS", "Setting", "number", "value"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, its default and what it is for."""

    variable: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "CROSSWALK_CACHE",
        "",
        "directory of the cache; empty: the user's cache directory; 'off': no cache",
    ),
    Setting("CROSSWALK_MAX_FILE_MB", "512", "largest data file that is read, in megabytes"),
    Setting("CROSSWALK_MAX_INFERRED", "300000", "most mappings that an inferred graph may hold"),
)


def value(variable: str) -> str:
    """Return the value of a setting: the environment's, else the default.

    >>> value("CROSSWALK_MAX_FILE_MB")
    '512'
    """
    for setting in SETTINGS:
        if setting.variable == variable:
            return os.environ.get(variable, setting.default)
    raise UsageError(f"unknown setting {variable!r}")


def number(variable: str) -> int:
    """Return the value of a setting that is a whole number above zero.

    :raises UsageError: if it is none.

    >>> number("CROSSWALK_MAX_FILE_MB")
    512
    """
    text = value(variable)
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(
            f"{text!r} is not a whole number above zero",
            place=variable,
            remedy="Correct or unset the environment variable.",
        )
    return int(text)
