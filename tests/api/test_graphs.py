"""The Graph Store Protocol: graphs read, replaced, added to and removed; and what no upload may do."""

import gzip

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from services.keys import Keys
from services.ops import Ops
from services.roles import Role

BASE = "http://localhost:8000/"
MINE = f"{BASE}graph/curated/ada"
OTHER = "http://example.org/graphs/1"
SOURCE = f"{BASE}graph/src/test/1"
TURTLE = {"Content-Type": "text/turtle; charset=utf-8"}
DATA = '<s> <http://b> [ <http://c> "文" ], 01, 2.50 .'
KEYS: dict[str, str] = {}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    keys = Keys(Ops(folder))
    for name, role in (("rea", 1), ("ada", 2), ("ste", 3)):
        KEYS[name] = f"Bearer {keys.add(name, Role(role))}"
    with Library.open(folder) as library:
        library.commit(
            Note("tester", "ingest"), [Edit(SOURCE, "replace", [("<http://a>", "<http://b>", "<http://c>")])]
        )
    settings = Settings(data_dir=folder, client_budget=0, max_upload_bytes=2_000_000, query_seconds=20)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


@pytest.fixture(autouse=True)
def as_before(client):
    """Takes back what a test has changed, and sees to it that all is as it was."""
    library = client.app.state.library
    before, there = library.generation, set(library.store.engine)
    yield
    standing = [change.number for change in library.changes(limit=500) if change.number > before]
    if standing:
        library.undo(standing, Note("tester", "undo"))
    assert set(library.store.engine) == there


def ask(client, method, iri=None, body=None, who="ste", default=False, path="/graphs", **headers):
    """The answer to a request about a graph."""
    parameters = {"default": ""} if default else {"graph": iri} if iri else {}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    key = {"Authorization": KEYS[who]} if who else {}
    return client.request(method, path, params=parameters, content=body, headers=key | given)


def put(client, iri, body=DATA, who="ste", **headers):
    return ask(client, "PUT", iri, body, who, **({"Content_Type": "text/turtle"} | headers))


def size(client, iri, **headers):
    """How many statements a GET of the graph gives."""
    answer = ask(client, "GET", iri, who=None, Accept="application/n-triples", **headers)
    assert answer.status_code == 200, answer.text
    return len(list(parse(answer.content, format=RdfFormat.N_TRIPLES)))


def test_a_graph_is_made_replaced_read_and_removed(client):
    made, again = put(client, OTHER), put(client, OTHER, "<s> <http://b> 3 .")

    assert (made.status_code, made.json()["added"]) == (201, 4)
    assert (again.status_code, again.json()["added"], again.json()["removed"]) == (200, 1, 4)
    assert size(client, OTHER) == 1
    assert ask(client, "GET", OTHER, who=None).headers["content-type"].startswith("text/turtle")
    assert ask(client, "DELETE", OTHER).json()["removed"] == 1
    assert ask(client, "GET", OTHER).status_code == 404
    assert ask(client, "DELETE", OTHER).status_code == 404


def test_relative_iris_are_relative_to_the_graph_and_new_nodes_are_ours(client):
    put(client, OTHER)

    subjects = {subject for subject, _, _ in client.app.state.library.store.graph(OTHER)}

    assert "<http://example.org/graphs/s>" in subjects
    assert any(subject.startswith(f"<{BASE}.well-known/genid/") for subject in subjects)
    assert client.app.state.library.verify() == []


def test_head_tells_what_get_would(client):
    put(client, OTHER)

    head, get = ask(client, "HEAD", OTHER), ask(client, "GET", OTHER)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.content))
    assert ask(client, "HEAD", "http://example.org/none").status_code == 404


def test_post_adds(client):
    put(client, OTHER, "<s> <http://b> 1 .")

    answer = ask(client, "POST", OTHER, "<s> <http://b> 1, 2 .", Content_Type="text/turtle")

    assert (answer.status_code, answer.json()["added"]) == (200, 1)
    assert size(client, OTHER) == 2


def test_post_takes_several_files_of_a_form(client):
    files = [
        ("one.ttl", ("one.ttl", b"<http://s> <http://b> 1, [] .", "text/turtle; charset=utf-8")),
        ("two.nt", ("two.nt", b"<http://s> <http://b> _:b .\n", "application/n-triples")),
    ]

    answer = client.post(
        "/graphs", params={"graph": OTHER}, files=files, headers={"Authorization": KEYS["ste"]}
    )

    assert (answer.status_code, answer.json()["added"]) == (201, 3)


