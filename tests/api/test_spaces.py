"""Spaces: the same doors with other contents; a private one is not there for who may not read it."""

import re
import time

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from ontology.namespaces import expand
from services import token
from services.keys import Keys
from services.ops import Ops
from services.roles import Role
from services.spaces import Spaces
from services.watched import FRESH

NOTE = Note("tester", "ingest")
VOCABULARY = expand("wy:Work").removesuffix("Work")
BASE = "http://localhost:8000/"
JSON = {"Accept": "application/sparql-results+json"}
ALL = "SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } }"


def fill(folder, base, word):
    """Puts one work whose title is *word* into a library."""
    work = f"{base}id/work/same"
    with Library.open(folder) as library:
        statements = (
            (f"<{work}>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", f"<{VOCABULARY}Work>"),
            (f"<{work}>", f"<{VOCABULARY}title>", f'"{word}"@en'),
        )
        library.commit(NOTE, [Edit(f"{base}graph/src/test/{word}", "replace", statements)])


def filled(tmp_path):
    """A data folder with a public space and two private ones; each library holds one title."""
    spaces = Spaces(tmp_path)
    spaces.add("open", title="Open to all")
    spaces.add("secret", title="Hidden", is_public=False)
    spaces.add("other", is_public=False, is_union=False)
    fill(tmp_path, BASE, "mainword")
    for name in ("open", "secret", "other"):
        fill(spaces.folder(name), f"{BASE}spaces/{name}/", f"{name}word")
    return tmp_path


def started(folder):
    return TestClient(create_app(Settings(data_dir=folder, client_budget=0)), follow_redirects=False)


def shown(folder, name, *spaces, role=Role.READER):
    """Headers with a new key."""
    return {"Authorization": f"Bearer {Keys(Ops(folder)).add(name, role, spaces=spaces)}"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("spaces"))


@pytest.fixture(scope="module")
def client(folder):
    """A client of a server whose spaces nobody alters."""
    with started(folder) as client:
        yield client


@pytest.fixture(scope="module")
def key(folder):
    """Headers with the key of a reader of the space "secret"."""
    return shown(folder, "alice", "secret")


@pytest.fixture(scope="module")
def others(folder):
    """Headers with a key for everything but the space "secret"."""
    return shown(folder, "bob", "other", "main", role=Role.ADMINISTRATOR)


@pytest.fixture
def own(tmp_path):
    """A folder and a server that a test may alter."""
    with started(filled(tmp_path)) as client:
        yield client, tmp_path


def told(answer):
    """The headers of an answer, but for what differs from one to the next."""
    return {name for name in answer.headers.items() if not name[0].startswith("ratelimit")}


def titles(answer):
    assert answer.status_code == 200, answer.text
    return {
        row["o"]["value"] for row in answer.json()["results"]["bindings"] if row["o"]["type"] == "literal"
    }


def asked(client, path, query=ALL, headers=None):
    return client.get(f"{path}/sparql", params={"query": query}, headers=JSON | (headers or {}))


def test_each_space_answers_with_what_is_in_it(client, key):
    assert titles(asked(client, "")) == {"mainword"}
    assert titles(asked(client, "/spaces/open")) == {"openword"}
    assert titles(asked(client, "/spaces/secret", headers=key)) == {"secretword"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        ALL,
        "SELECT * { GRAPH <BASEspaces/secret/graph/src/test/secretword> { ?s ?p ?o } }",
        "SELECT * FROM <BASEspaces/secret/graph/src/test/secretword> { ?s ?p ?o }",
        "SELECT * FROM NAMED <BASEspaces/secret/graph/src/test/secretword> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { <BASEspaces/secret/id/work/same> ?p ?o }",
        "DESCRIBE <BASEspaces/secret/id/work/same>",
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) (GROUP_CONCAT(?o) AS ?o) { ?s ?p ?o }",
        'SELECT * { ?s <http://jena.apache.org/text#query> "secretword" ; ?p ?o }',
        'PREFIX wy: <VOC> SELECT * { ?s wy:search "secretword" . ?s ?p ?o }',
        'SELECT * { ?s ?p ?o FILTER(CONTAINS(STR(?o), "secret")) }',
    ],
)
def test_no_query_reaches_into_another_space(client, key, query):
    text = query.replace("BASE", BASE).replace("VOC", VOCABULARY)
    inside = asked(client, "/spaces/secret", text, key | {"Accept": "*/*"})
    for path in ("", "/spaces/open"):
        answer = asked(client, path, text, {"Accept": "*/*"})

        assert 'secretword"' not in answer.text.replace("src/test/secretword", "")
        if "CONTAINS" not in query and "search" not in query and "text#" not in query:
            assert answer.status_code == 200
    if inside.status_code == 200 and "src/test" not in query:
        assert "mainword" not in inside.text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "other"}, {"Accept": "text/html"}], ids=str)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/sparql?query=ASK{}"),
        ("POST", "/sparql"),
        ("OPTIONS", "/sparql"),
        ("HEAD", "/sparql"),
        ("POST", "/update"),
        ("PUT", "/graphs?default"),
        ("GET", "/sparql/explain?query=ASK{}"),
        ("GET", "/.well-known/void"),
        ("GET", "/void"),
        ("GET", "/changes"),
        ("GET", "/api/changes/1"),
        ("GET", "/api/search?q=secretword"),
        ("GET", "/api/complete?q=secret"),
        ("GET", "/search?q=secretword"),
        ("GET", "/id/work/same"),
        ("GET", "/doc/work/same.ttl"),
        ("GET", "/openapi.json"),
        ("GET", "/static/style.css"),
        ("GET", "/healthz"),
        ("GET", "/nothing"),
    ],
)
def test_a_private_space_looks_like_none(client, others, method, path, headers):
    headers = others if "Authorization" in headers else headers

    private, none = (
        client.request(method, f"/spaces/{name}{path}", headers=headers | {"X-Request-Id": "the-same-id"})
        for name in ("secret", "absent")
    )

    assert private.status_code == none.status_code
    assert private.text.replace("secret", "absent") == none.text.replace("secret", "absent")
    assert told(private) == told(none)
    if method != "OPTIONS":
        assert private.status_code == 404


