"""The client: one set of methods for a server, an endpoint, and a data folder; what it writes, it sees."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import networkx
import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from api.client import Blank, Iri, Text, connect
from kg.errors import (
    NotAllowed,
    NotKnown,
    OverBudget,
    Overloaded,
    QueryError,
    QueryRefused,
    QuerySyntax,
    QueryTimeout,
)
from ontology.errors import NotFound, UnknownFormat
from tests.clients.conftest import Server, filled

TITLES = "SELECT ?work ?title { ?work a wy:Work ; wy:title ?title } ORDER BY ?work ?title"
GRAPH = "http://example.org/graph/client"


@pytest.fixture
def client(server: Server):
    with connect(server.address, key=server.key) as client:
        yield client


@contextmanager
def answering(*answers):
    """A server that gives these answers, one after the other: (status, headers, body)."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}/sparql"
        made.shutdown()
        thread.join()


ROW = (
    b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1",'
    b'"datatype":"http://www.w3.org/2001/XMLSchema#integer"}}]}}'
)
JSON = {"Content-Type": "application/sparql-results+json"}


def test_rows_are_python_values(client):
    found = client.sparql(TITLES)

    assert found.columns == ("work", "title")
    assert (Iri("http://localhost:8000/id/work/jihe"), "几何原本") in found.rows
    assert {type(work) for work, _ in found} == {Iri}
    assert {title.language for _, title in found if title == "几何原本"} == {"zh-hans"}
    assert found.dicts()[0].keys() == {"work", "title"}
    assert found.terms[0][0] == NamedNode(found.rows[0][0])


def test_a_yes_or_no_is_true_or_false(client):
    assert client.sparql("ASK { ?s a wy:Work }")
    assert not client.sparql("ASK { ?s a wy:Nothing }")
    assert client.sparql("ASK { ?s a wy:Nothing }").answer is False


def test_a_graph_is_statements_and_a_document(client):
    found = client.sparql("CONSTRUCT { ?work wy:title ?title } { ?work wy:title ?title }")

    assert {row.predicate for row in found} == {"https://w3id.org/wenyuan/ns#title"}
    assert len(list(parse(found.to_rdf("ntriples"), format=RdfFormat.N_TRIPLES))) == len(found)
    with pytest.raises(UnknownFormat):
        found.to_rdf("word")
    with pytest.raises(QueryRefused):
        client.sparql(TITLES).to_rdf()


def test_values_are_bound_and_never_spliced(client):
    hostile = Text('几何原本" } ; DROP ALL #', language="zh-hans")

    assert client.sparql("SELECT ?work { ?work wy:title ?title }", title=hostile).rows == []
    assert client.sparql("SELECT ?work { ?work wy:title ?title }", title=Text("几何原本", language="zh-hans"))
    assert client.sparql(
        "SELECT ?title { ?work wy:title ?title } # end", work=Iri("http://localhost:8000/id/work/jihe")
    )


def test_a_folder_gives_the_same_answers_as_a_server(server, tmp_path):
    with connect(server.address) as far, connect(filled(tmp_path)) as near:
        for query in (TITLES, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "ASK { ?s a wy:Work }"):
            assert near.sparql(query) == far.sparql(query)


def test_a_folder_that_a_server_holds_is_asked_through_it(server):
    with connect(server.folder) as near:
        assert near.address.startswith("http://127.0.0.1:")
        assert len(near.sparql(TITLES)) > 5


def test_a_folder_keeps_what_was_written(tmp_path):
    with connect(tmp_path) as client:
        client.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:a> <urn:b> 1 }} }}", why="试验")
        assert client.sparql("ASK { <urn:a> <urn:b> 1 }")

    with connect(tmp_path) as client:
        assert client.sparql("ASK { <urn:a> <urn:b> 1 }")


def test_a_folder_has_the_limits_of_a_server(tmp_path):
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(9))} }}"

    with connect(filled(tmp_path), timeout=1) as client:
        with pytest.raises(QueryTimeout):
            client.sparql(slow)
        with pytest.raises(QueryRefused):
            client.sparql("SELECT * { " + "{" * 500 + "}" * 500 + " }")
        assert client.sparql("ASK { ?s a wy:Work }")


