"""A server under test: a process of its own, and the conversation with it over one HTTP connection."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

from services.keys import ALL, Keys
from services.ops import Ops
from services.roles import Role
from services.spaces import Spaces

_ENDLESS = 1e9
_SPACES = ("suite-1", "suite-2", "suite-3", "suite-4")
"""A write waits for the disk, so several are made at once, each in a space of its own."""
START = 60
"""Seconds that a server may take to start."""
WAIT = 60
"""Seconds that an answer may take."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The type of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_success(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    def told(self) -> str:
        """The status and the beginning of the body, for the report."""
        text = self.body[:300].decode("utf-8", "replace").replace("\n", " ")
        return f"{self.status} {text}".strip()


@dataclass(slots=True)
class Endpoint:
    """Where a server answers: paths of its three doors, and the headers that let a writer in.

    direct: the path under which a graph's own address stands; whole: the one that takes a dataset in the
    place of all there is; "" where there is none. far: endpoints that its SERVICE may ask.
    """

    name: str
    address: str
    query: str
    update: str
    graphs: str
    direct: str = ""
    whole: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    far: tuple["Endpoint", ...] = ()
    _connection: HTTPConnection | None = None

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Asks, and reads the whole answer; once more where the server had closed the connection."""
        given = {**self.headers, **(headers or {})}
        try:
            return self._request(method, path, body, given)
        except (ConnectionError, HTTPException):
            self.close()
            return self._request(method, path, body, given)

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        if self._connection is None:
            place = urlsplit(self.address)
            self._connection = HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=WAIT)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, answer.read())

    def close(self) -> None:
        """Ends the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def ask(self, text: str | bytes, accept: str) -> Reply:
        """Puts a query, as the body."""
        body = text.encode() if isinstance(text, str) else text
        return self.request(
            "POST", self.query, body, {"Content-Type": "application/sparql-query", "Accept": accept}
        )

    def change(self, text: str | bytes) -> Reply:
        """Puts an update, as the body."""
        body = text.encode() if isinstance(text, str) else text
        return self.request("POST", self.update, body, {"Content-Type": "application/sparql-update"})

    def graph(self, iri: str) -> str:
        """The path of the graph of that IRI, indirectly; of the default graph for ""."""
        return f"{self.graphs}?graph={quote(iri, safe='')}" if iri else f"{self.graphs}?default"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@contextlib.contextmanager
def oxigraph() -> Iterator[list[Endpoint]]:
    """The peer: `oxigraph serve`, in memory. It proves the harness, and says what is the engine's."""
    program = shutil.which("oxigraph") or str(Path(sys.executable).parent / "oxigraph")
    port = free_port()
    with _running([program, "serve", "--bind", f"127.0.0.1:{port}"], {}) as process:
        endpoint = Endpoint(
            "oxigraph", f"http://127.0.0.1:{port}", "/query", "/update", "/store", "/store", "/store"
        )
        _await(endpoint, process)
        with contextlib.closing(endpoint):
            yield [endpoint]


@contextlib.contextmanager
def wenyuan() -> Iterator[list[Endpoint]]:
    """Ours: spaces with a real default graph, and a second server that the SERVICE of the first may ask."""
    with (
        tempfile.TemporaryDirectory(prefix="conformance-") as folder,
        _served(Path(folder, "far"), ("one", "two"), {}) as far,
        _served(Path(folder, "near"), _SPACES, _allowed(far)) as near,
    ):
        near[0].far = tuple(far)
        yield near


@contextlib.contextmanager
def _served(
    folder: Path, spaces: tuple[str, ...], environment: Mapping[str, str]
) -> Iterator[list[Endpoint]]:
    """`wenyuan serve` over spaces that hold nothing, with a key that may do everything."""
    key = Keys(Ops(folder)).add("conformance", Role.ADMINISTRATOR, spaces=(ALL,), budget=_ENDLESS)
    for space in spaces:
        Spaces(folder).add(space, is_union=False)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "api.cli", "--data-dir", str(folder), "serve", "--port", str(port)]
    own = {"WENYUAN_BASE_IRI": f"{address}/", "WENYUAN_CLIENT_BUDGET": str(_ENDLESS), **environment}
    with _running(command, own) as process, contextlib.ExitStack() as stack:
        made = []
        for space in spaces:
            root = f"/spaces/{space}"
            endpoint = Endpoint(
                "wenyuan", address, f"{root}/sparql", f"{root}/update", f"{root}/graphs", f"{root}/graph",
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
            made.append(stack.enter_context(contextlib.closing(endpoint)))
        _await(made[0], process)
        yield made


def _allowed(far: list[Endpoint]) -> dict[str, str]:
    """The setting that lets SERVICE ask these endpoints."""
    return {"WENYUAN_SERVICE_PRIVATE": " ".join(each.address + each.query for each in far)}


@contextlib.contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(endpoint: Endpoint, process: subprocess.Popen[bytes]) -> None:
    """Waits until the server listens; raises RuntimeError where it ends or is too late."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{endpoint.name} ended with {process.returncode} before it listened")
        place = urlsplit(endpoint.address)
        with contextlib.suppress(OSError), socket.create_connection((place.hostname, place.port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{endpoint.name} did not listen within {START} seconds")
