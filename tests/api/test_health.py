"""Whether the server lives and can answer, for whoever watches over it."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Note
from kg.library import Library
from kg.settings import Settings


def test_a_server_that_lives_says_so(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_server_that_can_answer_says_of_what(client, library):
    ready = client.get("/readyz").json()

    assert ready == {"status": "ok", "generation": 1, "statements": library.counts().statements}


def test_a_server_whose_store_is_closed_lives_but_is_not_ready(client, library):
    library.store.close()

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"].endswith("#not-ready")


def test_a_server_opens_the_library_of_its_folder_and_closes_it(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")

    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").json()["generation"] == 0

    with Library.open(settings.data_dir) as library:
        assert library.generation == 0


def test_without_a_key_no_command_is_taken(client):
    answer = client.post("/internal/commands", json={"words": ["doctor"], "cwd": ".", "language": "en"})

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/changes", "/changes/1", "/api/changes", "/api/changes/1"])
def test_programs_get_changes_as_json(client, path):
    answer = client.get(path, headers={"Accept": "application/json"})

    told = answer.json()
    change = told["changes"][0] if "changes" in told else told
    assert (change["number"], change["who"], change["activity"]) == (1, "tester", "ingest")
    assert (change["reason"], change["source"], change["batch"]) == ("first load", "shanghai", "first")
    assert (change["removed"], change["undoes"], change["undone_by"]) == (0, [], None)
    assert change["added"] > 200


def test_people_get_changes_as_a_page(client):
    for path in ("/changes", "/changes/1"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("text/html")


def test_changes_are_paged_and_an_undone_one_says_so(client, library):
    undo = library.undo([1], Note("tester", "undo", "a trial"))

    first = client.get("/api/changes", params={"limit": 1}).json()
    second = client.get("/api/changes", params={"limit": 1, "before": first["before"]}).json()

    assert (first["changes"][0]["number"], first["changes"][0]["undoes"]) == (undo.number, [1])
    assert (second["changes"][0]["undone_by"], second["before"]) == (undo.number, None)


def test_changes_of_one_thing_one_source_or_one_batch(client):
    def numbers(**wanted: str) -> list[int]:
        return [change["number"] for change in client.get("/api/changes", params=wanted).json()["changes"]]

    assert numbers(thing="http://localhost:8000/id/work/jihe") == [1]
    assert numbers(thing="http://localhost:8000/id/work/none") == []
    assert (numbers(source="shanghai"), numbers(source="other")) == ([1], [])
    assert (numbers(batch="first"), numbers(batch="other")) == ([1], [])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/changes/0", 404),
        ("/api/changes/99", 404),
        ("/api/changes/x", 400),
        ("/api/changes?limit=0", 400),
        ("/api/changes?limit=9999", 400),
        ("/api/changes?before=0", 400),
        ("/api/changes?thing=no%20iri", 404),
    ],
)
def test_changes_that_are_not_there_are_a_problem(client, path, status):
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