def test_own_writes_are_seen_at_once(client):
    for number in range(5):
        client.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:own> <urn:n> {number} }} }}")
        assert client.sparql(f"ASK {{ <urn:own> <urn:n> {number} }}")
    client.graph(GRAPH).delete()
    assert not client.sparql("ASK { <urn:own> ?p ?o }")


def test_a_graph_is_put_added_to_fetched_and_removed(client, tmp_path):
    graph = client.graph(GRAPH)
    file = tmp_path / "more.nt"
    file.write_text('<urn:a> <urn:b> "2" .\n')

    graph.put('<urn:a> <urn:b> "1" .')
    graph.post(file, why="more of it")

    assert sorted(graph.get("ntriples").splitlines()) == [b'<urn:a> <urn:b> "1" .', b'<urn:a> <urn:b> "2" .']
    graph.delete()
    with pytest.raises(NotFound):
        graph.get()


def test_a_stranger_may_not_write(server):
    with connect(server.address) as client, pytest.raises(NotKnown):
        client.update("DROP ALL")
    with connect(server.address, key="wy_wrong") as client, pytest.raises(NotKnown):
        client.sparql("ASK {}")


def test_a_search_finds_what_the_page_finds(client):
    found = client.search("几何原本", limit=5)

    assert found["total"] >= 1
    assert found["results"][0]["iri"] == "http://localhost:8000/id/work/jihe"


def test_a_thing_is_shown_as_a_graph(client):
    found = client.show("http://localhost:8000/id/work/jihe")

    assert "几何原本" in {row.object for row in found}
    with pytest.raises(NotFound):
        client.show("http://localhost:8000/id/work/none")


def test_a_way_is_explained(client):
    assert client.explain("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")


def test_a_large_answer_streams(client):
    with client.stream("SELECT * { ?s ?p ?o }") as rows:
        first = next(rows)
        rest = sum(1 for _ in rows)

    assert len(first) == 3
    assert rest > 100
    with client.stream("SELECT * { ?s ?p ?o }", raw=True) as rows:
        assert isinstance(next(rows)[1], NamedNode)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT", QuerySyntax),
        ("DROP ALL", QueryRefused),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", (QueryRefused, NotAllowed)),
    ],
)
def test_problems_are_the_errors_that_they_were(client, query, error):
    with pytest.raises(error):
        client.sparql(query)


def test_a_mistake_has_its_place(client):
    with pytest.raises(QuerySyntax) as caught:
        client.sparql("SELECT ?x\n{ ?x ?y }")

    assert caught.value.line == 2


def test_a_long_query_is_posted(client):
    words = " ".join(f'"{number}"' for number in range(1_500))

    assert len(client.sparql(f"SELECT ?x {{ VALUES ?x {{ {words} }} }}")) == 1_500


def test_who_is_put_off_asks_again_after_the_time_told():
    slept = []
    with (
        answering(
            (503, {"Retry-After": "2"}, b"busy"), (429, {"Retry-After": "1"}, b""), (200, JSON, ROW)
        ) as at,
        connect(at) as client,
    ):
        client._door.sleep = slept.append
        assert client.sparql("SELECT ?x {}").rows == [(1,)]

    assert 2 <= slept[0] <= 2.4
    assert 1 <= slept[1] <= 1.2


@pytest.mark.parametrize(("status", "error"), [(503, Overloaded), (429, OverBudget)])
def test_who_is_put_off_for_too_long_is_told(status, error):
    with (
        answering((status, {"Retry-After": "600"}, b"")) as at,
        connect(at) as client,
        pytest.raises(error) as caught,
    ):
        client.sparql("SELECT ?x {}")

    assert caught.value.retry_after == 600


def test_an_answer_that_breaks_off_is_no_answer():
    short = {**JSON, "Content-Length": str(len(ROW) + 50)}
    with answering((200, short, ROW[:-30])) as at, connect(at) as client, pytest.raises(QueryError):
        client.sparql("SELECT ?x {}")


