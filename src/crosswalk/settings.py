"""The settings: each has one row here, which feeds the program, the help, its page and the tests.

A value is looked for in four places, and the first that has one wins: the option of the command,
the environment variable, the configuration file, the default. The file is flat TOML; its keys are
the names of the settings.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crosswalk.errors import DataError, UsageError, nearest

__all__ = [
    "SETTINGS",
    "InForce",
    "Setting",
    "enabled",
    "entries",
    "in_force",
    "number",
    "overlaid",
    "read",
    "require_valid",
    "value",
]

WHOLE = {"whole number": (1, 10**15), "count": (0, 10**15), "port": (0, 65535)}
ORIGIN = re.compile(r"\*|https?://[a-z0-9.\-\[\]:]+", re.IGNORECASE)
HOST = re.compile(r"\*|\*?[A-Za-z0-9.\-]+|\[?[0-9A-Fa-f:.]+\]?")
LISTS = {
    "hosts": HOST,
    "names": re.compile(r"[^\0\n]+"),
    "origins": ORIGIN,
    "pairs": re.compile(r"[^\s=][^\s]*=[a-z]+"),
}
KINDS = {
    "whole number": "a whole number above zero",
    "count": "a whole number, zero included",
    "port": "a port from 0 to 65535",
    "choice": "one of its choices",
    "switch": "on or off",
    "path": "a path",
    "address": "an address",
    "secret": "one line of text",
    "text": "one line of text",
    "hosts": "host names, separated by commas",
    "networks": "addresses or networks such as 10.0.0.0/8, separated by commas",
    "names": "names, separated by commas",
    "pairs": "pairs such as value=scope, separated by commas",
    "origins": "origins such as https://example.org, separated by commas",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, its default and what it is for.

    :param kind: what a value is: a key of ``KINDS``.
    :param choices: the values that a choice has.
    :param serving: whether only the service reads it.

    >>> Setting("CROSSWALK_DEADLINE_S", "30", "seconds").name
    'deadline_s'
    """

    variable: str
    default: str
    meaning: str
    kind: str = "whole number"
    choices: tuple[str, ...] = ()
    serving: bool = True

    @property
    def name(self) -> str:
        """Its key in a configuration file."""
        return self.variable.removeprefix("CROSSWALK_").lower()

    def fault(self, text: str) -> str | None:
        """Return what is wrong with a value, or None.

        >>> Setting("CROSSWALK_QUEUE", "64", "").fault("many")
        "'many' is not a whole number above zero"
        """
        wrong = f"{text!r} is not {KINDS[self.kind]}"
        if self.kind in WHOLE:
            least, most = WHOLE[self.kind]
            whole = text.isascii() and text.isdecimal() and len(text) < 20
            return None if whole and least <= int(text) <= most else wrong
        if self.kind == "choice":
            known = " or ".join(repr(one) for one in self.choices)
            return None if text in self.choices else f"{text!r} is not {known}"
        if self.kind == "switch":
            return None if text in ("on", "off") else wrong
        if self.kind == "networks":
            return None if all(map(_is_network, _split(text))) else wrong
        if self.kind in LISTS:
            form = LISTS[self.kind]
            return None if all(form.fullmatch(one) for one in _split(text)) else wrong
        return wrong if "\0" in text or "\n" in text else None


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "CROSSWALK_ANONYMOUS",
        "library",
        "what the service shows without a key: the library, or nothing",
        kind="choice",
        choices=("library", "none"),
    ),
    Setting(
        "CROSSWALK_BODY_S",
        "30",
        "seconds that a request's body may take to come, beside 10 kB a second",
    ),
    Setting(
        "CROSSWALK_CACHE",
        "",
        "directory of the cache; empty: the user's cache directory; 'off': no cache",
        kind="path",
        serving=False,
    ),
    Setting(
        "CROSSWALK_CALLER_QUERIES",
        "32",
        "served queries of one caller that may run and wait; further ones are refused",
    ),
    Setting(
        "CROSSWALK_CONNECTIONS", "1000", "connections that may be open; further ones are refused"
    ),
    Setting(
        "CROSSWALK_CORS",
        "",
        "origins whose pages may ask the service from a browser; `*`: all, for reading",
        kind="origins",
    ),
    Setting("CROSSWALK_DEADLINE_S", "30", "seconds a served query may take; then it is ended"),
    Setting(
        "CROSSWALK_DISK_RESERVE_MB",
        "64",
        "megabytes of free disk below which the service refuses writes",
    ),
    Setting("CROSSWALK_EVENT_STREAMS", "8", "streams of events that one caller may have open"),
    Setting(
        "CROSSWALK_GRACE_S", "20", "seconds that running requests have when the service is stopped"
    ),
    Setting("CROSSWALK_HEADER_S", "10", "seconds that the head of a request may take to come"),
    Setting(
        "CROSSWALK_HEARTBEAT_S",
        "15",
        "seconds after which a stream of events shows that it is alive",
    ),
    Setting("CROSSWALK_HOST", "127.0.0.1", "the address to listen at", kind="address"),
    Setting(
        "CROSSWALK_HOSTS",
        "",
        "names by which the service may be called; empty: those of the address it listens at",
        kind="hosts",
    ),
    Setting(
        "CROSSWALK_IDLE_S",
        "60",
        "seconds without work after which a writer, or an organisation's store, is closed",
    ),
    Setting(
        "CROSSWALK_LOG",
        "auto",
        "what is written of each request: a JSON object, a line of text, nothing; "
        "auto: text for a terminal, else JSON",
        kind="choice",
        choices=("auto", "json", "text", "off"),
    ),
    Setting("CROSSWALK_MAX_ANSWER_MB", "256", "largest answer of a served query, in megabytes"),
    Setting("CROSSWALK_MAX_BODY_MB", "64", "largest body of a request, in megabytes"),
    Setting(
        "CROSSWALK_MAX_FILE_MB",
        "512",
        "largest data file that is read, in megabytes",
        serving=False,
    ),
    Setting(
        "CROSSWALK_MAX_HEAD_KB", "32", "most kilobytes of a request's address, and of its headers"
    ),
    Setting(
        "CROSSWALK_MAX_INFERRED",
        "300000",
        "most mappings that an inferred graph may hold",
        serving=False,
    ),
    Setting("CROSSWALK_MAX_ROWS", "1000000", "most rows of the answer of a served query"),
    Setting(
        "CROSSWALK_METRICS",
        "loopback",
        "who may read /metrics",
        kind="choice",
        choices=("loopback", "everybody", "nobody"),
    ),
    Setting(
        "CROSSWALK_OIDC_AUDIENCE",
        "",
        "what names the service in the claim `aud` of a token",
        kind="text",
    ),
    Setting(
        "CROSSWALK_OIDC_CLIENTS",
        "",
        "further clients for which a token may have been made (claim `azp`)",
        kind="names",
    ),
    Setting(
        "CROSSWALK_OIDC_ISSUER",
        "",
        "the OpenID Connect issuer whose tokens are taken beside keys; empty: none",
        kind="address",
    ),
    Setting(
        "CROSSWALK_OIDC_OPERATOR",
        "",
        "value of the scope claim that makes a caller without an organisation an operator; "
        "empty: no token does",
        kind="text",
    ),
    Setting(
        "CROSSWALK_OIDC_ORGANISATION_CLAIM",
        "organisation",
        "claim of a token that names the caller's organisation",
        kind="text",
    ),
    Setting(
        "CROSSWALK_OIDC_SCOPES",
        "crosswalk:read=read,crosswalk:write=write,crosswalk:assess=assess,crosswalk:admin=admin",
        "which value of the scope claim gives which scope",
        kind="pairs",
    ),
    Setting(
        "CROSSWALK_OIDC_SCOPE_CLAIM",
        "scope",
        "claim of a token that says what the caller may do: words, or a list",
        kind="text",
    ),
    Setting(
        "CROSSWALK_OPEN_STORES", "64", "stores of organisations that may be open at the same time"
    ),
    Setting("CROSSWALK_PORT", "8765", "the port to listen at; 0 takes a free one", kind="port"),
    Setting(
        "CROSSWALK_PROXIES",
        "",
        "addresses of proxies whose X-Forwarded-For, -Proto and -Host are believed",
        kind="networks",
    ),
    Setting("CROSSWALK_QUEUE", "64", "served queries that may wait; further ones are refused"),
    Setting(
        "CROSSWALK_RATE",
        "100",
        "requests a second that one address may send, twice as many at once; 0: no limit",
        kind="count",
    ),
    Setting(
        "CROSSWALK_RATE_LOOPBACK",
        "off",
        "whether the rate holds for the loopback address too",
        kind="switch",
    ),
    Setting("CROSSWALK_READERS", "2", "processes that answer served queries"),
    Setting(
        "CROSSWALK_READER_MEMORY_MB",
        "2048",
        "memory that a process which answers may have, in megabytes",
    ),
    Setting(
        "CROSSWALK_STALL_S",
        "30",
        "seconds after which a client that does not take its answer is let go",
    ),
    Setting(
        "CROSSWALK_STORE",
        "",
        "where the knowledge is kept; empty: the user's data directory",
        kind="path",
    ),
    Setting(
        "CROSSWALK_STORE_AUTHORIZATION",
        "",
        "value of the header Authorization for the store that --store names",
        kind="secret",
        serving=False,
    ),
    Setting(
        "CROSSWALK_STORE_DEFAULT_GRAPH",
        "auto",
        "default graph of a store elsewhere: `union` of its graphs, `list` if it has to be told "
        "them in each request, `auto` finds out",
        kind="choice",
        choices=("auto", "union", "list"),
        serving=False,
    ),
    Setting(
        "CROSSWALK_STORE_DIRECTORY",
        "",
        "directory of keys and audit log where the store that is served is an address; "
        "empty: in the user's data directory",
        kind="path",
    ),
    Setting(
        "CROSSWALK_STORE_ORGANISATIONS",
        "off",
        "whether organisations keep their graphs in a store elsewhere that is served; "
        "off: all that it holds is for everybody",
        kind="switch",
    ),
    Setting(
        "CROSSWALK_STORE_PASSWORD",
        "",
        "password for the store that --store names",
        kind="secret",
        serving=False,
    ),
    Setting(
        "CROSSWALK_STORE_TIMEOUT_S",
        "60",
        "seconds that a store elsewhere may take to answer",
        serving=False,
    ),
    Setting(
        "CROSSWALK_STORE_UPDATE",
        "",
        "address for updates of the store that --store names; empty: beside it, named `update`",
        kind="address",
        serving=False,
    ),
    Setting(
        "CROSSWALK_STORE_USER",
        "",
        "user for the store that --store names",
        kind="secret",
        serving=False,
    ),
    Setting("CROSSWALK_UPDATE_DEADLINE_S", "60", "seconds a served update may take"),
    Setting(
        "CROSSWALK_WEBHOOK_PRIVATE",
        "off",
        "whether webhooks may be sent to private networks, and to this machine without TLS",
        kind="switch",
    ),
    Setting(
        "CROSSWALK_WEBHOOK_RETRY_S",
        "5",
        "seconds after which a webhook that failed is tried again; twice as many each time",
    ),
)


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting with the value in force, and where that comes from."""

    name: str
    variable: str
    value: str
    source: str
    default: str
    meaning: str


@dataclass(slots=True)
class _Layers:
    """What is said beside the environment: by options of the command, and by a file."""

    options: Mapping[str, str] = field(default_factory=dict)
    file: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


_LAYERS = _Layers()
_KNOWN = {setting.variable: setting for setting in SETTINGS}


def value(variable: str) -> str:
    """Return the value of a setting: the option's, the environment's, the file's or the default.

    >>> value("CROSSWALK_MAX_FILE_MB")
    '512'
    """
    return _found(_setting(variable))[0]


def number(variable: str) -> int:
    """Return the value of a setting that is a whole number.

    :raises UsageError: if it is none.

    >>> number("CROSSWALK_MAX_FILE_MB")
    512
    """
    return int(_valid(variable))


def enabled(variable: str) -> bool:
    """Return whether a switch is on.

    :raises UsageError: if it is neither on nor off.

    >>> enabled("CROSSWALK_RATE_LOOPBACK")
    False
    """
    return _valid(variable) == "on"


def entries(variable: str) -> tuple[str, ...]:
    """Return the values of a setting that has several.

    :raises UsageError: if one of them is wrong.

    >>> entries("CROSSWALK_CORS")
    ()
    """
    return tuple(_split(_valid(variable)))


def read(path: Path) -> dict[str, str]:
    """Return environment variable → value, of a configuration file in TOML.

    :raises UsageError: if it cannot be read.
    :raises DataError: if it is not TOML, or a key or a value is wrong.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "crosswalk.toml")
    ...     _ = file.write_text("deadline_s = 5")
    ...     read(file)
    {'CROSSWALK_DEADLINE_S': '5'}
    """
    try:
        said = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"is not TOML: {error}", place=str(path), remedy="See https://toml.io."
        ) from None
    known = {setting.name: setting for setting in SETTINGS}
    found = {}
    for key, given in said.items():
        setting = known.get(key)
        if setting is None:
            raise DataError(
                f"unknown setting {key!r}",
                place=str(path),
                remedy=nearest(key, known) or "`crosswalk serve --settings` lists them.",
            )
        text = _text(setting, given)
        if (fault := setting.fault(text) if text is not None else _expected(setting)) is not None:
            raise DataError(fault, place=f"{path}: {key}", remedy=f"It is: {setting.meaning}.")
        found[setting.variable] = text or ""
    return found


@contextmanager
def overlaid(
    *, options: Mapping[str, str] | None = None, file: Path | None = None
) -> Iterator[None]:
    """Let options and a configuration file count meanwhile.

    :param options: environment variable → value, of those that were given.
    :raises UsageError: if the file cannot be read.
    :raises DataError: if the file is wrong.

    >>> with overlaid(options={"CROSSWALK_QUEUE": "3"}):
    ...     number("CROSSWALK_QUEUE")
    3
    """
    said = read(file) if file else {}
    before = _LAYERS.options, _LAYERS.file, _LAYERS.path
    _LAYERS.options, _LAYERS.file, _LAYERS.path = dict(options or {}), said, str(file or "")
    try:
        yield
    finally:
        _LAYERS.options, _LAYERS.file, _LAYERS.path = before


def in_force() -> list[InForce]:
    """Return every setting with its value, and where that comes from.

    >>> next(one.source for one in in_force() if one.name == "queue")
    'default'
    """
    return [
        InForce(one.name, one.variable, *_shown(one), one.default, one.meaning) for one in SETTINGS
    ]


def require_valid() -> None:
    """Make sure that every value is one that its setting takes.

    :raises UsageError: if one is not.

    >>> require_valid()
    """
    for setting in SETTINGS:
        _valid(setting.variable)


def _setting(variable: str) -> Setting:
    try:
        return _KNOWN[variable]
    except KeyError:
        raise UsageError(f"unknown setting {variable!r}") from None


def _shown(setting: Setting) -> tuple[str, str]:
    """Return a setting's value as it may be shown, and where it comes from."""
    value, source = _found(setting)
    return ("(hidden)" if value and setting.kind == "secret" else value), source


