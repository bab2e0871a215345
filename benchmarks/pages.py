"""The demo library from nothing to the first answer, and what a reader of its pages waits for.

    python -m benchmarks.pages [--times 200]

The server is the one `make demo` starts, in a process of its own; requests go one after another.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from urllib.parse import quote

ADDRESS = re.compile(r"http://[\w.\[\]:]+:(\d+)/")
HTML, JSON_LD = "text/html", "application/ld+json"


def main() -> None:
    """Builds, serves, asks, prints."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="wenyuan-pages-") as folder:
        command = [
            sys.executable,
            "-m",
            "api.cli",
            "--data-dir",
            folder,
            "--lang",
            "en",
            "demo",
            "--port",
            "0",
        ]
        began = perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                connection = HTTPConnection("127.0.0.1", _port(server), timeout=30)
                _get(connection, "/search?q=China", HTML)
                print(f"first answer            {perf_counter() - began:>8.1f} s after `wenyuan demo`")
                for name, (path, accept) in _requests(connection).items():
                    print(f"{name:<24}{_timed(connection, path, accept, options.times)}")
                print(f"peak memory             {_peak(server.pid):>8.0f} MB")
            finally:
                server.terminate()


def _requests(connection: HTTPConnection) -> dict[str, tuple[str, str]]:
    """What is asked for: name → path and Accept."""
    work = _path_of_first_hit(connection, quote("图书馆"))
    person = _path_of_first_hit(connection, quote("李白"))
    count = quote("SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t")
    point = quote(f"SELECT ?p ?o {{ <{work[1]}> ?p ?o }}")
    return {
        "home": ("/", HTML),
        "search, Chinese": (f"/search?q={quote('图书馆')}", HTML),
        "search, English": ("/search?q=history+china", HTML),
        "completion": (f"/api/complete?q={quote('图书')}", "application/json"),
        "work, page": (work[0], HTML),
        "work, JSON-LD": (work[0], JSON_LD),
        "person, page": (person[0], HTML),
        "SPARQL, one thing": (f"/sparql?query={point}", "application/sparql-results+json"),
        "SPARQL, count by class": (f"/sparql?query={count}", "application/sparql-results+json"),
    }


def _path_of_first_hit(connection: HTTPConnection, words: str) -> tuple[str, str]:
    """Path of the page and IRI of the first thing that a search for *words* finds."""
    found = json.loads(_get(connection, f"/api/search?q={words}", "application/json"))
    return str(found["results"][0]["page"]), str(found["results"][0]["iri"])


def _timed(connection: HTTPConnection, path: str, accept: str, times: int) -> str:
    spent = []
    size = 0
    for _ in range(times):
        began = perf_counter()
        size = len(_get(connection, path, accept))
        spent.append((perf_counter() - began) * 1000)
    cuts = quantiles(spent, n=20)
    return f"p50 {cuts[9]:>7.2f} ms   p95 {cuts[18]:>7.2f} ms   {size / 1000:>7.1f} kB"


def _get(connection: HTTPConnection, path: str, accept: str) -> bytes:
    connection.request("GET", path, headers={"Accept": accept})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}\n{body[:500].decode(errors='replace')}")
    return body


def _port(server: "subprocess.Popen[str]") -> int:
    for line in server.stdout or ():
        if found := ADDRESS.search(line):
            return int(found[1])
    raise SystemExit("the server did not start")


def _peak(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=200)
    return parser.parse_args()


if __name__ == "__main__":
    main()
