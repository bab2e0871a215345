"""The SPARQL door: what is packed, kept, negotiated and promised, beside the answers themselves."""

import gzip
import json

import pytest
import zstandard
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from ontology.namespaces import expand
from services.roles import Role
from services.spaces import Spaces

BASE = "http://localhost:8000/"
TITLES = "SELECT ?work ?title { ?work a wy:Work ; wy:title ?title } ORDER BY ?work ?title"
EVERYTHING = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"


def ask(client: TestClient, query: str, **headers: str):
    """The answer to a GET with those headers, whose names have _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers=named)


def write(library: Library, title: str) -> int:
    """Writes a title; the number of the change."""
    said = (f"<{BASE}id/work/{title}>", f"<{expand('wy:title')}>", f'"{title}"')
    change = library.commit(Note("tester", "edit"), [Edit(f"{BASE}graph/src/x/{title}", "replace", (said,))])
    return change.number


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("zstd, gzip", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("br", None),
        ("", None),
    ],
)
def test_an_answer_is_packed_as_the_client_likes_it(client, accepted, coding):
    plain = ask(client, EVERYTHING, accept_encoding="identity")
    with client.stream(
        "GET", "/sparql", params={"query": EVERYTHING}, headers={"Accept-Encoding": accepted}
    ) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    unpack = {"gzip": gzip.decompress, "zstd": _unpack_zstd, None: bytes}[coding]
    assert unpack(raw) == plain.content


def _unpack_zstd(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


def test_packed_and_plain_have_tags_of_their_own_and_both_are_known(client):
    plain = ask(client, EVERYTHING, accept_encoding="identity").headers["etag"]
    packed = ask(client, EVERYTHING, accept_encoding="gzip").headers["etag"]

    assert plain != packed
    for tag in (plain, packed, f"W/{plain}", f'"other", {packed}', "*"):
        answer = ask(client, EVERYTHING, if_none_match=tag)
        assert (answer.status_code, answer.content) == (304, b"")
        assert "vary" in answer.headers
    assert ask(client, EVERYTHING, if_none_match='"other"').status_code == 200


def test_an_answer_is_kept_until_the_library_changes(client, library):
    query = "SELECT ?title { ?work wy:title ?title }"
    first, second = ask(client, query), ask(client, query)
    number = write(library, "new")
    third = client.get("/sparql", params={"query": query, "min-generation": number})

    assert first.headers["cache-status"] == "wenyuan; fwd=miss; stored"
    assert second.headers["cache-status"] == "wenyuan; hit"
    assert second.content == first.content
    assert third.headers["cache-status"] == "wenyuan; fwd=miss; stored"
    assert "new" in third.text


def test_each_format_and_dataset_is_kept_apart(client):
    graph = f"{BASE}graph/src/crossref/10.5555%2Fgraphs"
    ask(client, TITLES)

    assert "miss" in ask(client, TITLES, accept="text/csv").headers["cache-status"]
    narrow = client.get("/sparql", params={"query": TITLES, "default-graph-uri": graph})
    assert "miss" in narrow.headers["cache-status"]
    assert len(narrow.json()["results"]["bindings"]) == 1


@pytest.mark.parametrize(
    "expression", ["NOW()", "RAND()", "now ()", "UUID()", "STRUUID()", "BNODE()", "1+RAND#\n()"]
)
def test_what_differs_each_time_is_never_kept(client, expression):
    answers = [ask(client, f"SELECT ({expression} AS ?x) {{ }}") for _ in range(2)]

    for answer in answers:
        assert answer.headers["cache-status"] == "wenyuan; fwd=bypass"
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_what_was_just_written_is_read_by_whoever_asks_for_it(client, library):
    for n in range(3):
        number = write(library, f"w{n}")
        by_parameter = client.get(
            "/sparql", params={"query": f'ASK {{ ?s wy:title "w{n}" }}', "min-generation": number}
        )
        by_header = ask(client, f'ASK {{ ?t wy:title "w{n}" }}', min_generation=str(number))

        assert by_parameter.json()["boolean"]
        assert by_header.json()["boolean"]
        assert int(by_header.headers["wenyuan-generation"]) >= number


def test_a_generation_that_is_not_there_is_a_conflict(client):
    answer = ask(client, "ASK { }", min_generation="99")

    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "generation-unknown")
    assert "the last one is 1" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "٣", "9" * 30])
def test_a_generation_that_is_no_number_is_a_bad_request(client, number):
    answer = client.get("/sparql", params={"query": "ASK { }", "min-generation": number})

    assert answer.status_code == 400


def test_head_says_what_get_would_and_nothing_else(client):
    got = client.get("/sparql", params={"query": TITLES})
    head = client.head("/sparql", params={"query": TITLES})

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "vary", "wenyuan-generation"):
        assert head.headers[name] == got.headers[name]


def test_a_page_of_another_site_may_ask_as_yasgui_does(client):
    preflight = client.options(
        "/sparql",
        headers={
            "Origin": "https://yasgui.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "accept,content-type,x-requested-with,authorization",
        },
    )
    asked = client.post(
        "/sparql",
        data={"query": "ASK { }"},
        headers={"Origin": "https://yasgui.example", "Accept": "application/sparql-results+json,*/*;q=0.9"},
    )

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"accept", "content-type", "x-requested-with", "authorization"} <= set(allowed)
    assert asked.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("query", ["ASK { }", "SELECT * {", "SELECT * { SERVICE <http://e/> {} }"])
def test_what_a_page_of_another_site_may_read_is_the_same_for_errors(client, query):
    answer = ask(client, query, origin="https://e")

    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"ETag", "Retry-After", "X-Request-Id", "Cache-Status", "Wenyuan-Generation"} <= set(exposed)


def test_the_dataset_of_the_request_wins_over_that_of_the_query(client):
    graph, other = f"{BASE}graph/auth/libraries/1", f"{BASE}graph/src/crossref/10.5555%2Fgraphs"
    query = f"SELECT DISTINCT ?g FROM <{other}> FROM NAMED <{other}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"

    answer = client.get("/sparql", params={"query": query, "named-graph-uri": graph})

    assert [row["g"]["value"] for row in answer.json()["results"]["bindings"]] == [graph]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/sparql-results+xml;q=0.5, text/csv;q=0.9", "text/csv"),
        ("application/xml", "application/sparql-results+xml"),
        ("application/json", "application/sparql-results+json"),
        ("text/*;q=0.4, application/json;q=0.3", "text/csv"),
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
    ],
)
def test_weights_decide_on_the_format(client, accept, media_type):
    assert ask(client, TITLES, accept=accept).headers["content-type"].partition(";")[0] == media_type


def test_a_large_answer_is_streamed_whole_and_kept():
    with Library.in_memory() as library:
        said = tuple((f"<http://e/{n}>", "<http://e/p>", f'"{"x" * 200} {n}"') for n in range(3_000))
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/src/x/1", "replace", said)])
        with TestClient(create_app(Settings(hold_bytes=20_000), library=library)) as client:
            query = "SELECT ?s ?o { ?s <http://e/p> ?o }"
            first = ask(client, query, accept_encoding="gzip")
            again = ask(client, query, accept_encoding="identity")

    assert "content-length" not in first.headers
    assert first.headers["content-encoding"] == "gzip"
    assert len(first.json()["results"]["bindings"]) == 3_000
    assert again.headers["cache-status"] == "wenyuan; hit"
    assert again.content == first.content


def test_an_answer_that_breaks_a_limit_late_is_never_finished():
    """Rows that went out cannot be taken back; what must not happen is that they look like all."""
    with Library.in_memory() as library:
        said = tuple((f"<http://e/{n}>", "<http://e/p>", f'"{"x" * 500} {n}"') for n in range(2_000))
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/src/x/1", "replace", said)])
        settings = Settings(max_results=1_500, hold_bytes=10_000)
        with TestClient(create_app(settings, library=library)) as client:
            answer = ask(client, "SELECT ?s ?o { ?s <http://e/p> ?o }")

    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_each_page_of_the_query_door_carries_its_mistake_where_it_was_made(client):
    query = "SELECT *\n{ ?s ?p ?o }\n<how> many"
    for path in ("/sparql", "/sparql/explain"):
        for language, words in (("en", "line 3, column 7"), ("zh", "第 3 行第 7 列")):
            page = client.get(
                path, params={"query": query, "lang": language}, headers={"Accept": "text/html"}
            )
            assert page.status_code == 400
            assert words in page.text
            assert "&lt;how&gt; <mark>m</mark>any" in page.text


def test_a_plan_is_told_as_json_and_on_a_page(client):
    told = client.get("/sparql/explain", params={"query": TITLES}).json()
    sent = client.post("/sparql/explain", data={"query": TITLES}).json()
    page = client.get(
        "/sparql/explain", params={"query": TITLES, "lang": "en"}, headers={"Accept": "text/html"}
    )

    assert told["path"] in ("engine", "columns", "look-up")
    assert told["steps"]
    assert all(step["name"] and step["why"] for step in told["steps"])
    assert told["isCacheable"]
    assert sent == told
    assert told["steps"][-1]["why"] in page.text


def test_a_plan_of_what_cannot_be_read_is_a_problem(client):
    answer = client.get("/sparql/explain", params={"query": "SELECT * { SERVICE <http://e/> {} "})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_query_that_takes_too_long_is_told_what_to_narrow():
    with Library.in_memory() as library:
        said = tuple((f"<http://e/{n}>", "<http://e/p>", f'"{n}"') for n in range(3_000))
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/src/x/1", "replace", said)])
        with TestClient(create_app(Settings(query_seconds=1), library=library)) as client:
            late = ask(client, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?i) }")
            next_one = ask(client, "ASK { ?s ?p ?o }")

    assert (late.status_code, late.json()["type"].rpartition("#")[2]) == (503, "query-timeout")
    assert late.json()["hint"]
    assert int(late.headers["retry-after"]) > 0
    assert late.headers["access-control-allow-origin"] == "*"
    assert next_one.json()["boolean"]


def test_spaces_have_answers_of_their_own(tmp_path):
    spaces = Spaces(tmp_path)
    for name, is_public in (("one", True), ("two", False)):
        spaces.add(name, is_public=is_public)
        with Library.open(spaces.folder(name), base_iri=f"{BASE}spaces/{name}/") as library:
            write(library, name)
    query = {"query": "SELECT ?t { ?s wy:title ?t }"}
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        token = client.app.state.keys.add("reader", Role.READER, spaces=("two",))
        shown = {"Authorization": f"Bearer {token}"}
        one, again = (client.get("/spaces/one/sparql", params=query) for _ in range(2))
        two = client.get("/spaces/two/sparql", params=query, headers=shown)
        hidden = client.get("/spaces/two/sparql", params=query)
        main = client.get("/sparql", params=query)
        described = client.get("/spaces/one/sparql", headers={"Accept": "text/turtle"})
        void = client.get("/spaces/one/.well-known/void", headers={"Accept": "text/turtle"})

    assert '"one"' in one.text
    assert '"two"' in two.text
    assert '"one"' not in main.text + two.text
    assert hidden.status_code == 404
    assert again.headers["cache-status"] == "wenyuan; hit"
    assert two.headers["cache-control"].startswith("private")
    assert "Authorization" in two.headers["vary"]
    assert len({answer.headers["etag"] for answer in (one, two, main)}) == 3
    assert f"<{BASE}spaces/one/sparql>" in described.text
    assert f"{BASE}spaces/one/.well-known/void#dataset" in void.text
