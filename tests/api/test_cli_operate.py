"""Commands of who operates a library: keys, spaces, backups; alone and beside a running server."""

import json
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from kg.folder import holder
from kg.library import Library
from services import token
from services.spaces import Spaces

DEMO = files("ingest") / "demo"


def started(folder):
    """A server of its own process on folder/data, ready to answer."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while not (found := holder(folder / "data")) or not answers(found.address):
        assert server.poll() is None, (folder / "server.log").read_text()
        assert time.monotonic() < deadline, "the server did not come up"
        time.sleep(0.05)
    return server


def answers(address):
    try:
        with urlopen(f"{address}healthz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def records(tmp_path):
    (tmp_path / "bnu.xml").write_bytes((DEMO / "cnmarc" / "bnu.xml").read_bytes())


def test_a_key_is_shown_once_and_listed_without_its_token(wenyuan):
    made = wenyuan("key", "add", "alice", "--role", "cataloguer", "--seconds", "60", "--expires", "90d")
    shown = made.out.strip()
    listed = wenyuan("key", "list")

    assert token.is_token(shown)
    assert "this once" in made.err
    assert "alice\tcataloguer\tmain\t60" in listed.out
    assert shown not in listed.out
    assert "valid until" in listed.out


def test_keys_are_told_to_programs(wenyuan):
    wenyuan("space", "add", "physics")
    made = json.loads(
        wenyuan(
            "key", "add", "alice", "--role", "reader", "--space", "physics", "--space", "main", "--json"
        ).out
    )
    ended = json.loads(wenyuan("key", "revoke", "alice", "--json").out)
    listed = json.loads(wenyuan("key", "list", "--json").out)

    assert token.is_token(made["token"])
    assert ended == listed[0]
    assert listed[0]["spaces"] == ["physics", "main"]
    assert listed[0]["is_valid"] is False


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("key", "add", "bob", "--role", "king"), 4, "known: reader, cataloguer, steward, administrator"),
        (("key", "add", "bob", "--role", "reader", "--space", "nowhere"), 3, "no space called 'nowhere'"),
        (("key", "add", "bob", "--role", "reader", "--expires", "soon"), 2, "a number of days"),
        (("key", "add", "a b", "--role", "reader"), 4, "cannot name a key"),
        (("key", "revoke", "nobody"), 3, "no key called 'nobody'"),
        (("space", "add", "Big"), 4, "cannot name a space"),
        (("space", "add", "../up"), 4, "cannot name a space"),
        (("space", "add", "main"), 4, "cannot name a space"),
        (("space", "remove", "nowhere"), 3, "no space called 'nowhere'"),
        (("search", "x", "--space", "nowhere"), 3, "no space called 'nowhere'"),
        (("serve", "--space", "main"), 2, "the whole data folder"),
        (("restore", "nowhere"), 14, "no whole backup"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_with_the_way_out(wenyuan, words, code, said):
    found = wenyuan(*words)

    assert (found.code, said in found.err) == (code, True), found.err


def test_a_command_is_about_the_space_that_is_named(wenyuan, records):
    wenyuan("space", "add", "physics", "--title", "Physics", "--private")

    taken_in = wenyuan("ingest", "bnu.xml", "--source", "bnu", "--space", "physics")
    inside, outside = (wenyuan(*space, "search", "报告").err for space in (["--space", "physics"], []))
    listed = json.loads(wenyuan("space", "list", "--json").out)

    assert "new 6" in taken_in.err
    assert inside != outside
    assert wenyuan("export", "--space", "main").out == ""
    assert "http://localhost:8000/spaces/physics/id/" in wenyuan("export", "--space", "physics").out
    assert wenyuan("query", "ASK { ?s ?p ?o }", "--space", "physics").out == "yes\n"
    assert (listed[0]["name"], listed[0]["is_public"], listed[0]["title"]) == ("physics", False, "Physics")


def test_a_removed_space_leaves_its_folder_until_it_is_purged(wenyuan, records):
    wenyuan("space", "add", "physics")
    wenyuan("ingest", "bnu.xml", "--space", "physics")

    wenyuan("space", "remove", "physics")
    refused = wenyuan("space", "add", "physics")
    again = wenyuan("space", "add", "physics", "--existing")
    kept = wenyuan("query", "ASK { ?s ?p ?o }", "--space", "physics")
    wenyuan("space", "remove", "physics", "--purge")

    assert refused.code == 14
    assert "--existing" in refused.err
    assert again.code == 0
    assert kept.out == "yes\n"
    assert not Path("data/spaces/physics").exists()


def test_what_is_restored_exports_the_same(wenyuan, records):
    wenyuan("space", "add", "physics", "--private")
    made = wenyuan("key", "add", "alice", "--role", "reader", "--space", "physics").out.strip()
    for space in ("main", "physics"):
        wenyuan("ingest", "bnu.xml", "--space", space)
    before = [wenyuan("export", "--sorted", "--space", space).out for space in ("main", "physics")]

    backed_up = wenyuan("backup", "backups")
    checked = wenyuan("restore", "backups", "--check")
    restored = wenyuan("restore", "backups", "--to", "new")
    after = [
        wenyuan("export", "--sorted", "--space", space, "--data-dir", "new").out
        for space in ("main", "physics")
    ]

    assert backed_up.out.startswith(str(Path.cwd() / "backups"))
    assert (checked.code, restored.code) == (0, 0), checked.err + restored.err
    assert "is sound" in checked.err
    assert all(before)
    assert after == before
    assert made not in "".join(p.read_text("latin-1") for p in Path("backups").rglob("*") if p.is_file())
    assert wenyuan("key", "list", "--data-dir", "new").out == wenyuan("key", "list").out
    assert wenyuan("restore", "backups", "--to", "new").code == 14
    assert wenyuan("restore", "backups", "--to", "new", "--replace").code == 0


def test_a_harmed_backup_is_told_file_by_file(wenyuan, records):
    wenyuan("ingest", "bnu.xml")
    place = Path(wenyuan("backup", "backups").out.strip())
    (place / "data" / "journal" / "journal.sqlite").write_bytes(b"")

    found = wenyuan("restore", "backups", "--check", "--json")

    assert found.code == 1
    assert json.loads(found.out)["problems"][0].startswith("data/journal/journal.sqlite has 0 bytes")


def test_backups_can_be_few(wenyuan, records):
    wenyuan("ingest", "bnu.xml")
    for _ in range(3):
        wenyuan("backup", "backups", "--keep", "2")

    assert len(list(Path("backups").glob("2*"))) == 2


def test_another_base_is_pointed_out(wenyuan, monkeypatch):
    wenyuan("backup", "backups")
    monkeypatch.setenv("WENYUAN_BASE_IRI", "https://other.example/")

    assert "http://localhost:8000/" in wenyuan("restore", "backups", "--check").err


@pytest.mark.slow
def test_keys_spaces_and_backups_work_beside_a_server(wenyuan, records, tmp_path):
    server = started(tmp_path)
    try:
        address = holder(tmp_path / "data").address
        wenyuan("space", "add", "physics", "--private")
        made = wenyuan("key", "add", "alice", "--role", "reader", "--space", "physics").out.strip()
        taken_in = wenyuan("ingest", "bnu.xml", "--space", "physics")
        asked = f"{address}spaces/physics/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D"
        with urlopen(Request(asked, headers={"Authorization": f"Bearer {made}"})) as answer:
            inside = json.load(answer)
        with pytest.raises(HTTPError) as stranger:
            urlopen(asked)
        stranger.value.close()
        backed_up = wenyuan("backup", "backups")
        purged = wenyuan("space", "remove", "physics", "--purge")
        in_use = wenyuan("restore", "backups", "--replace")
    finally:
        server.terminate()
        server.wait(30)

    assert "new 6" in taken_in.err
    assert inside["boolean"] is True
    assert stranger.value.code == 404
    assert (backed_up.code, purged.code, in_use.code) == (0, 0, 13), (backed_up, purged, in_use)
    assert not (tmp_path / "data" / "spaces" / "physics").exists()
    assert wenyuan("restore", "backups", "--check").code == 0
    assert wenyuan("restore", "backups", "--replace").code == 0
    with Library.open(tmp_path / "data" / "spaces" / "physics") as library:
        assert library.generation == 1


@pytest.mark.slow
def test_answers_that_are_kept_end_with_the_space_that_gave_them(wenyuan, records, tmp_path):
    server = started(tmp_path)
    try:
        place = urlsplit(holder(tmp_path / "data").address)
        wenyuan("space", "add", "physics")
        with closing(HTTPConnection(place.hostname, place.port, timeout=30)) as connection:

            def asked():
                connection.request("GET", "/spaces/physics/sparql?query=ASK%7B%7D", headers={"Accept": "*/*"})
                answer = connection.getresponse()
                answer.read()
                return answer.status, answer.headers.get("Cache-Status", "")

            before = [asked() for _ in range(4)]
            Spaces(tmp_path / "data").remove("physics")
            Spaces(tmp_path / "data").add("physics", is_public=False, is_existing=True)
            time.sleep(1)
            private = asked()
            wenyuan("space", "remove", "physics")
            removed = asked()
    finally:
        server.terminate()
        server.wait(30)

    assert [status for status, _ in before] == [200] * 4
    assert "hit" in before[-1][1]
    assert (private[0], removed[0]) == (404, 404)
