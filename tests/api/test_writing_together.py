"""Many write at once, by several ways, and the server dies amid it: nothing acknowledged is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.change import Edit, Note
from kg.folder import holder
from kg.library import Library
from kg.settings import Settings
from services.keys import Keys
from services.ops import Ops
from services.roles import Role

BASE = "http://localhost:8000/"
MINE = f"{BASE}graph/curated/ada"
COUNT = (
    "DELETE { <urn:counter> <urn:is> ?n } INSERT { <urn:counter> <urn:is> ?m }"
    " WHERE { <urn:counter> <urn:is> ?n BIND(?n + 1 AS ?m) }"
)
UPDATE = {"Content-Type": "application/sparql-update"}


def keyed(folder):
    """Headers of a cataloguer."""
    return {"Authorization": f"Bearer {Keys(Ops(folder)).add('ada', Role.CATALOGUER)}"}


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside ingests"])
def test_writers_at_once_lose_nothing(tmp_path, others):
    settings = Settings(data_dir=tmp_path, client_budget=0, queries_at_once=0)
    key, writers, each = keyed(tmp_path), 4, 3
    with TestClient(create_app(settings)) as client:
        library = client.app.state.library
        client.post("/update", content="INSERT DATA { <urn:counter> <urn:is> 0 }", headers=UPDATE | key)
        done = threading.Event()

        def ingest():
            number = 0
            while others and not done.is_set():
                number += 1
                said = [("<urn:s>", "<urn:p>", f'"{number}"')]
                library.commit(
                    Note("harvester", "ingest"), [Edit(f"{BASE}graph/src/x/{number}", "replace", said)]
                )
                time.sleep(0.005)
            return number

        def count(_):
            return client.post("/update", content=COUNT, headers=UPDATE | key).status_code

        with ThreadPoolExecutor(writers + 1) as threads:
            harvest = threads.submit(ingest)
            answers = list(threads.map(count, range(writers * each)))
            done.set()
            records = harvest.result()

        assert answers == [200] * (writers * each)
        (counted,) = library.store.graph(MINE)
        assert counted[2].startswith(f'"{writers * each}"')
        assert library.counts().statements == 1 + records
        assert library.verify() == []


def serve(folder):
    """A server in a process of its own, and its host and port."""
    command = [sys.executable, "-m", "api.cli", "--data-dir", str(folder), "serve", "--port", "0"]
    environment = os.environ | {"WENYUAN_CLIENT_BUDGET": "0"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        found = holder(folder)
        if found and found.pid == process.pid:
            place = urlsplit(found.address)
            return process, place.hostname, place.port
        time.sleep(0.05)
    process.kill()
    raise AssertionError("no server")


def send(host, port, text, key):
    """The status of an update; OSError or HTTPException where the server is gone."""
    with closing(HTTPConnection(host, port, timeout=20)) as connection:
        connection.request("POST", "/update", text, UPDATE | key)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@pytest.mark.slow
def test_what_was_acknowledged_survives_the_death_of_the_server(tmp_path):
    key, acknowledged, tried = keyed(tmp_path), 0, 0
    for _ in range(2):
        process, host, port = serve(tmp_path)
        threading.Timer(1.5, process.send_signal, (signal.SIGKILL,)).start()
        try:
            while True:
                tried += 1
                text = (
                    f"INSERT DATA {{ <urn:n{tried}> <urn:is> {tried} }} ;"
                    f" INSERT {{ ?s <urn:also> ?n }} WHERE {{ ?s <urn:is> ?n FILTER(?n = {tried}) }}"
                )
                acknowledged += send(host, port, text, key) == 200
        except (OSError, HTTPException):
            process.wait()

    with Library.open(tmp_path) as library:
        told = {predicate: set() for predicate in ("<urn:is>", "<urn:also>")}
        for subject, predicate, _ in library.store.graph(MINE):
            told[predicate].add(subject)

        assert acknowledged > 0
        assert acknowledged <= len(told["<urn:is>"]) <= tried
        assert told["<urn:is>"] == told["<urn:also>"]
        assert library.verify() == []
        assert not list((tmp_path / "store").glob("trial-*"))
