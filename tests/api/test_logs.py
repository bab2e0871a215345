"""Logs: one line for each request, with an id that is everywhere, and without tokens or whole addresses."""

import io
import json
import logging
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.asker import Asker
from api.logs import configure
from kg.settings import Settings
from services import token
from services.roles import Role


class Logged:
    """An application and what it logs."""

    def __init__(self, library, **given):
        self.settings = Settings(log_level="INFO", **given)
        self.stream = io.StringIO()
        configure(self.settings, self.stream)
        self.app = create_app(self.settings, library=library)
        self.http = TestClient(
            self.app, client=("203.0.113.99", 1), follow_redirects=False, raise_server_exceptions=False
        )

    def text(self):
        return self.stream.getvalue()

    def lines(self):
        return [json.loads(line) for line in self.text().splitlines()]

    def last(self):
        return [line for line in self.lines() if line["logger"] == "api.lines"][-1]


@pytest.fixture
def logged(library):
    """Starts applications whose logs are read; puts logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with ExitStack() as running:

        def start(**given):
            made = Logged(library, **given)
            running.enter_context(made.http)
            return made

        yield start
    root.handlers[:] = handlers
    root.setLevel(level)


def test_each_request_has_a_line_with_what_became_of_it(logged):
    served = logged(log_format="json")
    answer = served.http.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})

    line = served.last()
    told = {name: line[name] for name in ("client", "door", "method", "path", "status", "bytes", "outcome")}
    assert told == {
        "client": "203.0.113.99", "door": "sparql", "method": "GET", "path": "/sparql", "status": 200,
        "bytes": len(answer.content), "outcome": "ok",
    }  # fmt: skip
    assert (line["generation"], line["cache"]) == (1, "miss")
    assert line["request"] == answer.headers["x-request-id"]
    assert 0 < line["seconds"] < 60
    assert line["cost"] > 0


def test_a_cached_answer_has_its_line_too(logged):
    served = logged(log_format="json")
    for _ in range(2):
        served.http.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})

    assert (served.last()["cache"], served.last()["outcome"]) == ("hit", "hit")


def test_an_answer_of_the_lane_has_its_line_with_the_id_that_its_client_is_told(logged):
    served = logged(log_format="json", log_addresses=False)
    bill = served.app.state.meter.hit(Asker("203.0.113.99"), 7, "run-2a", 42)

    line = served.last()
    assert (line["request"], line["cache"], line["generation"]) == ("run-2a", "lane", 7)
    assert (line["client"], line["bytes"], line["status"]) == ("203.0.113.0/24", 42, 200)
    assert bill.startswith(b"ratelimit-policy: ")


def test_a_well_formed_id_of_a_request_is_kept(logged):
    served = logged(log_format="json")

    answer = served.http.get("/nowhere", headers={"X-Request-Id": "from-the-proxy:1"})

    assert answer.headers["x-request-id"] == answer.json()["request"] == "from-the-proxy:1"
    assert {line["request"] for line in served.lines() if "request" in line} == {"from-the-proxy:1"}


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with blank here", "<script>alert(1)</script>", "…" * 10]
)
def test_an_id_that_is_not_well_formed_is_replaced(logged, given):
    answer = logged(log_format="json").http.get("/", headers={"X-Request-Id": given.encode()})

    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 16


def test_every_line_of_a_failure_has_the_id_that_the_client_is_told(logged):
    served = logged(log_format="json")

    def fails():
        raise ZeroDivisionError("on purpose")

    served.app.add_api_route("/fails", fails)
    answer = served.http.get("/fails")

    told = answer.json()
    assert answer.status_code == 500
    assert told["number"] == told["request"] == answer.headers["x-request-id"]
    failure = next(line for line in served.lines() if line["level"] == "ERROR")
    assert failure["request"] == told["number"]
    assert "ZeroDivisionError: on purpose" in failure["exception"]
    assert served.last()["status"] == 500


def test_no_line_holds_a_token(logged, tmp_path):
    served = logged(log_format="json", data_dir=tmp_path)
    key = served.app.state.keys.add("alice", Role.CATALOGUER)
    shown = {"Authorization": f"Bearer {key}"}

    served.http.get("/", headers=shown)
    served.http.get(f"/nowhere/{key}?key={key}", headers=shown)
    logging.getLogger("api.elsewhere").error("it was %s", key)
    try:
        raise ValueError(key)
    except ValueError:
        logging.getLogger("api.elsewhere").exception("so it ended")

    assert not token.holds_token(served.text())
    assert "sqlalchemy" not in served.text()
    assert "so it ended" in served.text()
    assert {line["client"] for line in served.lines() if "client" in line} == {"alice"}


def test_addresses_can_be_kept_out(logged):
    served = logged(log_format="json", log_addresses=False)
    served.http.get("/", headers={"X-Forwarded-For": "198.51.100.77"})

    assert served.last()["client"] == "203.0.113.0/24"
    assert "203.0.113.99" not in served.text()


def test_what_a_client_sends_makes_no_line_of_its_own(logged):
    served = logged(log_format="plain")
    served.http.get("/nowhere%0A2026-01-01%20ERROR%20forged")
    logging.getLogger("api.elsewhere").warning("name %s", "x\n2026 ERROR forged\x1b[31m")

    assert not any(line.startswith("2026 ERROR forged") for line in served.text().splitlines())
    assert "\x1b" not in served.text()


def test_people_read_one_line_a_request(logged):
    served = logged(log_format="plain")
    answer = served.http.get("/healthz")

    (line,) = [line for line in served.text().splitlines() if "api.lines" in line]
    assert "203.0.113.99 GET /healthz 200" in line
    assert line.endswith(f"[{answer.headers['x-request-id']}]")


def test_slow_queries_are_logged_by_shape_with_their_plan(tmp_path):
    from kg.library import Library
    from services.slow import entries

    settings = Settings(data_dir=tmp_path, slow_query_seconds=0)
    with Library.open(tmp_path) as library, TestClient(create_app(settings, library=library)) as client:
        client.get("/sparql", params={"query": 'SELECT * { ?s wy:title "secret" }'})
        client.get("/sparql", params={"query": "SELECT * { ?s wy:title }"})

    done, wrong = entries(tmp_path)
    assert done["shape"] == 'SELECT * { ?1 wy:title "…" }'
    assert (done["door"], done["outcome"], done["kind"]) == ("sparql", "ok", "person")
    assert done["path"]
    assert done["steps"]
    assert wrong["outcome"] == "syntax"
    assert "secret" not in (tmp_path / "slow-queries.jsonl").read_text()
