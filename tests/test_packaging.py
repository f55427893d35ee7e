"""The wheel carries the data as the tree has it, and works alone, installed in a clean place.

The slowest tests, and they need a package index: ``pytest --deselect tests/test_packaging.py``
leaves them out.
"""

from __future__ import annotations

import email
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crosswalk import __version__

ROOT = Path(__file__).parents[1]
FOLDERS = ("ontology", "mappings", "queries", "examples")
IGNORED = {"__pycache__", ".DS_Store", ".mypy_cache", ".ruff_cache"}


def _ran(*command: str | Path, cwd: Path, timeout: float = 120) -> str:
    """Return what a program printed; fail with what it said if it failed."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    done = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that is built from the source distribution of the tree."""
    out = tmp_path_factory.mktemp("dist")
    alone = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]

    _ran(sys.executable, "-m", "build", *alone, "--outdir", out, ROOT, cwd=out)

    (built,) = out.glob("*.whl")
    assert len(list(out.glob("*.tar.gz"))) == 1
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the programs of a clean environment with the wheel and its needs."""
    place = tmp_path_factory.mktemp("clean")
    _ran(sys.executable, "-m", "venv", place, cwd=place)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    _ran(*pip, wheel, cwd=place)
    return programs


@pytest.fixture
def example(installed: Path, tmp_path: Path) -> str:
    """Return where the installed package keeps its example."""
    where = "from crosswalk import resources; print(resources.examples_dir() / 'x-corporation')"
    return _ran(installed / "python", "-c", where, cwd=tmp_path).strip()


def _tree() -> dict[str, bytes]:
    """Return path → bytes of the data in the tree."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and not IGNORED & set(path.parts) and path.suffix != ".pyc"
    }


def test_the_data_of_the_wheel_equals_the_tree_byte_for_byte(wheel: Path) -> None:
    inside = "crosswalk/data/"

    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(inside): archive.read(name)
            for name in archive.namelist()
            if name.startswith(inside) and not name.endswith("/")
        }

    tree = _tree()
    assert sorted(packed) == sorted(tree)
    assert [name for name in tree if packed[name] != tree[name]] == []


def test_the_wheel_holds_every_module_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    modules = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "crosswalk").rglob("*")
        if path.is_file() and not IGNORED & set(path.parts)
    }
    assert modules <= names
    assert [name for name in names if name.split("/")[0] not in _roots()] == []


def _roots() -> set[str]:
    return {"crosswalk", f"aigov_crosswalk-{__version__}.dist-info"}


def test_the_wheel_says_its_version_licences_and_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"aigov_crosswalk-{__version__}.dist-info"
        said = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
        programs = archive.read(f"{folder}/entry_points.txt").decode()
        licences = [name for name in archive.namelist() if "/licenses/" in name]

    assert said["Version"] == __version__
    assert said["License-Expression"] == "Apache-2.0 AND CC-BY-4.0"
    assert "crosswalk = crosswalk.cli:main" in programs
    assert sorted(name.rpartition("/")[2] for name in licences) == ["LICENSE", "LICENSE-DATA"]


def test_the_installed_command_reads_the_data_of_its_package_from_another_folder(
    installed: Path, example: str, tmp_path: Path
) -> None:
    rows = json.loads(_ran(installed / "crosswalk", "frameworks", "--format", "json", cwd=tmp_path))

    assert {"iso-42001-2023", "eu-ai-act-2026"} <= {row["edition"] for row in rows}
    assert Path(example).is_relative_to(installed.parent)
    assert Path(example).is_dir()


@pytest.mark.parametrize("program", [("crosswalk",), ("python", "-m", "crosswalk")], ids=" ".join)
def test_the_installed_command_finds_the_gaps_of_the_packaged_example(
    installed: Path, example: str, tmp_path: Path, program: tuple[str, ...]
) -> None:
    day = ("--as-of", "2026-10-15", "--format", "json")
    name, *options = program

    text = _ran(
        installed / name,
        *options,
        "gaps",
        example,
        "--edition",
        "iso-42001-2023",
        *day,
        cwd=tmp_path,
    )

    assert ("10.2", "objective-missed") in {
        (row["provision"], row["gap_kind"]) for row in json.loads(text)
    }
    assert list(tmp_path.iterdir()) == []


def test_the_installed_command_writes_the_report_of_the_demo(
    installed: Path, tmp_path: Path
) -> None:
    out = _ran(installed / "crosswalk", "demo", "--out", "x.html", cwd=tmp_path)

    assert "eu-ai-act-2026" in out
    assert (tmp_path / "x.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_quality_of_the_installed_package_has_no_fault_and_lists_what_it_could_not_run(
    installed: Path, tmp_path: Path
) -> None:
    text = _ran(installed / "crosswalk", "quality", "--format", "json", cwd=tmp_path)

    states = {row["check"]: row["state"] for row in json.loads(text)}
    assert "fault" not in states.values()
    assert [check for check, state in states.items() if state == "not-run"] == [
        "ontology-classifies"
    ]
