"""A real server on a library of real records, for benchmarks that watch it while it is asked."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from benchmarks import corpus

ADDRESS = re.compile(r"http://[\w.\[\]:]+:(\d+)/")
RECORDS = corpus.DEMO / "marc21" / "uva.mrc.gz"
RESULTS = "application/sparql-results+json"


@dataclass(frozen=True, slots=True)
class Live:
    """A server that runs: its process, its port, its data folder."""

    pid: int
    port: int
    folder: Path

    def connection(self, timeout: float = 60) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def rows(self, query: str) -> list[dict[str, str]]:
        """The rows of an answer, as texts; ends the program where there is none."""
        connection = self.connection()
        connection.request("GET", f"/sparql?query={quote(query)}", headers={"Accept": RESULTS})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{query}: {answer.status} {body[:300].decode(errors='replace')}")
        return [
            {name: value["value"] for name, value in row.items()}
            for row in json.loads(body)["results"]["bindings"]
        ]

    def memory(self) -> tuple[float, float]:
        """Megabytes of the server itself, and of its workers together."""
        return _resident(self.pid), sum(map(_resident, self.workers()))

    def workers(self) -> list[int]:
        """Its child processes."""
        found = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(pid) for path in found for pid in _text(path).split()]

    def files(self) -> int:
        """Open file descriptors of the server."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))


def wenyuan(folder: Path, *words: str) -> list[str]:
    """The command that runs `wenyuan` on a data folder."""
    return [sys.executable, "-m", "api.cli", "--data-dir", str(folder), "--lang", "en", *words]


def fill(folder: Path, records: int) -> None:
    """Takes *records* records into the library of *folder*: real ones, multiplied."""
    file = folder / "records.mrc"
    corpus.write(file, RECORDS, records)
    command = wenyuan(folder, "--quiet", "ingest", str(file), "--source", "multiplied")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(folder: Path, settings: Mapping[str, object]) -> Iterator[Live]:
    """A server on *folder* as long as the block runs; settings: as in docs/settings.md."""
    environment = os.environ | {f"WENYUAN_{name.upper()}": str(value) for name, value in settings.items()}
    command = wenyuan(folder, "serve", "--port", "0")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        try:
            live = Live(server.pid, _port(server), folder)
            # What it logs must be read, or it would wait for us.
            threading.Thread(target=server.communicate, daemon=True).start()
            yield live
        finally:
            server.terminate()


def _port(server: "subprocess.Popen[str]") -> int:
    for line in server.stdout or ():
        if found := ADDRESS.search(line):
            return int(found[1])
    raise SystemExit("the server did not start")


def _resident(pid: int) -> float:
    status = _text(Path(f"/proc/{pid}/status"))
    found = status.partition("VmRSS:")[2].split()
    return int(found[0]) / 1024 if found else 0.0


def _text(path: Path) -> str:
    """What a file of the system says; nothing where its process has ended meanwhile."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
