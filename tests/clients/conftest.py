"""A real server, `wenyuan serve` in a process of its own, over the library of tests/data/library.trig."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.change import Note
from kg.folder import holder
from kg.library import Library
from services.keys import Keys
from services.ops import Ops
from services.roles import Role
from tests.api.conftest import edits

START = 30


@dataclass(frozen=True)
class Server:
    """A running server. key: that of an administrator."""

    address: str
    folder: Path
    key: str

    @property
    def endpoint(self) -> str:
        return f"{self.address}sparql"


def port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def filled(folder: Path) -> Path:
    """A data folder with the library."""
    with Library.open(folder, base_iri="http://localhost:8000/") as library:
        library.commit(Note("tester", "ingest", "first load", source="shanghai", batch="first"), edits())
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = filled(tmp_path_factory.mktemp("served"))
    key = Keys(Ops(folder)).add("tester", Role.ADMINISTRATOR, budget=1e9)
    number = port()
    command = [sys.executable, "-m", "api.cli", "--data-dir", str(folder), "serve", "--port", str(number)]
    with subprocess.Popen(
        command,
        env={**os.environ, "WENYUAN_CLIENT_BUDGET": "1e9"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + START
            while process.poll() is None and time.monotonic() < deadline and not holder(folder):
                time.sleep(0.05)
            assert holder(folder), "the server did not start"
            yield Server(f"http://127.0.0.1:{number}/", folder, key)
        finally:
            process.terminate()
