"""The SPARQL endpoint: the protocol's three forms, every format, and refusals that say why."""

import re
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from ontology.namespaces import expand

BASE = "http://localhost:8000/"
TITLES = "SELECT ?work ?title { ?work a wy:Work ; wy:title ?title }"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
JSON = "application/sparql-results+json"


def ways(query: str) -> dict[str, dict]:
    """The three forms of a request (SPARQL 1.1 Protocol, § 2.1)."""
    return {
        "get": {"method": "GET", "url": "/sparql", "params": {"query": query}},
        "form": {"method": "POST", "url": "/sparql", "content": urlencode({"query": query}), "headers": FORM},
        "direct": {"method": "POST", "url": "/sparql", "content": query.encode(), "headers": DIRECT},
    }


def ask(client: TestClient, query: str, accept: str = "", **more):
    """The answer to a GET."""
    return client.get(
        "/sparql", params={"query": query, **more}, headers={"Accept": accept} if accept else {}
    )


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_a_query_is_answered_in_every_form_of_the_protocol(client, way):
    answer = client.request(**ways('SELECT ?work { ?work wy:title "几何原本"@zh-hans }')[way])

    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)
    assert f"{BASE}id/work/jihe" in {row["work"]["value"] for row in answer.json()["results"]["bindings"]}


@pytest.mark.parametrize(
    ("media_type", "engine"),
    [
        (JSON, QueryResultsFormat.JSON),
        ("application/sparql-results+xml", QueryResultsFormat.XML),
        ("text/tab-separated-values", QueryResultsFormat.TSV),
    ],
)
def test_tables_come_in_the_format_wanted_and_can_be_read(client, media_type, engine):
    answer = ask(client, TITLES, f"image/png, {media_type};q=0.3")

    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert len(list(parse_query_results(answer.content, format=engine))) > 5


def test_csv_comes_with_its_charset(client):
    answer = ask(client, TITLES, "text/csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("work,title\r\n")
    assert "几何原本" in answer.text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/json", "application/ld+json"),
        ("application/n-triples;q=0.2, text/turtle;q=0.1", "application/n-triples"),
    ],
)
def test_graphs_come_in_the_format_wanted(client, accept, media_type):
    answer = ask(client, "CONSTRUCT { ?w wy:title ?t } { ?w a wy:Work ; wy:title ?t }", accept)

    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize(
    ("name", "media_type"), [("csv", "text/csv"), ("xml", "application/sparql-results+xml"), (JSON, JSON)]
)
def test_the_format_may_be_named(client, name, media_type):
    answer = ask(client, TITLES, "text/html", format=name)

    assert answer.headers["content-type"].partition(";")[0] == media_type


def test_a_format_nobody_knows_is_a_bad_request(client):
    answer = ask(client, TITLES, format="xls")

    assert answer.status_code == 400
    assert "csv" in answer.json()["detail"]


