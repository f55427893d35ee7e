"""No query and no update has the store reach out, however it is spelt; words stay free in data."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from crosswalk.errors import ForbiddenError
from crosswalk.sparql import From, from_clauses, refuse_load, refuse_service, tokens

THERE = "http://127.0.0.1:9/s"
I = f"<{THERE}>"  # noqa: E741 - as short as what it stands for in a query
G = "{ ?a ?b ?c }"
P = f"PREFIX : <{THERE}> PREFIX ex: <{THERE}> PREFIX service: <urn:s:> "

REACHING = {
    "plain": f"SELECT * {{ SERVICE {I} {G} }}",
    "lower case": f"SELECT * {{ service {I} {G} }}",
    "silent": f"SELECT * {{ SERVICE SILENT {I} {G} }}",
    "a variable": f"SELECT * {{ VALUES ?x {{ {I} }} SERVICE ?x {G} }}",
    "in OPTIONAL": f"SELECT * {{ OPTIONAL {{ SERVICE {I} {G} }} }}",
    "in EXISTS": f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE {I} {G} }} }}",
    "in MINUS": f"SELECT * {{ ?s ?p ?o MINUS {{ SERVICE {I} {G} }} }}",
    "in a sub-select": f"SELECT * {{ {{ SELECT * {{ SERVICE {I} {G} }} }} }}",
    "in a group by": f"SELECT (COUNT(*) AS ?n) {{ SERVICE {I} {G} }} GROUP BY ?a",
    "behind a comment": f"SELECT * {{ # no\n SERVICE {I} {G} }}",
    "behind a comment ended by a return": f"SELECT * {{ # no\r SERVICE {I} {G} }}",
    "a comment inside": f"SELECT * {{ SERVICE#x\n{I} {G} }}",
    "joined to SILENT": f"SELECT * {{ SERVICESILENT{I}{G} }}",
    "joined to a name": P + f"SELECT * {{ SERVICEex: {G} }}",
    "joined to the empty prefix": P + f"SELECT * {{ SERVICE: {G} }}",
    "joined to a local name": P + f"SELECT * {{ SERVICE:x {G} }}",
    "joined to a declared prefix": P + f"SELECT * {{ service:x#\n {G} }}",
    "joined to a number": f"SELECT * {{ ?s ?p 1SERVICE {I} {G} }}",
    "joined to a decimal": f"SELECT * {{ ?s ?p 1.SERVICE {I} {G} }}",
    "joined to true": f"SELECT * {{ ?s ?p trueSERVICE {I} {G} }}",
    "joined to a string": f'SELECT * {{ ?s ?p "x"SERVICE {I} {G} }}',
    "behind a dot": f"SELECT * {{ ?s ?p ?o.SERVICE {I} {G} }}",
    "behind a language": f'SELECT * {{ ?s ?p "x"@en.SERVICE {I} {G} }}',
    "between escaped quotes": 'SELECT * { FILTER("\\u0022"!="") '
    f'SERVICE {I} {G} FILTER("\\u0022"!="") }}',
    "between long strings": 'SELECT * { FILTER("""a\\"""" != """b""") '
    f'SERVICE {I} {G} FILTER("""c""" != "") }}',
    "behind a quote in a long string": 'SELECT * { FILTER("""a\\""" b """ != "") '
    f'SERVICE {I} {G} FILTER("""c""" != "") }}',
    "between quotes of names": P + f"SELECT * {{ ?s ?p ex:a\\' SERVICE {I} {G} ?s ?p ex:a\\' }}",
    "behind a hash of a name": P + f"SELECT * {{ ?s ?p ex:a\\# . SERVICE {I} {G}\n }}",
    "behind a string that may be two": f'SELECT * {{ VALUES ?x {{ """a" }} SERVICE {I} {G} }}',
    "no space": f"SELECT * {{{{}}SERVICE{I}{G}}}",
    "behind a comparison": f"SELECT * {{ FILTER(?a<?b) SERVICE {I} {G} FILTER(?b>?c) }}",
    "quote in an escape": f'ASK {{ VALUES ?x {{"\\u0022"}} SERVICE {I} {G} VALUES ?y {{"a"}} }}',
    "backslash escaped": f'ASK {{ VALUES ?x {{"\\u005C"}} SERVICE {I} {G} VALUES ?y {{"a"}} }}',
    "string in a comparison": f"ASK {{ FILTER(?a<'&&?b>') SERVICE {I} {G} FILTER(?z='') }}",
    "construct": f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE {I} {G} }}",
    "beside a word in a string": f"SELECT * {{ ?a ?b 'SERVICE' . SERVICE {I} {G} }}",
    "behind less-than": f"SELECT * {{ ?x ?p {I} FILTER(1 <2)SERVICE?x#>\n {G} }}",
    "behind less-than and a comment": f"SELECT * {{ FILTER(1 <2#>'''\n) SERVICE {I} {G} #'''\n }}",
    "behind less-than and a quote": f"SELECT * {{ BIND('a' <'b>c' AS ?x) SERVICE {I} {G} "
    "BIND('c' AS ?y) }",
}

