"""How well ``crosswalk cite`` finds the citations of documents, and judges them.

``python benchmarks/citations.py [first] [second]`` measures by the documents of
``benchmarks/citations``; ``--misses`` lists each difference.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from crosswalk.cite import FAULTS, Citation, cite
from crosswalk.graph import Dataset, open_dataset

HERE = Path(__file__).parent / "citations"
DAY = date(2026, 11, 21)
OPEN = ("nonexistent", "ambiguous")
"""Verdicts whose id is written freely in the gold."""

FIGURES = (
    "citations",
    "found",
    "extra",
    "verdicts_right",
    "faults",
    "faults_found",
    "faults_said",
    "faults_said_right",
)

Gold = dict[str, str]


def main() -> None:
    """Print recall, precision and how far the verdicts are right."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("corpus", nargs="*", default=["first", "second"])
    reader.add_argument("--misses", action="store_true")
    given = reader.parse_args()
    dataset = open_dataset()
    writer = csv.writer(sys.stdout)
    writer.writerow(["corpus", "document", *FIGURES])
    for corpus in given.corpus:
        whole: Counter[str] = Counter()
        for gold in sorted((HERE / corpus).glob("*.gold.tsv")):
            counts, misses = measure(dataset, gold)
            whole += counts
            writer.writerow([corpus, gold.name.removesuffix(".gold.tsv"), *_figures(counts)])
            if given.misses:
                sys.stderr.writelines(f"{gold.name}: {miss}\n" for miss in misses)
        writer.writerow([corpus, "all", *_figures(whole)])
        told = {
            "recall": (whole["found"], whole["citations"]),
            "precision": (whole["found"], whole["found"] + whole["extra"]),
            "faults found": (whole["faults_found"], whole["faults"]),
            "faults said that are right": (whole["faults_said_right"], whole["faults_said"]),
        }
        for what, (part, of) in told.items():
            sys.stderr.write(f"{corpus}: {what} {part / of:.3f} ({part} of {of})\n")


def measure(dataset: Dataset, gold: Path) -> tuple[Counter[str], list[str]]:
    """Return the counts of one document, and its differences in words."""
    name = gold.name.removesuffix(".gold.tsv")
    (document,) = (p for p in gold.parent.glob(f"{name}.*") if p != gold)
    left = list(cite(dataset, [document], as_of=DAY))
    counts: Counter[str] = Counter()
    misses = []
    for row in _rows(gold):
        one = _match(row, left)
        if one is not None:
            left.remove(one)
        if row["note"] == "debatable":
            continue
        right = one is not None and str(one.verdict) == row["verdict"]
        fault = row["verdict"] in FAULTS
        counts["citations"] += 1
        counts["found"] += one is not None
        counts["verdicts_right"] += right
        counts["faults"] += fault
        counts["faults_found"] += fault and right
        if one is not None and one.verdict in FAULTS:
            counts["faults_said"] += 1
            counts["faults_said_right"] += right
        if not right:
            said = f"said {one.verdict}" if one else "not found"
            misses.append(f"line {row['line']}: {row['text']!r} is {row['verdict']}, {said}")
    debatable = {_plain(row["id"]) for row in _rows(gold) if row["note"] == "debatable"}
    for one in left:
        if _plain(one.id) not in debatable:
            counts["extra"] += 1
            counts["faults_said"] += one.verdict in FAULTS
            misses.append(f"line {one.line}: {one.text!r} is no citation, said {one.verdict}")
    return counts, misses


def _rows(gold: Path) -> Iterator[Gold]:
    with gold.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {name: value or "" for name, value in row.items()}


def _match(row: Gold, left: list[Citation]) -> Citation | None:
    """Return what was said of a citation, one with the right verdict if there are several."""
    line = int(row["line"])
    able = [
        one
        for one in left
        if (not line or abs(one.line - line) <= 1)
        and row["edition"] in ("-", "", one.edition)
        and (_plain(one.id) == _plain(row["id"]) or _freely(row, one))
    ]
    return min(able, key=lambda one: str(one.verdict) != row["verdict"], default=None)


def _freely(row: Gold, one: Citation) -> bool:
    overlap = one.text in row["text"] or row["text"] in one.text
    return row["verdict"] in OPEN and str(one.verdict) == row["verdict"] and overlap


def _plain(name: str) -> str:
    return name.replace(" ", "-").casefold()


def _figures(counts: Counter[str]) -> list[int]:
    return [counts[name] for name in FIGURES]


if __name__ == "__main__":
    main()
