"""Entries: what the search index learns from one graph, one for each thing that the graph names.

Pure: the same statements in any order give the same entries. A work takes in its instances, items,
contributions and identifiers, which are not listed themselves. A graph of a vocabulary
({base}graph/auth/...) may come in parts, so there a thing's entry rests on its own statements alone.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import NamedTuple

from kg.identifier import forms
from kg.labels import kind_of
from kg.terms import Triple, named, value_of
from ontology.namespaces import TYPE, expand


class Entry(NamedTuple):
    """What one graph says of one thing, as far as it can be searched for.

    names: preferred names, a work's titles; alternatives: all its other names; both (text, language tag).
    words: texts that belong to it without naming it. identifiers: compact (kg.identifier).
    facets: (facet, value) of type, language, year, subject, creator, source, scheme.
    Every part is sorted and without repetitions.
    """

    iri: str
    kind: str
    names: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()


_KINDS = {
    named(name): kind
    for kind, names in {
        "work": "wy:Work",
        "person": "wy:Person foaf:Person schema:Person",
        "library": "wy:Library schema:Library",
        "organization": "wy:Organization foaf:Organization org:Organization schema:Organization",
        "place": "wy:Place schema:Place",
        "concept": "wy:Concept skos:Concept",
        "scheme": "wy:ConceptScheme skos:ConceptScheme",
        "collection": "wy:Collection",
        "event": "wy:Event schema:Event",
    }.items()
    for name in names.split()
}
"""Classes of the things that are listed; of a thing with several, the first here counts."""
_RANK = {kind: place for place, kind in enumerate(dict.fromkeys(_KINDS.values()))}

_About = dict[str, list[str]]
"""Predicate → objects, as terms: what is said of one thing."""
_Told = dict[str, _About]
_Facets = tuple[tuple[str, str], ...]


class _Gathering:
    """The parts of an entry, as far as they are gathered."""

    __slots__ = ("alternatives", "facets", "identifiers", "links", "names", "nodes", "words")

    def __init__(self, facets: _Facets) -> None:
        self.names: set[tuple[str, str]] = set()
        self.alternatives: set[tuple[str, str]] = set()
        self.words: set[str] = set()
        self.identifiers: set[str] = set()
        self.facets = set(facets)
        self.links: list[str] = []
        """Things whose names are words of this one."""
        self.nodes: list[str] = []
        """Contributions, name forms and identifiers: what they hold belongs to this one."""


def _take_names(into: _Gathering, terms: list[str]) -> None:
    into.names.update([_tagged(term) for term in terms if term[1] != '"'])


def _take_alternatives(into: _Gathering, terms: list[str]) -> None:
    into.alternatives.update([_tagged(term) for term in terms if term[1] != '"'])


def _take_words(into: _Gathering, terms: list[str]) -> None:
    into.words.update(_text(term) for term in terms if term[0] == '"')


def _take_links(into: _Gathering, terms: list[str]) -> None:
    into.links += terms


def _take_both(into: _Gathering, terms: list[str]) -> None:
    _take_words(into, terms)
    _take_links(into, terms)


def _take_nodes(into: _Gathering, terms: list[str]) -> None:
    into.nodes += terms


def _take_codes(into: _Gathering, terms: list[str]) -> None:
    for term in terms:
        into.identifiers.update(forms(_text(term)))


def _take_years(into: _Gathering, terms: list[str]) -> None:
    into.facets.update(("year", year) for term in terms for year in _YEAR.findall(_text(term)))


def _take_facet(facet: str, into: _Gathering, terms: list[str]) -> None:
    into.facets.update([(facet, term[1:-1]) for term in terms if term[0] == "<"])
    into.links += terms


def _take_local(facet: str, start: int, into: _Gathering, terms: list[str]) -> None:
    into.facets.update([(facet, term[start:-1]) for term in terms])


_Take = Callable[[_Gathering, list[str]], None]
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_TAKE: dict[str, _Take] = {
    named(name): take
    for take, names in (
        (
            _take_names,
            "wy:title wy:name skos:prefLabel rdfs:label foaf:name schema:name dcterms:title dc:title",
        ),
        (_take_alternatives, "wy:altTitle wy:uniformTitle wy:altName skos:altLabel skos:hiddenLabel"),
        (_take_alternatives, "dcterms:alternative wy:literalForm"),
        (_take_words, "wy:keyword wy:period wy:responsibility wy:dynasty"),
        (_take_links, "wy:classification wy:place wy:partOf wy:inSeries wy:publisher wy:agent"),
        (_take_both, "wy:genre"),
        (_take_nodes, "wy:contribution wy:nameForm wy:identifier"),
        (_take_codes, "wy:isbn13 wy:issn wy:doi wy:lccn wy:orcid wy:isil wy:ror wy:callNumber wy:barcode"),
        (_take_codes, "skos:notation wy:value"),
        (_take_years, "wy:issued"),
        (partial(_take_facet, "subject"), "wy:subject"),
        (partial(_take_facet, "creator"), "wy:creator"),
        (partial(_take_facet, "scheme"), "skos:inScheme"),
        (partial(_take_local, "type", len(TYPE) + 1), "wy:workType"),
        (partial(_take_local, "language", len(expand("lang:")) + 1), "wy:language"),
    )
    for name in names.split()
}
"""What is done with the objects of each property that counts."""

_TYPE = named("rdf:type")
_INSTANCE_OF = named("wy:instanceOf")
_ITEM_OF = named("wy:itemOf")
_TITLE = named("wy:title")
_SUBTITLE = named("wy:subtitle")
_NAME = named("wy:name")
_LABEL = named("skos:prefLabel")
_READ = frozenset((_TYPE, _INSTANCE_OF, _ITEM_OF, _SUBTITLE, *_TAKE))


def entries(graph: str, triples: Iterable[Triple]) -> list[Entry]:
    """The entries of the things that *graph* names. graph: its IRI, no brackets.

    25 µs for a record of 40 statements: literals are read only where an entry needs them.
    """
    told: _Told = {}
    for subject, predicate, value in triples:
        if predicate in _READ:
            about = told.get(subject)
            if about is None:
                told[subject] = {predicate: [value]}
            elif predicate in about:
                about[predicate].append(value)
            else:
                about[predicate] = [value]
    source = _source(graph)
    made: dict[str, Entry] = {}
    works: dict[str, list[_About]] = {}
    for subject, about in told.items():
        kind = _kind(subject, about)
        if kind == "work":
            works[subject] = []
        elif kind and (entry := _other(subject, kind, about, told, source)):
            made[subject] = entry
    if "/graph/auth/" in graph:
        return [*made.values(), *_works(works, told, {}, source)]
    _add_parts(works, told)
    return [*made.values(), *_works(works, told, made, source)]


def _source(graph: str) -> _Facets:
    """The facet of the source that a graph's IRI names ({base}graph/src/{source}/...)."""
    base, found, rest = graph.partition("graph/src/")
    if not found:
        base, found, rest = graph.partition("graph/auth/")
    return (("source", f"{base}id/source/{rest.partition('/')[0]}"),) if found else ()


