"""The pages for operators name settings, figures, doors and tests that exist."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.library import Library
from kg.settings import Settings, read

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SETTINGS = {field.name for field in fields(Settings)}


@pytest.mark.parametrize("page", [OPERATIONS, THREATS], ids=["operations", "threat model"])
def test_a_setting_that_is_named_exists(page):
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?: = [^`]*)?`", page))

    foreign = {name for name in named if name.startswith(("wenyuan_", "process_", "test_"))}
    assert named - foreign - SETTINGS == set()
    assert len(named & SETTINGS) > 1


def test_the_settings_of_the_sample_are_read():
    sample = re.search(r"```toml\n(.*?)```", OPERATIONS, re.DOTALL)[1]

    settings = read(ROOT / "nowhere", environment={}, **tomllib.loads(sample))

    assert settings.trusted_proxies == "127.0.0.1 ::1"


def test_a_figure_that_is_named_exists():
    with (
        Library.in_memory() as library,
        TestClient(create_app(Settings(), library=library), client=("127.0.0.1", 1)) as client,
    ):
        client.get("/sparql", params={"query": "ASK { ?s ?p ?o FILTER(REGEX(STR(?o), 'x')) }"})
        client.get("/sparql", params={"query": "no"})
        told = client.get("/metrics").text

    named = set(re.findall(r"\b(?:wenyuan|process)_[a-z_]+\b", OPERATIONS.replace("_total`", "_total` ")))
    in_memory = {"wenyuan_journal_bytes"}
    there = set(re.findall(r"^(?:# TYPE )?([a-z_]+)", told, re.MULTILINE))
    assert {name for name in named - in_memory if name not in there} == set()


def test_a_test_that_is_named_exists():
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8"))
    }

    named = set(re.findall(r"`(test_\w+)`", THREATS))
    assert len(named) > 40
    assert named - there == set()


def test_every_door_is_in_the_threat_model():
    named = " ".join(re.findall(r"^\| (`/.*?) \|", THREATS, re.MULTILINE))

    assert all(door in named for door in ("/sparql", "/update", "/graphs", "/metrics", "/internal/commands"))
