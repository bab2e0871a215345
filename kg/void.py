"""How much a library holds, counted, and told in RDF (VoID). Counts nothing itself: its QUERIES are asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.formats import FORMATS
from ontology.namespaces import expand

QUERIES = {
    "properties": "SELECT ?of (COUNT(*) AS ?count) { ?s ?of ?o } GROUP BY ?of",
    "classes": "SELECT ?of (COUNT(DISTINCT ?s) AS ?count) { ?s a ?of } GROUP BY ?of",
    "subjects": "SELECT (COUNT(DISTINCT ?s) AS ?count) { ?s ?p ?o }",
}
"""What is asked of a generation: anybody can ask the same, and finds the same."""

_INTEGER = NamedNode(expand("xsd:integer"))
_TYPE = NamedNode(expand("rdf:type"))
_FORMATS = "http://www.w3.org/ns/formats/"
FORMAT_NAMES = {
    "turtle": "Turtle", "jsonld": "JSON-LD", "ntriples": "N-Triples", "nquads": "N-Quads", "trig": "TriG",
    "rdfxml": "RDF_XML", "n3": "N3", "json": "SPARQL_Results_JSON", "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV", "tsv": "SPARQL_Results_TSV",
}  # fmt: skip
"""Our formats, by the names that the W3C gave them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the default graph of a generation holds; the counts are those that COUNT gives there.

    properties: statements with each property. classes: different things of each class. subjects: different
    subjects. graphs: named graphs that hold something.
    """

    generation: int
    graphs: int
    subjects: int
    properties: Mapping[str, int]
    classes: Mapping[str, int]

    @property
    def triples(self) -> int:
        """All statements; one that two graphs make is counted twice, as COUNT(*) does."""
        return sum(self.properties.values())


@dataclass(frozen=True, slots=True)
class Dataset:
    """A library as it is to be described. root: the IRI under which its pages are."""

    root: str
    title: str

    @property
    def iri(self) -> str:
        """The IRI of the dataset."""
        return f"{self.root}.well-known/void#dataset"


def counted(
    generation: int, graphs: int, rows: Mapping[str, Sequence[Mapping[str, Mapping[str, str]]]]
) -> Counted:
    """The counts in the answers to QUERIES; rows: the bindings of each, in SPARQL's JSON."""

    def table(name: str) -> dict[str, int]:
        found = {row["of"]["value"]: int(row["count"]["value"]) for row in rows[name] if "of" in row}
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    subjects = int(rows["subjects"][0]["count"]["value"])
    return Counted(generation, graphs, subjects, table("properties"), table("classes"))


def void(dataset: Dataset, found: Counted) -> Iterator[Triple]:
    """The document at .well-known/void: a description, and the dataset that it describes."""
    document, node = NamedNode(f"{dataset.root}.well-known/void"), NamedNode(dataset.iri)
    yield Triple(document, _TYPE, _void("DatasetDescription"))
    yield Triple(document, NamedNode(expand("foaf:primaryTopic")), node)
    yield Triple(node, _TYPE, _void("Dataset"))
    yield Triple(node, NamedNode(expand("dcterms:title")), Literal(dataset.title))
    yield Triple(node, NamedNode(expand("foaf:homepage")), NamedNode(dataset.root))
    yield Triple(node, _void("sparqlEndpoint"), NamedNode(f"{dataset.root}sparql"))
    yield Triple(node, _void("uriSpace"), Literal(f"{dataset.root}id/"))
    yield Triple(node, _void("vocabulary"), NamedNode(expand("wy:")))
    for known in FORMATS:
        yield Triple(node, _void("feature"), NamedNode(_FORMATS + FORMAT_NAMES[known.name]))
    yield from totals(node, found)
    yield from partitions(node, found)


def totals(node: NamedNode | BlankNode, found: Counted) -> Iterator[Triple]:
    """How much *node*, a dataset or a graph, holds in all."""
    counts = {
        "triples": found.triples,
        "distinctSubjects": found.subjects,
        "properties": len(found.properties),
        "classes": len(found.classes),
    }
    for name, count in counts.items():
        yield Triple(node, _void(name), _number(count))


def partitions(node: NamedNode | BlankNode, found: Counted) -> Iterator[Triple]:
    """How much of *node* is of each class, and of each property."""
    for iri, count in found.classes.items():
        part = BlankNode()
        yield Triple(node, _void("classPartition"), part)
        yield Triple(part, _void("class"), NamedNode(iri))
        yield Triple(part, _void("entities"), _number(count))
    for iri, count in found.properties.items():
        part = BlankNode()
        yield Triple(node, _void("propertyPartition"), part)
        yield Triple(part, _void("property"), NamedNode(iri))
        yield Triple(part, _void("triples"), _number(count))


def _void(name: str) -> NamedNode:
    return NamedNode(expand(f"void:{name}"))


def _number(count: int) -> Literal:
    return Literal(str(count), datatype=_INTEGER)