@pytest.mark.parametrize("query", [TITLES, "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_no_format_of_ours_is_not_acceptable(client, query):
    assert ask(client, query, "image/png").status_code == 406


def test_the_dataset_can_be_chosen_in_the_address_and_in_the_form(client):
    graph = f"{BASE}graph/src/crossref/10.5555%2Fgraphs"
    query = "SELECT ?w { ?w a wy:Work }"

    by_get = client.get("/sparql", params={"query": query, "default-graph-uri": graph})
    by_form = client.post(
        "/sparql", content=urlencode({"query": query, "default-graph-uri": graph}), headers=FORM
    )
    by_post = client.post(f"/sparql?default-graph-uri={quote(graph, safe='')}", content=query, headers=DIRECT)

    for answer in (by_get, by_form, by_post):
        assert [row["w"]["value"] for row in answer.json()["results"]["bindings"]] == [
            f"{BASE}id/work/graphs"
        ]


def test_named_graphs_can_be_chosen(client):
    graph = f"{BASE}graph/auth/libraries/1"

    answer = ask(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", **{"named-graph-uri": graph})

    assert [row["g"]["value"] for row in answer.json()["results"]["bindings"]] == [graph]


BAD = {
    "syntax": (ways("SELECT * {\n ?s ?p")["get"], 400, "query-syntax"),
    "unknown prefix": (ways("SELECT * { ?s foo:p ?o }")["get"], 400, "query-syntax"),
    "service": (
        ways("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")["direct"],
        400,
        "query-refused",
    ),
    "load": (ways("LOAD <http://127.0.0.1:9/>")["direct"], 400, "query-refused"),
    "update": (ways("DELETE WHERE { ?s ?p ?o }")["form"], 400, "query-refused"),
    "update as update": (
        {"method": "POST", "url": "/sparql", "content": urlencode({"update": "CLEAR ALL"}), "headers": FORM},
        401,
        "key-needed",
    ),
    "update directly": (
        {
            "method": "POST",
            "url": "/sparql",
            "content": "CLEAR ALL",
            "headers": {"Content-Type": "application/sparql-update"},
        },
        401,
        "key-needed",
    ),
    "nested": (
        ways("SELECT * { " + "{" * 10_000 + "?s ?p ?o" + "}" * 10_000 + "}")["direct"],
        400,
        "query-refused",
    ),
    "no query": ({"method": "POST", "url": "/sparql", "content": "", "headers": FORM}, 400, "bad-request"),
    "two queries": ({"method": "GET", "url": "/sparql?query=ASK{}&query=ASK{}"}, 400, "bad-request"),
    "graph that is no IRI": (
        {"method": "GET", "url": "/sparql?query=ASK{}&default-graph-uri=x y"},
        400,
        "bad-request",
    ),
    "not UTF-8": (
        {
            "method": "POST",
            "url": "/sparql",
            "content": "ASK { ?s ?p '书' }".encode("gbk"),
            "headers": DIRECT,
        },
        400,
        "bad-request",
    ),
    "form not UTF-8": (
        {"method": "POST", "url": "/sparql", "content": "query=%FF", "headers": FORM},
        400,
        "bad-request",
    ),
    "other body": (
        {
            "method": "POST",
            "url": "/sparql",
            "content": "{}",
            "headers": {"Content-Type": "application/json"},
        },
        415,
        "unsupported-media-type",
    ),
    "large body": (
        {"method": "POST", "url": "/sparql", "content": "#" * 70_000, "headers": DIRECT},
        413,
        "too-large",
    ),
    "large query": (
        {"method": "POST", "url": "/sparql", "content": urlencode({"query": "#" * 80_000}), "headers": FORM},
        413,
        "too-large",
    ),
    "large query in a form": (
        {"method": "POST", "url": "/sparql", "content": "query=" + "-" * 70_000, "headers": FORM},
        400,
        "query-refused",
    ),
    "unknown function": (ways("SELECT (<http://e/f>(1) AS ?x) { }")["get"], 400, "query-refused"),
    "method": ({"method": "PUT", "url": "/sparql", "content": "ASK{}"}, 405, "method-not-allowed"),
}


@pytest.mark.parametrize(("request_", "status", "name"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_answered_is_told_as_a_problem(client, request_, status, name):
    answer = client.request(**request_)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"https://w3id.org/wenyuan/problems#{name}"
    assert answer.json()["status"] == status
    assert ask(client, "ASK { ?s a wy:Work }").json()["boolean"]


def test_a_query_that_cannot_be_read_is_told_with_its_place(client):
    problem = ask(client, "SELECT * {\n ?s ?p").json()

    assert (problem["line"], problem["column"]) == (2, 7)


def test_an_answer_that_would_be_cut_is_refused():
    with Library.in_memory() as library:
        said = tuple((f"<http://e/{n}>", f"<{expand('wy:title')}>", f'"{n}"') for n in range(11))
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/src/x/1", "replace", said)])
        with TestClient(create_app(Settings(max_results=10), library=library)) as client:
            refused = ask(client, "SELECT * { ?s ?p ?o }")
            whole = ask(client, "SELECT * { ?s ?p ?o } LIMIT 10")

    assert refused.status_code == 400
    assert "more than 10 rows" in refused.json()["detail"]
    assert len(whole.json()["results"]["bindings"]) == 10


def test_what_was_just_written_is_found(client, library):
    statement = (f"<{BASE}id/work/new>", f"<{expand('wy:title')}>", '"新书"@zh')
    library.commit(Note("tester", "edit"), [Edit(f"{BASE}graph/src/x/1", "replace", (statement,))])

    assert ask(client, 'ASK { ?s wy:title "新书"@zh }').json()["boolean"]


def test_an_answer_that_the_client_has_is_not_sent_again_until_the_library_changes(client, library):
    tag = ask(client, TITLES).headers["etag"]

    again = client.get("/sparql", params={"query": TITLES}, headers={"If-None-Match": tag})
    statement = (f"<{BASE}id/work/new>", f"<{expand('wy:title')}>", '"新书"@zh')
    library.commit(Note("tester", "edit"), [Edit(f"{BASE}graph/src/x/1", "replace", (statement,))])
    changed = client.get(
        "/sparql", params={"query": TITLES}, headers={"If-None-Match": tag, "Min-Generation": "2"}
    )

    assert again.status_code == 304
    assert changed.status_code == 200
    assert ask(client, TITLES, "text/csv").headers["etag"] != changed.headers["etag"]


def test_what_depends_on_the_moment_has_no_tag(client):
    assert "etag" not in ask(client, "SELECT (NOW() AS ?now) { }").headers


def test_any_page_on_the_web_may_ask(client):
    assert ask(client, "ASK { }").headers["access-control-allow-origin"] == "*"
    preflight = client.options(
        "/sparql", headers={"Origin": "http://e", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 204
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]


def test_without_a_query_the_endpoint_describes_itself(client):
    answer = client.get("/sparql")

    said = {
        quad.predicate.value.rpartition("#")[2] for quad in parse(answer.content, format=RdfFormat.TURTLE)
    }
    assert {"supportedLanguage", "resultFormat", "endpoint"} <= said


def test_people_get_a_form_and_a_table(client):
    empty = client.get("/sparql", headers={"Accept": "text/html"})
    answered = ask(client, TITLES, "text/html")

    assert "<textarea" in empty.text
    assert "几何原本" in answered.text
    assert "/doc/work/jihe" in answered.text
    assert "&lt;script&gt;" in answered.text
    assert "<script>alert" not in answered.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ASK { ?s a wy:Work }", "true"),
        ("ASK { ?s a wy:Nothing }", "false"),
        ("SELECT * { ?s a wy:Nothing }", "Nothing in the library"),
        ("CONSTRUCT WHERE { ?s wy:isil ?o }", "wy:isil"),
        ("DESCRIBE <http://localhost:8000/id/person/ricci>", "Matteo Ricci"),
        ("SELECT (1 AS ?one) ?nothing { }", ">1<"),
    ],
)
def test_people_see_every_kind_of_answer(client, query, text):
    answer = client.get("/sparql", params={"query": query, "lang": "en"}, headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert text in answer.text


@pytest.mark.parametrize(
    ("query", "text"), [("SELECT * {\n ?s ?p", "line 2"), ("SELECT * { SERVICE <x:y> {} }", "SERVICE")]
)
def test_people_get_their_failed_query_back_with_the_reason(client, query, text):
    answer = client.get("/sparql", params={"query": query, "lang": "en"}, headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert text in answer.text
    assert query.replace("<", "&lt;").replace(">", "&gt;").split("\n")[0] in answer.text


def test_every_example_of_the_page_is_answered(client):
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    addresses = [unescape(found) for found in re.findall(r'href="(/sparql\?query=[^"]+)"', page)]

    assert len(addresses) >= 6
    for address in addresses:
        answer = client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 200, (address, answer.text)
    assert client.get(addresses[1], headers={"Accept": "application/json"}).json()["results"]["bindings"]


def test_a_chinese_page_says_in_chinese_what_is_wrong(client):
    answer = client.get(
        "/sparql", params={"query": "SELECT many", "lang": "zh"}, headers={"Accept": "text/html"}
    )

    assert "查询语句读不懂" in answer.text
    assert "The query" not in answer.text


def test_a_page_about_a_wrong_key_asks_for_one_as_the_protocol_does(client):
    answer = client.get(
        "/sparql",
        params={"query": "ASK {}"},
        headers={"Accept": "text/html", "Authorization": "Bearer wy_wrong"},
    )

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_rdflib_asks_as_a_client(client, monkeypatch):
    """An independent client of the protocol; its opener is given our answers instead of a network."""
    store = SPARQLStore(f"{BASE}sparql", returnFormat="json")

    def opened(request, **_):
        answer = client.request(
            request.get_method(), request.full_url, headers=dict(request.header_items()), content=request.data
        )
        return _Opened(answer)

    monkeypatch.setattr("rdflib.plugins.stores.sparqlconnector.urlopen", opened)

    rows = list(store.query("SELECT ?t WHERE { ?s <https://w3id.org/wenyuan/ns#isil> ?t }"))

    assert [str(row[0]) for row in rows] == ["CN-311000"]


class _Opened:
    """What urlopen gives, of an answer of the test client."""

    def __init__(self, answer) -> None:
        self.headers, self._content = answer.headers, answer.content

    def read(self) -> bytes:
        return self._content

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        return None
