"""Addresses of things: on to their documents, or where they went."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from ontology.namespaces import expand

BASE = "http://localhost:8000/"
NOTE = Note("tester", "edit")


def say(library: Library, thing: str, predicate: str = "wy:title", value: str = '"书"@zh') -> str:
    """States something of a thing, in a graph of its own; gives that graph's IRI."""
    graph = f"{BASE}graph/src/test/{quote(thing, safe='')}"
    iri = thing if "://" in thing else f"{BASE}id/{thing}"
    library.commit(NOTE, [Edit(graph, "replace", ((f"<{iri}>", f"<{expand(predicate)}>", value),))])
    return graph


def test_a_thing_leads_to_its_document_whatever_the_format(client):
    answer = client.get("/id/work/jihe", headers={"Accept": "text/turtle"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/doc/work/jihe")
    assert answer.headers["vary"] == "Accept"
    assert 'rel="describedby"' in answer.headers["link"]


def test_following_the_address_gives_what_was_asked_for(client):
    answer = client.get("/id/work/jihe", headers={"Accept": "text/turtle"}, follow_redirects=True)

    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "几何原本" in answer.text


@pytest.mark.parametrize("key", ["红楼梦", "%E7%BA%A2%E6%A5%BC%E6%A2%A6", "%e7%ba%a2%e6%a5%bc%e6%a2%a6"])
@pytest.mark.parametrize("stored", ["红楼梦", "%E7%BA%A2%E6%A5%BC%E6%A2%A6"])
def test_a_chinese_key_is_found_however_it_is_written(client, library, stored, key):
    say(library, f"work/{stored}")

    answer = client.get(f"/id/work/{key}", follow_redirects=True, headers={"Accept": "text/turtle"})

    assert answer.status_code == 200
    assert "书" in answer.text


@pytest.mark.parametrize(
    "key", ["a%20b", "a%2Fb", "a:b", "10.1000%2F182", "a(b)", "a%25b", "x.y.z", "a+b", "a%3Fb"]
)
def test_a_key_with_marks_is_found(client, library, key):
    say(library, f"work/{key}")

    answer = client.get(f"/id/work/{key}", follow_redirects=True, headers={"Accept": "application/n-triples"})

    assert answer.status_code == 200
    assert f"<{BASE}id/work/{key}>" in answer.text


def test_a_thing_never_heard_of_is_not_found_and_likely_ones_are_suggested(client):
    answer = client.get("/id/person/xu%20guangqi")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith("#not-found")
    assert problem["suggestions"][0]["iri"] == f"{BASE}id/person/xu-guangqi"


def test_a_thing_that_was_withdrawn_is_gone_and_the_change_is_named(client, library):
    graph = say(library, "work/lost")
    change = library.commit(NOTE, [Edit(graph, "replace", ())])

    for address in ("/id/work/lost", "/doc/work/lost", "/doc/work/lost.ttl"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert answer.json()["change"] == change.number


def test_a_thing_that_comes_back_is_there_again(client, library):
    graph = say(library, "work/lost")
    change = library.commit(NOTE, [Edit(graph, "replace", ())])
    library.undo([change.number], Note("tester", "undo"))

    assert client.get("/id/work/lost").status_code == 303


@pytest.mark.parametrize("predicate", ["wy:replacedBy", "dcterms:isReplacedBy"])
def test_a_merged_thing_has_moved(client, library, predicate):
    say(library, "work/old", predicate, f"<{BASE}id/work/jihe>")

    thing, document = client.get("/id/work/old"), client.get("/doc/work/old.ttl")

    assert (thing.status_code, thing.headers["location"]) == (301, "/id/work/jihe")
    assert (document.status_code, document.headers["location"]) == (301, "/doc/work/jihe.ttl")


def test_a_thing_that_was_merged_into_itself_stays(client, library):
    say(library, "work/odd", "wy:replacedBy", f"<{BASE}id/work/odd>")

    assert client.get("/id/work/odd").status_code == 303


def test_a_thing_that_moved_elsewhere_leads_there(client, library):
    say(library, "concept/old", "dcterms:isReplacedBy", "<http://example.org/概念>")

    assert client.get("/id/concept/old").headers["location"] == "http://example.org/%E6%A6%82%E5%BF%B5"


def test_a_record_leads_to_what_is_said_about_it(client):
    answer = client.get("/graph/src/crossref/10.5555%2Fgraphs", headers={"Accept": "text/turtle"})

    assert answer.status_code == 303
    described = client.get(answer.headers["location"], headers={"Accept": "text/turtle"})
    assert 'wy:recordId "10.5555/graphs"' in described.text


@pytest.mark.parametrize(
    "path", ["/id/work/%FF%FE", "/doc/work/%FF", "/id/work/%", "/id/work/%00", "/doc/work/<x>"]
)
def test_an_address_that_is_no_text_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_head_says_the_same_without_the_body(client):
    for path in (
        "/id/work/jihe",
        "/doc/work/jihe",
        "/doc/work/jihe.jsonld",
        "/doc/work/none",
        "/healthz",
        "/",
    ):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        told, said = ({**each.headers, "x-request-id": "", "ratelimit": ""} for each in (head, got))
        assert told == said


def test_behind_a_proxy_addresses_keep_its_path(library):
    app = create_app(Settings(), library=library)
    with TestClient(app, root_path="/catalogue", follow_redirects=False) as client:
        thing = client.get("/catalogue/id/work/jihe")
        document = client.get(thing.headers["location"], headers={"Accept": "text/turtle"})

    assert thing.headers["location"] == "/catalogue/doc/work/jihe"
    assert document.status_code == 200
    assert document.headers["content-location"] == "/catalogue/doc/work/jihe.ttl"
