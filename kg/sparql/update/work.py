"""Working out an update, inside a worker: what its operations would change in the generation at hand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from pyoxigraph import DefaultGraph, NamedNode, QuerySolutions, RdfFormat, Store

from kg.errors import QueryRefused, QuerySyntax
from kg.pool.place import Out, Place
from kg.sparql import guard
from kg.sparql.lexer import Kind, place, tokens
from kg.sparql.query import translated
from kg.sparql.update.delta import MOST, Delta
from kg.sparql.update.operations import Operation, operations
from kg.sparql.update.templates import Filled, Names, Solution, data, fill, values
from kg.terms import Triple
from ontology.namespaces import PREFIXES

SHOWN = 20
"""Statements listed that a DELETE could not take away."""

MOST_ROWS = 16_000_000
"""Bytes of a WHERE with the rows of VALUES in it."""
_NOWHERE = "DROP GRAPH <urn:x-wenyuan:nowhere> ;"
"""Fails when it is done, so that nothing after it is done: what follows is only parsed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How an update is to be understood.

    is_union: whether the default graph is the union of all. home: the graph of triples without GRAPH.
    own: the beginning of the IRIs of graphs out of which a union's DELETE without GRAPH takes. scope: the one
    graph that all is about, where there is one. nodes: what the names of blank nodes begin with. using,
    using_named: the dataset that the protocol named. first: the operation to begin with. base: for relative
    IRIs. most: statements that may move.
    """

    is_union: bool = True
    home: str = ""
    own: str = ""
    scope: str | None = None
    nodes: str = "urn:x-wenyuan:node:"
    using: Sequence[str] = ()
    using_named: Sequence[str] = ()
    first: int = 0
    base: str = "http://localhost:8000/"
    most: int = MOST


@dataclass(frozen=True, slots=True)
class _Where:
    """The parts of an operation that has templates and a WHERE."""

    deleted: str
    inserted: str
    pattern: str
    scope: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()


def run(place: Place, head: Mapping[str, Any], body: bytes, out: Out) -> None:
    """Works an update out, in a worker. head: the fields of Rules; body: the request.

    The first thing given tells "next": the operation that must see what those before it did, None where all
    are done; "remains": graphs and statements that a DELETE had to leave; "is_sweeping": whether all graphs
    are emptied. The rest is Delta.lines. Raises QuerySyntax with the place, and QueryRefused.
    """
    work = Work(place.engine, Rules(**head))
    following = work.do(body.decode("utf-8", "replace"))
    out.begin({
        "next": following,
            "remains": work.remains,
            "remaining": work.remaining,
        "is_sweeping": work.is_sweeping,
    })  # fmt: skip
    for line in work.delta.lines():
        out.write(line)


class Work:
    """An update on its way: what it changes so far. Reads the engine, writes nothing."""

    def __init__(self, engine: Store, rules: Rules) -> None:
        self.delta = Delta(rules.most)
        self.remains: list[tuple[str, str]] = []
        self.remaining = 0
        self.is_sweeping = False
        self._engine, self._rules, self._base_iri = engine, rules, rules.base
        self._names = Names(rules.nodes)

    def do(self, request: str) -> int | None:
        """Works out the operations from Rules.first on; the number of one that must see the others done."""
        found = operations(request)
        for operation in found if not self._rules.first else ():
            self._check(operation, request)
        for number in range(self._rules.first, len(found)):
            operation = found[number]
            is_reading = operation.kind in ("INSERT", "DELETE", "WITH", "DELETE WHERE")
            if is_reading and self.delta:
                return number
            self._names = Names(f"{self._rules.nodes}{number + 1}-")
            with translated(operation.text):
                _DOINGS[operation.kind](self, operation)
        return None

    def insert_data(self, operation: Operation) -> None:
        """INSERT DATA (§ 3.1.1)."""
        self._add(self._data(operation))

    def delete_data(self, operation: Operation) -> None:
        """DELETE DATA (§ 3.1.2)."""
        self._remove(self._data(operation))

    def modify(self, operation: Operation) -> None:
        """DELETE and INSERT … WHERE, DELETE WHERE (§ 3.1.3)."""
        parts = _where(operation)
        prologue = f"{operation.prologue}{parts.scope}"
        gone, came = Delta(self._rules.most), Delta(self._rules.most)
        variables = _variables(parts.deleted, parts.inserted)
        solutions = self._solutions(operation, parts, variables)
        for some in values(variables or ["?solution"], solutions, self._names):
            for into, template in ((gone, parts.deleted), (came, parts.inserted)):
                if template.strip():
                    filled = fill(template, prologue, some, base_iri=self._base_iri, names=self._names)
                    for iri, statements in filled.items():
                        into.add(iri, statements)
        # All solutions are found before anything is changed.
        self._remove({iri: graph.came for iri, graph in gone.graphs.items()})
        self._add({iri: graph.came for iri, graph in came.graphs.items()})

    def clear(self, operation: Operation) -> None:
        """CLEAR and DROP, which are one: no empty graphs are kept (§ 3.1.5, 3.2.2)."""
        what = operation.word(2 if operation.is_silent else 1)
        if what in ("ALL", "NAMED"):
            self.is_sweeping = True
            for iri in self._filled():
                if iri or what == "ALL":
                    self.delta.clear(iri)
            return
        self.delta.clear(self._target(operation, 2 if operation.is_silent else 1)[0])

    def create(self, operation: Operation) -> None:
        """CREATE (§ 3.2.1): a graph is there once it holds something."""
        iri, _ = self._target(operation, 2 if operation.is_silent else 1)
        if self._is_filled(iri) and not operation.is_silent:
            raise QueryRefused(f"there is a graph {iri!r} already")

    def transfer(self, operation: Operation) -> None:
        """ADD, COPY and MOVE (§ 3.2.3 to 3.2.5)."""
        source, following = self._target(operation, 2 if operation.is_silent else 1)
        target, _ = self._target(operation, following + 1)
        if source == target:
            return
        if source != self._rules.home and not self._is_filled(source):
            if operation.is_silent:
                return
            raise QueryRefused(f"there is no graph {source!r}", hint="say SILENT where that does not matter")
        content = self._content(source)
        if operation.kind != "ADD":
            self.delta.clear(target)
        self.delta.add(target, content)
        if operation.kind == "MOVE":
            self.delta.clear(source)

    def load(self, operation: Operation) -> None:
        """LOAD (§ 3.1.4): refused, as nothing is fetched for others. SILENT may not fail: it does nothing."""
        if not operation.is_silent:
            raise QueryRefused(
                "LOAD fetches from other servers, and this one does not",
                hint="fetch the file yourself and PUT it to /graphs?graph=…",
            )

    def _data(self, operation: Operation) -> Filled:
        block, _ = operation.block(2)
        return data(block, operation.prologue, self._base_iri, self._names)

    def _solutions(self, operation: Operation, parts: _Where, variables: Sequence[str]) -> Iterator[Solution]:
        """The solutions of WHERE, with those of their variables that the templates want.

        Equal ones are one, unless each makes new nodes. In a union they are one then too: what two graphs
        state is found twice by the engine, and is one statement.
        """
        dataset = self._dataset(operation, parts)
        if not _makes_nodes(operation, parts.inserted):
            wanted = f"DISTINCT {' '.join(variables) or '(1 AS ?solution)'}"
        elif dataset.get("use_default_graph_as_union"):
            wanted = "DISTINCT *"
        else:
            wanted = " ".join(variables) or "(1 AS ?solution)"
        text = f"{operation.prologue}SELECT {wanted} WHERE {{{parts.pattern}\n}}"
        _guard(text)
        found = self._engine.query(text, base_iri=self._base_iri, prefixes=PREFIXES, **dataset)
        known = [str(name) for name in cast(QuerySolutions, found).variables]
        places = [known.index(name) if name in known else None for name in variables or ["?solution"]]
        for row in cast(QuerySolutions, found):
            yield [None if at is None else row[at] for at in places]

    def _dataset(self, operation: Operation, parts: _Where) -> dict[str, Any]:
        """What WHERE is asked of: that of USING, of the protocol, of WITH, or the whole store."""
        rules = self._rules
        has_own = parts.using or parts.using_named
        if rules.using or rules.using_named:
            if has_own or parts.scope:
                raise QueryRefused(
                    "the request says using-graph-uri, so the update may not say USING or WITH"
                )
            return _graphs(rules.using, rules.using_named)
        if has_own:
            iris = [
                [self._iri(operation, name) for name in part] for part in (parts.using, parts.using_named)
            ]
            return _graphs(*iris)
        if parts.scope:
            return {"default_graph": [NamedNode(self._iri(operation, parts.scope.removeprefix("WITH ")))]}
        if rules.scope is not None:
            return {"default_graph": [_name(rules.scope)]}
        return {"use_default_graph_as_union": rules.is_union}

    def _add(self, filled: Filled) -> None:
        for iri, statements in filled.items():
            self.delta.add(iri or self._rules.home, statements)

    def _remove(self, filled: Filled) -> None:
        for iri, statements in filled.items():
            if iri or not self._rules.is_union:
                self.delta.remove(iri or self._rules.home, statements)
            else:
                self._remove_from_own(statements)

    def _remove_from_own(self, statements: Iterable[Triple]) -> None:
        """Takes statements out of those graphs of people's own that make them; notes who else does."""
        for statement in statements:
            for iri in self._makers(statement):
                if iri.startswith(self._rules.own):
                    self.delta.remove(iri, [statement])
                    continue
                self.remaining += 1
                if len(self.remains) < SHOWN:
                    self.remains.append((iri, " ".join(statement)))

    def _makers(self, statement: Triple) -> list[str]:
        """The graphs that make a statement, as they are by now."""
        rows = self._engine.query(f"SELECT ?g {{ GRAPH ?g {{ {' '.join(statement)} }} }}")
        there = {str(row[0].value) for row in cast(QuerySolutions, rows)}
        for iri, graph in self.delta.graphs.items():
            if graph.is_cleared or statement in graph.gone:
                there.discard(iri)
            if statement in graph.came:
                there.add(iri)
        return sorted(there)

    def _target(self, operation: Operation, number: int) -> tuple[str, int]:
        """The graph that the words from there on name, and the word after it."""
        if operation.word(number) == "GRAPH":
            number += 1
        if operation.word(number) == "DEFAULT":
            return self._rules.home, number + 1
        return self._iri(operation, operation.words[number].text), number + 1

    def _iri(self, operation: Operation, name: str) -> str:
        """The IRI that a name in the request stands for."""
        text = f"{operation.prologue}SELECT ({name} AS ?iri) {{}}"
        found = self._engine.query(text, base_iri=self._base_iri, prefixes=PREFIXES)
        return str(next(cast(QuerySolutions, found))[0].value)

    def _filled(self) -> list[str]:
        """The graphs that hold something, as they are by now."""
        names = (name.value for name in self._engine.named_graphs() if isinstance(name, NamedNode))
        return [iri for iri in dict.fromkeys(chain(("",), names, self.delta.graphs)) if self._is_filled(iri)]

    def _is_filled(self, iri: str) -> bool:
        graph = self.delta.graphs.get(iri)
        if graph is None or not (graph.is_cleared or graph.gone):
            first = next(self._engine.quads_for_pattern(None, None, None, _name(iri)), None)
            return first is not None or bool(graph and graph.came)
        return bool(graph.came) or bool(self._content(iri))

    def _content(self, iri: str) -> set[Triple]:
        """What a graph holds by now."""
        graph = self.delta.graphs.get(iri)
        if graph is not None and graph.is_cleared:
            return set(graph.came)
        told: set[Triple] = set()
        text = self._engine.dump(format=RdfFormat.N_TRIPLES, from_graph=_name(iri)) or b""
        for line in text.decode().split("\n")[:-1]:
            subject, predicate, value = line[:-2].split(" ", 2)
            told.add((subject, predicate, value))
        return (told - graph.gone) | graph.came if graph is not None else told

    def _check(self, operation: Operation, request: str) -> None:
        """Raises QuerySyntax, with the place in the request, for what the engine cannot parse."""
        if operation.kind in ("INSERT", "DELETE", "WITH", "DELETE WHERE"):
            _guard(f"{operation.prologue}ASK {{{_where(operation).pattern}\n}}")
        text = f"{operation.prologue}{_NOWHERE}\n{operation.text}"
        with _placed(operation, request, lines=operation.prologue.count("\n") + 1), translated(text):
            try:
                Store().update(text, base_iri=self._base_iri, prefixes=PREFIXES)
            except RuntimeError as error:
                if "does not exist" not in str(error):
                    raise


