"""Errors: one table for statuses and exit codes, told as a problem to programs and on a page to people."""

import logging
import shutil

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.problems import PROBLEMS, exit_code, problem
from kg.errors import QuerySyntax, StoreLocked
from kg.library import Library
from kg.settings import Settings
from ontology.errors import NotFound, WenyuanError


def _below(kind: type[WenyuanError]) -> list[type[WenyuanError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _below(child))]


def test_every_error_of_ours_has_a_line_of_its_own():
    floors = ("ontology", "kg", "ingest", "api")

    ours = {kind for kind in _below(WenyuanError) if kind.__module__.partition(".")[0] in floors}
    assert ours == set(PROBLEMS)


def test_exit_codes_leave_success_usage_and_the_shells_own_alone():
    assert not {0, 2, *range(64, 256)} & {known.exit_code for known in PROBLEMS.values()}


def test_names_are_fit_for_an_address_and_all_different():
    names = [known.name for known in PROBLEMS.values()]

    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)


def test_an_error_is_what_its_nearest_class_is():
    class Odd(StoreLocked):
        """A kind that nobody listed."""

    assert problem(Odd("x")) == PROBLEMS[StoreLocked]
    assert exit_code(NotFound("x")) == PROBLEMS[NotFound].exit_code


@pytest.fixture
def failing(library):
    """An application in which some addresses fail."""
    app = create_app(Settings(), library=library)

    @app.get("/fails/ours")
    def ours() -> None:
        raise QuerySyntax("odd <b>query</b>", line=2, column=5, hint="mend it")

    @app.get("/fails/locked")
    def locked() -> None:
        raise StoreLocked("another process holds it", hint="stop it")

    @app.get("/fails/bug")
    def bug() -> None:
        raise ZeroDivisionError("a secret of ours")

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_programs_are_told_in_members(failing):
    answer = failing.get("/fails/ours")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "request": answer.headers["x-request-id"],
        "type": "https://w3id.org/wenyuan/problems#query-syntax",
        "title": "The query cannot be read",
        "status": 400,
        "detail": "odd <b>query</b>",
        "hint": "mend it",
        "line": 2,
        "column": 5,
        "instance": "/fails/ours",
    }


def test_people_are_told_on_a_page(failing):
    answer = failing.get("/fails/ours", headers={"Accept": "text/html", "Accept-Language": "en"})

    assert answer.status_code == 400
    assert "odd &lt;b&gt;query&lt;/b&gt;" in answer.text


def test_what_will_pass_says_when_to_come_back(failing):
    answer = failing.get("/fails/locked")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_fault_of_ours_gives_a_number_that_the_log_knows_and_nothing_else(failing, caplog, accept):
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/fails/bug", headers={"Accept": accept})

    number = next(record.args[0] for record in caplog.records if record.msg.startswith("failure"))
    assert answer.status_code == 500
    assert number in answer.text
    assert "secret" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_people_are_told_even_when_no_page_can_be_made(tmp_path):
    with Library.open(tmp_path / "data") as library:
        app = create_app(Settings(), library=library)
    shutil.rmtree(tmp_path / "data")
    with TestClient(app, raise_server_exceptions=False) as client:
        ready = client.get("/readyz", headers={"Accept": "text/html"})
        missing = client.get("/changes/9", headers={"Accept": "text/html"})

    assert (ready.status_code, ready.headers["content-type"]) == (503, "application/problem+json")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/static/none.css", 404), ("/doc", 400)])
def test_the_frameworks_own_errors_are_problems_too(client, path, status):
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_method_nobody_takes_names_those_that_are(client):
    answer = client.post("/doc/work/jihe")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
