"""A setting has one row, one value in force, and one place that it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crosswalk import settings
from crosswalk.errors import CrosswalkError, DataError, UsageError
from crosswalk.settings import KINDS, SETTINGS, Setting

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return what writes a configuration file."""

    def written(text: str) -> Path:
        path = tmp_path / "crosswalk.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_takes_its_own_default(setting: Setting) -> None:
    assert setting.kind in KINDS
    assert setting.fault(setting.default) is None


def test_the_settings_stand_in_order() -> None:
    names = [setting.variable for setting in SETTINGS]

    assert names == sorted(names)


def test_an_option_wins_over_the_environment_and_that_over_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("queue = 3\nreaders = 4\nmax_rows = 5")
    monkeypatch.setenv("CROSSWALK_QUEUE", "30")
    monkeypatch.setenv("CROSSWALK_READERS", "40")

    with settings.overlaid(options={"CROSSWALK_QUEUE": "300"}, file=file):
        found = {one.name: (one.value, one.source) for one in settings.in_force()}

    assert found["queue"] == ("300", "option")
    assert found["readers"] == ("40", "environment")
    assert found["max_rows"] == ("5", str(file))
    assert found["deadline_s"] == ("30", "default")
    assert settings.value("CROSSWALK_QUEUE") == "30"


def test_a_file_says_each_kind_of_value_in_the_way_of_toml(write: Write) -> None:
    found = settings.read(
        write(
            'rate_loopback = true\nlog = "off"\nhosts = ["a.example", "*.b.example"]\n'
            'proxies = ["10.0.0.0/8"]\ncors = ["https://c.example"]\nstore = "/srv/crosswalk"'
        )
    )

    assert found == {
        "CROSSWALK_RATE_LOOPBACK": "on",
        "CROSSWALK_LOG": "off",
        "CROSSWALK_HOSTS": "a.example,*.b.example",
        "CROSSWALK_PROXIES": "10.0.0.0/8",
        "CROSSWALK_CORS": "https://c.example",
        "CROSSWALK_STORE": "/srv/crosswalk",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("deadlin_s = 5", "crosswalk.toml: unknown setting 'deadlin_s'. Did you mean 'deadline_s'"),
        ("deadline_s = 0", "crosswalk.toml: deadline_s: '0' is not a whole number above zero"),
        ("deadline_s = -1", "deadline_s: '-1' is not a whole number above zero"),
        ("deadline_s = 1.5", "deadline_s: wants a whole number above zero"),
        ('deadline_s = "5"', "deadline_s: wants a whole number above zero"),
        ("deadline_s = true", "deadline_s: wants a whole number above zero"),
        ("port = 65536", "port: '65536' is not a port from 0 to 65535"),
        ('log = "loud"', "log: 'loud' is not 'auto' or 'json' or 'text' or 'off'"),
        ('rate_loopback = "on"', "rate_loopback: wants true or false"),
        ('hosts = "a.example"', "hosts: wants an array of strings"),
        ('proxies = ["somewhere"]', "proxies: 'somewhere' is not addresses or networks"),
        ('cors = ["example.org"]', "cors: 'example.org' is not origins"),
        ("store = 5", "store: wants a string"),
        ("[serve]\nqueue = 5", "unknown setting 'serve'"),
        ("deadline_s =", "crosswalk.toml: is not TOML"),
    ],
)
def test_a_wrong_line_of_a_file_is_told_with_file_and_key(
    write: Write, text: str, told: str
) -> None:
    with pytest.raises(DataError) as caught:
        settings.read(write(text))

    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        settings.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("variable", "text"),
    [("CROSSWALK_LOG", "loud"), ("CROSSWALK_PORT", "x"), ("CROSSWALK_PROXIES", "x")],
)
def test_a_wrong_variable_is_told_by_its_name(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)

    with pytest.raises(CrosswalkError, match=f"{variable}: '{text}' is not"):
        settings.require_valid()


ROOT = Path(__file__).parents[1]


def test_the_configuration_file_of_the_documents_is_one(write: Write) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)

    assert set(settings.read(write(example))) == {"CROSSWALK_HOSTS", "CROSSWALK_PROXIES"}


@pytest.mark.parametrize("name", ["Containerfile", "deploy/crosswalk.service"])
def test_what_is_deployed_sets_only_what_there_is(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    said = dict(re.findall(r"\b(CROSSWALK_[A-Z_]+)=(\S+)", text))

    assert said
    for setting in SETTINGS:
        assert setting.fault(said.pop(setting.variable, setting.default)) is None
    assert said == {}


def test_the_settings_named_in_the_documents_exist() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = re.findall(r"^\|[^|]*\|[^|]*\| ((?:`\w+`(?:, )?)+) \|$", text, re.MULTILINE)
    named = {name for row in table for name in re.findall(r"`(\w+)`", row)}

    assert named
    assert named <= {setting.name for setting in SETTINGS}