def rank(kind: str) -> tuple[int, str]:
    """What tells which kind a thing of several kinds is listed as: the lowest."""
    return _RANK.get(kind, len(_RANK)), kind


def _kind(subject: str, about: _About) -> str:
    """The kind of a thing that is listed; "" for any other."""
    types = about.get(_TYPE)
    if types is None:
        kind = kind_of(subject[1:-1])
        return kind if kind in _RANK else ""
    if len(types) == 1:
        return _KINDS.get(types[0], "")
    return min((_KINDS[term] for term in types if term in _KINDS), key=rank, default="")


def _other(subject: str, kind: str, about: _About, told: _Told, source: _Facets) -> Entry | None:
    """The entry of a thing that is no work; most have a name and nothing else."""
    if len(about) == 2 and _TYPE in about and (terms := about.get(_NAME) or about.get(_LABEL)):
        return _named(subject, kind, tuple(terms), source)
    gathered = _Gathering(source)
    _gather(gathered, about, told)
    return _entry(subject, kind, gathered)


@lru_cache(maxsize=8_192)
def _named(subject: str, kind: str, terms: tuple[str, ...], source: _Facets) -> Entry | None:
    """The entry of a thing of which only names are told; kept, as agents and subjects recur."""
    gathered = _Gathering(source)
    _take_names(gathered, list(terms))
    return _entry(subject, kind, gathered)


