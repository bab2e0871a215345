"""Commands beside a running server: they are handed over to it, and nobody meets a lock."""

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from api.remote import KEY_HEADER, PATH
from api.server import listen
from kg.errors import StoreError
from kg.folder import holder

CNMARC = (files("ingest") / "demo" / "cnmarc" / "bnu.xml").read_bytes()


def started(folder):
    """A server of its own process on folder/data, ready to answer."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while not ((found := holder(folder / "data")) and answers(found.address)):
        assert server.poll() is None, (folder / "server.log").read_text()
        assert time.monotonic() < deadline, "the server did not come up"
        time.sleep(0.05)
    return server


def answers(address):
    place = urlsplit(address)
    try:
        with closing(HTTPConnection(place.hostname, place.port, timeout=10)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except OSError:
        return False


@pytest.fixture
def server(tmp_path):
    server = started(tmp_path)
    yield server
    server.terminate()
    server.wait(30)


def posted(address, body, key):
    place = urlsplit(address)
    with closing(HTTPConnection(place.hostname, place.port, timeout=30)) as connection:
        connection.request("POST", PATH, json.dumps(body), {KEY_HEADER: key})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.slow
def test_commands_do_the_same_beside_a_server_as_without_one(server, wenyuan, tmp_path, monkeypatch):
    (tmp_path / "bnu.xml").write_bytes(CNMARC)

    taken_in = wenyuan("ingest", "bnu.xml", "--source", "bnu")
    beside = [wenyuan(*words) for words in (("search", "报告"), ("history", "--json"), ("show", "work/none"))]
    server.terminate()
    server.wait(30)
    alone = [wenyuan(*words) for words in (("search", "报告"), ("history", "--json"), ("show", "work/none"))]

    assert "new 6" in taken_in.err
    assert beside == alone
    assert [found.code for found in alone] == [0, 0, 3]
    assert holder(tmp_path / "data") is None


@pytest.mark.slow
def test_a_command_handed_over_reads_and_writes_where_the_caller_is(server, wenyuan, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "bnu.xml").write_bytes(CNMARC)
    (elsewhere / "ask.rq").write_text("ASK { ?s ?p ?o }")
    monkeypatch.chdir(elsewhere)
    folder = ("--data-dir", str(tmp_path / "data"))

    assert wenyuan("ingest", "bnu.xml", *folder).code == 0
    assert wenyuan("query", "--file", "ask.rq", *folder).out == "yes\n"
    assert wenyuan("export", "all.nq", *folder).code == 0
    assert (elsewhere / "all.nq").stat().st_size > 10_000


@pytest.mark.slow
def test_what_is_piped_in_and_the_language_are_handed_over(server, wenyuan, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("ASK { ?s ?p ?o }"))

    assert wenyuan("query", "-", "--lang", "zh").out == "否\n"


@pytest.mark.slow
def test_serving_twice_says_where_the_first_one_is(server, wenyuan, tmp_path):
    found = wenyuan("serve")

    assert found.code == 0
    assert holder(tmp_path / "data").address in found.err


@pytest.mark.slow
def test_only_who_can_read_the_data_folder_may_hand_over_a_command(server, tmp_path):
    found = holder(tmp_path / "data")
    order = {"words": ["history"], "cwd": "/", "language": "en"}

    assert posted(found.address, order, "wrong")[0] == 404
    assert posted(found.address, order, "")[0] == 404
    assert posted(found.address, order, found.key)[0] == 200
    assert (tmp_path / "data" / "server.json").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_an_order_that_is_none_is_refused_and_the_server_lives_on(server, wenyuan, tmp_path):
    found = holder(tmp_path / "data")

    for body in ([], {}, {"words": "history"}, {"words": ["history"], "cwd": 1, "language": "en", "more": 1}):
        assert posted(found.address, body, found.key)[0] == 400, body
    assert wenyuan("history").code == 0


@pytest.mark.slow
def test_a_server_that_was_killed_is_in_nobodys_way(tmp_path, wenyuan):
    server = started(tmp_path)
    server.send_signal(signal.SIGKILL)
    server.wait(30)

    assert wenyuan("history").code == 0


def test_a_port_that_is_taken_gives_way_to_the_next_one_unless_it_was_asked_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        found = listen("127.0.0.1", port)
        with found.socket:
            assert urlsplit(found.address).port in range(port + 1, port + 20)
        with pytest.raises(StoreError, match=f"port {port} of 127.0.0.1 is taken"):
            listen("127.0.0.1", port, is_strict=True)


def test_an_address_that_is_not_ours_is_refused():
    with pytest.raises(StoreError, match="cannot listen on"):
        listen("192.0.2.1", 0)
