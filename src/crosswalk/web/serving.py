"""A ready application from directories: the stores opened, the library filled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI

from crosswalk import settings
from crosswalk.access import Keys, Log
from crosswalk.errors import UsageError
from crosswalk.graph.engine import Engine
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores
from crosswalk.namespaces import prefixes
from crosswalk.web.api import WORKER, Api
from crosswalk.web.app import create_app
from crosswalk.web.callers import Callers, anonymous_allowed
from crosswalk.web.datasets import Dataset
from crosswalk.web.library import fill
from crosswalk.web.organisations import Organisations
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
    :raises UnavailableError: if another process holds a directory.
    :raises DataError: if the audit log was cut.
    """
    anonymous = anonymous_allowed()
    for name in scratch or {}:
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be part of an address",
                place="--open-dataset",
                remedy="Use letters, digits, hyphens and underscores.",
            )

    fill(store, knowledge=knowledge, shipped=shipped, skip_bad=skip_bad)
    log = Log(store)
    log.recover()
    largest = settings.number("CROSSWALK_MAX_BODY_MB") << 20
    stores = Stores(store, prefixes=prefixes())
    keys, recorder = Keys(store, log=log), Recorder(log)
    main = Dataset(stores.library, union=True, writes=False, body=largest)
    callers = Callers(
        main,
        keys,
        Organisations(stores, keys, recorder, largest),
        anonymous=anonymous,
        recorder=recorder,
    )
    return create_app(
        main,
        {
            name: Dataset(Engine(path), union=False, writes=True, body=largest)
            for name, path in (scratch or {}).items()
        },
        callers=callers,
        stores=stores,
        api=Api(
            callers,
            Pool(module=WORKER, slow=None),
            knowledge,
            shipped,
            body=min(largest, API_BODY),
        ),
    )
