"""A real server that is told to stop, or killed, while it is written to and read from."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote, urlsplit

import pytest

from kg.change import Edit, Note
from kg.folder import holder
from kg.library import Library
from services.keys import Keys
from services.ops import Ops
from services.roles import Role

pytestmark = pytest.mark.slow

BASE = "http://localhost:8000/"
TITLE = "<https://w3id.org/wenyuan/ns#title>"
ROWS = "SELECT * { ?a wy:title ?b . ?c wy:title ?d } LIMIT 90000"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


class Server:
    """A server in a process of its own, on folder/data."""

    def __init__(self, folder, **given):
        self.folder = folder
        told = {"CLIENT_BUDGET": "0", "QUERY_WORKERS": "2", "LOG_LEVEL": "INFO", "LOG_FORMAT": "json"} | given
        environment = os.environ | {f"WENYUAN_{name}": value for name, value in told.items()}
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
        with (folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + 60
        while True:
            found = holder(folder / "data")
            if found and found.pid == self.process.pid:
                self.place = urlsplit(found.address)
                with suppress(OSError):
                    if self.get("/readyz")[0] == 200:
                        return
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self):
        return (self.folder / "server.log").read_text()

    def connection(self):
        return closing(HTTPConnection(self.place.hostname, self.place.port, timeout=30))

    def get(self, path):
        with self.connection() as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def count(self):
        query = quote("SELECT (COUNT(*) AS ?n) { ?s wy:title ?t }")
        status, body = self.get(f"/sparql?query={query}&format=json")
        assert status == 200, body
        return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def folder(tmp_path):
    titles = tuple((f"<{BASE}id/work/{n}>", TITLE, f'"title {n}"') for n in range(400))
    with Library.open(tmp_path / "data") as library:
        library.commit(Note("tester", "edit", "because"), [Edit(f"{BASE}graph/src/x/1", "replace", titles)])
    return tmp_path


@pytest.fixture
def serve(folder):
    """Starts servers on the folder; ends them."""
    made = []

    def start(**given):
        made.append(Server(folder, **given))
        return made[-1]

    yield start
    for server in made:
        server.stop()


def asked(server, query):
    """A connection on which a query has been sent, and nothing read."""
    connection = socket.create_connection((server.place.hostname, server.place.port), timeout=30)
    line = f"GET /sparql?query={quote(query)}&format=json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    connection.sendall(line.encode())
    return connection


def rest(connection):
    """All that comes until the connection ends."""
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_what_is_being_answered_is_answered_whole_and_nothing_new_is_taken(serve):
    server = serve()
    with closing(asked(server, ROWS)) as reader:
        answer = HTTPResponse(reader)
        answer.begin()
        first = answer.read(4096)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.place.hostname, server.place.port), timeout=5)
        whole = json.loads(first + answer.read())

    assert server.process.wait(20) == 0
    assert len(whole["results"]["bindings"]) == 90_000
    assert "Traceback" not in server.log()
    assert holder(server.folder / "data") is None


def test_what_takes_longer_than_the_grace_is_cut_and_not_taken_for_whole(serve):
    server = serve(GRACE_SECONDS="1")
    with closing(asked(server, ENDLESS)) as reader:
        time.sleep(0.5)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        answer = rest(reader)

    assert server.process.wait(20) == 0
    assert time.monotonic() - begun < 8
    assert not answer.startswith(b"HTTP/1.1 200")


def test_those_who_balance_loads_are_told_before_anything_is_refused(serve):
    server = serve(DRAIN_SECONDS="1.5")
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)

    status, body = server.get("/readyz")
    assert (status, json.loads(body)["detail"]) == (503, "the server is stopping")
    assert server.get("/healthz")[0] == 200
    assert server.count() == 400
    assert server.process.wait(20) == 0


def test_pressing_ctrl_c_ends_it_at_once_and_in_order(serve):
    server = serve(DRAIN_SECONDS="30")
    begun = time.monotonic()
    server.process.send_signal(signal.SIGINT)

    assert server.process.wait(20) == 0
    assert time.monotonic() - begun < 10


def write_until(server, token, ends, acknowledged):
    """Writes titles, one an update, and notes those of which the server said that they are written."""
    number = 0
    while not ends.is_set():
        number += 1
        update = f'INSERT DATA {{ <{BASE}id/work/new-{number}> wy:title "new {number}" }}'
        headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"}
        with suppress(OSError, HTTPException), server.connection() as connection:
            connection.request("POST", "/update", update.encode(), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status in (200, 201, 204):
                acknowledged.append(number)


def read_until(server, ends):
    while not ends.is_set():
        with suppress(OSError, HTTPException):
            server.get(f"/sparql?query={quote(ROWS)}&format=csv")


def test_killed_while_it_is_written_to_and_read_from_it_has_all_that_it_acknowledged(serve, folder):
    token = Keys(Ops(folder / "data")).add("writer", Role.STEWARD)
    server = serve()
    ends, acknowledged = threading.Event(), []
    threads = [threading.Thread(target=write_until, args=(server, token, ends, acknowledged))]
    threads += [threading.Thread(target=read_until, args=(server, ends)) for _ in range(3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while len(acknowledged) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    server.stop()
    ends.set()
    for thread in threads:
        thread.join()

    again = serve()
    query = quote('SELECT ?t { ?s wy:title ?t FILTER(STRSTARTS(?t, "new")) }')
    status, body = again.get(f"/sparql?format=csv&query={query}")
    assert len(acknowledged) >= 5
    assert status == 200
    assert {int(found) for found in re.findall(rb"new (\d+)", body)} >= set(acknowledged)
