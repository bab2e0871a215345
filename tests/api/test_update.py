"""SPARQL Update over HTTP: who may, what comes of it, what is refused, and how it is taken back."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from services.keys import Keys
from services.ops import Ops
from services.roles import Role
from services.spaces import Spaces

BASE = "http://localhost:8000/"
MINE = f"{BASE}graph/curated/ada"
SOURCE = f"{BASE}graph/src/test/1"
WORK = f"{BASE}id/work/one"
TITLE = "<https://w3id.org/wenyuan/ns#title>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
UPDATE = {"Content-Type": "application/sparql-update"}
FIRST = [
    (f"<{WORK}>", TYPE, "<https://w3id.org/wenyuan/ns#Work>"),
    (f"<{WORK}>", TITLE, '"one"@en'),
]
KEYS: dict[str, str] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with a record, a space with a default graph of its own, and a key for each role."""
    folder = tmp_path_factory.mktemp("update")
    Spaces(folder).add("own", is_union=False)
    keys = Keys(Ops(folder))
    for name, role in (("rea", 1), ("ada", 2), ("bob", 2), ("ste", 3), ("adm", 4)):
        KEYS[name] = f"Bearer {keys.add(name, Role(role), spaces=['main', 'own'])}"
    with Library.open(folder) as library:
        library.commit(Note("tester", "ingest"), [Edit(SOURCE, "replace", FIRST)])
    return folder


@pytest.fixture(scope="module")
def client(folder):
    settings = Settings(data_dir=folder, client_budget=0)
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


def send(client, text, who="ada", path="/update", **headers):
    """The answer to an update of the holder of a key."""
    return client.post(
        path,
        content=text,
        headers=UPDATE | {"Authorization": KEYS[who]} | {n.replace("_", "-"): v for n, v in headers.items()},
    )


def graph(client, iri):
    return client.app.state.library.store.graph(iri)


def test_a_reason_holds_nothing_that_cannot_be_seen(client):
    hidden = "why%00%1B%5B2J%0Anot%E2%80%AE"
    answer = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'x' }}", X_Change_Reason=hidden)

    assert client.app.state.library.change(answer.json()["change"]).note.reason == "why [2J not"


def test_what_is_inserted_without_a_graph_is_the_writers_own(client):
    answer = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword '古籍'@zh }}", X_Change_Reason="why not")

    assert answer.status_code == 200
    told = answer.json()
    assert (told["added"], told["removed"]) == (1, 0)
    assert answer.headers["wenyuan-generation"] == str(told["generation"])
    change = client.app.state.library.change(told["change"])
    assert (change.note.who, change.note.activity, change.note.reason) == ("ada", "edit", "why not")
    assert [value for _, _, value in graph(client, MINE)] == ['"古籍"@zh']


def test_what_was_written_is_read_at_once(client):
    for number in range(10):
        send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'new {number}' }}")

        answer = client.get(
            "/sparql",
            params={"query": f"ASK {{ <{WORK}> wy:keyword 'new {number}' }}"},
            headers={"Accept": "application/sparql-results+json"},
        )

        assert answer.json()["boolean"] is True


@pytest.mark.parametrize("way", ["direct", "form", "query door", "form at the query door"])
def test_an_update_may_be_sent_in_every_way_of_the_protocol(client, way):
    text = f"INSERT DATA {{ <{WORK}> wy:keyword '{way}' }}"
    path = "/sparql" if "door" in way else "/update"
    key = {"Authorization": KEYS["ada"]}
    if "form" in way:
        answer = client.post(path, data={"update": text}, headers=key)
    else:
        answer = client.post(path, content=text, headers=key | UPDATE)

    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 1


def test_what_changes_nothing_makes_no_change(client):
    before = client.app.state.library.generation

    answer = send(client, f"DELETE DATA {{ <{WORK}> wy:keyword 'absent' }}")

    assert answer.status_code == 204
    assert client.app.state.library.generation == before