def _add_parts(works: dict[str, list[_About]], told: _Told) -> None:
    """Adds what is said of a work's instances and their items to what is said of the work."""
    for about in told.values():
        if _INSTANCE_OF in about:
            holders = about[_INSTANCE_OF]
        elif _ITEM_OF in about:
            holders = [work for node in about[_ITEM_OF] for work in told.get(node, {}).get(_INSTANCE_OF, ())]
        else:
            continue
        for work in holders:
            if work in works:
                works[work].append(about)


def _works(
    works: dict[str, list[_About]], told: _Told, others: dict[str, Entry], source: _Facets
) -> Iterable[Entry]:
    for subject, parts in works.items():
        gathered = _Gathering(source)
        _gather(gathered, told[subject], told)
        names, gathered.names = gathered.names, set()
        for part in parts:
            _gather(gathered, part, told)
        gathered.alternatives |= gathered.names
        gathered.names = names
        for thing in gathered.links:
            if thing in others:
                _take_naming(gathered.words, others[thing])
        if entry := _entry(subject, "work", gathered):
            yield entry


def _take_naming(words: set[str], entry: Entry) -> None:
    """Adds what a thing is called to the words of another."""
    for text, _ in entry.names:
        words.add(text)
    for text, _ in entry.alternatives:
        words.add(text)
    if entry.kind == "concept":
        words.update(entry.identifiers)


def _gather(into: _Gathering, about: _About, told: _Told) -> None:
    """Gathers what is said of a thing and of its nodes."""
    for predicate, terms in about.items():
        if predicate in _TAKE:
            _TAKE[predicate](into, terms)
    if _SUBTITLE in about:
        _take_full_titles(into, about)
    while into.nodes:
        node = into.nodes.pop()
        if node in told:
            for predicate, terms in told[node].items():
                if predicate in _TAKE:
                    _TAKE[predicate](into, terms)
        elif node[0] == '"':
            _take_codes(into, [node])


def _take_full_titles(into: _Gathering, about: _About) -> None:
    """Adds titles with the subtitles in the same language."""
    for title, language in map(_tagged, about.get(_TITLE, ())):
        for subtitle, tag in map(_tagged, about[_SUBTITLE]):
            if tag == language:
                into.names.add((f"{title} : {subtitle}", language))


def _entry(subject: str, kind: str, gathered: _Gathering) -> Entry | None:
    names, others = gathered.names, gathered.alternatives - gathered.names
    if not names and not others:
        return None
    return Entry(
        subject[1:-1],
        kind,
        tuple(sorted(names)),
        tuple(sorted(gathered.words)),
        tuple(sorted(gathered.identifiers)),
        tuple(sorted(gathered.facets)),
        tuple(sorted(others)),
    )


def _text(term: str) -> str:
    """The text of a literal, or the IRI of an IRI; quick for the many that hold no escape."""
    if "\\" in term or term[0] == "<":
        return value_of(term)
    return term[1:-1] if term[-1] == '"' else term[1 : term.rindex('"')]


def _tagged(term: str) -> tuple[str, str]:
    """The text of a literal with its language tag, "" where it has none."""
    if term[-1] == '"' or term[0] == "<":
        return _text(term), ""
    end = term.rindex('"')
    return _text(term), term[end + 2 :] if term[end + 1] == "@" else ""
