"""The words of the reports, kept in one catalogue a language, so that a translation is a file.

A catalogue is TOML: id → text. A word in braces is filled in; a text that depends on the number
``n`` is a pair, ``one`` and ``other``. What a translation does not say is said in English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from crosswalk.errors import DataError, UsageError, nearest

__all__ = ["ENGLISH", "Texts", "languages", "texts"]

Text = str | Mapping[str, str]
PLURAL = {"one", "other"}
CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue of one language; ``missing`` are the ids that it leaves to English."""

    language: str
    entries: Mapping[str, Text] = field(repr=False)
    missing: tuple[str, ...] = ()

    def __call__(self, key: str, **filled: object) -> str:
        """Return a text with its words filled in.

        >>> ENGLISH("gaps.count", n=1), ENGLISH("gaps.count", n=3)
        ('1 gap', '3 gaps')
        """
        return self.raw(key, filled.get("n")).format(**filled)

    def raw(self, key: str, n: object = None) -> str:
        """Return a text as it stands in the catalogue, in the form for a number."""
        found = self.entries[key]
        if isinstance(found, str):
            return found
        return found["one" if n == 1 else "other"]

    def group(self, name: str) -> dict[str, str]:
        """Return the texts of a group that are no pairs, by the rest of their id.

        >>> ENGLISH.group("relations")["equal"]
        'asks the same as'
        """
        return {
            key.removeprefix(f"{name}."): text
            for key, text in self.entries.items()
            if key.startswith(f"{name}.") and isinstance(text, str)
        }


def languages() -> list[str]:
    """Return the languages that are carried.

    >>> languages()
    ['en']
    """
    folder = files("crosswalk.report").joinpath("languages")
    return sorted(
        one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")
    )


def texts(language: str = "en") -> Texts:
    """Return the catalogue of a language.

    :param language: a language that is carried, or the path of a catalogue of one's own.
    :raises UsageError: if there is no such language.
    :raises DataError: if the catalogue is broken: unknown ids, other words in braces.

    >>> texts("en")("headline.title")
    'Headline'
    """
    if language.endswith(".toml"):
        return _of_file(Path(language))
    return _carried(language)


@cache
def _carried(language: str) -> Texts:
    if language not in languages():
        raise UsageError(
            f"there is no catalogue of words for {language!r}",
            place="--language",
            remedy=nearest(language, languages())
            or f"There is {', '.join(languages())}; or name a catalogue of your own, FILE.toml.",
        )
    source = files("crosswalk.report").joinpath("languages", f"{language}.toml")
    return _read(source.read_text(encoding="utf-8"), f"{language}.toml")


def _of_file(path: Path) -> Texts:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="Name a catalogue."
        ) from None
    except UnicodeDecodeError:
        raise DataError("is not UTF-8", place=str(path), remedy="Save it as UTF-8.") from None
    return _read(text, str(path))


def _read(text: str, place: str) -> Texts:
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            f"is no TOML: {error}", place=place, remedy="Begin with a copy of en.toml."
        ) from None
    language = said.pop("language", "")
    if not isinstance(language, str) or not CODE.fullmatch(language):
        raise DataError(
            "does not say its language", place=place, remedy='Begin with: language = "de".'
        )
    own = dict(_flat(said, ""))
    if place == "en.toml":
        return Texts(language, own)
    english = ENGLISH.entries
    for key, held in own.items():
        if key not in english:
            raise DataError(
                f"unknown id {key!r}",
                place=place,
                remedy=nearest(key, english) or "Use the ids of en.toml.",
            )
        if isinstance(held, str) is not isinstance(english[key], str) or not _words(held) <= _words(
            english[key]
        ):
            raise DataError(
                f"{key!r} has other words in braces than {', '.join(sorted(_words(english[key])))}",
                place=place,
                remedy="Keep the words in braces of en.toml, and its pairs.",
            )
    missing = tuple(key for key in english if key not in own)
    return Texts(language, {**english, **own}, missing)


def _flat(said: Mapping[str, Any], prefix: str) -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    for key, value in said.items():
        name = f"{prefix}{key}"
        if isinstance(value, list):
            for number, one in enumerate(value):
                found += (
                    [(f"{name}.{number}", one)]
                    if isinstance(one, str)
                    else _flat(one, f"{name}.{number}.")
                )
        elif not isinstance(value, dict):
            found.append((name, str(value)))
        elif set(value) == PLURAL:
            found.append((name, {form: str(text) for form, text in value.items()}))
        else:
            found += _flat(value, f"{name}.")
    return found


def _words(text: Text) -> set[str]:
    """Return the words in braces of a text."""
    forms = [text] if isinstance(text, str) else list(text.values())
    try:
        return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}
    except ValueError:
        return {"{"}


ENGLISH = _carried("en")
"""The catalogue that is complete by definition."""