@pytest.mark.parametrize(
    ("who", "text", "status"),
    [
        (None, "INSERT DATA { <http://a> <http://b> 1 }", 401),
        ("rea", "INSERT DATA { <http://a> <http://b> 1 }", 403),
        ("ada", f"INSERT DATA {{ GRAPH <{SOURCE}> {{ <http://a> <http://b> 1 }} }}", 403),
        ("ada", f"INSERT DATA {{ GRAPH <{MINE}/x> {{ <http://a> <http://b> 1 }} }}", 200),
        ("ada", f"CLEAR GRAPH <{SOURCE}>", 403),
        ("ada", "CLEAR ALL", 403),
        ("ste", "DROP NAMED", 403),
        ("ste", f"INSERT DATA {{ GRAPH <{SOURCE}> {{ <http://a> <http://b> 1 }} }}", 200),
        ("adm", "CLEAR ALL", 200),
    ],
)
def test_a_role_reaches_so_far_and_no_further(client, who, text, status):
    headers = UPDATE | ({"Authorization": KEYS[who]} if who else {})

    assert client.post("/update", content=text, headers=headers).status_code == status


def test_an_edit_of_a_source_record_is_said_not_to_last(client):
    answer = send(client, f"INSERT DATA {{ GRAPH <{SOURCE}> {{ <http://a> <http://b> 1 }} }}", "ste")

    assert answer.json()["replaced_by_ingest"] == [SOURCE]


def test_a_delete_without_graph_leaves_what_a_source_states_and_says_so(client):
    send(client, f"INSERT DATA {{ <{WORK}> wy:title 'one'@en }}", "bob")

    answer = send(client, f"DELETE WHERE {{ <{WORK}> wy:title ?title }}", "ada")

    told = answer.json()
    assert told["removed"] == 1
    assert told["remains"]["first"] == [{"graph": SOURCE, "statement": f'<{WORK}> {TITLE} "one"@en'}]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("INSERT DATA {\n <http://a> b c }", 2, 14), ("INSERT DATA { <a> <b> 1 } ;\nSELECT", 2, 1)],
)
def test_an_update_that_does_not_parse_is_told_where(client, text, line, column):
    answer = send(client, text)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("#query-syntax")
    assert (answer.json()["line"], answer.json()["column"]) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:9/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <http://[::ffff:127.0.0.1]/> { ?s ?p ?o } }",
        "INSERT { ?s ?p 1 } WHERE " + "{" * 10_000 + "?s ?p ?o" + "}" * 10_000,
        "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o FILTER(" + "!" * 10_000 + "?o) }",
        "INSERT { ?s ?p 1 } WHERE { " + "?s ?p ?o . " * 1_000 + "}",
        "INSERT DATA { <a> <b> " + "[" * 10_000 + "]" * 10_000 + "}",
        "COPY <http://nowhere/> TO DEFAULT",
    ],
    ids=["load", "service", "silent service", "nested", "operators", "patterns", "nested nodes", "no graph"],
)
def test_what_is_refused_in_a_query_is_refused_in_an_update(client, text):
    answer = send(client, text, "adm")

    assert answer.status_code == 400
    assert answer.json()["type"].endswith(("#query-refused", "#query-syntax"))


def test_load_silent_does_nothing_and_does_not_fail(client):
    assert send(client, "LOAD SILENT <http://127.0.0.1:9/>").status_code == 204


def test_operations_of_one_request_see_each_other_and_make_one_change(client):
    answer = send(
        client,
        f"INSERT DATA {{ <{WORK}> wy:keyword 'a' }} ;"
        " PREFIX k: <http://example.org/> INSERT { ?work k:was ?word } WHERE { ?work wy:keyword ?word } ;"
        " DELETE WHERE { ?work wy:keyword ?word } ;"
        " INSERT { ?work wy:keyword 'b' } WHERE { ?work <http://example.org/was> 'a' }",
    )

    assert answer.json()["added"] == 2
    assert sorted(value for _, _, value in graph(client, MINE)) == ['"a"', '"b"']


def test_nothing_of_a_request_counts_where_one_operation_fails(client):
    before = client.app.state.library.generation

    answer = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'a' }} ; LOAD <http://127.0.0.1:9/>")

    assert answer.status_code == 400
    assert client.app.state.library.generation == before


def test_a_change_that_breaks_the_shapes_is_refused_in_the_language_of_the_asker(client):
    answer = send(client, f"INSERT DATA {{ <{BASE}id/work/new> a wy:Work }}", Accept_Language="en")

    assert answer.status_code == 422
    found = answer.json()["violations"]
    assert found[0]["node"] == f"{BASE}id/work/new"
    assert found[0]["path"] == "https://w3id.org/wenyuan/ns#title"
    assert found[0]["message"] == "the work has no title"
    chinese = send(client, f"INSERT DATA {{ <{BASE}id/work/new> a wy:Work }}", Accept_Language="zh")
    assert chinese.json()["violations"][0]["message"] != found[0]["message"]


