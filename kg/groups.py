"""The statements of a thing grouped by property, each value with its label, its sources and its sub-nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg import layout
from kg.labels import Labels, kind_of, nearness
from kg.reading import Reading
from kg.statements import RANKS, SOURCES, Property, Statement, is_fragment, properties
from kg.terms import is_iri, literal, value_of
from ontology.namespaces import compact, expand

VALUES = 200
"""Values of one property that a group carries; Group.total says how many there are."""
FOLDED = 100
"""Sub-nodes of one property that are folded in; the first by their position."""

_WITHIN = 20
"""Values of one property of a sub-node."""
_SUMMARY = ("wy:agent", "wy:literalForm", "wy:value", "geo:asWKT")
_TYPE = expand("rdf:type")
_POSITION = expand("wy:position")
_CONTRIBUTION = expand("wy:contribution")
_CREATOR = expand("wy:creator")
_LAST = 1_000_000


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property, ready to be shown.

    term: the N-Triples text. iri: set where the value is a thing, else "". text: the label of that thing,
    or the literal's text; language: the language of *text* ("" unknown). kind: kind of the linked thing
    ("person"; "" where it is outside). datatype: full IRI of a typed literal, else "". has_page: whether the
    store says anything about the thing, so that a link to its page leads somewhere.
    sources: graphs that state it, best first, at most 20; source_count: how many there are.
    rank: who says so: "curated", "authority", "source" or "machine". parts: a sub-node's own statements
    (Contribution, NameForm, Identifier, geometry), folded in; the value's text is then its summary.
    """

    term: str
    text: str
    language: str = ""
    iri: str = ""
    kind: str = ""
    datatype: str = ""
    has_page: bool = False
    sources: tuple[str, ...] = ()
    source_count: int = 0
    rank: str = "source"
    parts: tuple["Group", ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One property with its values in the order to show them.

    property: full IRI; name: prefixed ("wy:title"). section: one of layout.SECTIONS.
    total: number of distinct values, which may exceed len(values).
    """

    property: str
    name: str
    section: str
    values: tuple[Value, ...]
    total: int


def groups(reading: Reading, iri: str, told: Sequence[Property], labels: Labels) -> tuple[Group, ...]:
    """What is *told* about *iri* as groups in the order of kg.layout, its types left out."""
    shown = sorted((said for said in told if said.iri != _TYPE), key=lambda said: layout.place(said.iri))
    made = {said.iri: _group(reading, iri, said, labels) for said in shown}
    if _CREATOR in made and _CONTRIBUTION in made:
        made[_CREATOR] = _in_order_of(made[_CREATOR], made[_CONTRIBUTION])
    return tuple(made.values())


def part(value: Value, name: str) -> Value | None:
    """The first value of a property of a folded sub-node: part(contribution, "wy:role")."""
    return next((group.values[0] for group in value.parts if group.name == name), None)


def _group(reading: Reading, owner: str, said: Property, labels: Labels) -> Group:
    kept = _first(reading, owner, said)
    values = [_value(reading, statement, owner, labels) for statement in kept]
    values.sort(key=lambda value: _order(value, labels.language))
    return Group(said.iri, compact(said.iri), layout.section(said.iri), tuple(values), said.total)


def _first(reading: Reading, owner: str, said: Property) -> Sequence[Statement]:
    """The statements to show: the first VALUES, or of sub-nodes the first FOLDED by position."""
    if len(said.statements) <= FOLDED or not is_fragment(said.statements[0].term, owner):
        return said.statements[:VALUES]
    rows = reading.select(
        f"SELECT DISTINCT ?o {{ <{owner}> <{said.iri}> ?o . ?o <{_POSITION}> ?n }} ORDER BY ?n LIMIT {FOLDED}"
    )
    found = {statement.term: statement for statement in said.statements}
    first = [found.get(term) or _read(reading, owner, said.iri, term) for (term,) in rows]
    return first or said.statements[:FOLDED]


def _read(reading: Reading, owner: str, predicate: str, term: str) -> Statement:
    graphs = reading.graphs(owner, predicate, term, limit=SOURCES)
    return Statement(term, tuple(graphs), len(graphs))


def _value(reading: Reading, said: Statement, owner: str, labels: Labels) -> Value:
    make = _folded if is_fragment(said.term, owner) else _linked if is_iri(said.term) else _plain
    value = make(reading, said.term, labels)
    return replace(value, sources=said.graphs, source_count=said.count, rank=said.rank)


def _plain(_: Reading, term: str, __: Labels) -> Value:
    if not term.startswith('"'):
        return Value(term, term)
    text, language, datatype = literal(term)
    return Value(term, text, language, datatype=datatype)


def _linked(reading: Reading, term: str, labels: Labels) -> Value:
    iri = value_of(term)
    name = labels.find(iri)
    shown = labels.show(iri)
    return Value(
        term, shown.text, shown.language, iri, kind_of(iri), has_page=name is not None or reading.knows(iri)
    )


def _folded(reading: Reading, term: str, labels: Labels) -> Value:
    iri = value_of(term)
    parts = groups(reading, iri, properties(reading, iri, values=_WITHIN), labels)
    told = {group.name: group.values[0] for group in parts if group.values}
    summary = next((told[name] for name in _SUMMARY if name in told), None)
    if summary is None:
        return Value(term, labels.show(iri).text, iri=iri, parts=parts)
    return Value(term, summary.text, summary.language, iri, parts=parts)


def _in_order_of(creators: Group, contributions: Group) -> Group:
    """The creators in the order of the contributions that name them; those without one come last."""
    places: dict[str, int] = {}
    for contribution in contributions.values:
        agent = part(contribution, "wy:agent")
        if agent is not None:
            places.setdefault(agent.iri, len(places))
    ordered = sorted(creators.values, key=lambda value: places.get(value.iri, _LAST))
    return replace(creators, values=tuple(ordered))


def _order(value: Value, language: str) -> tuple[int, int, int, int, str]:
    """The place of a value in its group: position, rank, the reader's language, how often said, text."""
    near = 0 if value.iri else nearness(value.text, value.language, language)
    return _position(value), RANKS.index(value.rank), near, -value.source_count, value.text


def _position(value: Value) -> int:
    found = part(value, "wy:position")
    return int(found.text) if found is not None and found.text.isdecimal() else _LAST