@pytest.mark.parametrize("body", [b"<html>Hello</html>", b"{"])
def test_what_is_no_answer_is_said_to_be_none(body):
    with (
        answering((200, {"Content-Type": "text/html"}, body)) as at,
        connect(at) as client,
        pytest.raises(QueryError, match="no answer"),
    ):
        client.sparql("SELECT ?x {}")


def test_a_server_that_is_not_there_is_told_of():
    with (
        connect("http://127.0.0.1:1/sparql", tries=1) as client,
        pytest.raises(QueryError, match="does not answer"),
    ):
        client.sparql("SELECT ?x {}")


def test_an_endpoint_of_others_is_no_library():
    with answering((200, JSON, ROW)) as at, connect(at.replace("/sparql", "/query")) as client:
        assert client.sparql("SELECT ?x {}").rows == [(1,)]
        with pytest.raises(QueryRefused, match="only a library"):
            client.search("x")


def test_tables_for_analysts(client):
    found = client.sparql(
        "SELECT ?n ?d ?t ?m { VALUES (?n ?d ?t ?m) "
        '{ (1 1.5 "a" 1) (2 UNDEF "b"@en "x") (UNDEF 2.5 <urn:c> UNDEF) } }'
    )

    pandas, polars = found.to_pandas(), found.to_polars()

    assert list(pandas.columns) == list(polars.columns) == ["n", "d", "t", "m"]
    assert pandas["n"].sum() == polars["n"].sum() == 3
    assert str(pandas["n"].dtype) == "Int64"
    assert pandas["n"].isna().sum() == polars["n"].null_count() == 1
    assert polars["t"].to_list() == ["a", "b", "urn:c"]
    assert polars["m"].to_list() == ["1", "x", None]


def test_a_table_without_rows_has_its_columns(client):
    found = client.sparql("SELECT ?a ?b { FILTER(false) }")

    assert list(found.to_pandas().columns) == list(found.to_polars().columns) == ["a", "b"]


def test_networks_for_analysts(client):
    links = client.sparql(
        "SELECT ?a ?b { VALUES (?a ?b) { (<urn:a> <urn:b>) (<urn:b> <urn:c>) } }"
    ).to_networkx()
    graph = client.sparql('CONSTRUCT { <urn:a> <urn:to> <urn:b> ; <urn:name> "A", "B" } {}').to_networkx()

    assert networkx.shortest_path(links, "urn:a", "urn:c") == ["urn:a", "urn:b", "urn:c"]
    assert list(graph.edges(keys=True)) == [("urn:a", "urn:b", "urn:to")]
    assert sorted(graph.nodes["urn:a"]["urn:name"]) == ["A", "B"]
    with pytest.raises(QueryRefused, match="two or three"):
        client.sparql("SELECT ?a { VALUES ?a { 1 } }").to_networkx()


def test_what_a_notebook_shows_is_escaped(client):
    page = client.sparql(
        'SELECT ?a { VALUES ?a { "<script>" <javascript:alert(1)> <http://example.org/&x> "b"@en } }'
    )._repr_html_()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript' not in page
    assert 'href="http://example.org/&amp;x"' in page
    assert '<td lang="en">b</td>' in page
    assert (
        "30 rows, 20 shown"
        in client.sparql(f"SELECT ?a {{ VALUES ?a {{ {' '.join(map(str, range(30)))} }} }}")._repr_html_()
    )


def test_blank_nodes_are_named_by_their_answer(client):
    (row,) = client.sparql("SELECT (BNODE() AS ?b) {}").rows

    assert isinstance(row[0], Blank)


def test_a_folder_that_is_not_there_is_no_empty_library(tmp_path):
    with pytest.raises(NotFound, match="no data folder"):
        connect(tmp_path / "mistyped")

    assert list(tmp_path.iterdir()) == []


def test_a_binding_of_no_variable_is_no_answer_to_another_question(client):
    with pytest.raises(QueryRefused, match="titel"):
        client.sparql("SELECT ?work { ?work wy:title ?title }", titel="Jihe")


def test_every_text_has_a_language(client):
    assert client.sparql("SELECT ('plain' AS ?text) {}").rows[0][0].language == ""
