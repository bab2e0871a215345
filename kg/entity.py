"""One thing as people see it: names, grouped statements with their sources, relatives and links in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg.family import Relative, tree
from kg.groups import VALUES, Group, Value, groups, part
from kg.labels import Labels, Name, kind_of, named, naming, nearness
from kg.links import Incoming, counts
from kg.reading import Reading, is_valid
from kg.statements import RANKS, Property, properties, rank
from kg.terms import is_iri, value_of
from ontology.namespaces import compact, expand

__all__ = ["Entity", "Group", "Incoming", "Name", "Record", "Relative", "Value", "describe"]

RECORDS = 10
"""Records that an entity carries; Entity.record_count says how many there are."""

_ALSO_NAMING = ("wy:altTitle", "wy:altName", "skos:altLabel")
_SAME = ("owl:sameAs", "wy:exactMatch", "skos:exactMatch", "schema:sameAs")
_REPLACED = ("wy:replacedBy", "dcterms:isReplacedBy")
_KIND_OF_CLASS = {
    "skos:Concept": "concept", "skos:ConceptScheme": "scheme", "wy:SourceRecord": "record",
    "foaf:Person": "person", "wy:Work": "work", "wy:Instance": "instance", "wy:Item": "item",
    "wy:Person": "person", "wy:Place": "place", "wy:Organization": "organization", "wy:Library": "library",
    "wy:Collection": "collection", "wy:Event": "event", "wy:Source": "source",
    "wy:Concept": "concept", "wy:ConceptScheme": "scheme",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A graph that says something about the thing; for a source record its IRI is the record's own.

    status: "live", "deleted", ... source_label: name of the source in the reader's language.
    warnings: quality flags of the record. rank: as in Value.
    """

    iri: str
    source: str = ""
    source_label: str = ""
    record_id: str = ""
    status: str = ""
    rank: str = "source"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing described. kind: "work", "person", "concept", ... ("thing" where unknown); types: class IRIs.

    label: the one to show; names: all of them, the reader's language first. groups: all that it says but its
    types, in a stable order (names are there too, with sub-nodes folded in). same_as: IRIs of the same thing
    elsewhere. records: the graphs that speak of it, record_count may exceed their number. tree: its Work with
    Instances and Items below; None where it has none. replaced_by: the IRI to use instead, "" where current.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    label: Name
    names: tuple[Name, ...]
    groups: tuple[Group, ...]
    same_as: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    record_count: int = 0
    tree: Relative | None = None
    incoming: tuple[Incoming, ...] = ()
    replaced_by: str = ""


def describe(reading: Reading, iri: str, *, language: str = "zh-Hans") -> Entity | None:
    """The thing *iri* for a reader of *language*; None where nothing is said about it.

    Bounded whatever the data: links in are counted, not read; long lists are cut and carry their total.
    """
    told = properties(reading, iri, values=VALUES) if is_valid(iri) else []
    if not told:
        return None
    labels = Labels(reading, language)
    linked = {said.iri: tuple(_linked(said)) for said in told}
    types = tuple(sorted(linked.get(expand("rdf:type"), ())))
    labels.learn(iri, _own_names(told))
    shown = groups(reading, iri, told, labels)
    graphs = _graphs(told)
    return Entity(
        iri=iri,
        kind=kind_of(iri) or _kind_of_types(types),
        types=types,
        label=labels.show(iri),
        names=_names(shown, language),
        groups=shown,
        same_as=tuple(_first_of(linked, _SAME)),
        records=tuple(_record(reading, graph, labels) for graph in graphs[:RECORDS]),
        record_count=max(len(graphs), *(said.count for each in told for said in each.statements)),
        tree=tree(reading, iri, labels),
        incoming=counts(reading, iri),
        replaced_by=next(iter(_first_of(linked, _REPLACED)), ""),
    )


def _linked(said: Property) -> Iterator[str]:
    return (value_of(statement.term) for statement in said.statements if is_iri(statement.term))


def _first_of(linked: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> dict[str, None]:
    """The things linked by any of these properties, each once, in order."""
    return dict.fromkeys(iri for name in names for iri in linked.get(expand(name), ()))


def _kind_of_types(types: Iterable[str]) -> str:
    return next((_KIND_OF_CLASS[name] for name in map(compact, types) if name in _KIND_OF_CLASS), "thing")


def _own_names(told: Iterable[Property]) -> list[Name]:
    return [
        named(each.iri, said.term, said.graphs)
        for each in told
        if each.iri in naming()
        for said in each.statements
        if said.term.startswith('"')
    ]


def _names(shown: Iterable[Group], language: str) -> tuple[Name, ...]:
    """Every name in the groups, preferred ones first, in each the reader's language first; each text once."""
    preferred, forms, variants = [], [], []
    for group in shown:
        if group.name == "wy:nameForm":
            forms += [_form(group, value) for value in group.values]
        elif group.name in _ALSO_NAMING:
            variants += _plain(group)
        elif group.property in naming():
            preferred += _plain(group)
    ordered = [
        name
        for names in (preferred, forms, variants)
        for name in sorted(names, key=lambda name: nearness(name.text, name.language, language))
    ]
    # A form that says its script tells more than the same text as a plain name.
    told = {(name.text, name.language): name for name in [*ordered, *forms]}
    return tuple(told[key] for key in dict.fromkeys((name.text, name.language) for name in ordered))


def _plain(group: Group) -> list[Name]:
    return [
        Name(value.text, value.language, group.property, sources=value.sources)
        for value in group.values
        if not value.iri
    ]


def _form(group: Group, value: Value) -> Name:
    script, way = part(value, "wy:script"), part(value, "wy:transliteration")
    return Name(
        value.text,
        value.language,
        group.property,
        script.text if script else "",
        way.text if way else "",
        value.sources,
    )


def _graphs(told: Iterable[Property]) -> list[str]:
    """The graphs that speak of the thing, the most trusted first."""
    found = {graph for each in told for said in each.statements for graph in said.graphs if graph}
    return sorted(found, key=lambda graph: (RANKS.index(rank(graph)), graph))


def _record(reading: Reading, graph: str, labels: Labels) -> Record:
    told: dict[str, list[str]] = {}
    for predicate, term, _ in reading.about(graph, limit=40):
        told.setdefault(compact(predicate), []).append(value_of(term))
    source = told.get("wy:fromSource", [""])[0]
    return Record(
        graph,
        source,
        labels.show(source).text if source else "",
        told.get("wy:recordId", [""])[0],
        told.get("wy:recordStatus", [""])[0],
        rank(graph),
        tuple(sorted(told.get("wy:qualityFlag", ()))),
    )
