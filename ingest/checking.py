"""Checking what is there already against the shapes: a file of RDF, or the library graph by graph."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Triple as Parsed
from pyoxigraph import parse

from ingest.errors import SourceError
from ingest.opening import opened
from kg.formats import Format
from kg.library import Library
from kg.terms import Triple
from ontology.validate import Finding, Validator, bundled_validator


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the graph it is in; "" for that of a file."""

    graph: str
    finding: Finding


@dataclass(slots=True)
class Verdict:
    """What a check came to. things: how many were looked at; counts: findings by severity.

    found: the first of them, violations before warnings; *limit* of them are kept.
    """

    limit: int
    things: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)

    def take(self, graph: str, statements: Iterable[Triple], validator: Validator) -> None:
        """Checks the statements of one graph."""
        told = list(statements)
        self.things += len({subject for subject, _, _ in told})
        for finding in validator.check(told):
            self.counts[finding.severity] += 1
            if len(self.found) < self.limit or finding.severity == "violation":
                self.found.append(Found(graph, finding))
        self.found.sort(key=lambda entry: entry.finding.severity != "violation")
        del self.found[self.limit :]


def check_file(path: Path, form: Format, *, base: str, limit: int = 20) -> Verdict:
    """The verdict on a file of RDF, read whole into memory; raises SourceError where it does not parse."""
    verdict = Verdict(limit)
    with opened(path) as stream:
        try:
            said = {_text(quad.triple) for quad in parse(stream, format=form.engine, base_iri=base)}
        except (SyntaxError, ValueError) as error:
            raise SourceError(
                f"{path.name}: not {form.name}: {error}", hint="say which with --format"
            ) from error
    verdict.take("", sorted(said), bundled_validator())
    return verdict


def check_library(library: Library, *, limit: int = 20) -> Verdict:
    """The verdict on every graph of the library, one after the other."""
    verdict = Verdict(limit)
    for graph in sorted(library.store.graphs()):
        verdict.take(graph, library.store.graph(graph), bundled_validator())
    return verdict


def _text(said: Parsed) -> Triple:
    return str(said.subject), str(said.predicate), str(said.object)
