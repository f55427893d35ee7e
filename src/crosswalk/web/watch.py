"""The outermost ring: every request gets an id, a line in the log, and is counted.

What goes wrong inside leaves as a problem document with the id; its trace goes to the log only.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from itertools import count

from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crosswalk.errors import CrosswalkError
from crosswalk.web.logs import Log, now
from crosswalk.web.operations import Operations
from crosswalk.web.problems import problem

__all__ = ["Watch"]

SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NOWHERE = "none"


class Watch:
    """An application that is watched.

    :param routes: what the application answers, for the names of the addresses.
    """

    def __init__(
        self, app: ASGIApp, operations: Operations, log: Log, routes: Iterable[BaseRoute] = ()
    ) -> None:
        self.app, self.operations, self.log = app, operations, log
        self._templates = {
            id(route.endpoint): str(route.path)
            for route in routes
            if hasattr(route, "endpoint") and hasattr(route, "path")
        }
        self._head = secrets.token_hex(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and take note of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        number = self._id(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = number
        mark = (b"x-request-id", number.encode())
        status, size, whole = 0, 0, False
        generation = b""

        async def told(message: Message) -> None:
            nonlocal status, size, whole, generation
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], mark]
                for name, value in headers:
                    if name == b"crosswalk-generation":
                        generation = value
                message = {**message, "headers": headers}
            else:
                size += len(message.get("body", b""))
                whole = not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, told)
        except ClientDisconnect:
            pass
        except CrosswalkError as error:
            if not status:
                await self._fault(error, number, scope, receive, told)
            # Else the answer was cut off, which its client sees by its missing end.
        except Exception as error:
            await self._fault(error, number, scope, receive, told if not status else None)
        finally:
            self._note(scope, number, began, status, size, whole, generation)

    async def _fault(
        self,
        error: Exception,
        number: str,
        scope: Scope,
        receive: Receive,
        send: Send | None,
    ) -> None:
        self.log.fault(error, id=number, route=self._route(scope))
        if send is not None:
            answer = problem(500, "an error of the service", id=number)
            await answer(scope, receive, send)

    def _id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and SANE.fullmatch(value):
                return str(value.decode())
        return f"{self._head}-{next(self._numbers):x}"

    def _route(self, scope: Scope) -> str:
        route = scope.get("route")
        if route is not None:
            return str(getattr(route, "path", NOWHERE))
        return self._templates.get(id(scope.get("endpoint")), NOWHERE)

    def _note(
        self,
        scope: Scope,
        number: str,
        began: float,
        status: int,
        size: int,
        whole: bool,
        generation: bytes,
    ) -> None:
        seconds = time.perf_counter() - began
        route, method = self._route(scope), scope["method"]
        self.operations.count(method, route, status, seconds)
        if self.log.form == "off":
            return
        state = scope["state"]
        caller = state.get("caller")
        client = scope.get("client")
        facts: dict[str, object] = {
            "time": now(),
            "id": number,
            "method": method,
            "route": route,
            "status": status,
            "bytes": size,
            "ms": round(seconds * 1000, 2),
            "caller": str(getattr(caller, "name", caller) or "anonymous"),
            "client": client[0] if client else "",
        }
        if "asked" in state:
            facts["query"] = hashlib.sha256(state["asked"].encode(errors="replace")).hexdigest()[
                :16
            ]
        if "refused" in state:
            facts["refused"] = state["refused"]
        if generation:
            facts["generation"] = int(generation)
        if not whole:
            facts["cut"] = True
        self.log.write(facts)
