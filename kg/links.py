"""Links that come in: who points at a thing, counted first for each property, then page by page."""

from dataclasses import dataclass

from kg.labels import Labels, Name, kind_of
from kg.reading import Reading, is_valid
from ontology.namespaces import compact, expand

COUNTED = 10_000
"""Where counting stops, so that a concept of a million works costs as much as one of ten thousand: 4 ms."""

_FEW = 1_000
_HIDDEN = frozenset(map(expand, ("wy:describes", "wy:nameForm", "wy:identifier", "geo:hasGeometry")))
_LINKING = (
    "wy:subject", "wy:creator", "wy:agent", "wy:classification", "wy:publisher", "wy:heldBy", "wy:instanceOf",
    "wy:itemOf", "wy:partOf", "wy:inSeries", "wy:cites", "wy:place", "wy:genre", "wy:period", "wy:mentions",
    "wy:language", "wy:workType", "wy:affiliation", "wy:funder", "wy:partOfOrg", "wy:within", "wy:inCluster",
    "wy:versionOf", "wy:translationOf", "wy:relation", "wy:role", "wy:fromSource", "wy:rights", "wy:audience",
    "wy:exactMatch", "wy:carrier", "wy:media", "wy:content", "skos:inScheme", "skos:broader", "skos:narrower",
    "skos:related", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "rdf:type",
    "skos:topConceptOf", "skos:hasTopConcept", "owl:sameAs", "dcterms:isReplacedBy", "wy:replacedBy",
)  # fmt: skip
"""The properties looked for at things that more than _FEW others point at."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """How many things point here by one property. is_exact: False where counting stopped at *count*."""

    property: str
    name: str
    count: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A thing that points here, with the label to show."""

    iri: str
    kind: str
    label: Name


def counts(reading: Reading, iri: str) -> tuple[Incoming, ...]:
    """The properties by which others point at *iri*, the most used first.

    Bounded: beyond _FEW links each known linking property is counted by itself, up to COUNTED.
    """
    counted = _few(reading, iri)
    if sum(counted.values()) >= _FEW:
        counted |= {predicate: _many(reading, iri, predicate) for predicate in map(expand, _LINKING)}
    shown = _without_twins({predicate: count for predicate, count in counted.items() if count})
    return tuple(
        Incoming(predicate, compact(predicate), min(count, COUNTED), count <= COUNTED)
        for predicate, count in sorted(shown.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def incoming(
    reading: Reading, iri: str, predicate: str, *, language: str = "zh-Hans", limit: int = 20, offset: int = 0
) -> tuple[Link, ...]:
    """One page of the things that point at *iri* by *predicate*, in an order that holds for a generation.

    A contribution that names an agent is shown as the work it belongs to.
    """
    if not (is_valid(iri) and is_valid(predicate)):
        return ()
    rows = reading.select(
        f"SELECT DISTINCT ?s {{ ?s <{predicate}> <{iri}> }} LIMIT {int(limit)} OFFSET {int(offset)}"
    )
    labels = Labels(reading, language)
    owners = dict.fromkeys(_owner(subject[1:-1]) for (subject,) in rows)
    return tuple(Link(owner, kind_of(owner), labels.show(owner)) for owner in owners)


def _few(reading: Reading, iri: str) -> dict[str, int]:
    links = f"SELECT DISTINCT ?p ?s {{ ?s ?p <{iri}> }} LIMIT {_FEW}"
    rows = reading.select(f"SELECT ?p (COUNT(?s) AS ?n) {{ {links} }} GROUP BY ?p")
    return {predicate[1:-1]: int(count.split('"')[1]) for predicate, count in rows}


def _many(reading: Reading, iri: str, predicate: str) -> int:
    rows = reading.select(
        f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s {{ ?s <{predicate}> <{iri}> }} LIMIT {COUNTED + 1} }}"
    )
    return next((int(count.split('"')[1]) for (count,) in rows), 0)


def _without_twins(counted: dict[str, int]) -> dict[str, int]:
    """*counted* without what says the same twice.

    A creator is stated directly and in a contribution: the contributions are shown where there are more.
    """
    hidden = set(_HIDDEN)
    if counted.get(expand("wy:agent"), 0) <= counted.get(expand("wy:creator"), 0):
        hidden.add(expand("wy:agent"))
    return {predicate: count for predicate, count in counted.items() if predicate not in hidden}


def _owner(iri: str) -> str:
    """The thing that a sub-node of ours belongs to; any other IRI unchanged."""
    owner, _, fragment = iri.partition("#")
    return owner if fragment and kind_of(owner) else iri
