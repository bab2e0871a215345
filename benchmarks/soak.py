"""Many clients for many minutes: does everybody get a true answer, and does the server stay as it is?

    python -m benchmarks.soak [--minutes 10] [--clients 64] [--records 3000] [--think 0.0]

Each client has an address of its own and asks one query after another: point look-ups, joins, group-bys, an
answer that is kept, hostile queries, and some that it does not wait for. Fails where a well-formed query gets
anything but 200, 429 or 503, or a hostile one anything but 400, 429, 500 or 503; where memory or file
descriptors grow.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import quantiles
from time import monotonic, perf_counter, sleep
from urllib.parse import quote

from benchmarks.live import RESULTS, Live, fill, serving

SECONDS = 10
"""The deadline of a query in this run; with that of the settings, hostile ones would take half the time."""
BETWEEN = 2.0
"""Seconds between two looks at the server."""
GROWTH = {"server, MB": 1.0, "workers, MB": 20.0, "file descriptors": 2.0}
"""How much a minute may grow, for runs that are long enough to tell."""
TELLING = 5
"""Minutes from which growth fails the run; in shorter ones the allocator has not settled."""
GOOD = {"hostile": {400, 429, 500, 503}, "disconnecting": {0}}
WELL_FORMED = {200, 429, 503}
_CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
HOSTILE = (
    f"SELECT (COUNT(*) AS ?n) {{ {_CROSS} }}",
    f"SELECT * {{ {_CROSS} }} ORDER BY ?c ?f",
    f"SELECT DISTINCT ?c ?f ?i {{ {_CROSS} }}",
    "SELECT * " + "{" * 5_000 + "}" * 5_000,
    "SELECT * { ?s ?p ?o FILTER(" + "!" * 5_000 + "?s) }",
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { " + " . ".join(f"?a{n} ?p{n} ?a{n + 1}" for n in range(500)) + " }",
    "SELECT * { ?s ?p",
    'INSERT DATA { <urn:x> wy:title "x" }',
)
WEIGHTS = {"point": 45, "join": 15, "group": 8, "cached": 20, "hostile": 4, "disconnecting": 8}


@dataclass(slots=True)
class Tally:
    """What the clients met. broken: answers of 200 that are no whole document and were not cut."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    broken: int = 0
    cut: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        with self.lock:
            self.statuses[kind][status] += 1
            if status == 200:
                self.seconds[kind].append(seconds)


@dataclass(frozen=True, slots=True)
class Look:
    """How the server was at a moment, in minutes since the start."""

    minute: float
    server: float
    workers: float
    files: int


class Client:
    """One client, with an address of its own and a connection that it keeps."""

    def __init__(self, live: Live, number: int, asks: "Asks", tally: Tally) -> None:
        self._live, self._asks, self._tally = live, asks, tally
        self._chance = random.Random(number)
        address = f"198.51.{100 + number // 250}.{number % 250 + 1}"
        self._headers = {"X-Forwarded-For": address, "Accept": RESULTS}
        self._connection: HTTPConnection | None = None

    def run(self, until: float, think: float) -> None:
        """Asks one query after another."""
        while monotonic() < until:
            kind = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            began = perf_counter()
            status = self._ask(kind)
            self._tally.add(kind, status, perf_counter() - began)
            sleep(think if status == 200 else 0.05)

    def _ask(self, kind: str) -> int:
        """The status of an answer; 0 where the connection ended without one."""
        connection = self._connection or self._live.connection(timeout=4 * SECONDS + 30)
        self._connection = None
        try:
            path = f"/sparql?query={quote(self._asks.made(kind, self._chance))}"
            connection.request("GET", path, headers=self._headers)
            if kind == "disconnecting":
                sleep(self._chance.random() * 0.05)
                connection.close()
                return 0
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, HTTPException):
            connection.close()
            self._tally.cut += 1
            return 0
        if status == 200:
            self._check(body)
        self._connection = connection
        return status

    def _check(self, body: bytes) -> None:
        try:
            json.loads(body)
        except ValueError:
            self._tally.broken += 1


