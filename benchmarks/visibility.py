"""From a write to its being seen: in SPARQL, in search and on its page, while others read.

    python -m benchmarks.visibility [--writes 100] [--readers 4] [--records 2000]

Each write is an update over HTTP that makes a work. Time runs from when it is sent; another client then asks
each door again and again until the work is there. The writer itself asks SPARQL once, with the generation
that its write gave back as min-generation: that must show the work always. Fails where a door is not within a
second at the 95th percentile, or a writer does not see its own write.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from urllib.parse import quote

from benchmarks.live import RESULTS, Live, fill, serving, wenyuan

BASE = "http://localhost:8000/"
AIM = 1.0
PATIENCE = 10.0
_LOADS = (
    "SELECT ?title ?name { ?w wy:title ?title ; wy:creator ?a . ?a wy:name ?name } LIMIT 500 OFFSET %d",
    "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t ; ?p ?o FILTER(?o != %d) } GROUP BY ?t",
)


class Door:
    """A connection that is kept, and what is asked over it."""

    def __init__(self, live: Live, *, token: str = "") -> None:
        self._live = live
        self._connection: HTTPConnection = live.connection()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, path: str, accept: str) -> tuple[int, bytes]:
        """Status and body."""
        try:
            return self._ask(path, accept)
        except (OSError, HTTPException):  # The server closes connections that nothing comes over.
            self._connection = self._live.connection()
            return self._ask(path, accept)

    def _ask(self, path: str, accept: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=self._headers | {"Accept": accept})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def update(self, text: str) -> int:
        """The generation in which the update is; ends the program where it is refused."""
        headers = self._headers | {"Content-Type": "application/sparql-update"}
        self._connection = self._live.connection()
        self._connection.request("POST", "/update", text.encode(), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"update: {answer.status} {body[:500].decode(errors='replace')}")
        return int(answer.headers["wenyuan-generation"])


def word(number: int) -> str:
    """A word that is in no other title."""
    return "zq" + "".join(chr(97 + int(digit)) for digit in f"{number:06}")


def seen_in(number: int) -> dict[str, Callable[[Door], bool]]:
    """For each door, whether the work is there."""
    work = f"{BASE}id/work/seen-{number}"
    query = quote(f"SELECT ?t {{ <{work}> wy:title ?t }}")

    def has(found: tuple[int, bytes], text: str) -> bool:
        return found[0] == 200 and text.encode() in found[1]

    # The search repeats the word in any case, so it is the thing that must be there.
    return {
        "SPARQL": lambda door: has(door.ask(f"/sparql?query={query}", RESULTS), word(number)),
        "search": lambda door: has(door.ask(f"/api/search?q={word(number)}", "application/json"), work),
        "page": lambda door: has(door.ask(f"/doc/work/seen-{number}", "text/html"), word(number)),
    }


def until_seen(door: Door, is_seen: Callable[[Door], bool], began: float) -> float:
    """Seconds from *began* until it is there; infinite where it never is."""
    while (passed := perf_counter() - began) < PATIENCE:
        if is_seen(door):
            return perf_counter() - began
        sleep(0.002)
    return float("inf") if passed >= PATIENCE else passed


def measure(live: Live, token: str, writes: int) -> tuple[dict[str, list[float]], list[float], int]:
    """Seconds for each door, seconds of the writes themselves, and how many writers saw their own."""
    times: dict[str, list[float]] = {"SPARQL": [], "search": [], "page": []}
    taken, own = [], 0
    writer = Door(live, token=token)
    doors = {name: Door(live, token=token) for name in times}
    with ThreadPoolExecutor(len(times)) as watchers:
        for number in range(writes):
            work = f"{BASE}id/work/seen-{number}"
            update = f'INSERT DATA {{ <{work}> a wy:Work ; wy:title "The book of {word(number)}"@en }}'
            began = perf_counter()
            watching = {
                name: watchers.submit(until_seen, doors[name], is_seen, began)
                for name, is_seen in seen_in(number).items()
            }
            generation = writer.update(update)
            taken.append(perf_counter() - began)
            query = quote(f"SELECT ?t {{ <{work}> wy:title ?t }}")
            status, body = writer.ask(f"/sparql?query={query}&min-generation={generation}", RESULTS)
            own += status == 200 and word(number).encode() in body
            for name, watched in watching.items():
                times[name].append(watched.result())
    return times, taken, own


def load(live: Live, token: str, number: int, ends: threading.Event) -> None:
    """Asks one query after another."""
    chance = random.Random(number)
    door = Door(live, token=token)
    while not ends.is_set():
        with suppress(OSError, HTTPException):
            door.ask(f"/sparql?query={quote(chance.choice(_LOADS) % chance.randrange(1_000_000))}", RESULTS)


def report(times: dict[str, list[float]], taken: list[float], own: int) -> list[str]:
    """Prints what was measured; gives what is wrong."""
    print(f"{'from a write to':<24}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    wrong = []
    for name, seconds in {"its acknowledgement": taken, **times}.items():
        cuts = quantiles(seconds, n=20)
        print(f"{name:<24}{cuts[9] * 1000:>9.0f}{cuts[18] * 1000:>9.0f}{max(seconds) * 1000:>9.0f}")
        if not cuts[18] <= AIM:
            wrong.append(f"{name}: {cuts[18]:.2f} s at the 95th percentile")
    print(f"{'own writes seen':<24}{own:>9} of {len(taken)}")
    return wrong + ([f"{len(taken) - own} writers did not see their own write"] if own < len(taken) else [])


def main() -> None:
    """Fills, serves, writes, watches, prints; ends with 1 where something is wrong."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="wenyuan-visibility-") as scratch:
        folder = Path(scratch)
        fill(folder, options.records)
        # Readers with a key of their own: one who asks much waits behind himself.
        token, other = _key(folder, "writer", "steward"), _key(folder, "reader", "reader")
        with serving(folder, {"client_budget": 0, "queries_at_once": 0}) as live:
            ends = threading.Event()
            readers = [
                threading.Thread(target=load, args=(live, other, number, ends))
                for number in range(options.readers)
            ]
            for reader in readers:
                reader.start()
            try:
                measured = measure(live, token, options.writes)
            finally:
                ends.set()
                for reader in readers:
                    reader.join()
    print(f"{options.writes} writes, {options.readers} readers")
    wrong = report(*measured)
    for each in wrong:
        print(f"WRONG: {each}")
    sys.exit(bool(wrong))


def _key(folder: Path, name: str, role: str) -> str:
    """The token of a new key."""
    command = wenyuan(folder, "key", "add", name, "--role", role, "--json")
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return str(json.loads(made.stdout)["token"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--records", type=int, default=2_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
