"""Signed tokens of an issuer: told from what is none by the issuer's keys and one policy.

A token is read first, which needs no key: its form, its algorithm, who made it for whom, when, and
what it says of its bearer. Only then is its signature looked at, by a key of the issuer that fits
the algorithm; a key that a token brings or points to is never used. What is wrong with a token is
for the log; its bearer is told that it is refused and no more.

.. seealso:: RFC 7519 and 8725; OpenID Connect Core 1.0, section 3.1.3.7; RFC 9068
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from crosswalk.access.caller import Caller, Scope
from crosswalk.errors import DataError, UsageError

if TYPE_CHECKING:
    from joserfc.jwk import Key as PublicKey
    from joserfc.jws import CompactSignature, JWSRegistry

__all__ = ["ALGORITHMS", "InvalidTokenError", "Policy", "Read", "SigningKey", "keys_of"]

ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **{f"{kind}{size}": ("RSA", None) for kind in ("RS", "PS") for size in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""Algorithm → kind and curve of its keys: signatures with a public key, and no others."""
PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
"""Kind of key → what its public half consists of."""
KINDS = ("jwt", "at+jwt", "application/jwt", "application/at+jwt")
"""What a token may call itself; others are meant for something else than to let somebody in."""
RSA_BITS = (2048, 8192)
MOST_KEYS = 100
LONGEST_NAME = 255
"""The most characters of the name of a key, and of a subject."""


class InvalidTokenError(Exception):
    """Why a token is not valid, for the log; it holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key of an issuer.

    :param mark: its thumbprint (RFC 7638).
    :param curve: None: it is of a kind without.
    :param algorithm: the only one that it is for; None: any that fits its kind.
    """

    mark: str
    name: str | None
    kind: str
    curve: str | None
    algorithm: str | None
    key: PublicKey = field(repr=False, compare=False)

    def fits(self, algorithm: str) -> bool:
        """Return whether signatures of an algorithm may be by this key."""
        kind, curve = ALGORITHMS[algorithm]
        same = self.kind == kind and (curve is None or self.curve == curve)
        return same and self.algorithm in (None, algorithm)


