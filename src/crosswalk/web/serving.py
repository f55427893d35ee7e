"""A ready application from directories: the stores opened, the library filled."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI

from crosswalk import settings
from crosswalk.access import Keys, Log
from crosswalk.errors import UsageError
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.client import is_address
from crosswalk.graph.engine import Engine, locked
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores
from crosswalk.namespaces import prefixes
from crosswalk.web.api import WORKER, Api
from crosswalk.web.app import create_app
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import Dataset
from crosswalk.web.library import fill
from crosswalk.web.monitor import Monitor
from crosswalk.web.oidc import Tokens
from crosswalk.web.organisations import StoredOrganisations
from crosswalk.web.recorder import Recorder

__all__ = ["prepare"]

API_BODY = 16 << 20
"""The most bytes of a body of the API: they go to its processes as text."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def prepare(
    store: Path,
    *,
    scratch: Mapping[str, Path] | None = None,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
    skip_bad: bool = False,
) -> FastAPI:
    """Return the application that serves a store, made and filled if need be.

    :param scratch: name → directory of the open datasets.
    :raises UnavailableError: if another process holds a directory, or a package is missing.
    :raises DataError: if the audit log was cut.
    """
    if is_address(store.as_posix().replace(":/", "://", 1)):
        raise UsageError(
            "a service over a store elsewhere is not there yet",
            place="--store",
            remedy="Name a directory; verbs ask a store elsewhere by its address.",
        )
    for name in scratch or {}:
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be part of an address",
                place="--open-dataset",
                remedy="Use letters, digits, hyphens and underscores.",
            )

    tokens = Tokens.of_settings()
    fill(store, knowledge=knowledge, shipped=shipped, skip_bad=skip_bad)
    log = _recovered(store)
    largest = settings.number("CROSSWALK_MAX_BODY_MB") << 20
    recorder, stores = Recorder(log), Stores(store, prefixes=prefixes())
    verbs = Pool(module=WORKER, slow=None, spare=0)
    monitor = Monitor(stores, verbs)
    main = Dataset(stores.library, union=True, writes=False, body=largest)
    callers = Callers(
        main,
        Keys(store, log=log),
        organisations=StoredOrganisations(
            stores, body=largest, recorder=recorder, noticed=monitor.notice
        ),
        anonymous=settings.value("CROSSWALK_ANONYMOUS") == "library",
        verifier=tokens,
        recorder=recorder,
    )
    return create_app(
        main,
        {
            name: Dataset(Engine(path), union=False, writes=True, body=largest)
            for name, path in (scratch or {}).items()
        },
        callers=callers,
        api=Api(
            callers,
            verbs,
            knowledge,
            shipped,
            monitor,
            body=min(largest, API_BODY),
        ),
    )


def _recovered(store: Path) -> Log:
    """Return the audit log, once it tells what the last service left; none runs meanwhile."""
    log = Log(store)
    lock = asyncio.run(locked(Home(store.absolute())))
    try:
        log.recover()
    finally:
        os.close(lock)
    return log
