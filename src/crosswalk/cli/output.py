"""Rows → a table for people, JSON or CSV for tools."""

from __future__ import annotations

import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from crosswalk.errors import UsageError
from crosswalk.verbs import Answer, as_csv, as_json, cell, plain

__all__ = ["counting", "emit", "note", "progress", "tell", "write_file", "write_out"]

Fields = Mapping[str, object]


def _shown(value: object) -> str:
    """Return a value as a person reads it in a cell of a table."""
    held = plain(value)
    if held is None:
        return "–"
    if isinstance(held, float):
        return f"{held:.3f}"
    if isinstance(held, list) and all(isinstance(item, str) for item in held):
        return " | ".join(held)
    return cell(held)


def tell(
    answer: Answer,
    *,
    format: str,
    out: Path | None = None,
    shown: Sequence[str] | None = None,
) -> None:
    """Print the answer of a verb, or write it to a file; its notes go to stderr first.

    :param shown: the fields of the table, where a person needs fewer.
    """
    for said in answer.notes:
        note(said)
    emit(answer.rows, answer.columns, format=format, out=out, heading=answer.heading, shown=shown)


def emit(
    rows: Sequence[Fields],
    columns: Sequence[str],
    *,
    format: str,
    out: Path | None = None,
    heading: str = "",
    shown: Sequence[str] | None = None,
) -> None:
    """Print rows, or write them to a file.

    :param columns: the fields of JSON and CSV, in order.
    :param shown: the fields of the table, where a person needs fewer.
    :param heading: what the table is about, with the date; on stderr for JSON and CSV.
    """
    if format == "json":
        text = as_json(rows, columns) + "\n"
    elif format == "csv":
        text = as_csv(rows, columns)
    else:
        text = _table(rows, shown or columns, heading)
        heading = ""
    if heading:
        note(heading)
    write_out(text, out)


def write_out(text: str, out: Path | None) -> None:
    """Write a text to a file whole, or to stdout."""
    if out is None:
        sys.stdout.write(text)
        return
    write_file(text.encode(), out)


def write_file(content: bytes, out: Path | None) -> None:
    """Write bytes to a file whole, or to stdout."""
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", place=str(out), remedy="Choose another file."
        ) from None
    note(f"wrote {out}")


def _table(rows: Sequence[Fields], columns: Sequence[str], heading: str) -> str:
    lines = [heading, ""] if heading else []
    if not rows:
        return "\n".join([*lines, "no rows", ""])
    cells = [[_shown(r.get(c)) for c in columns] for r in rows]
    widest = [max([len(c), *(len(row[n]) for row in cells)]) for n, c in enumerate(columns)]
    room = shutil.get_terminal_size((120, 24)).columns - 2 * (len(columns) - 1)
    widths = _fit(widest, room)
    lines.append("  ".join(c.ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip())
    lines.append("  ".join("-" * w for w in widths))
    for row in cells:
        wrapped = [
            textwrap.wrap(cell, w, break_on_hyphens=False) or [""]
            for cell, w in zip(row, widths, strict=True)
        ]
        for n in range(max(len(part) for part in wrapped)):
            parts = [part[n] if n < len(part) else "" for part in wrapped]
            lines.append("  ".join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip())
    return "\n".join([*lines, ""])


def _fit(widest: list[int], room: int) -> list[int]:
    """Return column widths that fit, by narrowing the widest columns first."""
    widths = list(widest)
    while sum(widths) > room and max(widths) > 16:
        top = max(widths)
        widths[widths.index(top)] = top - 1
    return widths


def note(text: str) -> None:
    """Say something to a person, on stderr."""
    click.echo(text, err=True)


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say on stderr what is being done, once it has taken two seconds, and every ten after."""
    done = threading.Event()

    def speak() -> None:
        waited, pause = 0, 2
        while not done.wait(pause):
            waited, pause = waited + pause, 10
            click.echo(f"… {doing} ({waited} s)", err=True)

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        done.set()
        speaker.join()


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is told how much is done of what: a bar for a person, a line every ten seconds.

    What it is told is (doing, how many are done, of how many).
    """
    bar: Any = None
    held = ""
    begun = last = time.monotonic()

    def tell(doing: str, done: int, of: int) -> None:
        nonlocal bar, held, last
        if sys.stderr.isatty():
            if doing != held:
                if bar is not None:
                    bar.render_finish()
                bar = click.progressbar(length=of, label=doing, file=sys.stderr, show_pos=True)
                held = doing
            bar.update(done - bar.pos)
        elif time.monotonic() - last >= 10:
            last = time.monotonic()
            click.echo(f"… {doing}: {done} of {of} ({last - begun:.0f} s)", err=True)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.render_finish()
