"""The commands of docs/sparql.md, run as they stand there against a server that runs."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from api.connection import connections
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from kg.sparql.guard import Limits
from ontology.namespaces import expand

PAGE = (Path(__file__).parents[3] / "docs" / "sparql.md").read_text(encoding="utf-8")
BASE = "http://localhost:8000/"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.partition("## Over HTTP")[2], re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a server listens that has one work."""
    work = f"<{BASE}id/work/jihe>"
    said = (
        (work, f"<{expand('rdf:type')}>", f"<{expand('wy:Work')}>"),
        (work, f"<{expand('wy:title')}>", '"几何原本"@zh-hans'),
    )
    with Library.in_memory() as library:
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/auth/libraries/1", "replace", said)])
        app = create_app(Settings(), library=library)
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=connections(app.state.lane), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + 20
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_shown_works(command, port, tmp_path):
    (tmp_path / "books.rq").write_text("SELECT ?title { ?work wy:title ?title }", encoding="utf-8")
    # The address of a graph or a thing stays as it is: only where the server is differs.
    here = re.sub(r"(?<!=|<)http://localhost:8000", f"http://127.0.0.1:{port}", command)

    ran = subprocess.run(
        here.replace("curl ", "curl --fail -sS ", 1),
        shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=20,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


def test_the_commands_are_there():
    assert len(COMMANDS) >= 10


def test_the_limits_are_those_of_the_guard():
    limits = Limits()

    for number in (
        limits.size,
        limits.depth,
        limits.patterns,
        limits.operators,
        limits.groups,
        limits.clauses,
    ):
        assert re.search(rf"\| {number:,} \|", PAGE)
