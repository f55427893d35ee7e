"""A token of the issuer opens what it says; a forged, foreign or stale one opens nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from crosswalk import access, settings
from crosswalk.access import Caller, Keys, Log, Scope
from crosswalk.access.tokens import ALGORITHMS, Policy
from crosswalk.errors import BusyError, UnauthenticatedError, UnavailableError, UsageError
from crosswalk.graph import Dataset as Knowledge
from crosswalk.graph import upkeep
from crosswalk.graph.stores import Stores
from crosswalk.web import logs, oidc
from crosswalk.web.app import create_app
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import Dataset
from crosswalk.web.oidc import Issuer, Tokens
from crosswalk.web.organisations import StoredOrganisations
from crosswalk.web.recorder import Recorder
from crosswalk.web.watch import Watch

HERE = "https://crosswalk.example.org"
SCOPES = {"cw-read": frozenset({Scope.READ}), "cw-write": frozenset({Scope.WRITE})}
HOME = "https://w3id.org/aigov-crosswalk/org"
Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "other", "use": "sig"})
P256 = ECKey.generate_key("P-256", {"kid": "p256"})
P384 = ECKey.generate_key("P-384", {"kid": "p384"})
P521 = ECKey.generate_key("P-521", {"kid": "p521"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


@dataclass(slots=True)
class Provider:
    """An issuer that can be told to behave badly.

    :param said: path → what is answered there instead of what is right.
    :param asked: the paths that were asked.
    """

    server: ThreadingHTTPServer
    published: list[Key] = field(default_factory=lambda: [RSA, P256, P384, P521, ED])
    said: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def fetches(self) -> int:
        """How often its keys were asked for."""
        return self.asked.count("/keys")

    def answer(self, path: str) -> Answer:
        """Return what is at a path."""
        self.asked.append(path)
        if path in self.said:
            said = self.said[path]
            return said() if callable(said) else said
        if path == oidc.DISCOVERY:
            return _json({"issuer": self.address, "jwks_uri": f"{self.address}/keys"})
        if path == "/keys":
            return _json({"keys": [one.as_dict(private=False) for one in self.published]})
        return 404, {}, b""

    def claims(self, **others: object) -> dict[str, Any]:
        """Return the claims of a good token, with others; those that are None are left out."""
        now = int(time.time())
        good = {
            "iss": self.address,
            "aud": HERE,
            "sub": "ann",
            "iat": now,
            "exp": now + 300,
            "organisation": "acme",
            "scope": "openid cw-read",
        }
        return {name: one for name, one in {**good, **others}.items() if one is not None}

    def token(
        self,
        key: Key = RSA,
        alg: str = "RS256",
        *,
        header: Mapping[str, Any] | None = None,
        **others: Any,  # noqa: ANN401 - whatever JSON can say
    ) -> str:
        """Return a token that a key has signed."""
        head = {"alg": alg, "kid": key.kid, **(header or {})}
        head = {name: one for name, one in head.items() if one is not None}
        registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
        return jwt.encode(head, self.claims(**others), key, registry=registry)


def _json(value: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _listening(at: tuple[str, int] = ("127.0.0.1", 0)) -> Provider:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = made.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for part in [body] if isinstance(body, bytes) else body:
                    self.wfile.write(part)
            except OSError:  # who asked has had enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    made = Provider(ThreadingHTTPServer(at, Handler))
    threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True).start()
    return made


def _closed(provider: Provider) -> None:
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = _listening()
    yield made
    _closed(made)


@dataclass(slots=True)
class Clock:
    """A clock that a test sets."""

    ahead: float = 0.0

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self.ahead

    def ticks(self) -> float:
        """Return seconds since some time."""
        return time.monotonic() + self.ahead


def _tokens(
    provider: Provider, clock: Clock | None = None, policy: Mapping[str, Any] | None = None
) -> Tokens:
    told = clock or Clock()
    given = {"scopes": SCOPES, **(policy or {})}
    issuer = Issuer(provider.address, ticks=told.ticks)
    return Tokens(Policy(provider.address, HERE, **given), issuer, clock=told.now)


def _caller(provider: Provider, token: str, policy: Mapping[str, Any] | None = None) -> Caller:
    async def story() -> Caller:
        return await _tokens(provider, policy=policy)(token)

    return asyncio.run(story())


def _refused(provider: Provider, token: str) -> str:
    """Return why a token was refused."""
    with pytest.raises(UnauthenticatedError, match="this is no valid key") as caught:
        _caller(provider, token)
    return str(caught.value.__cause__)


# What a token opens


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSA, "RS256"),
        (RSA, "RS512"),
        (RSA, "PS384"),
        (P256, "ES256"),
        (P384, "ES384"),
        (P521, "ES512"),
        (ED, "Ed25519"),
    ],
)
def test_a_token_opens_its_organisation_with_its_scopes(
    provider: Provider, key: Key, alg: str
) -> None:
    caller = _caller(provider, provider.token(key, alg))

    assert caller == Caller("oidc:ann", "acme", frozenset({Scope.READ}), "oidc:ann")


def test_only_signatures_with_a_public_key_are_allowed() -> None:
    assert not [one for one in ALGORITHMS if one.startswith("HS") or one.lower() == "none"]


@pytest.mark.parametrize(
    ("claims", "policy"),
    [
        pytest.param({"organisation": ["acme"]}, {}, id="a list of one"),
        pytest.param({"org.id": "acme"}, {"organisation_claim": "org.id"}, id="a name with a dot"),
        pytest.param({"org": {"id": "acme"}}, {"organisation_claim": "org.id"}, id="a path"),
        pytest.param(
            {"realm_access": {"roles": ["cw-read", "x"]}, "scope": None},
            {"scope_claim": "realm_access.roles"},
            id="scopes as a list at a path",
        ),
        pytest.param({"aud": ["x", HERE], "azp": HERE}, {}, id="several audiences, made for us"),
        pytest.param({"azp": "spa"}, {"clients": frozenset({"spa"})}, id="made for our client"),
        pytest.param({"exp": -10}, {}, id="just expired: clocks differ"),
        pytest.param({"nbf": 10}, {}, id="just not yet: clocks differ"),
    ],
)
def test_what_an_issuer_may_say_in_several_ways_is_understood(
    provider: Provider, claims: dict[str, Any], policy: dict[str, Any]
) -> None:
    now = int(time.time())
    claims = {name: now + v if name in ("exp", "nbf") else v for name, v in claims.items()}

    caller = _caller(provider, provider.token(**claims), policy)

    assert (caller.organisation, caller.scopes) == ("acme", frozenset({Scope.READ}))


def test_a_token_without_a_scope_of_ours_may_do_nothing(provider: Provider) -> None:
    caller = _caller(provider, provider.token(scope="openid read admin *"))

    assert caller.scopes == frozenset()


def test_an_operator_is_who_has_the_value_for_it_and_no_organisation(provider: Provider) -> None:
    token = provider.token(organisation=None, scope="cw-operator cw-read")

    policy = {"operator": "cw-operator"}

    assert _caller(provider, token, policy).operator
    assert _caller(provider, provider.token(scope="cw-operator"), policy) == Caller(
        "oidc:ann", "acme", frozenset(), "oidc:ann"
    )
    assert _refused(provider, token) == "it names no organisation, or not one"


# Attacks


Part = bytes | str | dict[str, Any]


def _b64(data: Part) -> str:
    text = json.dumps(data) if isinstance(data, dict) else data
    raw = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _made(provider: Provider, header: Part, payload: Part | None = None, sign: bytes = b"x") -> str:
    """Return a token made by hand."""
    body = provider.claims() if payload is None else payload
    return f"{_b64(header)}.{_b64(body)}.{_b64(sign)}"


def _hmac(provider: Provider, secret: bytes, alg: str = "HS256") -> str:
    """Return a token signed with a secret, which is the public key."""
    body = f"{_b64({'alg': alg, 'kid': 'rsa'})}.{_b64(provider.claims())}"
    return f"{body}.{_b64(hmac.digest(secret, body.encode(), hashlib.sha256))}"


def _altered(provider: Provider, **claims: object) -> str:
    head, _, sign = provider.token().split(".")
    return f"{head}.{_b64(provider.claims(**claims))}.{sign}"


def _stolen(provider: Provider) -> str:
    """Return a token whose header brings the key that it is signed by."""
    return provider.token(OTHER, header={"kid": "rsa", "jwk": OTHER.as_dict(private=False)})


Attack = Callable[[Provider], str]
PUBLIC = RSA.as_pem(private=False)
ALG, FORM, SIGNED = "the algorithm is not allowed", "not a signed token", "the signature is wrong"
NO_KEY, NO_ORG = "signed by no key of the issuer", "it names no organisation, or not one"
BAD_ORG = "it names what cannot be an organisation"
KEY_NAME, SUBJECT = "the name of its key is none", "the subject is not up to 255"
ATTACKS: dict[str, tuple[Attack, str]] = {
    # form
    "nothing": (lambda p: "..", FORM),
    "no JSON": (lambda p: "a.b.c", FORM),
    "encrypted": (lambda p: f"{p.token()}.x.y", FORM),
    "header is a text": (lambda p: _made(p, '"alg"'), FORM),
    "header is a list": (lambda p: _made(p, '["alg"]'), FORM),
    "header is nested deeply": (lambda p: _made(p, '{"alg":' + "[" * 4000), FORM),
    "header is long": (lambda p: p.token(header={"x": "y" * 9000}), FORM),
    "claims are a text": (lambda p: _made(p, {"alg": "RS256"}, '"x"'), FORM),
    "claims are nested deeply": (lambda p: _made(p, {"alg": "RS256"}, "[" * 20000), FORM),
    "a number of 5000 digits": (lambda p: _made(p, {"alg": "RS256"}, "[" + "9" * 5000 + "]"), FORM),
    "not a number": (lambda p: p.token(exp=float("nan")), FORM),
    # algorithm
    "none, unsigned": (lambda p: _made(p, {"alg": "none"}, sign=b""), ALG),
    "none, signed": (lambda p: _made(p, {"alg": "none", "kid": "rsa"}), ALG),
    "nOnE": (lambda p: _made(p, {"alg": "nOnE"}, sign=b""), ALG),
    "no algorithm": (lambda p: _made(p, {"kid": "rsa"}), FORM),
    "algorithm is a list": (lambda p: _made(p, {"alg": ["RS256"]}), ALG),
    "HS256 with the public key": (lambda p: _hmac(p, PUBLIC), ALG),
    "HS256 with the key as JSON": (
        lambda p: _hmac(p, json.dumps(RSA.as_dict(private=False)).encode()),
        ALG,
    ),
    "HS256 with the modulus": (
        lambda p: _hmac(p, str(RSA.as_dict(private=False)["n"]).encode()),
        ALG,
    ),
    "HS256 named RS256": (lambda p: _hmac(p, PUBLIC, "RS256"), SIGNED),
    "RS256 by the name of another kind": (lambda p: p.token(RSA, header={"kid": "p256"}), NO_KEY),
    "ES256 by the name of another curve": (
        lambda p: p.token(P256, "ES256", header={"kid": "p384"}),
        NO_KEY,
    ),
    # signature
    "unsigned": (lambda p: _made(p, {"alg": "RS256", "kid": "rsa"}, sign=b""), SIGNED),
    "signed by another": (lambda p: p.token(OTHER, header={"kid": "rsa"}), SIGNED),
    "more scopes": (lambda p: _altered(p, scope="cw-write"), SIGNED),
    "another organisation": (lambda p: _altered(p, organisation="globex"), SIGNED),
    "ES256 of zeros": (lambda p: _made(p, {"alg": "ES256", "kid": "p256"}, sign=bytes(64)), SIGNED),
    "ES256 of zero bytes": (lambda p: _made(p, {"alg": "ES256", "kid": "p256"}, sign=b""), SIGNED),
    # key
    "unknown key": (lambda p: p.token(OTHER), NO_KEY),
    "no key named, several fit": (
        lambda p: p.token(header={"kid": None}),
        "it does not say by which key it is signed",
    ),
    "key named by a path": (lambda p: p.token(header={"kid": "../../../dev/null"}), NO_KEY),
    "key named by a number": (lambda p: _made(p, {"alg": "RS256", "kid": 1}), KEY_NAME),
    "key named at length": (lambda p: p.token(header={"kid": "k" * 300}), KEY_NAME),
    "brings its key": (_stolen, SIGNED),
    "brings its certificate": (lambda p: p.token(OTHER, header={"x5c": ["MIIB"]}), NO_KEY),
    "points to its keys": (
        lambda p: p.token(OTHER, header={"kid": "rsa", "jku": f"{p.address}/evil"}),
        SIGNED,
    ),
    "points to its certificate": (
        lambda p: p.token(OTHER, header={"kid": "rsa", "x5u": f"{p.address}/evil"}),
        SIGNED,
    ),
    "wants something understood": (
        lambda p: _made(p, {"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}),
        "it wants what is not known to be understood ('crit')",
    ),
    "a token to log out": (lambda p: p.token(header={"typ": "logout+jwt"}), "of another kind"),
    # issuer, audience
    "another issuer": (lambda p: p.token(iss="https://evil.example"), "Invalid claim: 'iss'"),
    "issuer but for a slash": (lambda p: p.token(iss=f"{p.address}/"), "Invalid claim: 'iss'"),
    "several issuers": (lambda p: p.token(iss=[p.address]), "'iss' must be"),
    "no issuer": (lambda p: p.token(iss=None), "Missing claim: 'iss'"),
    "another audience": (lambda p: p.token(aud="https://else.example"), "Invalid claim: 'aud'"),
    "audience but for case": (lambda p: p.token(aud=HERE.upper()), "Invalid claim: 'aud'"),
    "audience that begins alike": (lambda p: p.token(aud=f"{HERE}.evil"), "Invalid claim: 'aud'"),
    "no audience": (lambda p: p.token(aud=None), "Missing claim: 'aud'"),
    "audience is a number": (lambda p: p.token(aud=[HERE, 1]), "'aud' must be"),
    "several audiences, no party": (lambda p: p.token(aud=[HERE, "x"]), "'azp' does not say"),
    "made for another party": (lambda p: p.token(azp="spa"), "another party"),
    "party is a list": (lambda p: p.token(azp=[HERE]), "another party"),
    # time
    "expired": (lambda p: p.token(exp=int(time.time()) - 31), "The token is expired"),
    "does not expire": (lambda p: p.token(exp=None), "Missing claim: 'exp'"),
    "expires in words": (lambda p: p.token(exp="never"), "'exp' must be"),
    "expires with True": (lambda p: p.token(exp=True), "'exp' must be"),
    "expires in infinity": (
        lambda p: _made(
            p, {"alg": "RS256"}, json.dumps(p.claims(exp=1)).replace(": 1,", ": 1e999,")
        ),
        "'exp' must be",
    ),
    "not yet": (lambda p: p.token(nbf=int(time.time()) + 40), "not yet valid"),
    "from the future": (lambda p: p.token(iat=int(time.time()) + 40), "in the future"),
    "from no time": (lambda p: p.token(iat=None), "Missing claim: 'iat'"),
    # subject
    "nobody": (lambda p: p.token(sub=None), "Missing claim: 'sub'"),
    "an empty name": (lambda p: p.token(sub=""), "Invalid claim: 'sub'"),
    "a number": (lambda p: p.token(sub=7), "'sub' must be"),
    "a long name": (lambda p: p.token(sub="a" * 256), SUBJECT),
    "a name of two lines": (lambda p: p.token(sub="ann\n200 GET /"), SUBJECT),
    "a name that looks like another": (lambda p: p.token(sub="аnn"), SUBJECT),
    # organisation, scopes
    "no organisation": (lambda p: p.token(organisation=None), NO_ORG),
    "no organisation in a list": (lambda p: p.token(organisation=[]), NO_ORG),
    "two organisations": (lambda p: p.token(organisation=["acme", "globex"]), NO_ORG),
    "organisation is an object": (lambda p: p.token(organisation={"acme": {}}), NO_ORG),
    "organisation is a number": (lambda p: p.token(organisation=7), NO_ORG),
    "organisation is empty": (lambda p: p.token(organisation=""), BAD_ORG),
    "organisation is a path": (lambda p: p.token(organisation="../globex"), BAD_ORG),
    "organisation in capitals": (lambda p: p.token(organisation="ACME"), BAD_ORG),
    "organisation and a line": (lambda p: p.token(organisation="acme\n"), BAD_ORG),
    "half a character": (
        lambda p: _made(p, {"alg": "RS256"}, json.dumps(p.claims(organisation="\ud800"))),
        BAD_ORG,
    ),
    "scopes as an object": (lambda p: p.token(scope={"cw-read": True}), "its scopes are neither"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_and_the_log_is_told_why(provider: Provider, name: str) -> None:
    make, why = ATTACKS[name]
    if why == "it does not say by which key it is signed":
        provider.published.append(OTHER)

    told = _refused(provider, make(provider))

    assert why in told
    assert set(provider.asked) <= {oidc.DISCOVERY, "/keys"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"kty": "oct", "k": _b64(b"s" * 32)}, id="a secret"),
        pytest.param({**RSA.as_dict(private=False), "use": "enc"}, id="for encryption"),
        pytest.param({**RSA.as_dict(private=False), "key_ops": ["sign"]}, id="not to verify"),
        pytest.param({**RSA.as_dict(private=False), "alg": "RS512"}, id="for another algorithm"),
        pytest.param({**RSA.as_dict(private=False), "n": _b64(b"\xc1" * 64)}, id="short"),
        pytest.param({**RSA.as_dict(private=False), "n": _b64(b"\xc1" * 2048)}, id="far too long"),
        pytest.param({"kty": "RSA", "kid": "rsa"}, id="nothing"),
        pytest.param({**RSA.as_dict(private=False), "kid": 7}, id="without a name"),
    ],
)
def test_a_key_that_is_not_fit_for_signatures_is_passed_over(
    provider: Provider, row: dict[str, Any]
) -> None:
    provider.said["/keys"] = _json({"keys": [{"kid": "rsa", **row}, P256.as_dict(private=False)]})

    assert _refused(provider, provider.token()) == NO_KEY
    assert _caller(provider, provider.token(P256, "ES256")).name == "oidc:ann"


# Where keys come from


def _unavailable(provider: Provider) -> None:
    with pytest.raises(UnavailableError, match="does not tell its keys"):
        _caller(provider, provider.token())


Badly = Callable[[bytes], Answer]
BADLY: dict[str, Badly] = {
    "an error": lambda good: (500, {}, good),
    "another status": lambda good: (203, {}, good),
    "huge": lambda good: (200, {}, good + b" " * (300 << 10)),
    "packed": lambda good: (200, {"Content-Encoding": "gzip"}, good),
    "a redirect": lambda good: (302, {"Location": "/elsewhere"}, good),
    "no JSON": lambda _: (200, {}, b"<html>"),
    "nested deeply": lambda _: (200, {}, b"[" * 100_000),
    "a list": lambda _: (200, {}, b"[]"),
    "nothing": lambda _: (200, {}, b"{}"),
    "no list of keys": lambda _: (200, {}, b'{"keys": {}}'),
    "no key": lambda _: (200, {}, b'{"keys": []}'),
}


@pytest.mark.parametrize("name", BADLY)
@pytest.mark.parametrize("path", [oidc.DISCOVERY, "/keys"])
def test_an_issuer_that_answers_badly_has_told_nothing(
    provider: Provider, path: str, name: str
) -> None:
    _, _, good = provider.answer(path)
    assert isinstance(good, bytes)
    provider.said[path] = BADLY[name](good)

    _unavailable(provider)

    assert "/elsewhere" not in provider.asked


def test_a_set_of_very_many_keys_is_none(provider: Provider) -> None:
    provider.published = [RSA] * 101

    _unavailable(provider)


@pytest.mark.parametrize(
    "place",
    [
        "http://keys.example.org/keys",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/keys",
        "file:///etc/passwd",
        "ftp://127.0.0.1/keys",
        "http://ann:secret@127.0.0.1/keys",
        "//127.0.0.1/keys",
        "http://[::1/keys",
        "http://127.0.0.1:99999/keys",
        "https://",
        7,
        None,
    ],
)
def test_keys_are_fetched_over_tls_or_from_the_loopback_address(
    provider: Provider, place: object
) -> None:
    provider.said[oidc.DISCOVERY] = _json({"issuer": provider.address, "jwks_uri": place})

    _unavailable(provider)


def test_a_document_of_another_issuer_is_not_believed(provider: Provider) -> None:
    provider.said[oidc.DISCOVERY] = _json(
        {"issuer": "https://evil.example", "jwks_uri": f"{provider.address}/keys"}
    )

    _unavailable(provider)

    assert provider.fetches == 0


def test_a_slow_issuer_holds_up_nobody_but_those_who_need_it(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "PATIENCE", 0.6)
    clock = Clock()

    def slowly() -> Iterator[bytes]:
        for _ in range(15):
            time.sleep(0.1)
            yield b" "
        yield json.dumps({"keys": [OTHER.as_dict(private=False)]}).encode()

    def slow() -> Answer:
        return 200, {}, slowly()

    async def story() -> tuple[float, float]:
        tokens = _tokens(provider, clock)
        await tokens(provider.token())
        provider.said["/keys"] = slow
        clock.ahead += 61
        began = time.perf_counter()
        waiting = asyncio.create_task(tokens(provider.token(OTHER, exp=int(time.time()) + 999)))
        await asyncio.sleep(0.1)
        assert (await tokens(provider.token(sub="ben", exp=int(time.time()) + 999))).name
        meanwhile = time.perf_counter() - began
        with pytest.raises(UnauthenticatedError):
            await waiting
        return meanwhile, time.perf_counter() - began

    meanwhile, after = asyncio.run(story())

    assert meanwhile < 0.5
    assert 0.5 < after < 1.2


def test_strangers_do_not_have_the_issuer_asked_as_often_as_they_like(provider: Provider) -> None:
    clock = Clock()

    async def story() -> list[int]:
        tokens, fetches = _tokens(provider, clock), []
        for ahead in (0, 30, 61, 90):
            clock.ahead = ahead
            many = [
                tokens(provider.token(OTHER, header={"kid": f"{ahead}-{n}"}, exp=time.time() + 999))
                for n in range(40)
            ]
            told = await asyncio.gather(*many, return_exceptions=True)
            assert {type(one) for one in told} == {UnauthenticatedError}
            fetches.append(provider.fetches)
        return fetches

    assert asyncio.run(story()) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "claims", [{"iss": "https://evil.example"}, {"aud": "x"}, {"exp": 1}, {"organisation": None}]
)
def test_a_token_that_no_signature_could_save_has_nobody_asked(
    provider: Provider, claims: dict[str, Any]
) -> None:
    _refused(provider, provider.token(OTHER, **claims))

    assert provider.asked == []


def test_a_client_that_goes_does_not_take_the_keys_from_others(provider: Provider) -> None:
    async def story() -> Caller:
        tokens = _tokens(provider)
        first = asyncio.create_task(tokens(provider.token()))
        second = asyncio.create_task(tokens(provider.token(sub="ben")))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(story()).name == "oidc:ben"
    assert provider.fetches == 1


def test_more_than_a_few_tokens_do_not_wait_for_keys(provider: Provider) -> None:
    async def story() -> list[object]:
        tokens = _tokens(provider)
        return list(
            await asyncio.gather(
                *(tokens(provider.token()) for _ in range(100)), return_exceptions=True
            )
        )

    told = asyncio.run(story())

    assert sum(isinstance(one, Caller) for one in told) == oidc.WAITING
    assert sum(isinstance(one, BusyError) for one in told) == 100 - oidc.WAITING


def test_an_issuer_that_is_down_at_the_start_is_found_when_it_is_up() -> None:
    provider, clock = _listening(), Clock()
    at = ("127.0.0.1", int(provider.server.server_address[1]))
    _closed(provider)
    token = provider.token()

    async def story() -> Caller:
        tokens = _tokens(provider, clock)
        with pytest.raises(UnavailableError):
            await tokens(token)
        again = _listening(at)
        try:
            with pytest.raises(UnavailableError):
                await tokens(token)
            assert again.asked == []
            clock.ahead = 6
            return await tokens(token)
        finally:
            _closed(again)

    assert asyncio.run(story()).name == "oidc:ann"


def test_the_keys_count_on_for_a_day_where_the_issuer_is_down_later(provider: Provider) -> None:
    clock = Clock()
    tokens = _tokens(provider, clock)

    async def story() -> None:
        late: dict[str, Any] = {"exp": int(time.time()) + 10**6}
        await tokens(provider.token(**late))
        provider.said["/keys"] = 503, {}, b""
        clock.ahead = 86_000
        assert (await tokens(provider.token(sub="ben", **late))).name == "oidc:ben"
        await asyncio.sleep(0.2)
        assert (await tokens(provider.token(sub="cy", **late))).name == "oidc:cy"
        clock.ahead = 86_500
        with pytest.raises(UnavailableError):
            await tokens(provider.token(sub="cy", **late))

    asyncio.run(story())
    assert provider.fetches == 3


def test_a_new_key_counts_at_once_and_an_old_one_no_longer(provider: Provider) -> None:
    clock = Clock()
    late = int(time.time()) + 9999
    before, after = provider.token(exp=late), provider.token(OTHER, exp=late)

    async def story() -> Caller:
        tokens = _tokens(provider, clock)
        await tokens(before)
        provider.published = [OTHER]
        clock.ahead = 61
        assert (await tokens(before)).name == "oidc:ann"
        found = await tokens(after)
        with pytest.raises(UnauthenticatedError):
            await tokens(before)
        return found

    assert asyncio.run(story()).name == "oidc:ann"


def test_a_key_that_is_withdrawn_is_missed_though_nobody_brings_a_new_one(
    provider: Provider,
) -> None:
    clock = Clock()
    token = provider.token(exp=int(time.time()) + 9999)

    async def story() -> None:
        tokens = _tokens(provider, clock)
        await tokens(token)
        provider.published = [OTHER]
        clock.ahead = 601
        await tokens(token)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if provider.fetches == 2:
                break
        await asyncio.sleep(0.1)
        with pytest.raises(UnauthenticatedError):
            await tokens(token)

    asyncio.run(story())


def test_a_remembered_token_is_refused_when_it_is_over(provider: Provider) -> None:
    clock = Clock()
    token = provider.token()

    async def story() -> None:
        tokens = _tokens(provider, clock)
        first = await tokens(token)
        assert await tokens(token) is first
        clock.ahead = 331
        with pytest.raises(UnauthenticatedError):
            await tokens(token)

    asyncio.run(story())


def test_only_so_many_tokens_are_remembered(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "REMEMBERED", 3)
    tokens = _tokens(provider)

    async def story() -> None:
        for n in range(9):
            await tokens(provider.token(sub=f"{n}"))

    asyncio.run(story())
    assert len(tokens._remembered) == 3


# Settings


def _set(**given: str) -> Tokens | None:
    named = {f"CROSSWALK_OIDC_{name.upper()}": value for name, value in given.items()}
    with settings.overlaid(options=named):
        settings.require_valid()
        return Tokens.of_settings()


def test_the_settings_make_a_policy() -> None:
    tokens = _set(
        issuer="https://id.example.org/realms/x",
        audience=HERE,
        clients="spa, cli",
        scopes="urn:staff=read,urn:staff=assess,g=write",
        operator="ops",
    )

    assert tokens is not None
    assert tokens.policy == Policy(
        "https://id.example.org/realms/x",
        HERE,
        frozenset({"spa", "cli"}),
        "organisation",
        "scope",
        {"urn:staff": frozenset({Scope.READ, Scope.ASSESS}), "g": frozenset({Scope.WRITE})},
        "ops",
    )


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example.org",
        "id.example.org",
        "https://",
        "https://ann:secret@id.example.org",
        "https://id.example.org?x",
        "https://id.example.org#x",
        "https://[::1",
        "ftp://id.example.org",
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_told_at_the_start(issuer: str) -> None:
    with pytest.raises(UsageError, match="is no address of an issuer"):
        _set(issuer=issuer, audience=HERE)


def test_an_audience_is_wanted_and_scopes_have_to_exist() -> None:
    with pytest.raises(UsageError, match="CROSSWALK_OIDC_AUDIENCE: is not given"):
        _set(issuer="https://id.example.org")
    with pytest.raises(UsageError, match=r"SCOPES: unknown scope 'raed'\. Did you mean 'read'"):
        _set(issuer="https://id.example.org", audience=HERE, scopes="x=raed")
    with pytest.raises(UsageError, match="is not pairs such as value=scope"):
        _set(scopes="read")


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)

    with pytest.raises(UnavailableError, match=r"pip install 'aigov-crosswalk\[oidc\]'"):
        _set(issuer="https://id.example.org", audience=HERE)


# Over HTTP


@dataclass(frozen=True, slots=True)
class Service:
    """A running service that takes the tokens of an issuer."""

    base: str
    store: Path
    provider: Provider
    log: io.StringIO

    def ask(self, token: str) -> httpx.Response:
        """Ask a query with a token."""
        return httpx.get(
            f"{self.base}/sparql?query=ASK%7B%7D", headers={"Authorization": f"Bearer {token}"}
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store, stream, provider = tmp_path_factory.mktemp("store"), io.StringIO(), _listening()
    upkeep.fill(store, Knowledge())
    log, lines = Log(store), logs.Log(stream, "json")
    recorder, stores = Recorder(log), Stores(store)
    held = StoredOrganisations(stores, body=9_999, recorder=recorder)
    library = Dataset(stores.library, union=True, writes=False, body=9_999)
    callers = Callers(
        library,
        Keys(store, log=log),
        organisations=held,
        verifier=_tokens(provider),
        recorder=recorder,
    )
    app = create_app(library, callers=callers)
    watched = Watch(app, app.state.operations, lines, app.routes)
    with socket.create_server(("127.0.0.1", 0)) as at:
        server = uvicorn.Server(uvicorn.Config(watched, log_level="warning", lifespan="on"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
        running.start()
        while not server.started:
            assert running.is_alive()
            time.sleep(0.02)
        yield Service(f"http://127.0.0.1:{at.getsockname()[1]}", store, provider, stream)
        server.should_exit = True
        running.join(timeout=20)
    lines.close()
    _closed(provider)


def test_a_change_by_a_token_is_recorded_by_its_subject_and_the_token_nowhere(
    service: Service,
) -> None:
    token = service.provider.token(scope="cw-write")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}

    put = httpx.put(
        f"{service.base}/data?graph={HOME}/acme/x", content="<urn:a> <urn:b> 1 .", headers=headers
    )
    foreign = httpx.put(
        f"{service.base}/data?graph={HOME}/globex/x", content="<urn:a> <urn:b> 1 .", headers=headers
    )
    read = service.ask(token)

    entry = next(one.entry for one in access.read(service.store) if one.entry.action == "graph put")
    assert (put.status_code, foreign.status_code, read.status_code) == (201, 403, 403)
    assert (entry.who, entry.key, entry.organisation) == ("oidc:ann", "oidc:ann", "acme")
    time.sleep(0.2)
    assert '"caller": "oidc:ann"' in service.log.getvalue()
    secret = token.rpartition(".")[2]
    files = [one for one in service.store.rglob("*") if one.is_file()]
    assert [one for one in files if secret.encode() in one.read_bytes()] == []
    assert secret not in service.log.getvalue()


def test_every_invalid_token_gets_the_same_answer_and_a_line_that_says_why(
    service: Service,
) -> None:
    p = service.provider
    sent = [
        p.token(aud="x"),
        p.token(exp=1),
        p.token(OTHER, header={"kid": "rsa"}),
        p.token(organisation=None),
        _made(p, {"alg": "none"}, sign=b""),
        _hmac(p, PUBLIC),
        _made(p, {"alg": "RS256"}, "[" * 9000),
        "a.b.c",
        "nonsense",
    ]

    answers = [service.ask(one) for one in sent]

    assert service.ask(p.token()).status_code == 200
    assert {(one.status_code, one.text, one.headers["www-authenticate"]) for one in answers} == {
        (401, answers[-1].text, 'Bearer realm="crosswalk"')
    }
    time.sleep(0.2)
    for why in ("Invalid claim: 'aud'", "The token is expired", SIGNED, NO_ORG, ALG):
        assert f'"refused": "{why}' in service.log.getvalue()


def test_a_token_opens_no_other_organisation(service: Service) -> None:
    token = service.provider.token()

    answer = httpx.get(
        f"{service.base}/sparql?query=ASK%7B%7D&organisation=globex",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 404
