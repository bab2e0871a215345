"""Expansion: a query whose calls of property functions are replaced by the rows that they find.

`(?work ?score) wy:search ("红楼梦" 20)` becomes `{SELECT ?work ?score {VALUES (?work ?score) {...}}}` at the
beginning of its basic graph pattern. A subselect, as the engine would take bare VALUES into its planning of
joins and, with 20,000 rows, choose a plan a hundred times as slow.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kg.errors import QuerySyntax
from kg.sparql.functions.filters import is_promising, narrowings
from kg.sparql.functions.model import Call, Function, Index
from kg.sparql.functions.outline import Group, Outline, Sentence, Unclear, Verb
from kg.sparql.functions.table import BY_IRI
from kg.sparql.guard import DEFAULT, Checked, Limits, check
from kg.sparql.lexer import Kind, place, tokens
from kg.terms import iri

MOST_CALLS = 16
"""Calls that one query may make."""
_NAMES = tuple(name.rpartition("#")[2] for name in BY_IRI)
_CALL = re.compile(rf"[:#](?:{'|'.join(_NAMES)})\b")
_INSERTED = 200
"""Bytes that one call adds to a query, its rows aside."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was replaced: what it is called, where it stood, what it found, and how long that took."""

    name: str
    line: int
    column: int
    rows: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of a text that gives way to another."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A query to be run in place of another, *asked*. calls: what was replaced; () where nothing was."""

    query: Checked
    calls: tuple[Called, ...] = ()
    edits: tuple[Edit, ...] = field(default=(), repr=False)
    asked: str = field(default="", repr=False)

    def origin(self, line: int, column: int) -> tuple[int, int]:
        """The place in the query as it was asked of a place in the query as it is run."""
        if not self.edits:
            return line, column
        lines = self.query.text.split("\n")
        offset = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
        shift = 0
        for edit in self.edits:
            at = edit.start + shift
            if offset < at:
                break
            if offset < at + len(edit.text):
                return place(self.asked, edit.start)
            shift += len(edit.text) - (edit.end - edit.start)
        return place(self.asked, max(0, offset - shift))

    def told(self, error: QuerySyntax) -> QuerySyntax:
        """*error* of the query as it is run, with its place in the query as it was asked."""
        line, column = self.origin(error.line, error.column)
        return QuerySyntax(str(error), line=line, column=column, hint=error.hint)


def is_called(text: str) -> bool:
    """Whether a query may call a function, or filter by what the index can tell: a quick look."""
    return is_promising(text) or _CALL.search(text) is not None or "\\u" in text


def expand(query: Checked, index: Index, *, base_iri: str = "", limits: Limits = DEFAULT) -> Expansion:
    """*query* with the rows that its calls find in *index*; itself where it calls nothing.

    Raises QuerySyntax for a wrong call, with line and column and an example. The caller passes the query
    through kg.sparql.guard before. Takes up to a second where many snippets are asked for: not for an event
    loop.
    """
    outline = _outline(query.text, base_iri) if is_called(query.text) else None
    if outline is None:
        return Expansion(query)
    work = _Work(outline, index)
    work.call()
    if is_promising(query.text):
        work.narrow()
    if not work.called:
        return Expansion(query)
    # The guard looks at the query without rows, which count for nothing; they are terms and nothing else.
    _check(_applied(query.text, work.bare), limits, len(work.called), query.has_service)
    return work.expansion(query)


def expand_update(text: str, index: Index, *, base_iri: str = "") -> Expansion:
    """An update with the rows that the calls in its WHEREs find; the guard of updates is the caller's.

    Raises QuerySyntax for a wrong call. `.query.text` is the update to be run.
    """
    query = Checked(text, "")
    outline = _outline(text, base_iri) if _CALL.search(text) else None
    if outline is None:
        return Expansion(query)
    work = _Work(outline, index)
    work.call()
    return work.expansion(query) if work.called else Expansion(query)


class _Work:
    """The rewriting of one text. bare: the edits without rows."""

    def __init__(self, outline: Outline, index: Index) -> None:
        self.outline, self.index = outline, index
        self.edits: list[Edit] = []
        self.bare: list[Edit] = []
        self.called: list[Called] = []

    def call(self) -> None:
        """Replaces the calls."""
        for run in _runs(self.outline):
            for call in _calls(self.outline.text, run):
                if len(self.called) == MOST_CALLS:
                    raise call.wrong(f"a query may call at most {MOST_CALLS} functions")
                begun = time.perf_counter()
                found = call.function.find(call, self.index)
                spent = time.perf_counter() - begun
                where = place(self.outline.text, call.start)
                self.called.append(Called(call.function.name, *where, len(found.rows), found.total, spent))
                self._insert(run, _draft(call, found.rows), _draft(call, ()))
            rest = list(_rest(self.outline.text, run))
            self.edits += rest
            self.bare += rest

    def narrow(self) -> None:
        """Puts what filters on geometries can be true of beside them."""
        for found in narrowings(self.outline, _local(self.outline.groups), self.index):
            variable, count = f"?{found.variable}", len(found.rows)
            where = place(self.outline.text, found.offset)
            self.called.append(Called("geometry index", *where, count, count, 0.0))
            self._insert(found.run, _subselect(variable, found.rows), _subselect(variable, ()))

    def expansion(self, query: Checked) -> Expansion:
        """What comes out."""
        ordered = tuple(sorted(self.edits, key=_order))
        made = replace(query, text=_applied(query.text, ordered))
        return Expansion(made, tuple(self.called), ordered, query.text)

    def _insert(self, run: list[Sentence], text: str, bare: str) -> None:
        at = run[0].start
        self.edits.append(Edit(at, at, text))
        self.bare.append(Edit(at, at, bare))


