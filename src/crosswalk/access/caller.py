"""A caller: a name, what it may do, and the organisation whose data it sees.

There are three kinds. *Anonymous* has no key and sees the library, if that. A caller *of an
organisation* sees the library and the graphs of its organisation, and never learns of another. An
*operator* has a key without an organisation: what its scopes allow, it may do in every organisation
that it names. An organisation is there from the first use of a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from crosswalk.errors import ForbiddenError, UsageError, nearest

__all__ = ["ANONYMOUS", "Caller", "Scope"]


class Scope(StrEnum):
    """What a caller may do. No scope implies another."""

    READ = "read"
    """Ask queries and verbs, get graphs."""
    WRITE = "write"
    """Change the graphs of the organisation."""
    ASSESS = "assess"
    """Record assessments and accept evidence and inferences."""
    ADMIN = "admin"
    """Manage the organisation; for an operator, the service."""

    @classmethod
    def of(cls, names: Iterable[str]) -> frozenset[Scope]:
        """Return scopes by their names.

        :raises UsageError: if a name is unknown, or there is none.

        >>> sorted(Scope.of(["write", "read"]))
        [<Scope.READ: 'read'>, <Scope.WRITE: 'write'>]
        """
        found = set()
        for name in names:
            try:
                found.add(cls(name))
            except ValueError:
                raise UsageError(
                    f"unknown scope {name!r}",
                    remedy=nearest(name, [one.value for one in cls])
                    or f"There are {', '.join(cls)}.",
                ) from None
        if not found:
            raise UsageError("no scope is given", remedy=f"There are {', '.join(cls)}.")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    :param organisation: None: of no organisation (anonymous, or an operator).
    :param key: the id of its key, never the key; None: it has none.

    >>> Caller("importer", "acme", frozenset({Scope.READ}), "k2abcdefgh").operator
    False
    """

    name: str
    organisation: str | None
    scopes: frozenset[Scope]
    key: str | None = None

    @property
    def anonymous(self) -> bool:
        """Whether it has said nothing of itself."""
        return self.key is None

    @property
    def operator(self) -> bool:
        """Whether it is of the service and not of an organisation."""
        return self.key is not None and self.organisation is None

    def require(self, scope: Scope) -> None:
        """Let a caller pass that has a scope.

        :raises ForbiddenError: if it has not.
        """
        if scope not in self.scopes:
            raise ForbiddenError(
                f"the caller has not the scope {scope.value!r}", remedy="Use a key that has it."
            )


ANONYMOUS = Caller("anonymous", None, frozenset({Scope.READ}))
"""The caller without a key."""
