"""Work on many processes by Dask: on this machine, or on a cluster that is there already.

Each process gets the knowledge once, and keeps it while the run lasts. When a process dies, Dask
gives its tasks to others; a task that has killed several is told from those that only shared its
fate.

.. seealso:: Dask.distributed, "Worker Plugins" and "Resilience"
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, WorkerPlugin, as_completed

from crosswalk import __version__, resources
from crosswalk.errors import UnavailableError
from crosswalk.fleet.assessing import Desk

__all__ = ["Died", "Workers", "desk", "rules", "workers"]

Job = TypeVar("Job")
Done = TypeVar("Done")
Given = TypeVar("Given")
PATIENCE = "15s"
PROFILER = "profile"
PACKED: dict[str, bytes] = {}
DESKS: dict[str, Desk] = {}
ALONE = threading.Lock()
"""A process has one desk, and one task at a time at it."""


class Died:
    """Processes died each time that a task ran."""


class Knowledge(WorkerPlugin):
    """Brings the knowledge to each process, also to those that come later."""

    def __init__(self, run: str, packed: bytes) -> None:
        self.run, self.packed = run, packed

    def setup(self, worker: Any) -> None:  # noqa: ANN401 - a worker of Dask
        """Take the knowledge.

        Dask's profiler is stopped meanwhile: it holds what a task works with in another thread,
        and an answer of the store must be dropped in its own.
        """
        PACKED[self.run] = self.packed
        profiler = worker.periodic_callbacks.get(PROFILER)
        if profiler is not None:
            profiler.stop()

    def teardown(self, worker: Any) -> None:  # noqa: ANN401 - a worker of Dask
        """Let go of it."""
        PACKED.pop(self.run, None)
        DESKS.pop(self.run, None)
        profiler = worker.periodic_callbacks.get(PROFILER)
        if profiler is not None and not PACKED:
            profiler.start()


@contextmanager
def desk(run: str, expected: str) -> Iterator[Desk]:
    """Yield the desk of this process for a run, alone.

    :param expected: the rules that whoever asks works by.
    :raises UnavailableError: if this process works by others.
    """
    with ALONE:
        if run not in DESKS:
            if rules() != expected:
                raise UnavailableError(
                    f"a worker has another version, or other shapes or queries, than {__version__}",
                    place="--cluster",
                    remedy="Install the same release on each machine.",
                )
            DESKS[run] = Desk(PACKED[run])
        yield DESKS[run]


def rules() -> str:
    """Return a hash of what an answer rests on that is not sent: the release and its files."""
    told = hashlib.sha256(__version__.encode())
    for folder in (resources.queries_dir(), resources.ontology_dir() / "shapes"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".rq", ".ttl"):
                told.update(f"\n{path.relative_to(folder).as_posix()}\n".encode())
                told.update(path.read_bytes())
    return told.hexdigest()


class Workers:
    """The processes of a run.

    :param run: its name, by which they know what is theirs.
    """

    def __init__(self, client: Client, run: str) -> None:
        self.client, self.run, self.numbers = client, run, count()

    def bring(self, known: bytes) -> None:
        """Bring the knowledge to all of them."""
        try:
            self.client.register_plugin(Knowledge(self.run, known), name=self.run)
        except Exception as error:
            raise UnavailableError(
                f"the workers cannot take part: {error}",
                place="--cluster",
                remedy="Install 'aigov-crosswalk[fleet]' on each machine, in the same release.",
            ) from None

    def each(
        self, work: Callable[[Job, Given], Done], jobs: Iterable[Job], given: Given
    ) -> Iterator[tuple[Job, Done | Died]]:
        """Yield each job with what came of it, as it is done.

        :param given: what is the same for all of them.
        :raises UnavailableError: if the cluster goes away.
        """
        waiting = {
            self.client.submit(work, job, given, key=f"{self.run}-{next(self.numbers)}"): job
            for job in jobs
        }
        try:
            for future in as_completed(list(waiting), loop=self.client.loop):  # type: ignore[no-untyped-call]
                job = waiting.pop(future)
                yield job, _result(future)
        finally:
            self.client.cancel(list(waiting), force=True)  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        """Return how many processes there are now."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])


def _result(future: Any) -> Any:  # noqa: ANN401 - the result of any task
    error = future.exception() if future.status == "error" else None
    if isinstance(error, KilledWorker):
        return Died()
    if error is not None:
        raise error
    if future.status != "finished":
        raise UnavailableError(
            "the cluster went away", place="--cluster", remedy="Go on with --resume."
        )
    return future.result()


@contextmanager
def workers(address: str | None, number: int | None) -> Iterator[Workers]:
    """Yield the processes of a cluster, or those that are started here and ended afterwards.

    :param address: of the scheduler; None starts processes on this machine.
    :param number: how many are started; None is one a processor.
    :raises UnavailableError: if nobody answers at the address.
    """
    run = f"crosswalk-fleet-{os.getpid()}-{os.urandom(4).hex()}"
    quiet = {"distributed.comm.timeouts.connect": PATIENCE, "distributed.admin.tick.limit": "1h"}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(quiet))
        if address is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="crosswalk-fleet-"))
            cluster = stack.enter_context(
                LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=number or len(os.sched_getaffinity(0)),
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    local_directory=folder,
                    silence_logs=logging.CRITICAL,
                )
            )
            address = cluster.scheduler_address
        try:
            client = stack.enter_context(
                Client(  # type: ignore[no-untyped-call]
                    address, timeout=PATIENCE, set_as_default=False
                )
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise UnavailableError(
                f"no cluster answers: {error}",
                place=address,
                remedy="Name the address of a Dask scheduler, such as tcp://host:8786.",
            ) from None
        try:
            yield Workers(client, run)
        finally:
            client.unregister_worker_plugin(run)
