"""The description of the API is true: requests made of it are answered as it says.

Left out is one check, that every request the description allows is accepted: it cannot say which
names of editions and provisions exist.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

import crosswalk
from crosswalk.access import Keys
from crosswalk.graph.checkpoints import Home
from crosswalk.web.api import description

EXAMPLES = 2
"""How many requests are made of each operation."""


TEXTS = (
    *("application/ld+json", "application/n-quads", "application/trig", "text/turtle"),
    *("text/csv", "text/html", "text/markdown", "application/octet-stream"),
)


@schemathesis.serializer(*TEXTS)
def as_text(_: object, value: object) -> bytes:
    """Return a body as it is sent: the text itself."""
    return str(value).encode("utf-8", "replace")


@schemathesis.deserializer(*TEXTS)
def of_text(_: object, response: schemathesis.Response) -> str:
    """Return what was answered: the text itself."""
    return response.text


SAID = description()
# A stream of events does not end, so nothing can wait for its answer.
schema = schemathesis.openapi.from_dict(SAID).exclude(path="/api/v1/events")
LEFT_OUT: Any = CHECKS.get_by_names(["positive_data_acceptance"])


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and a key of an organisation."""

    address: str
    key: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a running service."""
    folder = tmp_path_factory.mktemp("service")
    Home(folder).prepare()
    key = Keys(folder).create("fuzz", "acme", ["read", "write", "assess", "admin"]).token
    source = str(Path(crosswalk.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", "serve", "--store", str(folder), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as server:
        assert server.stderr is not None
        found = next(line for line in server.stderr if line.startswith("serving at "))
        base = found.split()[2].rstrip("/")
        for _ in range(200):
            try:
                if httpx.get(f"{base}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield Service(base, key)
        server.terminate()
        server.wait(timeout=20)


def test_the_description_that_is_served_is_the_one_that_is_tried(service: Service) -> None:
    assert httpx.get(f"{service.address}/api/v1/openapi.json").json() == SAID


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_service_does_as_its_description_says(
    service: Service, case: schemathesis.Case[Any]
) -> None:
    case.call_and_validate(
        base_url=service.address,
        headers={"Authorization": f"Bearer {service.key}"},
        excluded_checks=LEFT_OUT,
        timeout=60,
    )
