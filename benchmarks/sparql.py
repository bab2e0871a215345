"""SPARQL over HTTP beside `oxigraph serve-read-only` and, where it is installed, Virtuoso.

    python -m benchmarks.sparql [--triples 1000000] [--seconds 1] [--rounds 2]

The same statements, the same requests, the same run; every round asks each endpoint each kind of query, in
turn. Where a query is to be answered anew each time, its text differs each time: else our cache would speak.
CPU is the server's, per request, in all its processes; wrk, with four connections, shares the cores.
"""

import argparse
import json
import multiprocessing
import re
import shutil
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from threading import Thread

from benchmarks.endpoints import JSON, Endpoint, running
from benchmarks.works import BASE, PER_WORK
from ontology.namespaces import PREFIXES, WY

CONNECTIONS = 4
REQUESTS = 3_000
"""Different requests of a kind in one round."""
POINTS = 40_000
"""The same of point look-ups, of which many are answered in a second."""
_PREFIXES = f"PREFIX wy: <{WY}> PREFIX skos: <{PREFIXES['skos']}> PREFIX xsd: <{PREFIXES['xsd']}> "
_WRK = shutil.which("wrk")
_LUA = """
local paths = {{}}
for line in io.lines("{file}") do paths[#paths + 1] = line end
local place = 0
request = function()
  place = place % #paths + 1
  return wrk.format("GET", paths[place], {{ ["Accept"] = "{accept}" }})
end
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of query. made: the text of the n-th; different: how many differ in one round."""

    name: str
    made: Callable[[int], str]
    different: int = REQUESTS


