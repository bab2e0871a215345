"""Budgets over HTTP: every request is charged, who has used up its budget is told when to come again."""

import asyncio
import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api import visit
from api.app import create_app
from api.asker import Asker
from api.meter import LEAST
from api.sparql import door
from api.visit import Visit
from kg.errors import OverBudget
from kg.pool.task import Cost
from kg.settings import Settings
from kg.sparql.plan import plan
from services.budget import Allowance, Budgets
from services.roles import Role

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SMALL = Settings(client_budget=6, crawler_budget=3, budget_minutes=1)
QUERY = "/sparql?query=ASK%7B%7D"


class Clock:
    """A clock that a test moves on."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Client:
    """Someone who asks, from behind a proxy of ours unless it is this machine itself."""

    def __init__(self, served, headers):
        self._served, self._headers = served, headers

    def get(self, path, headers=(), **given):
        return self._served.http.get(path, headers={**self._headers, **dict(headers)}, **given)

    def post(self, path, headers=()):
        return self._served.http.post(path, headers={**self._headers, **dict(headers)})


class Served:
    """An application whose budgets have a clock of ours."""

    def __init__(self, library, settings=SMALL):
        self.app = create_app(replace(settings, trusted_proxies="127.0.0.1"), library=library)
        self.clock = Clock()
        self.meter = self.app.state.meter
        self.meter.budgets = Budgets(clock=self.clock)
        self.http = TestClient(self.app, client=("127.0.0.1", 50000), follow_redirects=False)

    def client(self, address="192.0.2.1", agent=FIREFOX, **headers):
        behind = {"X-Forwarded-For": address} if address != "127.0.0.1" else {}
        return Client(self, {"User-Agent": agent, **behind, **headers})

    def used_up(self, client, path="/healthz"):
        """Asks until the budget is used up; gives the refusal."""
        for _ in range(10_000):
            answer = client.get(path)
            if answer.status_code == 429:
                return answer
        raise AssertionError("the budget is never used up")

    def left(self, address="192.0.2.1"):
        """Seconds that an address has left."""
        return self.meter.budgets.left(f"address {address}", Allowance(6, 6))


@pytest.fixture
def serve(library):
    with ExitStack() as running:

        def start(**settings):
            served = Served(library, replace(SMALL, **settings))
            running.enter_context(served.http)
            return served

        yield start


@pytest.fixture
def served(serve):
    return serve()


def remaining(answer):
    return int(re.search(r"r=(\d+)", answer.headers["ratelimit"])[1]) / 1000


@pytest.mark.parametrize(
    "path",
    ["/", "/search?q=x", "/api/search?q=x", "/api/complete?q=x", "/doc/work/jihe", "/static/style.css",
     "/nowhere", "/sparql", "/ontology", "/changes", "/healthz", "/metrics", "/sparql?query=no"],
)  # fmt: skip
def test_every_request_is_charged(served, path):
    client = served.client()
    client.get(path)

    assert served.left() < 6


def test_a_flood_of_cheap_errors_ends_sooner_than_one_of_cheap_answers(served):
    errors, answers = served.client("192.0.2.1"), served.client("192.0.2.2")

    served.used_up(errors, "/nowhere")
    told = [answers.get("/healthz").status_code for _ in range(60)]

    assert set(told) == {200}
    assert LEAST["error"] >= 10 * LEAST["ok"] > LEAST["hit"]


def test_who_has_used_up_its_budget_is_told_when_to_come_again_and_let_in_then(served):
    client = served.client()
    refused = served.used_up(client, "/nowhere")

    problem = refused.json()
    wait = int(refused.headers["retry-after"])
    assert refused.headers["content-type"] == "application/problem+json"
    assert problem["type"].endswith("#over-budget")
    assert problem["request"] == refused.headers["x-request-id"]
    assert remaining(refused) == 0
    served.clock.now += wait
    assert client.get("/healthz").status_code == 200


def test_who_does_not_wait_is_refused_however_often(served):
    client = served.client()
    served.used_up(client, "/nowhere")

    assert {client.get("/healthz").status_code for _ in range(200)} == {429}


def test_people_get_a_page_that_says_so(served):
    client = served.client(Accept="text/html")
    refused = served.used_up(client, "/nowhere")

    assert refused.headers["content-type"].startswith("text/html")
    assert "Retry-After" in refused.headers
    assert "default-src 'self'" in refused.headers["content-security-policy"]


def test_one_client_does_not_use_up_the_budget_of_another(served):
    served.used_up(served.client("192.0.2.1"), "/nowhere")

    assert served.client("192.0.2.2").get("/healthz").status_code == 200


def test_addresses_of_one_household_share_a_budget(served):
    served.used_up(served.client("2001:db8:1:2::1"), "/nowhere")

    assert served.client("2001:db8:1:2:ffff::9").get("/healthz").status_code == 429
    assert served.client("2001:db8:1:3::1").get("/healthz").status_code == 200


def test_crawlers_of_one_family_share_a_smaller_budget_and_leave_people_theirs(served):
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    served.used_up(served.client("192.0.2.1", agent), "/nowhere")

    assert served.client("192.0.2.77", agent).get("/healthz").status_code == 429
    assert served.client("192.0.2.1", "GPTBot/1.2").get("/healthz").status_code == 200
    assert served.client("192.0.2.1").get("/healthz").status_code == 200


def test_the_headers_say_how_a_client_stands(served):
    client = served.client()

    first, second = client.get("/nowhere"), client.get("/nowhere")

    assert first.headers["ratelimit-policy"] == '"work";q=6000;w=60;qu="milliseconds"'
    assert re.fullmatch(r'"work";r=\d+;t=\d+', first.headers["ratelimit"])
    assert remaining(first) > remaining(second) > 0


def test_a_budget_of_nothing_is_no_budget(serve):
    client = serve(client_budget=0).client()

    answers = [client.get("/nowhere") for _ in range(100)]

    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit" not in answers[0].headers


def test_a_cached_answer_costs_nearly_nothing_and_says_how_the_client_stands(served):
    client = served.client()
    client.get(QUERY)
    before = remaining(client.get(QUERY))

    answers = [client.get(QUERY) for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert before - remaining(answers[-1]) == pytest.approx(10 * LEAST["hit"], abs=0.002)


def test_a_query_costs_what_its_worker_took(served):
    client = served.client()
    before = remaining(client.get("/healthz"))
    client.get("/sparql", params={"query": "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"})

    spent = before - remaining(client.get("/healthz"))
    assert 0.02 < spent < 6


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_query_that_takes_too_long_costs_its_time_for_people_and_programs(serve, accept):
    served = serve(query_seconds=1)
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"

    answer = served.client().get("/sparql", {"Accept": accept}, params={"query": cross})

    assert answer.status_code == 503
    assert served.left() <= 5.1


def test_the_time_in_which_a_query_is_planned_is_charged(served, monkeypatch):
    async def slowly(*given, **options):
        await asyncio.sleep(0.5)
        return await plan(*given, **options)

    monkeypatch.setattr(door, "plan", slowly)

    assert served.client().get("/sparql?query=SELECT+*+%7B%3Fa+%3Fb+%3Fc%7D+LIMIT+1").status_code == 200
    assert served.left() <= 5.5


def test_a_key_has_a_budget_of_its_own(serve, tmp_path):
    served = serve(data_dir=tmp_path)
    token = served.app.state.keys.add("alice", Role.READER, budget=6000)
    served.used_up(served.client(), "/nowhere")

    keyed = served.client(Authorization=f"Bearer {token}")
    assert keyed.get("/healthz").status_code == 200
    assert keyed.get("/healthz").headers["ratelimit-policy"].startswith('"work";q=6000000;')


def test_the_owner_of_the_data_folder_is_not_charged(served):
    served.app.state.key = "the key of the folder"
    local = served.client("127.0.0.1", Authorization="Bearer the key of the folder")

    answers = [local.get("/nowhere") for _ in range(200)]

    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit" not in answers[0].headers


def test_guessing_keys_is_charged_to_the_address(served):
    client = served.client(Authorization="Bearer wy_no")

    assert served.used_up(client, QUERY).status_code == 429
    assert served.client().get("/healthz").status_code == 429


def test_only_so_many_queries_of_one_client_are_let_in_at_once(serve):
    meter = serve(queries_at_once=2, query_seconds=7).meter

    def query(number):
        before = visit.enter(Visit(f"request-{number}", door="sparql"))
        try:
            meter.admit(Asker("192.0.2.1"))
        finally:
            visit.leave(before)

    query(1)
    query(2)
    with pytest.raises(OverBudget) as told:
        query(3)

    assert told.value.retry_after == 7


def test_who_waited_in_vain_pays_nothing_for_waiting(served):
    served.meter.charge(Asker("192.0.2.1"), Cost(seconds=10), door="sparql", outcome="overload")

    assert served.left() > 5.9


def test_the_command_line_of_this_machine_and_its_monitors_are_let_in_in_any_case(served):
    served.app.state.key = "the key of the folder"
    local, stranger = served.client("127.0.0.1"), served.client("192.0.2.9")
    served.used_up(local, "/nowhere")
    served.used_up(stranger, "/nowhere")

    assert local.get("/metrics").status_code == 200
    assert local.get("/readyz").status_code == 200
    assert stranger.get("/readyz").status_code == 429
    shown = {"X-Wenyuan-Key": "the key of the folder"}
    assert local.post("/internal/commands", headers=shown).status_code != 429
    assert local.post("/internal/commands", headers={"X-Wenyuan-Key": "a guess"}).status_code == 429
