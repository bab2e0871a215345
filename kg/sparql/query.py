"""A stranger's query: as a task for the pool, and its answering inside a worker."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Triple

from kg.errors import QueryError, QueryRefused, QuerySyntax
from kg.formats import FORMATS, Format
from kg.pool.place import Out, Place
from kg.pool.task import Task
from kg.sparql.functions.geof import CUSTOM
from kg.sparql.guard import Checked
from kg.sparql.results import RESULT_FORMATS, ResultFormat, Table, too_large
from ontology.namespaces import PREFIXES

MAX_BYTES = 256_000_000
"""The largest answer."""

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED = re.compile(r'"((?:[^"\\]|\\.)+)"|\b([A-Z][A-Z_]+)\b')
_SENTENCE = re.compile(r"\b[A-Z][a-z]+ [^,\[]+")
_CLASS = re.compile(r"\[[^\]]*\]")
_MARKS = frozenset("{}()[].;,*=:?|/^!")
_SHOWN = 30
_TOLD = 12
_Format = TypeVar("_Format", ResultFormat, Format)


@dataclass(frozen=True, slots=True)
class Question:
    """A query that passed the guard, the format of the answer, and the dataset that the protocol named.

    default_graphs, named_graphs: IRIs (SPARQL 1.1 Protocol, § 2.1.4); where both are empty, the default
    graph is the union of all graphs, unless the query says FROM.
    """

    query: Checked
    format: ResultFormat | Format
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    def task(
        self, generation: Path, *, rows: int, is_union: bool = True, seconds: float = 0, rank: int = 0,
        asker: str = "", base_iri: str = "",
    ) -> Task:  # fmt: skip
        """The task that answers this on that generation. rows: the most of a table, or statements of a graph.

        is_union: whether the default graph is the union of all, where neither protocol nor query names one.
        base_iri: what relative IRIs start from, where that is not the base of the pool.
        """
        head = {
            "format": self.format.name,
            "default_graphs": self.default_graphs,
            "named_graphs": self.named_graphs,
            "is_union": is_union and not self.query.has_dataset,
            "rows": rows,
            "base_iri": base_iri,
        }
        return Task("query", generation, head, self.query.text.encode(), seconds, rank, asker)


def run(place: Place, head: dict[str, Any], body: bytes, out: Out) -> None:
    """Answers a query, in a worker. See Question.task for head and body.

    The first thing given is {"media_type"}. Raises QuerySyntax with the place, QueryRefused for what exceeds
    a limit or cannot be written in the format, QueryError where the engine fails.
    """
    text = body.decode("utf-8", "replace")
    with translated(text):
        found = _evaluate(place, head, text)
        if isinstance(found, QueryTriples):
            _graph(found, _format(FORMATS, head["format"], "graph"), head["rows"], out)
        else:
            _table(found, _format(RESULT_FORMATS, head["format"], "table"), head["rows"], out)


def _evaluate(place: Place, head: dict[str, Any], text: str) -> QuerySolutions | QueryBoolean | QueryTriples:
    default, named = head["default_graphs"], head["named_graphs"]
    base = head.get("base_iri") or place.base_iri
    if default or named:
        return place.engine.query(
            text,
            base_iri=base,
            prefixes=PREFIXES,
            default_graph=[NamedNode(iri) for iri in default],
            named_graphs=[NamedNode(iri) for iri in named],
            custom_functions=CUSTOM,
        )
    # With the union asked for, the engine would pass over a FROM.
    return place.engine.query(
        text,
        base_iri=base,
        prefixes=PREFIXES,
        use_default_graph_as_union=head["is_union"],
        custom_functions=CUSTOM,
    )


def _table(found: QuerySolutions | QueryBoolean, form: ResultFormat, rows: int, out: Out) -> None:
    out.begin({"media_type": form.media_type})
    table = Table(form, rows=rows, size=MAX_BYTES, to=out.write)
    found.serialize(cast(IO[bytes], table), form.engine)  # The engine calls write() and nothing else.
    out.rows = table.rows


def _graph(found: QueryTriples, form: Format, rows: int, out: Out) -> None:
    # Late, since it loads much that tables do not need, and a worker is to begin quickly.
    from kg.serialise import stream

    out.begin({"media_type": form.media_type})
    stream(_once(found, rows, out), form, to=out.write)


def _once(found: QueryTriples, rows: int, out: Out) -> Iterator[Triple]:
    """Each statement once: the engine gives it again for every solution that makes it."""
    seen: set[Triple] = set()
    for triple in found:
        if triple not in seen:
            seen.add(triple)
            out.rows += 1
            if out.rows > rows:
                raise too_large(f"more than {rows:,} statements")
            yield triple


def _format(table: Iterable[_Format], name: str, what: str) -> _Format:
    for known in table:
        if known.name == name:
            return known
    names = ", ".join(known.media_type for known in table)
    raise QueryRefused(f"a {what} cannot be written as {name}", hint=f"ask for one of {names}")


@contextmanager
def translated(query: str) -> Iterator[None]:
    """Errors of the engine about *query* come out as ours."""
    try:
        yield
    except SyntaxError as error:
        raise _syntax(error, query) from error
    except (RuntimeError, ValueError) as error:
        raise QueryRefused(f"the engine does not answer: {error}") from error
    except OSError as error:
        raise QueryError(f"the engine failed: {error}") from error


def _syntax(error: SyntaxError, query: str) -> QuerySyntax:
    """What the engine says of a query that does not parse, put for people: "error at 1:27: expected ..."."""
    found = _PLACE.match(str(error))
    if found is None:
        return QuerySyntax(str(error))
    line, column = int(found[1]), int(found[2])
    rest = query.split("\n")[line - 1][column - 1 :].strip() if line <= query.count("\n") + 1 else ""
    if said := _SENTENCE.search(found[3]):
        return QuerySyntax(said[0].strip(), line=line, column=column)
    message = (
        f"the query cannot be read from {rest[:_SHOWN]!r} on" if rest else "something is missing before here"
    )
    return QuerySyntax(message, line=line, column=column, hint=_expected(found[3]))


def _expected(text: str) -> str:
    """The words and marks that could stand where the engine gave up; classes of characters left out."""
    named = [quoted or word for quoted, word in _EXPECTED.findall(_CLASS.sub("", text))]
    told = list(dict.fromkeys(each for each in named if each.isalpha() or each in _MARKS))
    return f"here could stand {' '.join(told[:_TOLD])}" if told else ""