class Asks:
    """The queries, made of what is in the library."""

    def __init__(self, live: Live) -> None:
        self._works = [row["w"] for row in live.rows("SELECT ?w { ?w a wy:Work } LIMIT 5000")]
        self._kinds: dict[str, Callable[[random.Random], str]] = {
            "point": self._point,
            "join": self._join,
            "group": self._group,
            "cached": self._cached,
            "hostile": self._hostile,
            "disconnecting": self._left,
        }

    def made(self, kind: str, chance: random.Random) -> str:
        """A query of that kind; all but "cached" differ from one to the next."""
        return self._kinds[kind](chance)

    def _point(self, chance: random.Random) -> str:
        return f"SELECT ?p ?o {{ <{chance.choice(self._works)}> ?p ?o }} # {chance.random()}"

    def _join(self, chance: random.Random) -> str:
        return (
            "SELECT ?title ?name { ?w wy:title ?title ; wy:creator ?a . ?a wy:name ?name } "
            f"LIMIT 100 OFFSET {chance.randrange(1_000)} # {chance.random()}"
        )

    def _group(self, chance: random.Random) -> str:
        return f"SELECT ?t (COUNT(*) AS ?n) {{ ?s a ?t }} GROUP BY ?t # {chance.random()}"

    def _cached(self, chance: random.Random) -> str:
        return "SELECT ?title { ?w wy:title ?title } ORDER BY ?title LIMIT 20"

    def _hostile(self, chance: random.Random) -> str:
        return f"{chance.choice(HOSTILE)}\n# {chance.random()}"

    def _left(self, chance: random.Random) -> str:
        return f"SELECT (COUNT(*) AS ?n) {{ ?a wy:title ?b . ?c wy:title ?d }} # {chance.random()}"


def watch(live: Live, until: float, began: float) -> Iterator[Look]:
    """Looks at the server every few seconds."""
    while monotonic() < until:
        server, workers = live.memory()
        with suppress(FileNotFoundError):
            yield Look((monotonic() - began) / 60, server, workers, live.files())
        sleep(BETWEEN)


def slope(points: list[tuple[float, float]]) -> float:
    """Growth a minute, by least squares."""
    if len(points) < 3:
        return 0.0
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def soak(live: Live, options: argparse.Namespace) -> tuple[Tally, list[Look]]:
    """Lets the clients ask; what they met, and how the server was."""
    asks, tally = Asks(live), Tally()
    began = monotonic()
    until = began + options.minutes * 60
    threads = [
        threading.Thread(target=Client(live, number, asks, tally).run, args=(until, options.think))
        for number in range(options.clients)
    ]
    for thread in threads:
        thread.start()
    looks = list(watch(live, until, began))
    for thread in threads:
        thread.join()
    return tally, looks


def report(tally: Tally, looks: list[Look], minutes: float) -> list[str]:
    """Prints what was met; gives what is wrong."""
    wrong = [f"{tally.broken} answers of 200 are no whole document"] if tally.broken else []
    print(f"{'kind':<16}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}   statuses (0: no answer awaited, or cut)")
    for kind in WEIGHTS:
        statuses = tally.statuses[kind]
        times = [each * 1000 for each in tally.seconds[kind]]
        cuts = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
        told = "  ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
        print(f"{kind:<16}{cuts[49]:>9.1f}{cuts[94]:>9.1f}{cuts[98]:>9.1f}   {told}")
        if bad := {each for each in statuses if each} - GOOD.get(kind, WELL_FORMED):
            wrong.append(f"{kind}: status {', '.join(map(str, sorted(bad)))}")
        if kind != "disconnecting" and kind != "hostile" and statuses[0]:
            wrong.append(f"{kind}: {statuses[0]} connections ended without an answer")
    print(f"connections cut by the server: {tally.cut}")
    settled = looks[len(looks) // 5 :]
    figures: dict[str, Callable[[Look], float]] = {
        "server, MB": lambda look: look.server,
        "workers, MB": lambda look: look.workers,
        "file descriptors": lambda look: look.files,
    }
    for name, value in figures.items():
        points = [(look.minute, float(value(look))) for look in settled]
        grown = slope(points)
        print(
            f"{name:<18}first {points[0][1]:>8.1f}   last {points[-1][1]:>8.1f}   "
            f"most {max(y for _, y in points):>8.1f}   growth a minute {grown:>+8.2f}"
        )
        if minutes >= TELLING and grown > GROWTH[name]:
            wrong.append(f"{name}: grows by {grown:.2f} a minute")
    return wrong


def main() -> None:
    """Fills, serves, asks, prints; ends with 1 where something is wrong."""
    options = _options()
    settings = {"query_seconds": SECONDS, "trusted_proxies": "127.0.0.1", "slow_query_seconds": SECONDS}
    with tempfile.TemporaryDirectory(prefix="wenyuan-soak-") as scratch:
        folder = Path(scratch)
        fill(folder, options.records)
        with serving(folder, settings) as live:
            tally, looks = soak(live, options)
    total = sum(sum(each.values()) for each in tally.statuses.values())
    print(f"{options.clients} clients, {options.minutes:g} minutes, {total:,} requests")
    wrong = report(tally, looks, options.minutes)
    for each in wrong:
        print(f"WRONG: {each}")
    sys.exit(bool(wrong))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--records", type=int, default=3_000)
    parser.add_argument("--think", type=float, default=0.0, help="seconds between two queries of a client")
    return parser.parse_args()


if __name__ == "__main__":
    main()