STAYING = {
    "a comment that an escape does not end": f"SELECT * {{ #\\u000A SERVICE {I} {G}\n }}",
    "an escaped quote": r"""SELECT * { ?s ?p "\u0022" , 'SERVICE "\u0022' }""",
    "a variable": "SELECT ?service { ?service ?p ?o }",
    "a string": 'SELECT * { ?s ?p "SERVICE <http://x> {}" }',
    "quotes in long strings": 'SELECT * { ?s ?p """ ""\\" SERVICE ""\\"" """, "" , \'\' }',
    "a long string": 'SELECT * { ?s ?p """a "SERVICE" \\""" SERVICE <x> """ }',
    "a comment": "SELECT * { ?s ?p ?o } # SERVICE <http://x> {}",
    "an IRI": "SELECT * { ?s <http://example.org/service> ?o }",
    "an IRI with a fragment": "SELECT * { ?s <http://example.org/ns#service> ?o }",
    "an IRI with brackets": "SELECT ?service { ?s <http://example.org/a_(b)> ?service }",
    "a local name": "PREFIX ex: <urn:x:> SELECT * { ?s ex:service ?o . ?o ex:SERVICE 1 }",
    "a prefix": "PREFIX service: <urn:x:> SELECT * { ?s service:x ?o }",
    "a language": 'SELECT * { ?s ?p "x"@en-service }',
    "a blank node": "SELECT * { _:service ?p ?o . _:b.service ?p ?o }",
    "less-than": "SELECT ?service { ?s ?p ?service FILTER(?service <5 && ?service> 2) }",
}

LOADING = {
    "plain": f"LOAD {I}",
    "lower case": f"load {I}",
    "silent": f"LOAD SILENT {I} INTO GRAPH <urn:g>",
    "a file": "LOAD <file:///etc/hostname>",
    "joined": f"LOAD{I}",
    "joined to SILENT": f"LOADSILENT{I}",
    "joined to a name": P + "LOADex:",
    "joined to the empty prefix": P + "LOAD:",
    "the second operation": f"INSERT DATA {{ <urn:a> <urn:b> 1 }} ; # x\n LOAD {I}",
    "joined to the operation before": f"DELETE WHERE {{ ?s <urn:b> 1 }};load{I}",
    "SERVICE in a where": f"INSERT {G} WHERE {{ SERVICE {I} {G} }}",
}

KEEPING = {
    "a prefix": 'PREFIX load: <urn:l:> INSERT DATA { load:a load:b "LOAD" }',
    "a graph by a prefixed name": "PREFIX load: <urn:l:> DROP SILENT GRAPH load:g",
    "a local name": "PREFIX ex: <urn:x:> DELETE WHERE { ex:load ?p ?load }",
    "a comment": "# LOAD <http://x>\nINSERT DATA { <urn:load> <http://x#load> 1 }",
}