_DOINGS = {
    "INSERT DATA": Work.insert_data,
    "DELETE DATA": Work.delete_data,
    "DELETE WHERE": Work.modify,
    "DELETE": Work.modify,
    "INSERT": Work.modify,
    "WITH": Work.modify,
    "CLEAR": Work.clear,
    "DROP": Work.clear,
    "CREATE": Work.create,
    "ADD": Work.transfer,
    "COPY": Work.transfer,
    "MOVE": Work.transfer,
    "LOAD": Work.load,
}


def _where(operation: Operation) -> _Where:
    """The parts of an operation with a WHERE. What is not as it should be the engine has found before."""
    if operation.kind == "DELETE WHERE":
        block, _ = operation.block(2)
        return _Where(block, "", block, "")
    number, scope, blocks = 0, "", {"DELETE": "", "INSERT": ""}
    if operation.word(0) == "WITH":
        number, scope = 2, f"WITH {operation.words[1].text}"
    while operation.word(number) in blocks and operation.word(number + 1) == "{":
        word = operation.word(number)
        blocks[word], number = operation.block(number + 1)
    using: tuple[list[str], list[str]] = [], []
    while operation.word(number) == "USING":
        is_named = operation.word(number + 1) == "NAMED"
        number += 1 + is_named
        using[is_named].append(operation.words[number].text if number < len(operation.words) else "")
        number += 1
    pattern = operation.block(number + 1)[0] if operation.word(number + 1) == "{" else ""
    return _Where(blocks["DELETE"], blocks["INSERT"], pattern, scope, *map(tuple, using))


