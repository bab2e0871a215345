"""SERVICE: asked by ourselves, within limits, with what is known sent along; the engine asks nobody."""

import asyncio
import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, RdfFormat, Store

from kg.errors import EndpointFailed, QueryRefused, QuerySyntax
from kg.federation import answers
from kg.federation.addresses import Allowed
from kg.federation.federation import Caps, Federation
from kg.federation.here import LARGEST
from kg.sparql.guard import check
from kg.terms import text
from ontology.namespaces import PREFIXES

HERE = Store()
HERE.load(
    """@prefix e: <http://e/> . e:x e:knows e:a . e:y e:knows e:b . e:z e:knows e:nobody .
    e:x e:likes e:c . e:x e:old e:a .""",
    format=RdfFormat.TURTLE,
)
E = "PREFIX e: <http://e/> "


async def ask_here(query, most):
    """Answers from HERE, as the pool would."""
    body = HERE.query(check(query, LARGEST).text, prefixes=PREFIXES).serialize(format=QueryResultsFormat.JSON)
    found = answers.read("application/sparql-results+json", body, most=most + 1, source="").rows
    return found if len(found) <= most else None


def federated(query, url, *, caps=Caps(), private=True):  # noqa: B008  (frozen)
    federation = Federation(Allowed((url,), (url,) if private else ()), caps)
    made = asyncio.run(federation.evaluate(check(query, is_federated=True), ask_here))
    return made, check(made.query.text, LARGEST)


def run(query, endpoint, **options):
    """The rows of a query with its SERVICEs, as texts."""
    _, checked = federated(query, endpoint.url, **options)
    found = HERE.query(checked.text, prefixes=PREFIXES)
    return sorted(
        tuple((name.value, row[name].value) for name in found.variables if row[name] is not None)
        for row in found
    )


def test_an_answer_of_another_endpoint_is_joined(endpoint):
    rows = run(
        E + f"SELECT ?s ?n {{ ?s e:knows ?p . SERVICE <{endpoint.url}> {{ ?p e:name ?n }} }}", endpoint
    )

    assert rows == [(("s", "http://e/x"), ("n", "曹雪芹")), (("s", "http://e/y"), ("n", "高鹗"))]


def test_what_is_known_here_is_sent_along_and_nothing_else(endpoint):
    run(E + f"SELECT * {{ ?s e:knows ?p . SERVICE <{endpoint.url}> {{ ?p e:name ?n }} }}", endpoint)

    (query,) = endpoint.queries
    assert all(known in query for known in ("<http://e/a>", "<http://e/b>", "<http://e/nobody>"))
    assert "<http://e/x>" not in query


def test_bindings_go_in_batches(endpoint):
    query = E + f"SELECT * {{ ?s e:knows ?p . SERVICE <{endpoint.url}> {{ ?p e:name ?n }} }}"

    made, _ = federated(query, endpoint.url, caps=Caps(batch=2))

    assert len(endpoint.queries) == 2
    assert (made.asked[0].requests, made.asked[0].bindings, made.asked[0].rows) == (2, 3, 2)


def test_too_many_bindings_are_not_sent(endpoint):
    query = E + f"SELECT * {{ ?s e:knows ?p . SERVICE <{endpoint.url}> {{ ?p e:name ?n }} }}"

    assert len(run(query, endpoint, caps=Caps(bindings=2))) == 2
    assert "VALUES" not in endpoint.queries[0]


def test_with_nothing_known_to_join_the_endpoint_is_not_asked(endpoint):
    query = E + f"SELECT * {{ ?s e:unknown ?p . SERVICE <{endpoint.url}> {{ ?p e:name ?n }} }}"

    assert run(query, endpoint) == []
    assert endpoint.queries == []


