"""What a fleet costs: some organisations, assessed by one process and by two.

Run it as ``python benchmarks/fleet.py [--organisations N] [--triples N] [--workers N…]
[--order grouped|shuffled]``; each line is one figure. The input is generated, sorted by
organisation or not; each run has a new directory, and what they leave is compared byte for byte.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from crosswalk import bench, fleet
from crosswalk.graph import open_dataset

EDITIONS = ("iso-42001-2023", "eu-ai-act-2026")


def written(path: Path, organisations: int, triples: int, order: str) -> int:
    """Write the input; return its bytes."""
    text = (one if one.endswith("\n") else one + "\n" for one in _generated(organisations, triples))
    with path.open("w", encoding="utf-8") as file:
        if order == "grouped":
            file.writelines(text)
        else:
            lines = [line for one in text for line in one.splitlines(keepends=True)]
            random.Random(7).shuffle(lines)
            file.writelines(lines)
    return path.stat().st_size


def _generated(organisations: int, triples: int) -> Iterator[str]:
    return bench.generated(organisations * triples, organisations=organisations, seed=7)


@contextmanager
def memory() -> Iterator[list[int]]:
    """Yield a list whose one element is the most memory of this process and its own, in bytes."""
    most, ended = [0], threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not ended.wait(0.5):
            total = 0
            for one in (me, *me.children(recursive=True)):
                try:
                    total += one.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            most[0] = max(most[0], total)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def measured(source: Path, out: Path, workers: int) -> float:
    """Run a fleet; print its figures, and return its seconds."""
    known = open_dataset()
    begun = time.perf_counter()
    with memory() as most:
        told = fleet.run(
            known,
            [str(source)],
            editions=EDITIONS,
            as_of=date.fromisoformat(str(bench.AS_OF)),
            out=str(out),
            workers=workers,
        )
    seconds = time.perf_counter() - begun
    timing = json.loads((out / "timing.json").read_text(encoding="utf-8"))
    rows = pq.read_table(out / "timing").to_pylist()
    print(
        f"{workers} workers: {seconds:.1f} s, of it split {timing['split']:.1f} s, assess "
        f"{timing['assess']:.1f} s; {told.organisations} organisations, {told.assessed} assessed, "
        f"{told.quads} quads"
    )
    steps = [name for name in rows[0] if name != "organization"]
    for step in steps:
        held = [row[step] for row in rows if row[step] is not None]
        print(
            f"  {step}: median {statistics.median(held) * 1000:.1f} ms an organisation, "
            f"all {sum(held):.1f} s"
        )
    print(f"  memory: a worker {timing['peak_mb']} MB, all together {most[0] >> 20} MB")
    size = sum(one.stat().st_size for one in out.rglob("*") if one.is_file())
    print(f"  output: {size / 1e6:.1f} MB in {sum(1 for _ in out.rglob('*.parquet'))} files")
    return seconds


def left(out: Path) -> dict[str, bytes]:
    """Return what a run has left, but for what it cost."""
    return {
        one.relative_to(out).as_posix(): one.read_bytes()
        for one in out.rglob("*")
        if one.is_file() and "timing" not in one.relative_to(out).as_posix()
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=1_000)
    parser.add_argument("--triples", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--order", choices=["grouped", "shuffled"], default="grouped")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "fleet.nq"
        begun = time.perf_counter()
        size = written(source, given.organisations, given.triples, given.order)
        print(
            f"input: {size / 1e6:.0f} MB, {given.order}, made in "
            f"{time.perf_counter() - begun:.0f} s"
        )
        found = {
            workers: measured(source, Path(folder) / f"out-{workers}", workers)
            for workers in given.workers
        }
        first, *others = given.workers
        for one in others:
            same = left(Path(folder) / f"out-{first}") == left(Path(folder) / f"out-{one}")
            gain = found[first] / found[one]
            print(
                f"{first} → {one} workers: {gain:.2f} times as fast, efficiency "
                f"{gain * first / one:.2f}; the same bytes: {same}"
            )


if __name__ == "__main__":
    main()
