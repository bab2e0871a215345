"""Looking up what is said of a thing, in this process: our own reading of patterns, never a stranger's query.

A query of a few patterns that begins with a known subject is answered by reading the statements that match,
one pattern after the other, with a bound on how many are read. What exceeds it goes to a worker.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import TypeAlias

import orjson
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from kg import terms
from kg.errors import QueryRefused
from kg.formats import Format
from kg.serialise import write
from kg.sparql.parse import Unfit, is_plain, parse
from kg.sparql.results import ResultFormat
from kg.sparql.simple import Described, Pattern, Simple, Term, Variable

MOST = 300
"""Statements that a look-up reads: about a millisecond."""
_SEEK = 5
"""Statements that could be read in the time that it takes to find the first."""
_PATTERNS = 4
_LONGEST = 4_096
_IRI = re.compile(r"<(https?://[^<>\"{}|^`\\\x00-\x20]*)>")
_SLOT = "http://slot.invalid/"
_NOT_TEMPLATE = re.compile(r"[\"'#\\]|PREFIX|BASE", re.IGNORECASE)
_OPENED = 4

RdfTerm: TypeAlias = NamedNode | BlankNode | Literal | Triple
Row: TypeAlias = dict[str, RdfTerm]


class TooMuch(Exception):
    """More statements match than a look-up may read."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """A query that is looked up. form: its form; names: the columns of a SELECT."""

    form: str
    patterns: tuple[Pattern, ...]
    names: tuple[tuple[str, str], ...] = ()
    template: tuple[Pattern, ...] = ()
    limit: int | None = None

    def answer(self, engine: Store, form: ResultFormat | Format) -> bytes | None:
        """The whole answer from a generation; None where a worker has to find it, or refuse it."""
        if isinstance(form, ResultFormat) == (self.form in ("CONSTRUCT", "DESCRIBE")):
            return None
        try:
            if not isinstance(form, ResultFormat):
                return write(self._graph(engine), form)
            if form.name != "json":
                return None
            return self._table(engine)
        except (TooMuch, QueryRefused):
            return None

    def _table(self, engine: Store) -> bytes:
        if (told := self._told(engine)) is not None:
            return told
        rows = _solved(engine, self.patterns)
        if self.form == "ASK":
            return orjson.dumps({"head": {}, "boolean": next(rows, None) is not None})
        found: list[dict[str, dict[str, str]]] = []
        for row in rows:
            if self.limit is not None and len(found) >= self.limit:
                break
            found.append({name: _told(row[of]) for name, of in self.names})
        vars = [name for name, _ in self.names]
        return orjson.dumps({"head": {"vars": vars}, "results": {"bindings": found}})

    def _told(self, engine: Store) -> bytes | None:
        """What is said of a known subject: the commonest look-up, without the detour over solutions."""
        pattern = self.patterns[0]
        wanted = dict(self.names)
        is_plain = (
            len(self.patterns) == 1
            and isinstance(pattern.predicate, Variable)
            and isinstance(pattern.object, Variable)
            and pattern.object != pattern.predicate
            and pattern.graph is None
            and self.limit is None
            and list(wanted.values()) == [pattern.predicate.name, pattern.object.name]
        )
        if not is_plain:
            return None
        one, other = wanted
        found = []
        for quad in engine.quads_for_pattern(NamedNode(str(pattern.subject)[1:-1]), None, None, None):
            found.append({one: {"type": "uri", "value": quad.predicate.value}, other: _told(quad.object)})
            if len(found) > MOST:
                raise TooMuch
        return orjson.dumps({"head": {"vars": [one, other]}, "results": {"bindings": found}})

    def _graph(self, engine: Store) -> list[Triple]:
        made: dict[Triple, None] = {}
        for row in _solved(engine, self.patterns):
            for pattern in self.template:
                s, p, o = (_bound(term, row) for term in (pattern.subject, pattern.predicate, pattern.object))
                if isinstance(o, BlankNode):
                    raise TooMuch  # Its description goes on, and that is the engine's matter.
                if isinstance(s, NamedNode) and isinstance(p, NamedNode) and o is not None:
                    made[Triple(s, p, o)] = None
        return list(made)


def find(text: str) -> LookUp | None:
    """The look-up that answers the query, which kg.sparql.guard need not have seen; None where none does.

    A query that differs from one before only in its IRIs costs some microseconds.
    """
    if len(text) > _LONGEST or "(" in text:
        return None
    iris = _IRI.findall(text)
    frame = _IRI.sub("<>", text)
    if _NOT_TEMPLATE.search(frame):
        return _from_text(text)
    found = _from_frame(frame)
    if found is None or not all(map(is_plain, iris)):
        return None
    return replace(found, patterns=_filled(found.patterns, iris), template=_filled(found.template, iris))


@lru_cache(maxsize=512)
def _from_frame(frame: str) -> LookUp | None:
    """The look-up of all queries that have other IRIs, with slots in the places of those."""
    parts = frame.split("<>")
    text = "".join(f"{part}<{_SLOT}{place}>" for place, part in enumerate(parts[:-1])) + parts[-1]
    return _from_text(text)


@lru_cache(maxsize=512)
def _from_text(text: str) -> LookUp | None:
    try:
        return compiled(parse(text))
    except Unfit:
        return None


def compiled(query: Simple) -> LookUp | None:
    """The look-up that answers *query*; None where none does."""
    if isinstance(query, Described):
        made = _described(query)
    elif query.is_grouped or query.is_distinct or query.filters or query.order or query.offset:
        return None
    else:
        names = tuple((name, of) for name, of in query.columns if isinstance(of, str))
        made = LookUp("SELECT", query.patterns, names, limit=query.limit)
    ordered = _ordered(made.patterns)
    return replace(made, patterns=ordered) if ordered else None


def _described(query: Described) -> LookUp:
    if query.form == "DESCRIBE":
        pattern = Pattern(query.resource, Variable("p"), Variable("o"))
        return LookUp("DESCRIBE", (pattern,), template=(pattern,))
    return LookUp(query.form, query.patterns, template=query.template)


def _ordered(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """The patterns so that each begins with a known subject; () where that cannot be."""
    if len(patterns) > _PATTERNS:
        return ()
    known, waiting, made = set[str](), list(patterns), list[Pattern]()
    while waiting:
        following = [each for each in waiting if isinstance(each.subject, str) or each.subject.name in known]
        if not following:
            return ()
        best = min(following, key=lambda each: len(each.variables() - known))
        waiting.remove(best)
        made.append(best)
        known |= best.variables()
    return tuple(made)


def _filled(patterns: tuple[Pattern, ...], iris: Sequence[str]) -> tuple[Pattern, ...]:
    """The patterns with the IRIs in their slots."""

    def filled(term: Term) -> Term:
        if isinstance(term, str) and term.startswith(f"<{_SLOT}"):
            return f"<{iris[int(term[len(_SLOT) + 1 : -1])]}>"
        return term

    return tuple(
        Pattern(
            filled(each.subject),
            filled(each.predicate),
            filled(each.object),
            None if each.graph is None else filled(each.graph),
        )
        for each in patterns
    )


def _solved(engine: Store, patterns: Sequence[Pattern]) -> Iterator[Row]:
    """The solutions of the patterns, one row for each way to match them; raises TooMuch."""
    read = 0

    def solve(place: int, row: Row) -> Iterator[Row]:
        nonlocal read
        if place == len(patterns):
            yield row
            return
        read += _SEEK
        for quad in _matching(engine, patterns[place], row):
            read += 1
            if read > MOST:
                raise TooMuch
            if (more := _extended(row, patterns[place], quad)) is not None:
                yield from solve(place + 1, more)

    return solve(0, {})


def _matching(engine: Store, pattern: Pattern, row: Mapping[str, RdfTerm]) -> Iterator[Quad]:
    """The quads that may match; _extended sees whether they do."""
    subject, predicate, value = (
        _bound(term, row) for term in (pattern.subject, pattern.predicate, pattern.object)
    )
    graph = None if pattern.graph is None else _bound(pattern.graph, row)
    if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode | None):
        return iter(())
    if not isinstance(graph, NamedNode | None):
        return iter(())
    return engine.quads_for_pattern(subject, predicate, value, graph)


def _extended(row: Row, pattern: Pattern, quad: Quad) -> Row | None:
    """*row* with what the pattern's variables are in *quad*; None where they are something else already."""
    made = dict(row)
    pairs: list[tuple[Term, RdfTerm]] = [
        (pattern.subject, quad.subject), (pattern.predicate, quad.predicate), (pattern.object, quad.object),
    ]  # fmt: skip
    if pattern.graph is not None:
        if isinstance(quad.graph_name, DefaultGraph):
            return None
        pairs.append((pattern.graph, quad.graph_name))
    for term, found in pairs:
        if isinstance(term, Variable) and made.setdefault(term.name, found) != found:
            return None
    return made