@pytest.mark.parametrize("name", ["secret", "absent", "open"])
def test_a_wrong_key_is_told_alike_everywhere(client, name):
    answer = client.get(f"/spaces/{name}/sparql", headers={"Authorization": f"Bearer {token.new()}"})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "x-content-type-options" in answer.headers


def test_a_private_space_is_in_no_list_of_a_strangers(client, key):
    def listed(headers):
        return [each["name"] for each in client.get("/spaces", headers=headers).json()["spaces"]]

    assert listed({}) == ["open"]
    assert listed(key) == ["open", "secret"]
    asked(client, "/spaces/secret", headers=key)
    client.get("/spaces/secret/openapi.json", headers=key)
    client.get("/spaces/secret/nothing", headers=key)
    for path in ("/", "/sparql", "/openapi.json", "/developers", "/help", "/changes", "/metrics", "/void"):
        for accept in ("text/html", "text/turtle", "application/json"):
            assert "secret" not in client.get(path, headers={"Accept": accept}).text, path


def test_the_things_of_a_space_have_its_names_and_are_found_there(client):
    answer = client.get("/spaces/open/id/work/same")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/spaces/open/doc/work/same"

    data = client.get("/spaces/open/doc/work/same.ttl")
    assert "openword" in data.text
    assert f"{BASE}spaces/open/id/work/same" in data.text
    page = client.get("/spaces/open/doc/work/same", headers={"Accept": "text/html"})
    assert 'href="/spaces/open/' in page.text
    assert client.get("/doc/work/same.ttl").text.count("openword") == 0


def test_a_space_has_a_home_page_a_search_and_changes_of_its_own(client):
    assert client.get("/spaces/open").headers["location"] == "/spaces/open/"
    assert client.get("/spaces/open/", headers={"Accept": "text/html"}).status_code == 200
    found = client.get("/spaces/open/api/search", params={"q": "openword"}).json()
    assert found["total"] == 1
    assert client.get("/api/search", params={"q": "openword"}).json()["total"] == 0
    assert client.get("/spaces/open/api/changes").json()["changes"][0]["number"] == 1


def test_entity_tags_of_one_library_mean_nothing_in_another(client, key):
    headers = {"/spaces/secret": key}
    for query in ("ASK {}", ALL):
        tags = {
            path: asked(client, path, query, headers.get(path)).headers.get("etag")
            for path in ("", "/spaces/open", "/spaces/secret")
        }
        assert len(set(tags.values())) == 3
        for path in tags:
            for other, tag in tags.items():
                answer = asked(client, path, query, headers.get(path, {}) | {"If-None-Match": tag})
                assert answer.status_code == (304 if path == other else 200)
    documents = [
        client.get(f"{path}/doc/work/same.ttl", headers=headers.get(path)).headers["etag"]
        for path in ("", "/spaces/open", "/spaces/secret")
    ]
    assert len(set(documents)) == 3


def test_kept_answers_are_kept_for_each_space(client, key):
    for _ in range(3):
        assert titles(asked(client, "/spaces/secret", headers=key)) == {"secretword"}
        assert titles(asked(client, "/spaces/open")) == {"openword"}
        assert titles(asked(client, "")) == {"mainword"}
        assert asked(client, "/spaces/secret").status_code == 404


def test_what_is_private_stays_out_of_caches_and_search_engines(client, key):
    answer = asked(client, "/spaces/secret", headers=key)

    assert "private" in answer.headers["cache-control"]
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in asked(client, "/spaces/open").headers


def test_the_default_graph_of_a_space_can_be_one_of_its_own(client, folder):
    headers = shown(folder, "carol", "other")

    assert titles(asked(client, "/spaces/other", "SELECT ?o { ?s ?p ?o }", headers)) == set()
    assert titles(asked(client, "/spaces/other", ALL, headers)) == {"otherword"}