@pytest.mark.parametrize("text", REACHING.values(), ids=REACHING.keys())
def test_service_is_refused(text: str) -> None:
    # A form outside the grammar is refused as what does not parse.
    with pytest.raises((ForbiddenError, SyntaxError)):
        refuse_service(text)


@pytest.mark.parametrize("form", ["plain", "lower case", "silent", "a variable", "in EXISTS"])
def test_the_refusal_names_the_word(form: str) -> None:
    with pytest.raises(ForbiddenError, match="SERVICE is refused"):
        refuse_service(REACHING[form])


@pytest.mark.parametrize("text", STAYING.values(), ids=STAYING.keys())
def test_the_word_service_stays_free_in_what_calls_nobody(text: str) -> None:
    ox.Store().query(text)

    refuse_service(text)


@pytest.mark.parametrize("text", LOADING.values(), ids=LOADING.keys())
def test_load_is_refused(text: str) -> None:
    with pytest.raises((ForbiddenError, SyntaxError)):
        refuse_load(text)


@pytest.mark.parametrize("text", KEEPING.values(), ids=KEEPING.keys())
def test_the_word_load_stays_free_in_what_fetches_nothing(text: str) -> None:
    ox.Store().update(text)

    refuse_load(text)


@pytest.mark.parametrize("escaped", ["\\u0053ERVICE", "\\U00000053ERVICE", "SERVIC\\u0045"])
def test_the_engine_takes_no_keyword_spelt_with_escapes(escaped: str) -> None:
    with pytest.raises(SyntaxError):
        ox.Store().query(f"SELECT * {{ {escaped} {I} {G} }}")
    with pytest.raises(SyntaxError):
        ox.Store().update(f"\\u004COAD {I}")


@pytest.fixture(scope="module")
def callers() -> Iterator[tuple[str, list[int]]]:
    """Yield the address of a server, and the list that grows with each call to it."""
    calls: list[int] = []

    def answer() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                calls.append(1)
                link.recv(4096)
                link.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/s", calls
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_the_forms_are_real_the_store_itself_would_call(callers: tuple[str, list[int]]) -> None:
    address, calls = callers
    store = ox.Store()
    store.update("INSERT DATA { <urn:a> <urn:b> 1 , 'x'@en , true }")
    called = set()

    for name, text in REACHING.items():
        before = len(calls)
        with contextlib.suppress(OSError, RuntimeError, SyntaxError):
            answer = store.query(text.replace(THERE, address))
            if not isinstance(answer, ox.QueryBoolean):
                list(answer)
        called |= {name} if len(calls) > before else set()

    assert called >= {
        "joined to SILENT",
        "joined to a number",
        "behind a dot",
        "between long strings",
    }
    assert called >= {"behind a comment ended by a return", "between escaped quotes"}


@pytest.mark.parametrize(
    "part", ["a.", "a-", "_:a.", "'''x ", '"x\\', "<a", "@a-", "a:\\", '"""a\\']
)
def test_a_text_made_to_be_slow_is_read_in_linear_time(part: str) -> None:
    start = time.perf_counter()

    assert list(tokens(part * 20_000))

    assert time.perf_counter() - start < 2


def test_from_clauses_are_read_with_their_prefixes_and_base() -> None:
    text = """BASE <http://x/> PREFIX g: <graphs/> PREFIX : <urn:>
    CONSTRUCT { ?from ?p "FROM <urn:no>" } FROM <a> from named g:b FROM :c # FROM <urn:no>
    WHERE { ?s ?p <urn:FROM> }"""

    assert from_clauses(text) == From(("http://x/a", "urn:c"), ("http://x/graphs/b",))
    assert from_clauses("SELECT ?from { ?from ?p 'FROM <urn:x>' }") is None
