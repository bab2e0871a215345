"""SPARQL endpoints as processes of their own: ours, Oxigraph, and Virtuoso where Debian has installed it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import works
from kg.library import Library

JSON = "application/sparql-results+json"
VIRTUOSO, ISQL = shutil.which("virtuoso-t"), shutil.which("isql-vt")
_PATIENCE = 120
_TICK = os.sysconf("SC_CLK_TCK")
_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = {sql}
DirsAllowed = .
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxQueryMem = 2G
ThreadsPerQuery = 2
[HTTPServer]
ServerPort = {http}
ServerRoot = .
MaxClientConnections = 20
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryCostEstimationTime = 4000
MaxQueryExecutionTime = 60
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running endpoint. pid: of the process, whose children count as part of it."""

    name: str
    url: str
    pid: int

    def ask(self, query: str) -> bytes:
        """The answer to a query, in JSON."""
        wanted = f"{self.url}?{urllib.parse.urlencode({'query': query})}"
        request = urllib.request.Request(wanted, headers={"Accept": JSON})
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            made: bytes = answer.read()
            return made

    def cpu(self) -> float:
        """Seconds of a processor that it has used so far, in all its processes."""
        return sum(_used(pid) for pid in (self.pid, *_children(self.pid)))


@contextmanager
def wenyuan(folder: Path, statements: int) -> Iterator[Endpoint]:
    """Ours, on a data folder of its own. Its budgets are opened wide: one client asks everything."""
    data, port = folder / "data", free_port()
    with Library.open(data, base_iri=works.BASE) as library:
        works.load(library, statements)
    settings = {
        "BASE_IRI": works.BASE, "CLIENT_BUDGET": "1e9", "CRAWLER_BUDGET": "1e9", "QUERIES_AT_ONCE": "1000",
        "QUERY_SECONDS": "120", "DATA_DIR": str(data),
    }  # fmt: skip
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    environment = {**os.environ, **{f"WENYUAN_{name}": value for name, value in settings.items()}}
    with _process(command, folder, environment | {"PYTHONPATH": os.getcwd()}) as pid:
        yield _answering(Endpoint("wenyuan", f"http://127.0.0.1:{port}/sparql", pid))


@contextmanager
def oxigraph(folder: Path, data: Path) -> Iterator[Endpoint]:
    """Oxigraph's own server, reading only."""
    port, place = free_port(), str(folder / "oxigraph")
    binary = str(Path(sys.executable).with_name("oxigraph"))
    subprocess.run(
        [binary, "load", "-l", place, "-f", str(data)], check=True, stderr=subprocess.DEVNULL, cwd=folder
    )
    command = [binary, "serve-read-only", "-l", place, "-b", f"127.0.0.1:{port}", "--union-default-graph"]
    with _process(command, folder) as pid:
        yield _answering(Endpoint("oxigraph", f"http://127.0.0.1:{port}/query", pid))


@contextmanager
def virtuoso(folder: Path, data: Path, *, buffers: int = 100_000) -> Iterator[Endpoint]:
    """Virtuoso with a database of its own; buffers: of 8 KB."""
    place, http, sql = folder / "virtuoso", free_port(), free_port()
    place.mkdir()
    shutil.copy(data, place / "data.nq")
    ini = _INI.format(sql=sql, http=http, buffers=buffers, dirty=buffers * 3 // 4)
    (place / "virtuoso.ini").write_text(ini, encoding="ascii")
    with _process([str(VIRTUOSO), "+foreground", "+configfile", "virtuoso.ini"], place) as pid:
        found = _answering(Endpoint("virtuoso", f"http://127.0.0.1:{http}/sparql", pid))
        steps = "ld_dir('.', 'data.nq', 'http://example.org/'); rdf_loader_run(); checkpoint;"
        subprocess.run(
            [str(ISQL), str(sql), "dba", "dba", f"exec={steps}"], check=True, stdout=subprocess.DEVNULL
        )
        yield found


@contextmanager
def running(folder: Path, statements: int) -> Iterator[list[Endpoint]]:
    """All endpoints that can be had here, with the same statements."""
    data = folder / "data.nq"
    works.write(data, statements)
    with ExitStack() as stack:
        found = [
            stack.enter_context(wenyuan(folder, statements)),
            stack.enter_context(oxigraph(folder, data)),
        ]
        if VIRTUOSO and ISQL:
            found.append(stack.enter_context(virtuoso(folder, data, buffers=max(100_000, statements // 50))))
        yield found


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _process(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Iterator[int]:
    """A process with a group of its own, which ends with the block."""
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, once it answers."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            endpoint.ask("ASK {}")
            return endpoint
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _used(pid: int) -> float:
    """Seconds of a processor, those of ended children among them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK


def _children(pid: int) -> Iterator[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from _children(int(child))
