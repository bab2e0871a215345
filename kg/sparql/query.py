"""Answering queries of strangers: the seam where an evaluator stands, and the one inside this process."""

import re
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol, TypeVar, cast

from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store, Triple

from kg.errors import QueryError, QueryRefused, QuerySyntax
from kg.formats import FORMATS, Format
from kg.serialise import write
from kg.sparql.guard import Checked
from kg.sparql.results import RESULT_FORMATS, Page, ResultFormat, too_large
from ontology.namespaces import PREFIXES

MAX_BYTES = 64_000_000
"""The largest answer that is held in memory."""

_STACK = 64 * 1024 * 1024
_STARTING = threading.Lock()
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED = re.compile(r'"((?:[^"\\]|\\.)+)"|\b([A-Z][A-Z_]+)\b')
_SENTENCE = re.compile(r"\b[A-Z][a-z]+ [^,\[]+")
_CLASS = re.compile(r"\[[^\]]*\]")
_MARKS = frozenset("{}()[].;,*=:?|/^!")
_SHOWN = 30
_TOLD = 12
_Made = TypeVar("_Made")


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


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its media type and its bytes."""

    media_type: str
    body: bytes


class Evaluator(Protocol):
    """Who answers a question: a thread of this process, or a pool of others that may be killed."""

    def answer(self, question: Question) -> Answer:
        """The answer, whole.

        Raises QuerySyntax with the place, QueryRefused for what exceeds a limit or cannot be written in the
        format, QueryError where the engine fails.
        """


class Threads:
    """An evaluator on the store of this process: quick, and with nothing that could stop a query."""

    def __init__(self, engine: Store, *, base_iri: str, max_results: int = 100_000) -> None:
        self._engine = engine
        self._base_iri = base_iri
        self._max_results = max_results

    def answer(self, question: Question) -> Answer:
        """The answer, whole. See Evaluator."""
        return _in_deep_thread(lambda: self._answer(question))

    def _answer(self, question: Question) -> Answer:
        with _translated(question.query.text):
            found = self._evaluate(question)
            if isinstance(found, QueryTriples):
                return self._graph(found, question.format)
            return self._table(found, question.format)

    def _evaluate(self, question: Question) -> QuerySolutions | QueryBoolean | QueryTriples:
        text = question.query.text
        if question.default_graphs or question.named_graphs:
            return self._engine.query(
                text,
                base_iri=self._base_iri,
                prefixes=PREFIXES,
                default_graph=[NamedNode(iri) for iri in question.default_graphs],
                named_graphs=[NamedNode(iri) for iri in question.named_graphs],
            )
        # With the union asked for, the engine would pass over a FROM.
        is_union = not question.query.has_dataset
        return self._engine.query(
            text, base_iri=self._base_iri, prefixes=PREFIXES, use_default_graph_as_union=is_union
        )

    def _table(self, found: QuerySolutions | QueryBoolean, form: ResultFormat | Format) -> Answer:
        if not isinstance(form, ResultFormat):
            raise QueryRefused(f"a table cannot be written as {form.name}", hint=_known(RESULT_FORMATS))
        page = Page(form, rows=self._max_results, size=MAX_BYTES)
        found.serialize(cast(IO[bytes], page), form.engine)  # The engine calls write() and nothing else.
        return Answer(form.media_type, page.document())

    def _graph(self, found: QueryTriples, form: ResultFormat | Format) -> Answer:
        if isinstance(form, ResultFormat):
            raise QueryRefused(f"a graph cannot be written as {form.name}", hint=_known(FORMATS))
        triples: dict[Triple, None] = {}
        for triple in found:
            triples[triple] = None
            if len(triples) > self._max_results:
                raise too_large(f"more than {self._max_results:,} statements")
        return Answer(form.media_type, write(triples, form))


@contextmanager
def _translated(query: str) -> Iterator[None]:
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


def _known(table: Iterable[ResultFormat | Format]) -> str:
    return f"ask for one of {', '.join(known.media_type for known in table)}"


def _in_deep_thread(work: Callable[[], _Made]) -> _Made:
    """What *work* gives, done where the stack is deep enough for any query that the guard lets through.

    The engine recurses, and the stack of a thread is 8 MB on Linux, 512 KB on a Mac.
    """
    done: Future[_Made] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # Handed to the caller, whatever it is.
            _let_go(error)
            done.set_exception(error)

    with _STARTING:
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=run, daemon=True, name="query").start()
        finally:
            threading.stack_size(before)
    return done.result()


def _let_go(error: BaseException) -> None:
    """Drops what the frames of *error* and of its causes hold.

    Results of the engine must end in the thread that began them, or they are never freed; an error that
    goes to another thread would take them along.
    """
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__
