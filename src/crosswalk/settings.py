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
        "CROSSWALK_ANONYMOUS",
        "library",
        "what the service shows without a key: 'library', or 'none'",
    ),
    Setting(
        "CROSSWALK_CACHE",
        "",
        "directory of the cache; empty: the user's cache directory; 'off': no cache",
    ),
    Setting(
        "CROSSWALK_CALLER_QUERIES",
        "32",
        "served queries of one caller that may run and wait; further ones are refused",
    ),
    Setting("CROSSWALK_DEADLINE_S", "30", "seconds a served query may take; then it is ended"),
    Setting(
        "CROSSWALK_DISK_RESERVE_MB",
        "64",
        "megabytes of free disk below which the service refuses writes",
    ),
    Setting(
        "CROSSWALK_IDLE_S",
        "60",
        "seconds without work after which a writer, or an organisation's store, is closed",
    ),
    Setting("CROSSWALK_MAX_ANSWER_MB", "256", "largest answer of a served query, in megabytes"),
    Setting("CROSSWALK_MAX_BODY_MB", "64", "largest body of a request, in megabytes"),
    Setting("CROSSWALK_MAX_FILE_MB", "512", "largest data file that is read, in megabytes"),
    Setting("CROSSWALK_MAX_INFERRED", "300000", "most mappings that an inferred graph may hold"),
    Setting("CROSSWALK_MAX_ROWS", "1000000", "most rows of the answer of a served query"),
    Setting(
        "CROSSWALK_OPEN_STORES", "64", "stores of organisations that may be open at the same time"
    ),
    Setting("CROSSWALK_QUEUE", "64", "served queries that may wait; further ones are refused"),
    Setting("CROSSWALK_READERS", "2", "processes that answer served queries"),
    Setting(
        "CROSSWALK_READER_MEMORY_MB",
        "2048",
        "memory that a process which answers may have, in megabytes",
    ),
    Setting("CROSSWALK_UPDATE_DEADLINE_S", "60", "seconds a served update may take"),
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
