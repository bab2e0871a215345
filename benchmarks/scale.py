"""A library of a million records on a laptop: taking it in, reopening, looking things up, searching.

    python -m benchmarks.scale [--records 1000000] [--keep FOLDER]

Each step runs in a process of its own and prints its peak memory; the workers' is counted with them.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from benchmarks import corpus
from benchmarks.ingest import BASE, SOURCE, take_in
from kg.entity import describe
from kg.library import Library
from kg.reading import Reading

LOOKUPS = 300


def main() -> None:
    """Runs the steps one after another, each as `python -m benchmarks.scale --step NAME`."""
    options = _options()
    if options.step:
        print(json.dumps(STEPS[options.step](options)))
        return
    with tempfile.TemporaryDirectory(prefix="wenyuan-scale-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.scale", "--step", step, "--keep", str(folder)]
            command += ["--records", str(options.records), "--file", str(options.file)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            for name, value in json.loads(done.stdout).items():
                print(f"{step:<10} {name:<34} {value}", flush=True)


def ingest(options: argparse.Namespace) -> dict[str, str]:
    """The first pass."""
    file = options.keep / "records.mrc"
    size = corpus.write(file, options.file, options.records)
    began = perf_counter()
    with Library.open(options.keep / "data", base_iri=BASE) as library:
        report = take_in(library, file, options.keep / "data", workers=1)
    seconds = perf_counter() - began
    return {
        "records": f"{report.new:,} new, {report.rejected:,} refused, from {size / 1e6:,.0f} MB",
        "statements": f"{report.statements:,} in {report.new:,} graphs",
        "time": f"{seconds:,.0f} s, {report.read / seconds:,.0f} records/s",
        "peak memory": _memory(),
        "data folder": f"{_size(options.keep / 'data'):,.0f} MB",
    }


def rerun(options: argparse.Namespace) -> dict[str, str]:
    """The same file again: nothing may change."""
    began = perf_counter()
    with Library.open(options.keep / "data", base_iri=BASE) as library:
        before = library.generation
        report = take_in(library, options.keep / "records.mrc", options.keep / "data", workers=1)
        same = library.generation == before
    seconds = perf_counter() - began
    return {
        "unchanged": f"{report.unchanged:,} of {report.read:,}; nothing written: {same}",
        "time": f"{seconds:,.1f} s, {report.read / seconds:,.0f} records/s",
        "peak memory": _memory(),
    }


def read(options: argparse.Namespace) -> dict[str, str]:
    """Reopening, entity pages, search and completion."""
    began = perf_counter()
    library = Library.open(options.keep / "data", base_iri=BASE)
    opened = perf_counter() - began
    reading = Reading(library.store.engine)
    chance = random.Random(7)
    words = [
        "".join(chr(97 + int(d)) for d in f"{chance.randrange(options.records):010}") for _ in range(LOOKUPS)
    ]
    works = [hit.iri for word in words for hit in library.search.search(word, limit=1).hits]
    common = ["history", "china", "dance", "music", "law", "science", "art", "bibliography"]
    return {
        "reopening": f"{opened:.2f} s",
        "entity": _timed(lambda iri: describe(reading, iri, language="en"), works),
        "search, one rare word": _timed(lambda word: library.search.search(word, limit=20), words),
        "search, one common word": _timed(lambda word: library.search.search(word, limit=20), common * 5),
        "search, two words": _timed(
            lambda word: library.search.search(word, limit=20),
            [f"{a} {b}" for a in common for b in common if a != b],
        ),
        "completion": _timed(lambda word: library.search.complete(word[:4], limit=10), words),
        "peak memory": _memory(),
    }


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, str]]] = {
    "ingest": ingest,
    "rerun": rerun,
    "read": read,
}


def _timed(run: Callable[[str], object], arguments: Sequence[str]) -> str:
    times = []
    for argument in arguments:
        began = perf_counter()
        run(argument)
        times.append((perf_counter() - began) * 1000)
    cuts = quantiles(times, n=20)
    return f"p50 {cuts[9]:.2f} ms, p95 {cuts[18]:.2f} ms ({len(times)} times)"


def _memory() -> str:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return f"{own:,.0f} MB, largest worker {workers:,.0f} MB"


def _size(folder: Path) -> float:
    return sum(os.stat(path).st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 1e6


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path, default=SOURCE)
    parser.add_argument("--keep", type=Path, help="keep the data folder here")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
