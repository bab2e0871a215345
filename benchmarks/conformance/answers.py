"""Answers compared as the suites ask: as graphs and solutions up to the names of blank nodes.

Two things are made equal before: an IRI under /.well-known/genid/ is a blank node that a store has named
(RDF 1.1 Concepts, § 3.5), and a number is its value, however it was written.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from benchmarks.conformance.manifest import Description

Term = NamedNode | BlankNode | Literal | Triple
Row = Mapping[str, Term]

GENID = "/.well-known/genid/"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
XSD = "http://www.w3.org/2001/XMLSchema#"

SYNTAXES = {
    "ttl": RdfFormat.TURTLE, "nt": RdfFormat.N_TRIPLES, "nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG,
    "rdf": RdfFormat.RDF_XML, "jsonld": RdfFormat.JSON_LD,
}  # fmt: skip
RESULTS = {"srx": QueryResultsFormat.XML, "srj": QueryResultsFormat.JSON, "tsv": QueryResultsFormat.TSV}
_INTEGERS = {
    f"{XSD}{name}"
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger",
        "nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
}  # fmt: skip
_FLOATS = {f"{XSD}double", f"{XSD}float"}


@dataclass(frozen=True, slots=True)
class Solutions:
    """Rows with their variables. is_ordered: the order counts; is_lax: repetition does not."""

    variables: frozenset[str]
    rows: Sequence[Row]
    is_ordered: bool = False
    is_lax: bool = False


Found = Solutions | bool | Dataset


def plain(term: Term) -> Term:
    """*term* with blank nodes unnamed again and numbers in one form."""
    if isinstance(term, NamedNode):
        return _blank(term.value) if GENID in term.value else term
    if isinstance(term, Literal):
        return _number(term)
    if isinstance(term, Triple):
        # A triple term holds terms, so plain gives what may stand there.
        return Triple(plain(term.subject), term.predicate, plain(term.object))  # type: ignore[arg-type]
    return term


def dataset(quads: Iterable[Quad | Triple]) -> Dataset:
    """The statements in a form that is equal for isomorphic datasets."""
    made = Dataset(_plain_quad(quad) for quad in quads)
    made.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return made


def graph(data: bytes, suffix: str, base: str) -> Dataset:
    """The statements of a document as `dataset` gives them; raises SyntaxError."""
    return dataset(parse(data, format=SYNTAXES[suffix], base_iri=base or None))


def read(data: bytes, suffix: str, base: str = "") -> Found:
    """An answer in the format that *suffix* stands for; raises SyntaxError or ValueError where it is none."""
    if suffix == "csv":
        return _of_csv(data)
    if suffix in RESULTS:
        return _of_results(parse_query_results(data, format=RESULTS[suffix]))
    store = Store()
    store.load(data, format=SYNTAXES[suffix], base_iri=base or None)
    sets = list(store.quads_for_pattern(None, None, NamedNode(f"{RS}ResultSet"), None))
    if sets:
        assert isinstance(sets[0].subject, NamedNode | BlankNode)
        return _of_description(Description(store, sets[0].subject))
    return dataset(iter(store))


def is_same(expected: Found, found: Found) -> bool:
    """Whether both say the same."""
    if isinstance(expected, Solutions) and isinstance(found, Solutions):
        return _is_same_table(expected, found)
    return type(expected) is type(found) and expected == found


def told(found: Found, *, rows: int = 4) -> str:
    """The beginning of an answer, for the report."""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, Dataset):
        return f"{len(found)} statements: {' '.join(str(quad) for quad in list(found)[:rows])}"[:300]
    lines = [" ".join(f"?{name}={value}" for name, value in sorted(row.items())) for row in found.rows[:rows]]
    return f"{len(found.rows)} rows: {'; '.join(lines)}"[:300]


def _blank(iri: str) -> BlankNode:
    return BlankNode(f"g{sha256(iri.encode()).hexdigest()[:24]}")


def _number(term: Literal) -> Literal:
    kind, text = term.datatype.value, term.value.strip()
    try:
        if kind in _INTEGERS:
            return Literal(str(int(text)), datatype=term.datatype)
        if kind == f"{XSD}decimal":
            return Literal(f"{Decimal(text).normalize():f}", datatype=term.datatype)
        if kind in _FLOATS:
            return Literal(repr(float(text)), datatype=term.datatype)
        if kind == f"{XSD}boolean" and text in ("0", "1"):
            return Literal("true" if text == "1" else "false", datatype=term.datatype)
    except (ValueError, InvalidOperation):
        return term
    return term


def _plain_quad(quad: Quad | Triple) -> Quad:
    name = quad.graph_name if isinstance(quad, Quad) else DefaultGraph()
    place = name if isinstance(name, DefaultGraph) else plain(name)
    return Quad(plain(quad.subject), quad.predicate, plain(quad.object), place)  # type: ignore[arg-type]  # as in plain


def _of_results(found: QuerySolutions | QueryBoolean) -> Found:
    if isinstance(found, QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    rows = [
        {name: plain(value) for name, value in zip(names, solution, strict=True) if value is not None}
        for solution in found
    ]
    return Solutions(frozenset(names), rows)


def _of_csv(data: bytes) -> Solutions:
    """CSV says only the text of terms, so a cell is compared as text, a number by its value."""
    lines = list(csv.reader(io.StringIO(data.decode(), newline="")))
    rows = [
        {name: _cell(text) for name, text in zip(lines[0], line, strict=False) if text} for line in lines[1:]
    ]
    return Solutions(frozenset(lines[0]), rows)


def _cell(text: str) -> Term:
    if text.startswith("_:"):
        return BlankNode(text[2:])
    if GENID in text:
        return _blank(text)
    try:
        return Literal(str(Decimal(text).normalize()))
    except InvalidOperation:
        return Literal(text)


def _of_description(node: Description) -> Found:
    """A result in the vocabulary of result sets."""
    if truth := node.text(f"{RS}boolean"):
        return truth == "true"
    solutions = node.nodes(f"{RS}solution")
    is_ordered = any(each.text(f"{RS}index") for each in solutions)
    if is_ordered:
        solutions.sort(key=lambda each: int(each.text(f"{RS}index")))
    rows = [dict(_binding(each) for each in solution.nodes(f"{RS}binding")) for solution in solutions]
    return Solutions(frozenset(node.texts(f"{RS}resultVariable")), rows, is_ordered)


def _binding(node: Description) -> tuple[str, Term]:
    value = node.all(f"{RS}value")[0]
    return node.text(f"{RS}variable"), plain(value.node if isinstance(value, Description) else value)


def _is_same_table(expected: Solutions, found: Solutions) -> bool:
    if expected.variables != found.variables:
        return False
    wanted, given = list(expected.rows), list(found.rows)
    if expected.is_lax:
        wanted, given = _once(wanted), _once(given)
    if Counter(map(_outline, wanted)) != Counter(map(_outline, given)):
        return False
    if not any(_names(row) for row in wanted):
        return not expected.is_ordered or [_outline(r) for r in wanted] == [_outline(r) for r in given]
    return _match(wanted, given, {}, is_ordered=expected.is_ordered)


def _once(rows: Sequence[Row]) -> list[Row]:
    return [dict(row) for row in {frozenset(row.items()) for row in rows}]


def _outline(row: Row) -> frozenset[tuple[str, str]]:
    """A row with its blank nodes made one."""
    return frozenset((name, _masked(term)) for name, term in row.items())


def _masked(term: Term) -> str:
    if isinstance(term, BlankNode):
        return "_:"
    if isinstance(term, Triple):
        return f"<<{_masked(term.subject)} {term.predicate} {_masked(term.object)}>>"
    return str(term)


def _names(row: Row) -> list[str]:
    """The blank nodes of a row, in the order of its variables."""
    return [name for _, term in sorted(row.items()) for name in _inside(term)]


def _inside(term: Term) -> list[str]:
    if isinstance(term, BlankNode):
        return [term.value]
    return [*_inside(term.subject), *_inside(term.object)] if isinstance(term, Triple) else []


def _match(wanted: list[Row], given: list[Row], known: dict[str, str], *, is_ordered: bool) -> bool:
    """Whether the blank nodes can be renamed one to one so that the rows are the same."""
    if not wanted:
        return True
    row, *rest = wanted
    for place, candidate in enumerate(given[:1] if is_ordered else given):
        if _outline(candidate) != _outline(row):
            continue
        pairs = list(zip(_names(row), _names(candidate), strict=True))
        now = {**known, **dict(pairs)}
        is_one_to_one = len(set(now.values())) == len(now) and all(now[a] == b for a, b in pairs)
        if is_one_to_one and all(known.get(a, b) == b for a, b in pairs):
            others = [*given[:place], *given[place + 1 :]]
            if _match(rest, others, now, is_ordered=is_ordered):
                return True
    return False