def test_post_without_a_graph_makes_one_and_tells_where(client):
    answer = ask(client, "POST", None, DATA, "ada", Content_Type="text/turtle")

    assert answer.status_code == 201
    place = answer.headers["location"]
    assert place.startswith(f"{MINE}/")
    assert size(client, place) == 4
    direct = client.get(place.removeprefix(BASE.rstrip("/")), headers={"Accept": "text/turtle"})
    assert (direct.status_code, direct.headers["content-type"]) == (200, "text/turtle; charset=utf-8")


def test_a_graph_has_an_address_of_its_own(client):
    path = f"/graph/curated/ada/{'%E6%96%87'}"
    key = {"Authorization": KEYS["ada"], "Content-Type": "text/turtle"}

    made = client.put(path, content=DATA, headers=key)
    read = client.get(path, headers={"Accept": "text/turtle"})
    gone = client.delete(path, headers=key)

    assert (made.status_code, read.status_code, gone.status_code) == (201, 200, 200)
    assert client.get(path, headers={"Accept": "text/turtle"}).status_code == 404


def test_the_default_graph_of_a_union_is_all_and_the_writers_own_for_writing(client):
    answer = ask(client, "PUT", body=DATA, who="ada", default=True, Content_Type="text/turtle")

    assert answer.json()["added"] == 4
    assert size(client, MINE) == 4
    whole = ask(client, "GET", default=True, who=None, Accept="application/n-triples")
    assert len(whole.text.splitlines()) == 5


def test_a_graph_is_patched_by_an_update_that_is_about_it(client):
    put(client, OTHER, "<s> <http://b> 1 .")

    answer = ask(
        client,
        "PATCH",
        OTHER,
        "DELETE { ?s ?p ?o } INSERT { ?s ?p 2 } WHERE { ?s ?p ?o }",
        Content_Type="application/sparql-update",
    )

    assert (answer.json()["added"], answer.json()["removed"]) == (1, 1)
    assert size(client, SOURCE) == 1


def test_a_client_overwrites_only_what_it_knows(client):
    assert put(client, OTHER, If_None_Match="*").status_code == 201
    assert put(client, OTHER, If_None_Match="*").status_code == 412
    held = ask(client, "GET", OTHER, who=None)
    tag = held.headers["etag"]
    assert ask(client, "GET", OTHER, who=None, If_None_Match=tag).status_code == 304
    assert put(client, OTHER, "<s> <http://b> 1 .", If_Match=tag).status_code == 200
    assert put(client, OTHER, "<s> <http://b> 2 .", If_Match=tag).status_code == 412
    assert ask(client, "DELETE", OTHER, If_Match=tag).status_code == 412
    assert ask(client, "GET", OTHER, who=None, If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    ("who", "iri", "status"),
    [
        (None, OTHER, 401),
        ("rea", OTHER, 403),
        ("ada", OTHER, 403),
        ("ada", MINE, 201),
        ("ada", f"{MINE}/../../src/test/1", 403),
        ("ada", f"{MINE}/%2E%2e%2fx", 403),
        ("ada", f"{MINE}/..x/a..b", 201),
        ("ste", SOURCE, 200),
    ],
)
def test_a_role_reaches_so_far_and_no_further(client, who, iri, status):
    assert put(client, iri, who=who).status_code == status