def test_warnings_come_with_the_answer(client):
    answer = send(
        client, f"INSERT DATA {{ <{WORK}-i> a wy:Instance ; wy:instanceOf <{WORK}> ; wy:isbn13 '978' }}"
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["warnings"][0]["path"] == "https://w3id.org/wenyuan/ns#isbn13"


def test_what_was_wrong_before_may_stay_wrong(client):
    library = client.app.state.library
    bad = [("<http://a/w>", TYPE, "<https://w3id.org/wenyuan/ns#Work>")]
    library.commit(Note("tester", "ingest"), [Edit(f"{BASE}graph/src/test/2", "replace", bad)])

    assert send(client, "INSERT DATA { <http://a/w> wy:keyword 'x' }").status_code == 200


def test_a_change_may_be_made_only_of_the_generation_one_knows(client):
    number = client.app.state.library.generation

    first = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'a' }}", If_Match=f'"{number}"')
    second = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'b' }}", If_Match=f'"{number}"')

    assert (first.status_code, second.status_code) == (200, 412)


def test_a_change_is_taken_back_by_who_made_it_or_by_a_steward(client):
    number = send(client, f"INSERT DATA {{ <{WORK}> wy:keyword 'a' }}").json()["change"]

    def undo(who):
        return client.post(f"/changes/{number}/undo", headers={"Authorization": KEYS[who]})

    assert undo("bob").status_code == 403
    assert undo("ada").json()["removed"] == 1
    assert graph(client, MINE) == []
    assert undo("ste").status_code == 204


def test_new_nodes_have_names_of_their_own(client):
    send(client, f"INSERT DATA {{ <{WORK}> <http://b> [ <http://c> 1 ] }}")
    send(client, f"INSERT DATA {{ <{WORK}> <http://b> [ <http://c> 1 ] }}")

    told = graph(client, MINE)
    assert len({subject for subject, _, _ in told}) == 3
    assert all(subject.startswith(f"<{BASE}") for subject, _, _ in told)


def test_a_space_may_have_a_default_graph_of_its_own(client):
    path = "/spaces/own/update"
    made = send(client, "INSERT DATA { <http://a> <http://b> 1.50, 01 }", "ste", path)
    query = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}

    counted = client.get("/spaces/own/sparql", params=query, headers={"Accept": "text/csv"})

    assert made.json()["added"] == 2
    assert counted.text.split() == ["n", "2"]
    assert send(client, "INSERT DATA { <http://a> <http://b> 2 }", "ada", path).status_code == 403
    assert send(client, "DELETE DATA { <http://a> <http://b> 1 }", "ste", path).json()["removed"] == 1
    assert send(client, "DROP DEFAULT", "ste", path).json()["removed"] == 1
    undone = client.post(
        f"/spaces/own/changes/{made.json()['change']}/undo", headers={"Authorization": KEYS["ste"]}
    )
    assert undone.status_code in (200, 204)


def test_other_sites_may_send_updates(client):
    answer = client.options("/update", headers={"Origin": "https://example.org"})

    assert answer.status_code == 204
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert client.get("/update").status_code == 405


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"INSERT DATA { <a> <b> '\xff' }", "application/sparql-update", 400),
        (b"INSERT DATA {}", "text/plain", 415),
        (b"query=ASK{}", "application/x-www-form-urlencoded", 400),
        (b"INSERT DATA { <a> <b> '" + b"x" * 9_000_000 + b"' }", "application/sparql-update", 413),
    ],
    ids=["not UTF-8", "of another kind", "no update", "too large"],
)
def test_a_request_that_breaks_the_protocol_is_told_how(client, body, kind, status):
    answer = client.post(
        "/update", content=body, headers={"Content-Type": kind, "Authorization": KEYS["ada"]}
    )

    assert answer.status_code == status


def test_the_protocol_may_name_the_dataset_unless_the_update_does(client):
    text = f"INSERT {{ GRAPH <{MINE}> {{ ?s <http://b> ?o }} }} WHERE {{ ?s wy:title ?o }}"
    key = {"Authorization": KEYS["ada"]}

    empty = client.post("/update", data={"update": text, "using-graph-uri": "http://none/"}, headers=key)
    full = client.post("/update", data={"update": text, "using-graph-uri": SOURCE}, headers=key)
    both = text.replace("WHERE", f"USING <{SOURCE}> WHERE")
    refused = client.post("/update", data={"update": both, "using-graph-uri": SOURCE}, headers=key)

    assert (empty.status_code, full.json()["added"], refused.status_code) == (204, 1, 400)