def kinds(statements: int) -> list[Kind]:
    """What is asked."""
    works = statements // PER_WORK
    subjects = max(works // 100, 10)

    def noted(text: str) -> Callable[[int], str]:
        return lambda number: f"{_PREFIXES}{text} # {number}"

    def point(number: int) -> str:
        return f"SELECT ?p ?o WHERE {{ <{BASE}work/{number * 7919 % works}> ?p ?o }}"

    def hops(number: int) -> str:
        subject = f"<{BASE}subject/{subjects // 4 + number % (subjects // 4)}>"
        body = "?work wy:subject SUBJECT ; wy:title ?title ; wy:creator ?agent . ?agent wy:name ?name ."
        return f"{_PREFIXES}SELECT ?title ?name ?item {{ {body} ?item wy:itemOf ?work }} # {number}".replace(
            "SUBJECT", subject
        )

    return [
        Kind("point, cold", point, POINTS),
        Kind("point, repeated", lambda _: point(1), 1),
        Kind("3-hop join", hops),
        Kind(
            "order, limit",
            noted(
                "SELECT ?work ?pages { ?work wy:issued '1999'^^xsd:gYear ; wy:pages ?pages }"
                " ORDER BY DESC(?pages) ?work LIMIT 20"
            ),
        ),
        Kind(
            "group-by, top 10",
            noted(
                "SELECT ?subject (COUNT(?work) AS ?works) { ?work wy:subject ?subject }"
                " GROUP BY ?subject ORDER BY DESC(?works) ?subject LIMIT 10"
            ),
        ),
        Kind("distinct", noted("SELECT DISTINCT ?library { ?item wy:heldBy ?library }")),
        Kind("75,000 rows", noted("SELECT ?work ?title { ?work wy:title ?title } LIMIT 75000")),
    ]


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second, milliseconds of the server's CPU for each, and how many went wrong."""

    rate: float
    cpu: float
    errors: int


def measure(endpoint: Endpoint, kind: Kind, first: int, seconds: float, folder: Path) -> Measured:
    """Sends requests of one kind for so long; *first*: the number of the first query."""
    path = urllib.parse.urlsplit(endpoint.url).path
    numbers = range(first, first + kind.different)
    paths = [f"{path}?{urllib.parse.urlencode({'query': kind.made(number)})}" for number in numbers]
    used, began = endpoint.cpu(), time.perf_counter()
    done, errors = (_with_wrk if _WRK else _with_threads)(endpoint, paths, seconds, folder)
    taken = time.perf_counter() - began
    return Measured(done / taken, (endpoint.cpu() - used) / max(done, 1) * 1000, errors)


def _with_wrk(endpoint: Endpoint, paths: Sequence[str], seconds: float, folder: Path) -> tuple[int, int]:
    (folder / "paths.txt").write_text("\n".join(paths), encoding="ascii")
    script = folder / "requests.lua"
    script.write_text(_LUA.format(file=folder / "paths.txt", accept=JSON), encoding="ascii")
    command = [
        str(_WRK),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds:.0f}s",
        "--timeout",
        "60s",
        "-s",
        str(script),
    ]
    said = subprocess.run([*command, endpoint.url], check=True, capture_output=True, text=True).stdout
    done = re.search(r"(\d+) requests in", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return int(done[1]) if done else 0, int(wrong[1]) if wrong else 0


def _with_threads(endpoint: Endpoint, paths: Sequence[str], seconds: float, _: Path) -> tuple[int, int]:
    from http.client import HTTPConnection

    address = urllib.parse.urlsplit(endpoint.url).netloc
    until, numbers, results = time.perf_counter() + seconds, count(), list[int]()

    def ask() -> None:
        connection = HTTPConnection(address, timeout=60)
        while time.perf_counter() < until:
            connection.request("GET", paths[next(numbers) % len(paths)], headers={"Accept": JSON})
            answer = connection.getresponse()
            answer.read()
            results.append(answer.status)

    threads = [Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(results), sum(status != 200 for status in results)


def rows(endpoint: Endpoint, query: str) -> int:
    """How many rows the answer has."""
    return len(json.loads(endpoint.ask(query))["results"]["bindings"])


def idle_cores(seconds: float = 0.5) -> float:
    """How many cores two processes get that only spin: 2.0 where nothing else runs."""
    with multiprocessing.Pool(2) as pool:
        return sum(pool.map(_spin, [seconds] * 2)) / seconds


def _spin(seconds: float) -> float:
    began = time.process_time()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return time.process_time() - began


def warm(endpoint: Endpoint, kinds: Sequence[Kind]) -> None:
    """Asks each kind once, and gives ours the time to make its columns."""
    for kind in kinds:
        endpoint.ask(kind.made(0))


def columns_are_there(folder: Path, patience: float) -> float | None:
    """Seconds until our columns were made; None where they are not after all that time."""
    began = time.perf_counter()
    while time.perf_counter() - began < patience:
        if list((folder / "data" / "store" / "columns").glob("gen-*/meta.json")):
            return time.perf_counter() - began
        time.sleep(0.2)
    return None


def main() -> None:
    """Loads, asks, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    asked = kinds(options.triples)
    with tempfile.TemporaryDirectory(prefix="wenyuan-sparql-") as scratch:
        folder = Path(scratch)
        with running(folder, options.triples) as endpoints:
            for endpoint in endpoints:
                warm(endpoint, asked)
            waited = columns_are_there(folder, 60 + options.triples / 20_000)
            told = f"{waited:.1f} s after they were wanted" if waited is not None else "not made"
            print(f"{options.triples:,} statements; columns {told}; cores at rest {idle_cores():.2f}")
            found = _rounds(endpoints, asked, options, folder)
            print(f"cores at rest at the end {idle_cores():.2f}\n")
            report(endpoints, asked, found)


Found = dict[tuple[str, str], list[Measured]]


def _rounds(
    endpoints: Sequence[Endpoint], asked: Sequence[Kind], options: argparse.Namespace, folder: Path
) -> Found:
    found: Found = {}
    for number in range(options.rounds):
        for kind in asked:
            # In another order each time, so that nobody always comes first.
            for endpoint in (*endpoints[number % len(endpoints) :], *endpoints[: number % len(endpoints)]):
                first = 1 + number * kind.different
                made = measure(endpoint, kind, first, options.seconds, folder)
                found.setdefault((endpoint.name, kind.name), []).append(made)
    return found


def report(endpoints: Sequence[Endpoint], asked: Sequence[Kind], found: Found) -> None:
    """Prints a table: requests a second and CPU of each, our ratios, and whether all gave as many rows."""
    names = [endpoint.name for endpoint in endpoints]
    print(f"{'query':18}" + "".join(f"{name + ' req/s':>16}{'CPU ms':>9}" for name in names), end="")
    print("".join(f"{'/ ' + name:>12}" for name in names[1:]) + f"{'rows':>9}")
    for kind in asked:
        rates = {name: median(each.rate for each in found[name, kind.name]) for name in names}
        costs = {name: median(each.cpu for each in found[name, kind.name]) for name in names}
        counts = {endpoint.name: rows(endpoint, kind.made(0)) for endpoint in endpoints}
        print(
            f"{kind.name:18}" + "".join(f"{rates[name]:16,.1f}{costs[name]:9.2f}" for name in names), end=""
        )
        ratios = (rates["wenyuan"] / rates[name] if rates[name] else 0 for name in names[1:])
        print("".join(f"{ratio:12.2f}" for ratio in ratios), end="")
        same = f"{counts['wenyuan']:,}" if len(set(counts.values())) == 1 else f"differ: {counts}"
        errors = {name: sum(each.errors for each in found[name, kind.name]) for name in names}
        wrong = {name: errors[name] for name in names if errors[name]}
        print(f"{same:>9}" + (f"  errors: {wrong}" if wrong else ""), flush=True)


if __name__ == "__main__":
    main()