@pytest.mark.parametrize(
    ("kind", "body", "count"),
    [
        ("text/turtle", '<http://s> <http://p> "a"@en .', 1),
        ("application/n-triples", '<http://s> <http://p> "a"@en .\n', 1),
        ("application/trig", '<http://s> <http://p> "a"@en .', 1),
        ("application/n-quads", '<http://s> <http://p> "a"@en .\n', 1),
        ("application/rdf+xml",
         '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:p="http://p/">'
         '<r:Description r:about="s"><p:q>a</p:q></r:Description></r:RDF>', 1),
        ("application/ld+json", '{"@id": "http://s", "http://p": ["a", {"@value": "b"}]}', 2),
    ],
)  # fmt: skip
def test_every_serialisation_is_taken(client, kind, body, count):
    answer = put(client, OTHER, body, Content_Type=kind)

    assert answer.status_code == 201, answer.text
    assert answer.json()["added"] == count


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:li>&i;</r:li></r:RDF>'
)
HOSTILE = {
    "no Turtle": ("text/turtle", "<http://s> <http://p>\n 'a' , .", 400),
    "cut off": ("application/rdf+xml", "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", 400),
    "JSON cut off": ("application/ld+json", '{"@id": "http://s", "http://p": "a"', 400),
    "triples cut off": ("application/n-triples", '<http://s> <http://p> "a', 400),
    "a million brackets": ("text/turtle", "<http://s> <http://p> " + "[ <http://p> " * 100_000, 400),
    "deep lists": ("text/turtle", "<http://s> <http://p> " + "( " * 500_000, 400),
    "deep JSON": ("application/ld+json", '{"http://p": ' * 100_000 + "1" + "}" * 100_000, 400),
    "deep XML": ("application/rdf+xml", "<a:b xmlns:a='http://a/'>" * 50_000, 400),
    "bomb of entities": ("application/rdf+xml", BOMB, 400),
    "context elsewhere": (
        "application/ld+json", '{"@context": "http://127.0.0.1:9/c", "http://p": "a"}', 400,
    ),
    "entity elsewhere": (
        "application/rdf+xml", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>', 400,
    ),
    "a long literal": ("text/turtle", f"<http://s> <http://p> '{'x' * 2_100_000}' .", 413),
    "named graphs": ("application/trig", "<http://g> { <http://s> <http://p> 1 }", 400),
    "another kind": ("text/csv", "a,b", 415),
    "another charset": ("text/turtle; charset=gb18030", "<http://s> <http://p> 1 .", 415),
    "not UTF-8": ("text/turtle", b"<http://s> <http://p> '\xff' .", 400),
    "no form": ("multipart/form-data", "--x", 400),
    "a form cut off": (
        "multipart/form-data; boundary=x", "--x\r\nContent-Type: text/turtle\r\n\r\n<http://", 400,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_and_the_next_one_taken(client, name):
    kind, body, status = HOSTILE[name]

    answer = put(client, OTHER, body, Content_Type=kind)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert put(client, OTHER, "<http://s> <http://p> 1 .").status_code == 201


def test_what_does_not_parse_is_told_with_its_place(client):
    answer = put(client, OTHER, "<http://s> <http://p>\n 'a' , .")

    assert answer.json()["line"] == 2


def test_a_packed_body_is_not_unpacked(client):
    answer = put(client, OTHER, gzip.compress(DATA.encode()), Content_Encoding="gzip")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "query",
    ["", "graph=x", "graph=http://a&default", "graph=http://a/&graph=http://b/", "graph=http://a/<b>"],
)
def test_a_graph_that_is_not_named_is_a_bad_request(client, query):
    answer = client.put(f"/graphs?{query}", content=DATA, headers=TURTLE | {"Authorization": KEYS["ste"]})

    assert answer.status_code == 400


def test_an_iri_is_decoded_once(client):
    for iri in (f"{OTHER}/%31", f"{OTHER}/%2531", f"{OTHER}/1"):
        assert put(client, iri, "<s> <http://b> 1 .").status_code == 201


def test_a_graph_that_breaks_the_shapes_is_refused(client):
    answer = put(client, OTHER, "@prefix wy: <https://w3id.org/wenyuan/ns#> . <http://w> a wy:Work .")

    assert answer.status_code == 422
    assert answer.json()["violations"][0]["node"] == "http://w"
    assert ask(client, "GET", OTHER).status_code == 404


def test_an_upload_too_large_for_one_change_comes_whole_and_can_be_taken_back(client, monkeypatch):
    monkeypatch.setattr("ingest.load.BULK_STATEMENTS", 100)
    monkeypatch.setattr("api.uploads.BULK_STATEMENTS", 100)
    body = "".join(f"<http://s/{n}> <http://p> {n} .\n" for n in range(250))

    answer = put(client, OTHER, body)

    assert (answer.status_code, answer.json()["added"]) == (201, 250)
    assert len(answer.json()["changes"]) == 3
    assert size(client, OTHER) == 250
    for path in answer.json()["undo"]:
        assert client.post(path, headers={"Authorization": KEYS["ste"]}).status_code == 200
    assert ask(client, "GET", OTHER).status_code == 404


def test_a_graph_that_a_format_cannot_say_is_not_acceptable_in_it(client):
    put(client, OTHER, "<http://s> <http://p> <<( <http://s> <http://p> 3 )>> .")

    wanted = {kind: ask(client, "GET", OTHER, Accept=kind) for kind in ("application/ld+json", "text/turtle")}

    assert [answer.status_code for answer in wanted.values()] == [406, 200]


def test_only_the_door_itself_takes_the_name_of_a_graph_as_a_parameter(client):
    path = "/graph/curated/graphs"

    assert ask(client, "PUT", OTHER, DATA, "ada", path=path, **{"Content-Type": "text/turtle"}).is_success
    assert size(client, f"{BASE}graph/curated/graphs") > 0
    assert ask(client, "GET", OTHER).status_code == 404


def test_other_methods_are_told_which_there_are(client):
    assert client.options("/graphs").headers["allow"] == "GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS"
    assert client.request("TRACE", "/graphs").status_code == 405
