"""Functions and SERVICE over HTTP: found, joined, described, refused; two servers that ask each other."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from kg.sparql.functions.table import FUNCTIONS
from kg.terms import named, text
from services.keys import Keys
from services.ops import Ops
from services.roles import Role

BASE = "http://localhost:8000/"
WORK = f"{BASE}id/work/"


def work(name, title, creator):
    """The record of a work."""
    thing = f"<{WORK}{name}>"
    return Edit(
        f"{BASE}graph/src/x/{name}",
        "replace",
        [
            (thing, named("rdf:type"), named("wy:Work")),
            (thing, named("wy:title"), text(title, "zh")),
            (thing, named("wy:creator"), f"<{BASE}id/person/{creator}>"),
            (
                f"<{thing[1:-1]}#geometry>",
                named("geo:asWKT"),
                f"{text('POINT(116.4 39.9)')}^^{named('geo:wktLiteral')}",
            ),
        ],
    )


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    """The endpoint of another Wenyuan on this machine, which knows people's names."""
    person = f"<{BASE}id/person/cao>"
    with Library.in_memory() as library:
        said = [
            (person, named("rdf:type"), named("wy:Person")),
            (person, named("wy:name"), text("曹雪芹", "zh")),
        ]
        library.commit(Note("t", "load"), [Edit(f"{BASE}graph/src/y/1", "replace", said)])
        app = create_app(Settings(client_budget=0), library=library)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/sparql"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def client(tmp_path_factory, other) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("functions")
    key = Keys(Ops(folder)).add("ada", Role.CATALOGUER, spaces=["main"])
    with Library.open(folder) as library:
        works = [work("hong", "紅樓夢", "cao"), work("san", "三国演义", "luo")]
        library.commit(Note("t", "load"), works)
    given = Settings(
        data_dir=folder, client_budget=0, service_private=other, service_endpoints="https://gone.invalid/*"
    )
    with TestClient(create_app(given), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def ask(client, query):
    return client.get(
        "/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"}
    )


def rows(answer):
    assert answer.status_code == 200, answer.text
    return [
        {name: term["value"] for name, term in row.items()} for row in answer.json()["results"]["bindings"]
    ]


def test_search_is_joined_over_http(client):
    answer = ask(client, 'SELECT ?snippet ?t { (?w ?s ?snippet) wy:search "红楼梦" . ?w wy:title ?t }')

    assert rows(answer) == [{"snippet": "【紅樓夢】", "t": "紅樓夢"}]


def test_a_wrong_call_is_a_400_with_its_place_and_an_example(client):
    answer = ask(client, "SELECT * {\n ?w wy:search ?words }")

    assert answer.status_code == 400
    assert (answer.json()["line"], answer.json()["column"]) == (2, 15)
    assert "wy:search (" in answer.json()["hint"]


def test_a_mistake_behind_a_call_keeps_its_place(client):
    answer = ask(client, 'SELECT * { ?w wy:search "红楼梦" FILTER(BUND(?w)) }')

    assert (answer.status_code, answer.json()["line"], answer.json()["column"]) == (400, 1, 49)


def test_a_filter_on_geometries_is_answered(client):
    square = '"POLYGON((116 39, 117 39, 117 40, 116 40, 116 39))"^^geo:wktLiteral'

    assert len(rows(ask(client, f"SELECT * {{ ?g geo:asWKT ?w FILTER(geof:sfWithin(?w, {square})) }}"))) == 2
    (row,) = rows(ask(client, 'SELECT (geof:minX("POINT(1 2)"^^geo:wktLiteral) AS ?x) {}'))
    assert float(row["x"]) == 1


def test_what_was_called_is_explained(client):
    plan = client.get("/sparql/explain", params={"query": 'SELECT * { ?w wy:search "红楼梦" }'}).json()

    assert plan["steps"][0]["name"] == "wy:search"
    assert plan["steps"][0]["numbers"]["rows"] == 1


def test_functions_are_described(client):
    told = client.get("/sparql", headers={"Accept": "text/turtle"}).text

    assert all(f"<{function.iri}>" in told or function.name in told for function in FUNCTIONS)
    assert "BasicFederatedQuery" in told
    assert "metricDistance" in told


def test_an_update_finds_what_it_changes(client):
    note = 'INSERT { ?w wy:keyword "found" } WHERE { ?w wy:search "红楼梦" }'

    answer = client.post(
        "/update", content=note.encode(), headers={"Content-Type": "application/sparql-update"}
    )

    assert answer.status_code == 200, answer.text
    asked = {
        "query": 'SELECT ?w { ?w wy:keyword "found" }',
        "min-generation": client.app.state.library.generation,
    }
    found = client.get("/sparql", params=asked, headers={"Accept": "application/sparql-results+json"})
    assert rows(found) == [{"w": f"{WORK}hong"}]


def test_an_update_with_a_wrong_call_says_where(client):
    wrong = 'INSERT { ?w wy:keyword "found" } WHERE { ?w wy:search ?x }'

    answer = client.post(
        "/update", content=wrong.encode(), headers={"Content-Type": "application/sparql-update"}
    )

    assert (answer.status_code, answer.json()["column"]) == (400, 55)


def test_one_wenyuan_asks_another(client, other):
    query = f"SELECT ?t ?n {{ ?w wy:title ?t ; wy:creator ?p . SERVICE <{other}> {{ ?p wy:name ?n }} }}"

    answer = ask(client, query)

    assert rows(answer) == [{"t": "紅樓夢", "n": "曹雪芹"}]
    assert "etag" not in answer.headers


def test_search_here_leads_to_what_is_said_there(client, other):
    query = f'SELECT ?n {{ ?w wy:search "红楼梦" ; wy:creator ?p . SERVICE <{other}> {{ ?p wy:name ?n }} }}'

    assert rows(ask(client, query)) == [{"n": "曹雪芹"}]


def test_search_there_is_done_there(client, other):
    assert rows(ask(client, f'SELECT ?p {{ SERVICE <{other}> {{ ?p wy:search "caoxueqin" }} }}')) == [
        {"p": f"{BASE}id/person/cao"}
    ]


@pytest.mark.parametrize(
    ("url", "status", "name"),
    [("https://gone.invalid/sparql", 502, "endpoint-failed"), ("http://127.0.0.1:9/", 400, "query-refused")],
)
def test_an_endpoint_that_is_not_there_or_not_allowed_is_named(client, url, status, name):
    answer = ask(client, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")

    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (status, name)
    assert url in answer.json()["detail"]


def test_silence_about_an_endpoint_that_is_not_there(client):
    query = "SELECT * { VALUES ?x { 1 } SERVICE SILENT <https://gone.invalid/sparql> { ?s ?p ?o } }"

    assert rows(ask(client, query)) == [{"x": "1"}]


def test_without_a_list_no_endpoint_is_asked():
    with Library.in_memory() as library, TestClient(create_app(Settings(), library=library)) as client:
        answer = ask(client, "SELECT * { SERVICE <https://data.example/sparql> { ?s ?p ?o } }")

    assert answer.status_code == 400
    assert "SERVICE" in answer.json()["detail"]
