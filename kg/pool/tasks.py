"""The table of what workers can do. Each entry is a function of a place, a head, a body and an output."""

from collections.abc import Callable
from typing import TypeAlias

from kg.catalogue import Catalogue
from kg.pool.place import Out, Place

Run: TypeAlias = Callable[[Place, dict[str, object], bytes, Out], None]

TASKS: Catalogue[Run] = Catalogue(
    "tasks",
    {
        "query": "kg.sparql.query:run",
        "syntax": "kg.sparql.syntax:run",
        "content": "kg.sparql.content:run",
        "columns": "kg.columns.answer:run",
        "update": "kg.sparql.update.work:run",
        "check": "kg.sparql.update.checking:run",
        "rdf": "kg.parsing:run",
    },
)
