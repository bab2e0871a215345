"""The description of the SPARQL endpoint as RDF (SPARQL 1.1 Service Description)."""

from collections.abc import Iterator

from pyoxigraph import NamedNode, Triple

from kg.formats import FORMATS
from kg.sparql.results import RESULT_FORMATS

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_NAMES = {
    "turtle": "Turtle", "jsonld": "JSON-LD", "ntriples": "N-Triples", "nquads": "N-Quads", "trig": "TriG",
    "rdfxml": "RDF_XML", "n3": "N3", "json": "SPARQL_Results_JSON", "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV", "tsv": "SPARQL_Results_TSV",
}  # fmt: skip


def service(endpoint: str) -> Iterator[Triple]:
    """What the endpoint at that IRI is and can do."""
    node = NamedNode(endpoint)
    yield Triple(node, _TYPE, NamedNode(f"{_SD}Service"))
    yield Triple(node, NamedNode(f"{_SD}endpoint"), node)
    yield Triple(node, NamedNode(f"{_SD}supportedLanguage"), NamedNode(f"{_SD}SPARQL11Query"))
    yield Triple(node, NamedNode(f"{_SD}feature"), NamedNode(f"{_SD}UnionDefaultGraph"))
    for known in (*RESULT_FORMATS, *FORMATS):
        yield Triple(node, NamedNode(f"{_SD}resultFormat"), NamedNode(_FORMATS + _NAMES[known.name]))