def _bound(term: Term, row: Mapping[str, RdfTerm]) -> RdfTerm | None:
    return row.get(term.name) if isinstance(term, Variable) else _term(term)


@lru_cache(maxsize=4096)
def _term(text: str) -> NamedNode | Literal:
    if terms.is_iri(text):
        return NamedNode(text[1:-1])
    value, language, datatype = terms.literal(text)
    if language:
        return Literal(value, language=language)
    return Literal(value, datatype=NamedNode(datatype)) if datatype else Literal(value)


def _told(term: RdfTerm) -> dict[str, str]:
    """A term in JSON (SPARQL 1.1 Query Results JSON, § 3.2.2); raises TooMuch for what that does not know."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if not isinstance(term, Literal) or term.direction is not None:
        raise TooMuch
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    datatype = term.datatype.value
    if datatype == f"{terms.XSD}string":
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": datatype}


class Opened:
    """Generations that are open in this process for look-ups. They are opened aside, so nobody waits."""

    def __init__(self) -> None:
        self._engines: dict[Path, Store] = {}
        self._opening: set[Path] = set()
        self._lock = Lock()

    def engine(self, generation: Path) -> Store | None:
        """The generation's engine; None where it is not open yet. The caller holds the generation."""
        found = self._engines.get(generation)
        if found is None and generation not in self._opening:
            self._opening.add(generation)
            Thread(target=self._open, args=(generation,), daemon=True, name="look-ups").start()
        return found

    def close(self) -> None:
        """Closes all of them."""
        with self._lock:
            self._engines.clear()

    def _open(self, generation: Path) -> None:
        try:
            engine = Store.read_only(str(generation))
        except (OSError, RuntimeError):  # Removed meanwhile: nobody asks for it any more.
            return
        finally:
            self._opening.discard(generation)
        with self._lock:
            for other in [each for each in self._engines if each.parent == generation.parent]:
                del self._engines[other]
            self._engines[generation] = engine
            while len(self._engines) > _OPENED:
                del self._engines[next(iter(self._engines))]