@dataclass(frozen=True, slots=True)
class Read:
    """A token that says the right things, whoever says them.

    :param key: the name of the key that it says it is signed by.
    :param until: from when on it is over, in seconds since 1970.
    """

    caller: Caller
    algorithm: str
    key: str | None
    until: float
    signed: CompactSignature = field(repr=False)

    def verified(self, keys: Iterable[SigningKey]) -> SigningKey:
        """Return the key that it is signed by.

        A token that names no key is tried with the one that fits it, if there is but one.

        :raises InvalidTokenError: if it is none of these.
        """
        from joserfc import jws

        fitting = [one for one in keys if one.fits(self.algorithm)]
        if self.key is not None:
            fitting = [one for one in fitting if one.name == self.key]
        if not fitting:
            raise InvalidTokenError("signed by no key of the issuer")
        if len(fitting) > 1:
            raise InvalidTokenError("it does not say by which key it is signed")
        rules = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        try:
            right = jws.validate_compact(self.signed, fitting[0].key, registry=rules)
        except Exception:  # whatever a library of others makes of what a stranger sends
            right = False
        if not right:
            raise InvalidTokenError("the signature is wrong")
        return fitting[0]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which tokens are believed, and what they let their bearers do.

    :param audience: what names this service in a token.
    :param clients: further parties for which a token may have been made (``azp``).
    :param organisation_claim: the claim that names the organisation.
    :param scope_claim: the claim whose values are looked up in ``scopes``.
    :param operator: the value of that claim which makes an operator of a bearer without an
        organisation; empty: no token does.
    :param leeway: seconds that the clocks may differ.
    """

    issuer: str
    audience: str
    clients: frozenset[str] = frozenset()
    organisation_claim: str = "organisation"
    scope_claim: str = "scope"
    scopes: Mapping[str, frozenset[Scope]] = field(default_factory=dict)
    operator: str = ""
    leeway: int = 30

    def read(self, token: str, now: float) -> Read:
        """Return what a token says; it remains to be verified.

        :param now: seconds since 1970.
        :raises InvalidTokenError: if no signature could make it valid.
        """
        from joserfc import jws

        try:
            signed = jws.extract_compact(token.encode("ascii"), registry=_loose())
            header, claims = signed.protected, json.loads(signed.payload, parse_constant=_no_number)
        except Exception:  # as above
            raise InvalidTokenError("not a signed token") from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise InvalidTokenError("not a signed token")
        algorithm, key = _of_header(header)
        self._require_valid(claims, now)
        return Read(self._caller(claims), algorithm, key, claims["exp"] + self.leeway, signed)

    def _require_valid(self, claims: dict[str, Any], now: float) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwt import JWTClaimsRegistry

        rules = JWTClaimsRegistry(
            now=int(now),
            leeway=self.leeway,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            rules.validate(claims)
        except JoseError as error:
            raise InvalidTokenError(error.description or error.error) from None
        audiences = claims["aud"]
        party = claims.get("azp")
        if party is None and isinstance(audiences, list) and len(set(audiences)) > 1:
            raise InvalidTokenError("it is for several, and 'azp' does not say for whom it is made")
        if party is not None and party not in (self.audience, *self.clients):
            raise InvalidTokenError("made for another party ('azp')")

    def _caller(self, claims: dict[str, Any]) -> Caller:
        from crosswalk.graph.stores import graphs_of

        subject = claims["sub"]
        if not (subject.isascii() and subject.isprintable() and len(subject) <= LONGEST_NAME):
            raise InvalidTokenError("the subject is not up to 255 characters of ASCII")
        values = _values(_claim(claims, self.scope_claim))
        scopes = frozenset(
            scope for value in values for scope in self.scopes.get(value, frozenset())
        )
        named = _claim(claims, self.organisation_claim)
        name = f"oidc:{subject}"
        if named is None and self.operator and self.operator in values:
            return Caller(name, None, scopes, name)
        if isinstance(named, list) and len(named) == 1:
            named = named[0]
        if not isinstance(named, str):
            raise InvalidTokenError("it names no organisation, or not one")
        try:
            graphs_of(named)
        except UsageError:
            raise InvalidTokenError("it names what cannot be an organisation") from None
        return Caller(name, named, scopes, name)


def keys_of(document: bytes) -> tuple[SigningKey, ...]:
    """Return the public keys for signatures of a JSON Web Key Set; others are passed over.

    :raises DataError: if it is none, or has too many.

    .. seealso:: RFC 7517, section 5

    >>> keys_of(b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}')
    ()
    """
    try:
        rows = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError("is not a set of keys") from None
    if not isinstance(rows, list) or len(rows) > MOST_KEYS:
        raise DataError(f"is not a set of up to {MOST_KEYS} keys")
    found = (_key(row) for row in rows if isinstance(row, dict))
    return tuple(one for one in found if one is not None)


def _key(row: dict[str, Any]) -> SigningKey | None:
    """Return a key of a set; None if it is not for signatures, or too weak for them."""
    from joserfc.jwk import JWKRegistry

    kind, name, algorithm = row.get("kty"), row.get("kid"), row.get("alg")
    if kind not in PUBLIC or row.get("use", "sig") != "sig":
        return None
    if not isinstance(row.get("key_ops", []), list) or "verify" not in row.get("key_ops", "verify"):
        return None
    if name is not None and (not isinstance(name, str) or len(name) > LONGEST_NAME):
        return None
    if algorithm is not None and algorithm not in ALGORITHMS:
        return None
    try:
        public = {"kty": kind, **{part: row[part] for part in PUBLIC[kind]}}
        if kind == "RSA" and not RSA_BITS[0] <= _bits(public["n"]) <= RSA_BITS[1]:
            return None
        key = JWKRegistry.import_key(public)
        return SigningKey(key.thumbprint(), name, kind, public.get("crv"), algorithm, key)
    except Exception:  # as above
        return None


def _bits(number: str) -> int:
    text = number.encode("ascii")
    return int.from_bytes(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))).bit_length()


def _loose() -> JWSRegistry:
    """Return rules that pass over what a header says beside the rules."""
    from joserfc import jws

    rules = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    rules.max_header_length = 8192  # some bring a chain of certificates, which is not used
    return rules


def _of_header(header: dict[str, Any]) -> tuple[str, str | None]:
    """Return the algorithm of a token, and the name of its key."""
    algorithm, key, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidTokenError("the algorithm is not allowed")
    if not isinstance(kind, str) or kind.lower() not in KINDS:
        raise InvalidTokenError("a token of another kind")
    if "crit" in header:
        raise InvalidTokenError("it wants what is not known to be understood ('crit')")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_NAME):
        raise InvalidTokenError("the name of its key is none")
    return algorithm, key


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """Return a claim by its name, or by its path with dots; None if it is not there."""
    if name in claims:
        return claims[name]
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _values(claim: object) -> frozenset[str]:
    """Return the values of a claim that has several: words of a text, or a list of texts."""
    if isinstance(claim, str):
        return frozenset(claim.split())
    if claim is None:
        return frozenset()
    if isinstance(claim, list) and all(isinstance(one, str) for one in claim):
        return frozenset(claim)
    raise InvalidTokenError("its scopes are neither words nor a list of texts")


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
