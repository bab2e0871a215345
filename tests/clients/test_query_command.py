"""`wenyuan query`: the same options and the same answers for an address and for a folder."""

import gzip
import json
import subprocess
import sys

import pytest

from tests.clients.conftest import Server, filled

pytestmark = pytest.mark.slow

TITLES = "SELECT ?title { ?work wy:title ?title } ORDER BY ?title"


def asked(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "--lang", "en", "query", *words],
        capture_output=True,
        text=True,
        **more,
    )


@pytest.fixture(params=["address", "endpoint", "folder"])
def at(request: pytest.FixtureRequest, server: Server, tmp_path) -> str:
    if request.param == "folder":
        return str(filled(tmp_path / "data"))
    return server.address if request.param == "address" else server.endpoint


def test_an_answer_comes_in_the_format_asked_for(at, tmp_path):
    table = asked("--at", at, TITLES)
    rows = asked("--at", at, "--json", "-", input=TITLES)
    file = tmp_path / "titles.csv.gz"
    written = asked("--at", at, "--format", "csv", "--output", str(file), TITLES)

    assert "几何原本" in table.stdout.splitlines()
    assert json.loads(rows.stdout)["head"] == {"vars": ["title"]}
    assert (written.returncode, written.stdout) == (0, "")
    assert gzip.decompress(file.read_bytes()).startswith(b"title\r\n")


def test_mistakes_have_the_same_codes_everywhere(at):
    wrong = asked("--at", at, "SELECT ?x { ?x }")

    assert (wrong.returncode, wrong.stdout) == (6, "")
    assert "line 1" in wrong.stderr
    assert asked("--at", at, "--format", "word", TITLES).returncode == 4
    assert asked("--at", at, "DROP ALL").returncode == 5


def test_a_key_of_the_environment_is_shown(server, monkeypatch):
    monkeypatch.setenv("WENYUAN_KEY", "wy_nobody")

    assert asked("--at", server.address, "ASK {}").returncode != 0
    assert asked("--at", server.address, "--key", server.key, "ASK {}").stdout == "yes\n"


def test_a_way_is_explained(server):
    done = asked("--at", server.address, "--explain", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")

    assert json.loads(done.stdout)


def test_a_server_that_is_not_there_is_told_of(tmp_path):
    done = asked("--at", "http://127.0.0.1:1/sparql", "--output", str(tmp_path / "x.csv"), "ASK {}")

    assert done.returncode == 7
    assert "does not answer" in done.stderr
    assert list(tmp_path.iterdir()) == []