SAME = {
    "alone": "SERVICE <URL> { ?p e:name ?n }",
    "after": "SERVICE <URL> { ?p e:name ?n } ?s e:knows ?p",
    "with VALUES": "VALUES ?p { e:a e:c } SERVICE <URL> { ?p e:name ?n }",
    "with VALUES of two": "VALUES (?p ?q) { (e:a e:x) (UNDEF e:y) } SERVICE <URL> { ?p e:name ?n }",
    "in OPTIONAL": "?s e:knows ?p OPTIONAL { SERVICE <URL> { ?p e:name ?n } }",
    "in OPTIONAL, joined later": "?s e:knows ?q OPTIONAL { SERVICE <URL> { ?p e:name ?n } } ?s e:likes ?p",
    "in UNION": "?s e:knows ?p { SERVICE <URL> { ?p e:name ?n } } UNION { SERVICE <URL> { ?p e:born ?n } }",
    "beside UNION": "{ ?s e:knows ?p } UNION { ?s e:likes ?p } SERVICE <URL> { ?p e:name ?n }",
    "beside OPTIONAL": "?s e:knows ?p OPTIONAL { ?s e:old ?n } SERVICE <URL> { ?p e:name ?n }",
    "beside a filter": "?s e:knows ?p FILTER(BOUND(?n)) SERVICE <URL> { ?p e:name ?n }",
    "beside BIND": "?s e:knows ?p . BIND(e:c AS ?q) SERVICE <URL> { ?q e:name ?n }",
    "in MINUS": "?s e:knows ?p MINUS { SERVICE <URL> { ?p e:born ?x } }",
    "in EXISTS": "?s e:knows ?p FILTER EXISTS { SERVICE <URL> { ?p e:born ?x } }",
    "in a subselect": "?s e:knows ?p { SELECT ?p { SERVICE <URL> { ?p e:name ?n } } ORDER BY ?p LIMIT 1 }",
    "twice": "?s e:knows ?p . SERVICE <URL> { ?p e:born ?x } SERVICE <URL> { ?x e:label ?n }",
    "no variables": "?s e:knows ?p . SERVICE <URL> { e:a e:name ?n }",
    "only terms": "?s e:knows ?p . SERVICE <URL> { e:a e:born e:nanjing }",
    "only terms that are not": "?s e:knows ?p . SERVICE <URL> { e:a e:born e:nyc }",
    "a subselect inside": "SERVICE <URL> { SELECT ?p (COUNT(*) AS ?c) { ?p ?q ?o } GROUP BY ?p }",
    "a comment inside": "SERVICE <URL> { ?p e:name ?n # }\n }",
    "optional inside": "?s e:knows ?p . SERVICE <URL> { ?p e:name ?n OPTIONAL { ?p e:born ?x } }",
}


@pytest.mark.parametrize("form", [QueryResultsFormat.JSON, QueryResultsFormat.XML], ids=["json", "xml"])
@pytest.mark.parametrize("pattern", SAME.values(), ids=SAME)
def test_the_answer_is_that_of_an_engine_that_has_both(endpoint, pattern, form):
    """The other endpoint's graph as a named graph beside ours: GRAPH in place of SERVICE."""
    endpoint.form = form
    both = Store()
    both.load(HERE.dump(format=RdfFormat.N_QUADS), format=RdfFormat.N_QUADS)
    other = "\n".join(f"{q.subject} {q.predicate} {q.object} <http://other/> ." for q in endpoint.store)
    both.load(other, format=RdfFormat.N_QUADS)
    found = both.query(E + f"SELECT * {{ {pattern.replace('SERVICE <URL>', 'GRAPH <http://other/>')} }}")
    expected = sorted(
        tuple(sorted((name.value, row[name].value) for name in found.variables if row[name] is not None))
        for row in found
    )

    rows = run(E + f"SELECT * {{ {pattern.replace('URL', endpoint.url)} }}", endpoint)

    assert sorted(tuple(sorted(row)) for row in rows) == expected


def test_an_endpoint_may_stand_in_values(endpoint):
    query = E + f"SELECT * {{ VALUES ?where {{ <{endpoint.url}> }} SERVICE ?where {{ e:a e:name ?n }} }}"

    assert run(query, endpoint) == [(("n", "曹雪芹"), ("where", endpoint.url))]


REFUSED = {
    "another endpoint": ("SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }", "may be asked"),
    "silently": ("SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o }", "may be asked"),
    "a variable": ("SERVICE ?where { ?s ?p ?o }", "not written out"),
    "what the data say": ("?s ?p ?where SERVICE ?where { ?s ?p ?o }", "may be asked"),
    "a variable with another endpoint": (
        "VALUES ?where { <URL> <http://127.0.0.1:9/> } SERVICE ?where { ?s ?p ?o }", "may be asked",
    ),
    "one in another": ("SERVICE <URL> { SERVICE <URL> { ?s ?p ?o } }", "cannot be asked"),
    "too many": ("SERVICE <URL> { ?s ?p ?o } " * 5, "more than 4 SERVICE"),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_allowed_is_refused_before_anything_is_asked(endpoint, pattern, says):
    with pytest.raises(QueryRefused, match=says):
        run(f"SELECT * {{ {pattern.replace('URL', endpoint.url)} }}", endpoint)

    assert endpoint.queries == []


def test_a_private_address_needs_to_be_allowed_as_such(endpoint):
    with pytest.raises(EndpointFailed, match="private"):
        run(f"SELECT * {{ SERVICE <{endpoint.url}> {{ ?s ?p ?o }} }}", endpoint, private=False)

    assert endpoint.queries == []


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX e: <http://x/> PREFIX SERVICEe: <a:> SELECT * { SERVICEe:x {?s ?p ?o} }",
        "PREFIX e: <http://x/> PREFIX SERVICESILENTe: <a:> SELECT * { SERVICESILENTe:x {?s ?p ?o} }",
        "PREFIX e: <http://x/> PREFIX trueSERVICEe: <a:> SELECT * { ?s ?p trueSERVICEe:x {?s ?p ?o} }",
        "SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:9/>{?s ?p ?o} } #",
        "SELECT * { SERVICESILENT<http://127.0.0.1:9/>{?s ?p ?o} }",
        "LOAD <http://127.0.0.1:9/>",
    ],
)
def test_tricks_stay_refused_where_services_are_allowed(endpoint, query):
    with pytest.raises((QueryRefused, QuerySyntax)):
        run(query, endpoint)


