"""A request says one operation in one way, and gets the form of answer it likes best."""

from __future__ import annotations

import pytest

from crosswalk.errors import MediaTypeError, MethodError, NotAcceptableError, UsageError
from crosswalk.web.negotiation import GRAPH, ROWS, Offer, liked
from crosswalk.web.protocol import Describe, Query, Update, asked

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
G = "http%3A%2F%2Fexample.org%2Fg"
IRI = "http://example.org/g"


@pytest.mark.parametrize(
    ("request_", "meant"),
    [
        (("GET", "query=ASK%7B%7D", None, b""), Query("ASK{}")),
        (("HEAD", "query=ASK%7B%7D", None, b""), Query("ASK{}")),
        (("POST", "", FORM, b"query=ASK%7B%7D"), Query("ASK{}")),
        (("POST", "", FORM + "; charset=UTF-8", b"query=ASK+%7B%7D"), Query("ASK {}")),
        (("POST", "", QUERY, b"ASK{}"), Query("ASK{}")),
        (("POST", "", QUERY + ';charset="utf-8"', "ASK{'é'}".encode()), Query("ASK{'é'}")),
        (
            ("GET", f"query=ASK%7B%7D&default-graph-uri={G}&named-graph-uri={G}", None, b""),
            Query("ASK{}", (IRI,), (IRI,)),
        ),
        (("POST", f"default-graph-uri={G}", QUERY, b"ASK{}"), Query("ASK{}", (IRI,))),
        (
            ("POST", "", FORM, f"query=ASK%7B%7D&named-graph-uri={G}".encode()),
            Query("ASK{}", (), (IRI,)),
        ),
        (("POST", f"named-graph-uri={G}", FORM, b"query=A"), Query("A", (), (IRI,))),
        (("POST", "", FORM, b"update=CLEAR+ALL"), Update("CLEAR ALL")),
        (("POST", "", UPDATE, b"CLEAR ALL"), Update("CLEAR ALL")),
        (
            ("POST", f"using-graph-uri={G}&using-named-graph-uri={G}", UPDATE, b"U"),
            Update("U", (IRI,), (IRI,)),
        ),
        (("GET", "", None, b""), Describe()),
    ],
)
def test_what_a_request_asks(
    request_: tuple[str, str, str | None, bytes], meant: Query | Update | Describe
) -> None:
    assert asked(*request_) == meant


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(("GET", "query=A&query=B", None, b""), UsageError, id="two queries"),
        pytest.param(("POST", "", FORM, b"query=A&query=B"), UsageError, id="two in a form"),
        pytest.param(("POST", "", FORM, b"query=A&update=B"), UsageError, id="mixed"),
        pytest.param(("POST", "", FORM, b"update=A&update=B"), UsageError, id="two updates"),
        pytest.param(("POST", "", FORM, b""), UsageError, id="neither"),
        pytest.param(("POST", "query=A", QUERY, b"B"), UsageError, id="body and address"),
        pytest.param(("POST", "query=A", FORM, b""), UsageError, id="address of a form"),
        pytest.param(("GET", "update=A", None, b""), UsageError, id="update by GET"),
        pytest.param(("POST", "", QUERY, b"\xe9"), UsageError, id="not UTF-8"),
        pytest.param(("GET", "query=%E9", None, b""), UsageError, id="not UTF-8 in the address"),
        pytest.param(("GET", "query=A&default-graph-uri=g", None, b""), UsageError, id="no IRI"),
        pytest.param(
            ("POST", f"default-graph-uri={G}", UPDATE, b"U"), UsageError, id="graph of a query"
        ),
        pytest.param(
            ("GET", f"query=A&using-graph-uri={G}", None, b""), UsageError, id="graph of an update"
        ),
        pytest.param(
            ("GET", "&".join(f"a{n}=1" for n in range(1001)), None, b""), UsageError, id="too many"
        ),
        pytest.param(("POST", "", "text/plain", b"ASK{}"), MediaTypeError, id="plain text"),
        pytest.param(("POST", "", None, b"ASK{}"), MediaTypeError, id="no type"),
        pytest.param(
            ("POST", "", QUERY + "; charset=UTF-16", b"A"), MediaTypeError, id="another charset"
        ),
        pytest.param(
            ("POST", "", FORM + "; charset=latin1", b"query=A"), MediaTypeError, id="form charset"
        ),
        pytest.param(("PUT", "query=A", None, b""), MethodError, id="PUT"),
    ],
)
def test_what_asks_nothing_is_refused(
    request_: tuple[str, str, str | None, bytes], error: type[UsageError]
) -> None:
    with pytest.raises(UsageError) as told:
        asked(*request_)

    assert type(told.value) is error


@pytest.mark.parametrize(
    ("takes", "request_", "status"),
    [
        ((Query,), ("POST", "", UPDATE, b"CLEAR ALL"), 415),
        ((Query,), ("POST", "", FORM, b"update=CLEAR+ALL"), 400),
        ((Update,), ("POST", "", QUERY, b"ASK{}"), 415),
        ((Update,), ("POST", "", FORM, b"query=ASK%7B%7D"), 400),
        ((Update,), ("GET", "query=ASK%7B%7D", None, b""), 405),
    ],
)
def test_an_address_of_queries_takes_no_updates_and_the_other_way_round(
    takes: tuple[type[Query] | type[Update]],
    request_: tuple[str, str, str | None, bytes],
    status: int,
) -> None:
    with pytest.raises(UsageError) as told:
        asked(*request_, takes=takes)

    assert told.value.http_status == status


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("application/json", "application/sparql-results+json"),
        ("text/xml", "application/sparql-results+xml"),
        ("text/csv;q=0.5, text/tab-separated-values;q=0.6", "text/tab-separated-values"),
        ("text/*;q=0.5, application/sparql-results+xml;q=0.4", "text/csv"),
        ("*/*;q=0.1, text/csv;q=0.9", "text/csv"),
        ("text/csv;q=0, */*;q=0.1", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0, application/*", "application/sparql-results+xml"),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html",
        ),
        ("text/turtle, text/csv;q=0.1", "text/csv"),
        ("text/csv;header=present;q=0.3, application/sparql-results+xml;q=0.2", "text/csv"),
    ],
)
def test_the_best_liked_form_is_chosen(accept: str | None, chosen: str) -> None:
    assert liked(ROWS, accept)[0].media_type == chosen


@pytest.mark.parametrize(
    ("offers", "accept"), [(ROWS, "text/turtle"), (GRAPH, "text/csv"), (ROWS, "*/*;q=0")]
)
def test_nothing_acceptable_is_told_with_the_offers(offers: tuple[Offer, ...], accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="Ask for one of") as told:
        liked(offers, accept)

    assert told.value.offers == tuple(offer.media_type for offer in offers)


def test_the_format_of_the_address_goes_before_the_header() -> None:
    assert [one.alias for one in liked(ROWS, "text/csv", "xml")] == ["xml"]
    with pytest.raises(NotAcceptableError):
        liked(GRAPH, "*/*", "csv")
    with pytest.raises(UsageError, match="Did you mean 'turtle'"):
        liked(GRAPH, None, "turtel")
