"""A query is answered from the dataset alone: no spelling of SERVICE reaches out of it."""

from __future__ import annotations

import pytest

from crosswalk import queries
from crosswalk.errors import UsageError

AWAY = "<http://192.0.2.1/sparql> { ?s ?p ?o }"
REACHES_OUT = {
    "plain": f"SELECT * {{ SERVICE {AWAY} }}",
    "lower case": f"SELECT * {{ service {AWAY} }}",
    "silent": f"SELECT * {{ SERVICE SILENT {AWAY} }}",
    "variable": "SELECT * { VALUES ?x { <http://192.0.2.1/> } SERVICE ?x { ?s ?p ?o } }",
    "no space": "SELECT * {{}SERVICE<http://192.0.2.1/>{?s ?p ?o}}",
    "prefixed name": "PREFIX : <http://192.0.2.1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "behind a variable": f"SELECT * {{ ?a ?b ?c.SERVICE {AWAY} }}",
    "behind a number": f"SELECT * {{ ?a ?b 1.SERVICE {AWAY} }}",
    "behind a boolean": f"SELECT * {{ ?a ?b true.SERVICE {AWAY} }}",
    "behind a language": f"SELECT * {{ ?a ?b 'x'@en.SERVICE {AWAY} }}",
    "behind a comparison": f"SELECT * {{ FILTER(?a<?b) SERVICE {AWAY} FILTER(?b>?c) }}",
    "quote in an escape": f'ASK {{ VALUES ?x {{"\\u0022"}} SERVICE {AWAY} VALUES ?y {{"a"}} }}',
    "backslash escaped": f'SELECT * {{ VALUES ?x {{"\\u005C"}} SERVICE {AWAY} VALUES ?y {{"a"}} }}',
    "string in a comparison": f"ASK {{ FILTER(?a<'&&?b>') SERVICE {AWAY} FILTER(?z='') }}",
    "escaped word": f"SELECT * {{ \\u0053ERVICE {AWAY} }}",
    "escaped word, long": f"SELECT * {{ SERVIC\\U00000045 {AWAY} }}",
    "sub-select": f"SELECT * {{ {{ SELECT * {{ SERVICE {AWAY} }} }} }}",
    "exists": f"SELECT * {{ ?a ?b ?c FILTER EXISTS {{ SERVICE {AWAY} }} }}",
    "optional": f"SELECT * {{ ?a ?b ?c OPTIONAL {{ SERVICE {AWAY} }} }}",
    "minus": f"ASK {{ ?a ?b ?c MINUS {{ SERVICE {AWAY} }} }}",
    "construct": f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE {AWAY} }}",
    "beside a word in a string": f"SELECT * {{ ?a ?b 'SERVICE' . SERVICE {AWAY} }}",
}
STAYS = {
    "variable": "SELECT ?service { ?service ?p ?o }",
    "string": "SELECT * { ?s ?p 'SERVICE <http://192.0.2.1/> {}' }",
    "long string": 'SELECT * { ?s ?p """a "SERVICE" of\n SERVICE""" }',
    "comment": "SELECT * { ?s ?p ?o } # SERVICE <http://192.0.2.1/> {}",
    "IRI": "SELECT * { ?s <http://192.0.2.1/service> ?o }",
    "prefix": "PREFIX service: <http://192.0.2.1/> SELECT * { ?s service:SERVICE ?o }",
    "local name": "SELECT * { ?s cw:service ?o }",
    "blank node": "SELECT * { _:service ?p ?o }",
    "language": "SELECT * { ?s ?p 'x'@service }",
    "escaped, in a string": "SELECT * { ?s ?p '\\u0053ERVICE' }",
    "no word of it": "SELECT * { ?s ?p ?o }",
}


@pytest.mark.parametrize("text", REACHES_OUT.values(), ids=REACHES_OUT)
def test_a_query_that_reaches_out_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"SERVICE is refused|does not parse"):
        queries.refuse_service(text)


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_the_word_elsewhere_is_no_reaching_out(text: str) -> None:
    queries.refuse_service(text)


def test_a_refused_query_is_told_from_one_that_does_not_parse() -> None:
    with pytest.raises(UsageError, match="SERVICE is refused"):
        queries.refuse_service(REACHES_OUT["quote in an escape"])
    with pytest.raises(UsageError, match="does not parse"):
        queries.refuse_service("SELECT * { ?a ?b } # SERVICE")