def _found(setting: Setting) -> tuple[str, str]:
    """Return a setting's value and where it comes from."""
    variable = setting.variable
    if variable in _LAYERS.options:
        return _LAYERS.options[variable], "option"
    if variable in os.environ:
        return os.environ[variable], "environment"
    if variable in _LAYERS.file:
        return _LAYERS.file[variable], _LAYERS.path
    return setting.default, "default"


def _valid(variable: str) -> str:
    setting = _setting(variable)
    text, source = _found(setting)
    if (fault := setting.fault(text)) is not None:
        raise UsageError(
            fault,
            place=f"--{setting.name.replace('_', '-')}" if source == "option" else variable,
            remedy="Correct or unset the environment variable." if source != "option" else None,
        )
    return text


def _text(setting: Setting, given: object) -> str | None:
    """Return a value of a configuration file as text; None if it is of a wrong type."""
    if setting.kind == "switch":
        return ("off", "on")[given] if isinstance(given, bool) else None
    if setting.kind in WHOLE:
        return str(given) if isinstance(given, int) and not isinstance(given, bool) else None
    if setting.kind in LISTS or setting.kind == "networks":
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            return None
        return ",".join(given)
    return given if isinstance(given, str) else None


def _expected(setting: Setting) -> str:
    types = {"switch": "true or false", **{kind: KINDS[kind] for kind in WHOLE}}
    types |= dict.fromkeys((*LISTS, "networks"), "an array of strings")
    return f"wants {types.get(setting.kind, 'a string')}"


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
