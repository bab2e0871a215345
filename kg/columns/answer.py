"""The task "columns": a query answered from the columns beside the generation, else by the engine."""

import logging
from typing import Any
from weakref import WeakKeyDictionary

from pyoxigraph import Store

from kg.columns.evaluate import Table, evaluate
from kg.columns.index import Index
from kg.errors import QuerySyntax
from kg.pool.place import Out, Place
from kg.sparql import query
from kg.sparql.parse import Unfit, parse
from kg.sparql.simple import Select

log = logging.getLogger(__name__)

_open: WeakKeyDictionary[Place, Index] = WeakKeyDictionary()
"""The columns of the generations that this worker has open."""


def run(place: Place, head: dict[str, Any], body: bytes, out: Out) -> None:
    """Answers a query, in a worker; head, body and what is given are those of kg.sparql.query.run.

    What the data turn out to be unfit for, the engine answers.
    """
    try:
        table = _table(place, body.decode("utf-8", "replace"))
    except (Unfit, FileNotFoundError, MemoryError) as reason:
        log.debug("the engine answers: %s", reason)
        query.run(place, head, body, out)
        return
    try:
        # The engine writes the rows, so that every format and every limit is the same.
        query.run(Place(None, place.base_iri, Store()), head, written(table).encode(), out)
    except QuerySyntax as error:
        # A term that a store can hold and a query cannot say: a blank node, an IRI with strange signs.
        log.debug("the engine answers: %s", error)
        query.run(place, head, body, out)


def written(table: Table) -> str:
    """A query whose answer is the table."""
    names = " ".join(f"?{name}" for name in table.names)
    rows = " ".join(f"({' '.join(text or 'UNDEF' for text in row)})" for row in table.rows)
    return f"SELECT {names} {{ VALUES ({names}) {{ {rows} }} }}"


def _table(place: Place, text: str) -> Table:
    shape = parse(text)
    if not isinstance(shape, Select) or place.path is None:
        raise Unfit("it is no SELECT")
    index = _open.get(place)
    if index is None:
        index = _open[place] = Index.of(place.path)
    return evaluate(index, shape)
