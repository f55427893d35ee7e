"""The documentation is true: its sessions run, and every verb and setting stands in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

import crosswalk
from crosswalk import __version__, resources
from crosswalk.cli.app import cli
from crosswalk.settings import SETTINGS, Setting

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "mappings").glob("*.md"),
        *(ROOT / "examples").glob("*/README.md"),
    ]
)
OURS = re.compile(r"^crosswalk\b")


@dataclass(frozen=True, slots=True)
class Session:
    """One command of a document and what is printed below it."""

    document: str
    line: int
    command: str
    printed: str

    def __str__(self) -> str:
        """Return where it stands, as the name of its test."""
        return f"{self.document}:{self.line}"


def _sessions(path: Path) -> Iterator[Session]:
    """Yield the commands of the console blocks of a document."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    for block in re.finditer(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        at = text[: block.start(1)].count("\n") + 1
        command: list[str] = []
        printed: list[str] = []
        start = at
        for number, line in enumerate(block[1].splitlines(), at):
            if command and command[-1].endswith("\\"):
                command[-1] = command[-1][:-1]
                command.append(line.removeprefix("> ").strip())
            elif line.startswith("$ "):
                if command:
                    yield Session(name, start, " ".join(command), "\n".join(printed))
                command, printed, start = [line.removeprefix("$ ")], [], number
            else:
                printed.append(line)
        if command:
            yield Session(name, start, " ".join(command), "\n".join(printed))


SESSIONS = [
    session for path in DOCUMENTS for session in _sessions(path) if OURS.match(session.command)
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what a reader of the documents has beside them."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("examples", "mappings", "ontology", "queries"):
        shutil.copytree(resources.data_root() / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the command by its name."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "crosswalk"
    program.write_text(
        f"#!{sys.executable}\nfrom crosswalk.cli import main\n"
        'if __name__ == "__main__":\n    main()\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return folder


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _agrees(printed: str, said: str) -> bool:
    """Return whether an output is what is printed; a line of dots stands for any lines."""
    pattern = "\n".join(
        "(?:.*\n)*?.*" if line.strip() in ("…", "...") else re.escape(line)
        for line in _lines(printed)
    )
    return re.fullmatch(pattern, "\n".join(_lines(said))) is not None


def test_the_readme_shows_the_command_at_work() -> None:
    assert [session for session in SESSIONS if session.document == "README.md" and session.printed]


@pytest.mark.parametrize("session", SESSIONS, ids=str)
def test_a_session_of_the_documents_prints_what_stands_below_it(
    session: Session, checkout: Path, programs: Path
) -> None:
    hidden = {"COLUMNS", "LINES", "NO_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}

    done = subprocess.run(
        ["bash", "-c", session.command],
        cwd=checkout,
        env={
            **environment,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(crosswalk.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    if session.printed:
        both = (done.stdout, done.stderr + done.stdout, done.stdout + done.stderr)
        assert any(_agrees(session.printed, said) for said in both), (
            f"{session}: $ {session.command}\n--- printed\n{session.printed}\n"
            f"--- said\n{done.stdout}{done.stderr}"
        )


def _verbs(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _verbs(command, (*path, name))
        else:
            yield " ".join((*path, name))


@pytest.mark.parametrize("verb", list(_verbs(cli)))
def test_every_verb_is_documented_in_the_readme(verb: str) -> None:
    assert re.search(rf"`(?:crosswalk )?{verb}\b", README)


def test_the_readme_names_no_verb_that_does_not_exist() -> None:
    known = set(_verbs(cli)) | set(cli.commands)
    written = re.findall(
        r"(?:^\$ |`)crosswalk ((?:(?:mappings|store) )?[a-z]+)", README, re.MULTILINE
    )

    assert {verb for verb in written if verb not in known} == set()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_is_in_the_table_of_the_documents_with_its_default(setting: Setting) -> None:
    (row,) = re.findall(rf"^\|[^\n]*`{setting.variable}`[^\n]*$", TABLE, re.MULTILINE)

    assert setting.default in row


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_no_setting_that_does_not_exist(document: Path) -> None:
    known = {setting.variable for setting in SETTINGS}
    named = re.findall(r"\bCROSSWALK_[A-Z_]+[A-Z]\b", document.read_text(encoding="utf-8"))

    assert set(named) <= known


def test_every_setting_that_the_program_reads_is_in_the_table_of_settings() -> None:
    known = {setting.variable for setting in SETTINGS}
    read = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\"(CROSSWALK_[A-Z_]+)\"", path.read_text(encoding="utf-8"))
    }

    assert read == known


def test_the_changelog_has_a_section_for_the_current_version_with_its_day() -> None:
    assert re.search(
        rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", CHANGELOG, re.MULTILINE
    )


def test_the_changelog_keeps_to_the_headings_of_keep_a_changelog() -> None:
    headings = set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE))

    assert headings <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_of_ours_leads_to_one(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [
        target.partition("#")[0]
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
        if not re.match(r"[a-z]+:", target) and not target.startswith("#")
    ]

    assert [target for target in links if not (document.parent / target).exists()] == []


@pytest.mark.parametrize(
    "document",
    sorted((ROOT / "src").rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_document_of_ours_that_the_program_names_exists(document: Path) -> None:
    named = re.findall(
        r"\b((?:docs|mappings|examples)/[\w.-]+\.md)\b", document.read_text(encoding="utf-8")
    )

    assert [name for name in named if not (ROOT / name).is_file()] == []
