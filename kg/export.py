"""The whole library as RDF, statement by statement, in bounded memory."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from pyoxigraph import Store as Engine
from pyoxigraph import Triple, serialize

from kg.errors import StoreError
from kg.formats import Format, by_name
from kg.store import Store
from ontology.errors import UnknownFormat
from ontology.namespaces import PREFIXES


def format_of(name: str, *, default: str) -> Format:
    """The format that a file's name, or a bare name of a format, asks for: "all.ttl.gz", "turtle", "-".

    A name without a suffix that is no format means *default*; an unknown suffix raises UnknownFormat.
    """
    suffix = PurePath(name.removesuffix(".gz")).suffix
    try:
        return by_name(suffix or name)
    except UnknownFormat:
        if suffix:
            raise
        return by_name(default)


def dump(store: Store, output: BinaryIO, form: Format, *, is_sorted: bool = False) -> None:
    """Writes every statement to *output*; in a format without graphs, of all graphs together.

    is_sorted: in a fixed order, N-Quads only, so that equal libraries give equal bytes.
    """
    if is_sorted and form.name != "nquads":
        raise UnknownFormat(f"only nquads can be sorted, not {form.name}")
    if form.name == "nquads":
        store.dump(output, is_sorted=is_sorted)
        return
    said = store.engine if form.has_graphs else _triples(store.engine)
    try:
        serialize(said, output, form.engine, prefixes=PREFIXES)
    except ValueError as error:
        raise StoreError(
            f"the library cannot be written as {form.name}: {error}", hint="try --format trig"
        ) from error


def _triples(engine: Engine) -> Iterator[Triple]:
    """All statements without their graphs; what two graphs say comes twice, which no reader minds."""
    for quad in engine:
        yield quad.triple