def test_a_space_comes_and_goes_while_the_server_runs(own):
    client, folder = own
    spaces = Spaces(folder)
    assert asked(client, "/spaces/late").status_code == 404

    spaces.add("late")
    time.sleep(FRESH)
    assert titles(asked(client, "/spaces/late")) == set()

    for _ in range(3):
        asked(client, "/spaces/open")
    spaces.remove("open")
    time.sleep(2.5 * FRESH)
    assert asked(client, "/spaces/open").status_code == 404
    spaces.purge("open")  # Nobody holds it any more.
    spaces.add("open")
    time.sleep(FRESH)
    assert titles(asked(client, "/spaces/open")) == set()


def test_a_space_that_becomes_private_is_gone_for_strangers(own):
    client, folder = own
    spaces = Spaces(folder)
    for _ in range(3):
        assert titles(asked(client, "/spaces/open")) == {"openword"}

    spaces.remove("open")
    spaces.add("open", is_public=False, is_existing=True)
    time.sleep(FRESH)

    assert asked(client, "/spaces/open").status_code == 404


def test_a_revoked_key_opens_a_space_no_more(own):
    client, folder = own
    key = shown(folder, "alice", "secret")
    for _ in range(3):
        assert asked(client, "/spaces/secret", headers=key).status_code == 200

    Keys(Ops(folder)).revoke("alice")
    time.sleep(FRESH)

    assert asked(client, "/spaces/secret", headers=key).status_code == 401


def test_a_name_in_escapes_leads_nowhere(client):
    assert client.get("/spaces/%6Fpen/sparql?query=ASK{}").status_code == 404
    assert client.get("/spaces/%73ecret/sparql?query=ASK{}").status_code == 404
    assert client.get("/spaces/../secret/sparql").status_code == 404


def test_relative_names_in_a_query_start_from_the_space(client):
    for path, base in (("", BASE), ("/spaces/open", f"{BASE}spaces/open/")):
        answer = asked(client, path, "SELECT (<x> AS ?o) {}")
        assert answer.json()["results"]["bindings"] == [{"o": {"type": "uri", "value": f"{base}x"}}]


def test_a_space_describes_itself_and_nothing_else(client, key):
    for path, headers in (("/spaces/open", {}), ("/spaces/secret", key)):
        accept = {"Accept": "text/turtle"} | headers
        for place in ("sparql", ".well-known/void"):
            told = client.get(f"{path}/{place}", headers=accept)
            assert told.status_code == 200, place
            assert f"{BASE}{path[1:]}/" in told.text
            assert "mainword" not in told.text
    assert "secret" not in client.get("/.well-known/void", headers={"Accept": "text/turtle"}).text
    assert "secret" not in client.get("/sparql", headers={"Accept": "text/turtle"}).text


def test_who_writes_to_a_space_writes_to_nothing_else(own):
    client, folder = own
    writer, reader = shown(folder, "w", "open", role=Role.CATALOGUER), shown(folder, "r", "open", "secret")
    text = f"INSERT DATA {{ GRAPH <{BASE}spaces/open/graph/curated/x> {{ <urn:a> <urn:b> 'new' }} }}"

    def posted(path, headers):
        return client.post(f"{path}/update", data={"update": text}, headers=headers)

    assert posted("/spaces/open", {}).status_code == 401
    assert posted("/spaces/open", reader).status_code == 403
    assert posted("", writer).status_code in (401, 403)
    assert posted("/spaces/secret", writer).status_code == 404
    made = posted("/spaces/open", writer)
    assert made.status_code == 200, made.text

    least = {"min-generation": "2"}
    assert titles(asked(client, "/spaces/open", headers=least)) == {"openword", "new"}
    assert titles(asked(client, "")) == {"mainword"}
    assert client.get("/spaces/open/api/changes").json()["changes"][0]["who"] == "w"
    assert len(client.get("/api/changes").json()["changes"]) == 1


def test_figures_of_the_server_name_no_space(client, key, others):
    for name in ("secret", "open", "absent"):
        asked(client, f"/spaces/{name}", headers=key)

    figures = client.get("/metrics", headers=others)

    assert figures.status_code == 200
    assert "wenyuan_generation" in figures.text
    assert "secret" not in figures.text
    assert "absent" not in figures.text


@pytest.mark.parametrize(
    "path",
    ["/", "/search?q=openword", "/sparql", "/help", "/developers", "/changes", "/changes/1", "/ontology",
     "/doc/work/same", "/nothing", "/sparql/explain?query=ASK%7B%7D"],
)  # fmt: skip
def test_pages_of_a_space_lead_to_pages_of_that_space(client, path):
    page = client.get(f"/spaces/open{path}", headers={"Accept": "text/html"})

    ways = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert len(ways) > 5
    assert [way for way in ways if not way.startswith("/spaces/open/")] == []


def test_people_see_a_page_of_the_spaces_that_they_may_read(client):
    page = client.get("/spaces", headers={"Accept": "text/html", "Accept-Language": "zh"})

    assert page.headers["cache-control"] == "private, no-cache"
    assert "Open to all" in page.text
    assert 'href="/spaces/open/"' in page.text
    assert "Hidden" not in page.text
    assert "所有人" in page.text
