"""A ready application from directories: the stores opened, the library filled."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from crosswalk import settings
from crosswalk.access import Keys, Log
from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.client import Address, is_address
from crosswalk.graph.elsewhere import Elsewhere
from crosswalk.graph.engine import Engine, locked
from crosswalk.graph.pool import Pool
from crosswalk.graph.relay import EDITION
from crosswalk.graph.remote import Remote
from crosswalk.graph.stores import Stores
from crosswalk.namespaces import prefixes
from crosswalk.resources import default_directory
from crosswalk.web.api import WORKER, Api
from crosswalk.web.app import create_app
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import Dataset
from crosswalk.web.library import fill
from crosswalk.web.monitor import Monitor
from crosswalk.web.oidc import Tokens
from crosswalk.web.organisations import StoredOrganisations
from crosswalk.web.recorder import Recorder
from crosswalk.web.remote_organisations import RemoteOrganisations

__all__ = ["prepare"]

REMOTE_WORKER = "crosswalk.web.remote_verbs"
"""What the processes of the API run that answer from a store elsewhere."""
FIRST = 5.0
"""Seconds that a store elsewhere may take to answer before the service starts without it."""
LOG = logging.getLogger("crosswalk.serving")
API_BODY = 16 << 20
"""The most bytes of a body of the API: they go to its processes as text."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def prepare(
    store: Path | str,
    *,
    scratch: Mapping[str, Path] | None = None,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
    skip_bad: bool = False,
) -> FastAPI:
    """Return the application that serves a store, made and filled if need be.

    :param store: its directory, or the address of a store elsewhere, which is not filled.
    :param scratch: name → directory of the open datasets.
    :raises UnavailableError: if another process holds a directory, or a package is missing.
    :raises DataError: if the audit log was cut, or a store elsewhere holds no knowledge.
    """
    for name in scratch or {}:
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be part of an address",
                place="--open-dataset",
                remedy="Use letters, digits, hyphens and underscores.",
            )

    if is_address(store):
        if knowledge or not shipped:
            raise UsageError(
                "a store elsewhere is served as it is",
                place="--knowledge" if knowledge else "--no-shipped",
                remedy="Load what it is to hold: crosswalk store load --store ADDRESS.",
            )
        return _elsewhere(str(store), scratch or {})
    store = Path(store)
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
        _open(scratch or {}, largest),
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


def _elsewhere(store: str, scratch: Mapping[str, Path]) -> FastAPI:
    """Return the application that serves a store elsewhere."""
    address = Address.of_settings(store)
    _require_loaded(address)
    directory = Path(settings.value("CROSSWALK_STORE_DIRECTORY") or default_directory())
    Home(directory.absolute()).prepare()
    tokens, log = Tokens.of_settings(), _recovered(directory)
    recorder = Recorder(log)
    largest = settings.number("CROSSWALK_MAX_BODY_MB") << 20
    shared = settings.enabled("CROSSWALK_STORE_ORGANISATIONS")
    there = Elsewhere(address, directory, organisations=shared, prefixes=prefixes())
    main = Dataset(there.library, union=True, writes=True, body=largest, recorder=recorder)
    callers = Callers(
        main,
        Keys(directory, log=log),
        organisations=RemoteOrganisations(there, body=largest, recorder=recorder),
        anonymous=settings.value("CROSSWALK_ANONYMOUS") == "library",
        verifier=tokens,
        recorder=recorder,
    )
    verbs = Pool(module=REMOTE_WORKER, slow=None, spare=0)
    return create_app(
        main,
        _open(scratch, largest),
        callers=callers,
        api=Api(callers, verbs, documents=False, body=min(largest, API_BODY)),
    )


def _require_loaded(address: Address) -> None:
    """Refuse to serve a store elsewhere that answers and holds no knowledge.

    :raises DataError: with how it is loaded; nothing is written to it unasked.
    """
    try:
        store = Remote(replace(address, timeout=min(FIRST, address.timeout)))
    except UnavailableError as error:  # it may come; until then the service is not ready
        LOG.warning("%s", error)
        return
    try:
        held = store.holds(EDITION)
    finally:
        store.close()
    if not held:
        raise DataError(
            "holds no edition of a framework",
            place=address.shown,
            remedy=f"Load the knowledge: crosswalk store load --store {address.shown}",
        )


def _open(scratch: Mapping[str, Path], largest: int) -> dict[str, Dataset]:
    return {
        name: Dataset(Engine(path), union=False, writes=True, body=largest)
        for name, path in scratch.items()
    }


def _recovered(store: Path) -> Log:
    """Return the audit log, once it tells what the last service left; none runs meanwhile."""
    log = Log(store)
    lock = asyncio.run(locked(Home(store.absolute())))
    try:
        log.recover()
    finally:
        os.close(lock)
    return log
