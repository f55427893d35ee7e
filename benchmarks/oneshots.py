"""What one-shot verbs cost: each call in a new process, with a filled cache and without any.

With ``--beside DIR``, another checkout is asked in turns in the same run, so that both meet the
same machine. Told are seconds of the processor and on the wall, medians and least.

Run it as ``python benchmarks/oneshots.py [VERB…] [--beside DIR] [--runs N]``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent.parent
CASE = "examples/x-corporation"
DAY = ("--as-of", "2026-11-20")
CALLS = {
    "frameworks": ("frameworks",),
    "coverage": ("coverage", CASE, "--edition", "iso-42001-2023", *DAY),
    "gaps": ("gaps", CASE, "--edition", "iso-42001-2023", *DAY),
    "map": ("map", "ISO 42001 A.6.2.4", "--to", "eu-ai-act-2026"),
    "explain": ("explain", "ISO 27001:2022 A.5.15", "SOC 2 CC6.1"),
    "reuse": ("reuse", "--from", "iso-27001-2022", "--to", "iso-42001-2023"),
    "minimal": ("minimal", "--for", "eu-ai-act-2026", "--have", "iso-42001-2023"),
    "derived": ("query", "derived-mappings", "--format", "csv"),
    "demo": ("demo",),
}
"""Name → what is asked."""


def main() -> None:
    """Ask each verb of each checkout in turns and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("verbs", nargs="*", metavar="VERB", help=", ".join(CALLS))
    parser.add_argument("--beside", type=Path, metavar="DIR", help="another checkout")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    unknown = sorted(set(given.verbs) - set(CALLS))
    if unknown:
        parser.error(f"unknown verb {unknown[0]!r}; known are {', '.join(CALLS)}")
    checkouts = [HERE, given.beside.resolve()] if given.beside else [HERE]
    head = f"{'verb':12}{'cache':8}{'checkout':24}{'cpu':>6}{'least':>7}{'wall':>7}{'least':>7}\n"
    sys.stdout.write(head)
    for name in given.verbs or CALLS:
        for filled in (True, False):
            measured(name, checkouts, filled=filled, runs=given.runs)


def measured(name: str, checkouts: list[Path], *, filled: bool, runs: int) -> None:
    """Print what a verb costs in each checkout."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[Path, list[tuple[float, float]]] = {one: [] for one in checkouts}
        for run in range(runs + 1):  # the first fills caches and byte code, and does not count
            for place, checkout in enumerate(checkouts):
                kept = Path(folder, str(place), "kept" if filled else str(run))
                cost = one_call(CALLS[name], checkout, kept, Path(folder, "compiled"))
                if run:
                    found[checkout].append(cost)
    for checkout, costs in found.items():
        cpu, wall = ([one[n] for one in costs] for n in (0, 1))
        sys.stdout.write(
            f"{name:12}{'filled' if filled else 'none':8}{checkout.name:24}{median(cpu):6.2f}"
            f"{min(cpu):7.2f}{median(wall):7.2f}{min(wall):7.2f}\n"
        )
        sys.stdout.flush()


def one_call(
    arguments: tuple[str, ...], checkout: Path, kept: Path, compiled: Path
) -> tuple[float, float]:
    """Return the seconds of the processor and on the wall of one call in a new process."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "CROSSWALK_CACHE": str(kept)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "crosswalk", *arguments],
        cwd=checkout,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, wall


if __name__ == "__main__":
    main()