def _variables(*templates: str) -> list[str]:
    """The variables of templates, each once, written with ?."""
    found = (f"?{each.text[1:]}" for part in templates for each in tokens(part) if each.kind is Kind.VARIABLE)
    return list(dict.fromkeys(found))


def _makes_nodes(operation: Operation, template: str) -> bool:
    """Whether a template may make new nodes for each solution."""
    return bool(operation.labels) or any(mark in template for mark in ("[", "(", "<<", "~", "{|"))


def _graphs(default: Sequence[str], named: Sequence[str]) -> dict[str, Any]:
    return {"default_graph": list(map(NamedNode, default)), "named_graphs": list(map(NamedNode, named))}


def _name(iri: str) -> NamedNode | DefaultGraph:
    return NamedNode(iri) if iri else DefaultGraph()


def _guard(text: str) -> None:
    """Refuses what a stranger's query may not have either."""
    try:
        # Its rows may have been found by a function that the update calls, and count for nothing.
        guard.check(text, guard.Limits(size=MOST_ROWS))
    except QuerySyntax as error:
        # The place is one in the query made of the operation, which nobody has seen.
        raise QuerySyntax(str(error), hint=error.hint) from error


@contextmanager
def _placed(operation: Operation, request: str, *, lines: int) -> Iterator[None]:
    """Places in what the engine was given, with *lines* before the operation, become those in *request*."""
    try:
        yield
    except QuerySyntax as error:
        if error.line <= lines:
            raise
        line, column = place(request, operation.start)
        within = error.line - lines
        raise QuerySyntax(
            str(error),
            line=line + within - 1,
            column=error.column + (column - 1 if within == 1 else 0),
            hint=error.hint,
        ) from error