def test_a_service_that_only_its_text_hides_does_not_pass_the_second_look():
    query = check("SELECT * { ?s ?p ?o . SERVICE <http://e/> { ?s ?p ?o } }", is_federated=True)

    assert query.has_service
    with pytest.raises(QueryRefused):
        check(query.text, LARGEST)


BOMB = gzip.compress(b"0" * 9_000_000)
ENTITIES = b'<!DOCTYPE s [<!ENTITY a "b">]><sparql>&a;</sparql>'


def odd_answers(rows):
    """Ways in which an endpoint fails: each is given a request and a way to reply."""
    good = rows({"n": {"type": "literal", "value": "x"}})
    return {
        "an error": lambda handler, reply: reply(handler, b"no", status=500),
        "a redirect": lambda handler, reply: reply(handler, b"", status=302, location="http://127.0.0.1:9/"),
        "a page": lambda handler, reply: reply(handler, b"<html>", content_type="text/html"),
        "no type": lambda handler, reply: reply(handler, good, content_type=""),
        "no JSON": lambda handler, reply: reply(handler, b"{"),
        "other JSON": lambda handler, reply: reply(handler, b'{"head": 3}'),
        "deep JSON": lambda handler, reply: reply(handler, b"[" * 100_000),
        "a triple": lambda handler, reply: reply(handler, rows({"n": {"type": "triple", "value": {}}})),
        "a relative IRI": lambda handler, reply: reply(handler, rows({"n": {"type": "uri", "value": "x y"}})),
        "compressed": lambda handler, reply: reply(handler, BOMB, content_encoding="gzip"),
        "much": lambda handler, reply: reply(handler, b" " * 2_000_000 + good),
        "many rows": lambda handler, reply: reply(
            handler, rows(*[{"n": {"type": "literal", "value": "x"}}] * 51)
        ),
        "an entity bomb": lambda handler, reply: reply(handler, ENTITIES, content_type="application/xml"),
        "half of it": half,
        "nothing": lambda handler, reply: handler.connection.close(),
        "slowly": lambda handler, reply: time.sleep(0.6),
    }


def half(handler, reply):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


def bound(*bindings):
    return json.dumps({"head": {"vars": ["n"]}, "results": {"bindings": list(bindings)}}).encode()


ODD = odd_answers(bound)
CAPS = Caps(seconds=0.4, size=1_000_000, rows=50)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_endpoint_that_fails_is_named(endpoint, odd, capfd):
    endpoint.odd = odd

    with pytest.raises(EndpointFailed):
        run(f"SELECT * {{ SERVICE <{endpoint.url}> {{ ?s ?p ?n }} }}", endpoint, caps=CAPS)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("name", ["an error", "half of it", "many rows", "nothing"])
def test_silent_makes_one_solution_of_a_failure(endpoint, name, capfd):
    endpoint.odd = ODD[name]
    query = f"SELECT * {{ VALUES ?x {{ 1 2 }} SERVICE SILENT <{endpoint.url}> {{ ?s ?p ?n }} }}"

    assert run(query, endpoint, caps=CAPS) == [(("x", "1"),), (("x", "2"),)]


def test_blank_nodes_of_others_get_names_that_hold_for_one_answer(endpoint):
    endpoint.store.update("INSERT DATA { _:n <http://e/is> 1 ; <http://e/was> 2 }")
    pattern = "?n <http://e/is> ?a ; <http://e/was> ?b"

    (row,) = run(f"SELECT * {{ SERVICE <{endpoint.url}> {{ {pattern} }} }}", endpoint)

    assert dict(row)["n"].startswith("urn:genid:")


def test_a_query_that_cannot_be_told_is_refused_with_its_place(endpoint):
    with pytest.raises(QuerySyntax) as caught:
        run(f"SELECT * {{ SERVICE <{endpoint.url}> {{ << ?a ?b ?c >> ?s ?p }} }}", endpoint)

    assert caught.value.line == 1


@given(st.lists(st.tuples(st.text(), st.sampled_from(["literal", "uri", "bnode"]), st.text()), max_size=5))
@settings(max_examples=150, deadline=None)
def test_whatever_an_endpoint_answers_stays_within_its_terms(terms):
    document = bound(
        *[{"n": {"type": kind, "value": value, "datatype": datatype}} for value, kind, datatype in terms]
    )
    try:
        table = answers.read("application/json", document, most=9, source="http://e/")
    except EndpointFailed:
        return

    written = "".join(f"({row['n']})" for row in table.rows)

    found = Store().query(f"SELECT * {{ VALUES (?n) {{ {written} }} }}")
    assert len(list(found)) == len(table.rows)


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_literals_of_others_keep_their_text(value):
    value = value.encode("utf-8", "replace").decode()
    table = answers.read(
        "application/json", bound({"n": {"type": "literal", "value": value}}), most=9, source=""
    )

    assert table.rows == [{"n": text(value)}]
