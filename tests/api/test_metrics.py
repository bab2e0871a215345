"""Figures for Prometheus: what is counted, in which format, for whom, and that nobody makes labels."""

import re

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from api.app import create_app
from api.doors import DOORS, door
from kg.settings import Settings
from services.roles import Role


@pytest.fixture
def app(library, tmp_path):
    return create_app(Settings(data_dir=tmp_path), library=library)


@pytest.fixture
def here(app):
    """A client on this machine."""
    with TestClient(app, client=("127.0.0.1", 1), follow_redirects=False) as client:
        yield client


def figures(client):
    text = client.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(text)
        for sample in family.samples
    }


def value(found, name, **labels):
    return found[(name, tuple(sorted(labels.items())))]


def test_requests_are_counted_by_door_status_and_kind(here):
    here.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})
    here.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})
    here.get("/sparql", params={"query": "nothing"})
    here.get("/nowhere", headers={"User-Agent": "GPTBot/1"})

    found = figures(here)

    requests = "wenyuan_requests_total"
    assert value(found, requests, door="sparql", status="200", kind="person") == 2
    assert value(found, requests, door="sparql", status="400", kind="person") == 1
    assert value(found, requests, door="other", status="404", kind="crawler") == 1
    assert value(found, "wenyuan_request_seconds_count", door="sparql") == 3
    assert value(found, "wenyuan_cache_total", result="hit") == 1
    assert value(found, "wenyuan_cache_total", result="miss") == 1
    assert value(found, "wenyuan_charged_seconds_total", kind="person") > 0


def test_the_pool_and_the_library_are_told_as_they_are(here, library):
    here.get("/sparql", params={"query": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '^a')) }"})

    found = figures(here)

    assert value(found, "wenyuan_pool_ends_total", reason="answered") == 1
    assert value(found, "wenyuan_pool_ends_total", reason="deadline") == 0
    assert value(found, "wenyuan_pool_busy") == 0
    assert value(found, "wenyuan_pool_begun_total") >= 1
    assert value(found, "wenyuan_generation") == library.generation
    assert value(found, "wenyuan_statements") == library.counts().statements
    assert value(found, "wenyuan_requests_running") == 1


def test_queries_that_the_guard_refuses_are_counted(here):
    here.get("/sparql", params={"query": "SELECT * { " + "{" * 100 + "}" * 100 + " }"})

    assert value(figures(here), "wenyuan_guard_refusals_total", reason="too-complex") == 1


def test_who_is_refused_for_want_of_budget_is_counted(library):
    settings = Settings(client_budget=0.6, budget_minutes=1)
    with TestClient(create_app(settings, library=library), client=("127.0.0.1", 1)) as here:
        while here.get("/nowhere").status_code != 429:
            pass
        assert value(figures(here), "wenyuan_over_budget_total", kind="person") == 1


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text;"),
    ],
)  # fmt: skip
def test_the_format_is_the_one_that_is_asked_for(here, accept, media_type):
    answer = here.get("/metrics", headers={"Accept": accept})

    assert answer.headers["content-type"].startswith(media_type)
    read = open_families if "openmetrics" in media_type else families
    assert {family.name for family in read(answer.text)} >= {"wenyuan_generation", "wenyuan_request_seconds"}


def test_only_this_machine_and_administrators_may_read_them(app):
    with TestClient(app, client=("192.0.2.1", 1)) as stranger:
        administrator = app.state.keys.add("root", Role.ADMINISTRATOR)
        steward = app.state.keys.add("steward", Role.STEWARD)

        def status(**headers):
            return stranger.get("/metrics", headers=headers).status_code

        assert status() == 401
        assert status(Authorization=f"Bearer {steward}") == 403
        assert status(Authorization=f"Bearer {administrator}") == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_stranger_behind_a_proxy_on_this_machine_is_a_stranger(here, header):
    assert here.get("/metrics", headers={header: "for=127.0.0.1"}).status_code == 401


def test_a_setting_opens_them(library):
    settings = Settings(metrics_open=True)
    with TestClient(create_app(settings, library=library), client=("192.0.2.1", 1)) as stranger:
        assert stranger.get("/metrics").status_code == 200


def test_whatever_strangers_send_there_are_no_new_labels(here):
    for number in range(50):
        here.get(f"/made-up-{number}/x", headers={"User-Agent": f"bot-{number}"})
        here.get(f"/sparql/{number}?query={number}")
        here.get(f"/spaces/{number}/sparql")
    here.request("INVENTED", "/")
    here.get("/sparql", params={"query": "ASK {}", "format": "invented"})

    text = here.get("/metrics").text
    assert set(re.findall(r'door="([^"]*)"', text)) <= set(DOORS)
    assert set(re.findall(r'kind="([^"]*)"', text)) <= {"person", "crawler", "key"}
    assert all(re.fullmatch(r"\d{3}", found) for found in re.findall(r'status="([^"]*)"', text))
    assert "made-up" not in text
    assert len(text) < 100_000


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "pages"),
        ("/sparql", "sparql"),
        ("/sparql/explain", "explain"),
        ("/sparql/x", "sparql"),
        ("/spaces/physics/sparql", "sparql"),
        ("/spaces/physics/search", "search"),
        ("/spaces/physics", "other"),
        ("/api/search", "search"),
        ("/api/changes/1", "changes"),
        ("/doc/work/x.ttl", "data"),
        ("/doc.ttl", "data"),
        ("/ontology.ttl", "ontology"),
        ("//", "pages"),
        ("/" + "x" * 10_000, "other"),
    ],
)
def test_a_path_leads_to_a_door(path, name):
    assert door(path) == name
