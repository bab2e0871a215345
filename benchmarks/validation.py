"""The compiled shapes beside pyshacl and pyrudof, on the same records.

    python -m benchmarks.validation [--records 300] [--rounds 3]

The records are real MARC 21 ones, multiplied and mapped. We check them one by one, as the pass does; the
engines, whose shapes and data are loaded beforehand, get all of them as one graph, which suits them better.
Each round runs every contender once, in turn; the figures are medians of CPU time.
"""

import argparse
import io
from collections.abc import Callable
from statistics import median
from time import process_time

import pyrudof
import pyshacl
import rdflib

from benchmarks import corpus
from ingest.model import Raw, Record
from ingest.sources.iso2709 import Iso2709
from ingest.worker import Task, mapped
from kg.terms import Triple
from ontology import schema, shapes
from ontology.namespaces import PREFIXES, WY
from ontology.validate import bundled_validator

SOURCE = corpus.DEMO / "marc21" / "uva.mrc.gz"
TASK = Task("bench", "iso2709", "http://localhost:8000/")
REPEATED = 10
"""Times that we check the records in a round, since once is too short to measure."""


def records(count: int) -> list[list[Triple]]:
    """The statements of *count* mapped records, each with its own list."""
    source = Iso2709()
    raws = source.split(io.BytesIO(b"".join(corpus.multiplied(SOURCE, count))))
    read = (source.read(raw) for raw in raws if isinstance(raw, Raw))
    return [mapped(record, TASK) for record in read if isinstance(record, Record)]


def contenders(made: list[list[Triple]]) -> dict[str, Callable[[], int]]:
    """Who checks, and how; each gives the number of findings."""
    lines = (f"{subject} {predicate} {value} .\n" for record in made for subject, predicate, value in record)
    text = "".join(lines) + _subclasses()
    validator = bundled_validator()
    shapes_graph = rdflib.Graph().parse(data=shapes.bundled(), format="turtle")
    data_graph = rdflib.Graph().parse(data=text, format="nt")
    engine = pyrudof.Rudof(pyrudof.RudofConfig())
    engine.read_shacl(shapes.bundled())
    engine.read_data(text, format=pyrudof.RDFFormat.NTriples)

    def ours() -> int:
        return sum(len(validator.check(record)) for record in made)

    def by_pyshacl() -> int:
        _, report, _ = pyshacl.validate(data_graph, shacl_graph=shapes_graph, inplace=True)
        return sum(1 for _ in report.objects(None, rdflib.SH.result))

    def by_rudof() -> int:
        return len(engine.validate_shacl())

    return {"wenyuan": ours, "pyshacl": by_pyshacl, "pyrudof": by_rudof}


def main() -> None:
    """Runs the rounds and prints the table."""
    options = _options()
    made = records(options.records)
    statements = sum(map(len, made))
    print(f"{len(made):,} records, {statements / len(made):.1f} statements a record")
    running = contenders(made)
    times: dict[str, list[float]] = {name: [] for name in running}
    findings: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, run in running.items():
            count = REPEATED if name == "wenyuan" else 1
            began = process_time()
            for _ in range(count):
                findings[name] = run()
            times[name].append((process_time() - began) / count)
    for name, spent in times.items():
        rate = len(made) / median(spent)
        told = f"{rate:>10,.0f} records/s   {rate * statements / len(made):>12,.0f} statements/s"
        print(f"{name:<10} {told}   {findings[name]:,} findings")
    print("aim: wenyuan at least 20,000 records/s at 40 statements a record, or 800,000 statements/s")


def _subclasses() -> str:
    """What the ontology says of its own subclasses: the engines take it from the data."""
    below = f"<{PREFIXES['rdfs']}subClassOf>"
    return "".join(
        f"<{term.iri}> {below} <{parent}> .\n"
        for term in schema.own()
        for parent in term.alignments.get("subclass of", ())
        if parent.startswith(WY)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