def _outline(text: str, base_iri: str) -> Outline | None:
    """The outline of a query; None where it cannot be told and no function is named, so nothing is lost."""
    try:
        return Outline(text, base_iri)
    except Unclear as unclear:
        named = [token for token in tokens(text) if token.kind in (Kind.NAME, Kind.IRI, Kind.DOUBTFUL)]
        if not any(token.text.rstrip(">").endswith(_NAMES) for token in named):
            return None
        line, column = place(text, unclear.offset)
        raise QuerySyntax(
            "the query cannot be read from here on, so that what it calls is not known",
            line=line,
            column=column,
        ) from unclear


def _runs(outline: Outline) -> Iterator[list[Sentence]]:
    """The basic graph patterns that call something; raises QuerySyntax for calls in other places."""
    for group in _local(outline.groups):
        _refuse(outline, group.nested, "it cannot be said of a node in brackets; give it a variable")
        for run in group.runs:
            verbs = [verb for sentence in run for verb in sentence.verbs]
            _refuse(outline, [verb for verb in verbs if verb.is_path], "it cannot be part of a path")
            if group.is_template:
                _refuse(outline, verbs, "it finds things, and cannot be part of what is made or deleted")
            elif any(verb.iri in BY_IRI for verb in verbs):
                yield run


def _local(groups: list[Group]) -> Iterator[Group]:
    """All groups that are evaluated here: what is in a SERVICE, the other endpoint evaluates."""
    for group in groups:
        if group.introduction != "SERVICE":
            yield group
            yield from _local(group.children)


def _refuse(outline: Outline, verbs: list[Verb], why: str) -> None:
    for verb in verbs:
        for name in verb.iris:
            if name in BY_IRI:
                raise Call(BY_IRI[name], (), (), outline.text, verb.start).wrong(why)


def _calls(text: str, run: list[Sentence]) -> Iterator[Call]:
    """The calls in a basic graph pattern, in their order."""
    for sentence in run:
        for verb in sentence.verbs:
            if verb.iri in BY_IRI:
                yield from _calls_of(text, sentence, verb)


def _calls_of(text: str, sentence: Sentence, verb: Verb) -> Iterator[Call]:
    function, subject = BY_IRI[verb.iri], sentence.subject
    outputs = subject.items if subject.kind == "list" else (subject,)
    for value in verb.objects:
        arguments = value.items if value.kind == "list" else (value,)
        call = Call(function, outputs, arguments, text, verb.start)
        if subject.kind == "list" and (len(sentence.verbs) > 1 or len(verb.objects) > 1):
            raise call.wrong("a list of variables belongs to one call; end the sentence with a full stop")
        if not 1 <= len(outputs) <= len(function.outputs):
            raise call.wrong(
                f"before it stand 1 to {len(function.outputs)} variables: {_written(function)}", subject
            )
        if outputs[0].kind not in ("variable", "iri") or any(term.kind != "variable" for term in outputs[1:]):
            raise call.wrong("before it stands a variable, or several in brackets", subject)
        if len({(term.kind, term.value) for term in outputs}) < len(outputs):
            raise call.wrong("the variables before it must differ", subject)
        if not arguments:
            raise call.wrong("there is nothing in the brackets behind it", value)
        yield call


def _written(function: Function) -> str:
    return " ".join(f"?{name}" for name in function.outputs)


def _draft(call: Call, rows: tuple[tuple[str, ...], ...]) -> str:
    """What stands in place of a call."""
    variables = " ".join(f"?{term.value}" for term in call.subject if term.kind == "variable")
    if call.subject[0].kind == "iri":
        wanted = iri(call.subject[0].value)
        rows = tuple(row[1:] for row in rows if row[0] == wanted)
        if not variables:
            return "{} " if rows else "{FILTER(false)} "
    return _subselect(variables, rows)


def _subselect(variables: str, rows: tuple[tuple[str, ...], ...]) -> str:
    written = "".join(f"({' '.join(row)})" for row in rows)
    return f"{{SELECT {variables} {{VALUES ({variables}) {{{written}}}}}}} "


def _rest(text: str, run: list[Sentence]) -> Iterator[Edit]:
    """The edits that take the calls out of their sentences."""
    for sentence in run:
        kept = [text[verb.start : verb.end] for verb in sentence.verbs if verb.iri not in BY_IRI]
        if len(kept) < len(sentence.verbs):
            subject = text[sentence.subject.start : sentence.subject.end]
            yield Edit(sentence.start, sentence.end, f"{subject} {' ; '.join(kept)} ." if kept else "")


def _order(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _applied(text: str, edits: Sequence[Edit]) -> str:
    """*text* after the edits, which do not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=_order):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*pieces, text[at:]))


def _check(text: str, limits: Limits, calls: int, has_service: bool) -> None:
    """Passes a rewritten query through the guard, with room for what rewriting added."""
    check(
        text,
        replace(
            limits,
            size=limits.size + _INSERTED * calls,
            groups=limits.groups + 2 * calls,
            clauses=limits.clauses + calls,
            depth=limits.depth + 3,
        ),
        is_federated=has_service,
    )
