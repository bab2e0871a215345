"""Records into the library on disk, beside the raw bulk load of the same statements and other MARC tools.

    python -m benchmarks.ingest [--records 20000] [--rounds 3] [--file FILE.mrc]

Each round runs every contender once, in turn; the figures are medians. "ratio" is the rate of the whole
pass (read, map, check, hash, journal, store, search index) over that of pyoxigraph's bulk_load alone.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks import corpus
from ingest.intake import Intake
from ingest.report import Report
from kg.library import Library

BASE = "http://localhost:8000/"
SOURCE = corpus.DEMO / "marc21" / "uva.mrc.gz"


def take_in(library: Library, file: Path, folder: Path, *, workers: int) -> Report:
    """The pass as `wenyuan ingest` runs it."""
    with Intake(library, folder, workers=workers) as intake:
        return intake.file(file, source="bench", who="benchmark")


def fresh_pass(file: Path, folder: Path, *, workers: int) -> tuple[Report, float]:
    """The first pass over *file* into an empty data folder: report and seconds."""
    with Library.open(folder, base_iri=BASE) as library:
        began = perf_counter()
        report = take_in(library, file, folder, workers=workers)
        return report, perf_counter() - began


def rerun(file: Path, folder: Path) -> tuple[Report, float, float]:
    """A second pass over the same file: report, seconds, CPU seconds."""
    with Library.open(folder, base_iri=BASE) as library:
        began, used = perf_counter(), process_time()
        report = take_in(library, file, folder, workers=1)
        return report, perf_counter() - began, process_time() - used


def raw_load(statements: Path, folder: Path) -> float:
    """Seconds that pyoxigraph's bulk_load takes for the same statements into an empty store on disk.

    In a process of its own, so that its memory is not counted as ours.
    """
    done = subprocess.run(
        [sys.executable, "-c", _RAW, str(statements), str(folder)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


_RAW = """
import sys, time, pyoxigraph
store = pyoxigraph.Store(sys.argv[2])
began = time.perf_counter()
store.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_QUADS)
store.flush()
print(time.perf_counter() - began)
"""


def peers(file: Path) -> dict[str, Callable[[], int]]:
    """What else reads this file here; each gives the number of records read."""

    def pymarc_read() -> int:
        import pymarc

        with file.open("rb") as stream:
            return sum(1 for record in pymarc.MARCReader(stream) if record)

    def mrrc_read() -> int:
        import mrrc

        return sum(1 for _ in mrrc.MARCReader(str(file)))

    def mrrc_bibframe() -> int:
        import mrrc

        config = mrrc.BibframeConfig()
        count = 0
        for record in mrrc.MARCReader(str(file)):
            mrrc.marc_to_bibframe(record, config).serialize("ntriples")
            count += 1
        return count

    return {"pymarc read": pymarc_read, "mrrc read": mrrc_read, "mrrc to BIBFRAME": mrrc_bibframe}


def main() -> None:
    """Runs the rounds and prints the table."""
    options = _options()
    scratch = Path(tempfile.mkdtemp(prefix="wenyuan-bench-"))
    try:
        _run(options, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(options: argparse.Namespace, scratch: Path) -> None:
    file = scratch / "records.mrc"
    size = corpus.write(file, options.file, options.records)
    print(f"{options.records:,} records, {size / 1e6:.1f} MB, made from {options.file.name}")
    ours: list[float] = []
    raw: list[float] = []
    others: dict[str, list[float]] = {}
    report = Report("", "", "")
    for number in range(options.rounds):
        folder = scratch / f"data-{number}"
        report, seconds = fresh_pass(file, folder, workers=options.workers)
        ours.append(seconds)
        statements = scratch / "statements.nq"
        with Library.open(folder, base_iri=BASE) as library, statements.open("wb") as out:
            library.store.dump(out)
        raw.append(raw_load(statements, scratch / f"raw-{number}"))
        for name, run in peers(file).items() if not options.no_peers else ():
            began = perf_counter()
            run()
            others.setdefault(name, []).append(perf_counter() - began)
        shutil.rmtree(scratch / f"raw-{number}")
        if number < options.rounds - 1:
            shutil.rmtree(folder)
    again, seconds, used = rerun(file, folder)
    _print(report, ours, raw, others)
    print(
        f"rerun, unchanged         {again.unchanged:>9,} of {again.read:,}"
        f"   {again.read / used:>9,.0f} records/s of CPU   {again.read / seconds:>9,.0f} records/s"
    )
    print(
        f"peak memory              {_peak():>9,.0f} MB (this process)   data folder {_size(folder):,.0f} MB"
    )


def _print(report: Report, ours: list[float], raw: list[float], others: dict[str, list[float]]) -> None:
    records, statements = report.new, report.statements
    each = statements / records
    print(f"taken in {records:,}, refused {report.rejected:,}; {each:.1f} statements a record")
    for name, times in {"wenyuan, whole pass": ours, "raw bulk_load": raw}.items():
        spent = median(times)
        rates = f"{records / spent:>9,.0f} records/s   {statements / spent:>9,.0f} statements/s"
        print(f"{name:<24} {spent:>9.2f} s   {rates}")
    print(f"ratio to raw bulk_load   {median(raw) / median(ours):>9.2f}   (aim: at least 0.80)")
    for name, times in others.items():
        print(f"{name:<24} {median(times):>9.2f} s   {report.read / median(times):>9,.0f} records/s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--file", type=Path, default=SOURCE)
    parser.add_argument("--no-peers", action="store_true")
    return parser.parse_args()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _size(folder: Path) -> float:
    found = subprocess.run(["du", "-sm", str(folder)], capture_output=True, text=True, check=True)
    return float(found.stdout.split()[0])


if __name__ == "__main__":
    sys.exit(main())
