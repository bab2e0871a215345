"""The description of the SPARQL endpoint as RDF (SPARQL 1.1 Service Description): what is true, no more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.formats import FORMATS
from kg.sparql.functions.geof import GEOMETRIC
from kg.sparql.functions.table import FUNCTIONS
from kg.sparql.results import RESULT_FORMATS
from kg.void import FORMAT_NAMES, Counted, Dataset, partitions, totals
from ontology.namespaces import expand

LIMITS = "https://w3id.org/wenyuan/limits#"
"""What the names of limits begin with: there is no vocabulary for them."""

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_TYPE = NamedNode(expand("rdf:type"))
_LABEL = NamedNode(expand("rdfs:label"))
_COMMENT = NamedNode(expand("rdfs:comment"))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What there is to tell. limits: by name, in the units that docs/sparql.md gives.

    is_union: the default graph is all graphs. takes_updates: from whoever asks. is_federating: SERVICE works.
    lacks: what of the confinement of queries is missing on this machine.
    """

    dataset: Dataset
    limits: Mapping[str, int | float]
    is_union: bool = True
    takes_updates: bool = False
    is_federating: bool = False
    lacks: str = ""


def service(endpoint: Endpoint, found: Counted | None) -> Iterator[Triple]:
    """What the endpoint is, can do, and holds; found: None where that could not be counted in time."""
    address = NamedNode(f"{endpoint.dataset.root}sparql")
    yield Triple(address, _TYPE, _sd("Service"))
    yield Triple(address, _sd("endpoint"), address)
    yield Triple(address, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(address, _sd("defaultEntailmentRegime"), NamedNode("http://www.w3.org/ns/entailment/Simple"))
    if endpoint.is_union:
        yield Triple(address, _sd("feature"), _sd("UnionDefaultGraph"))
    if endpoint.is_federating:
        yield Triple(address, _sd("feature"), _sd("BasicFederatedQuery"))
    for known in (*RESULT_FORMATS, *FORMATS):
        yield Triple(address, _sd("resultFormat"), NamedNode(_FORMATS + FORMAT_NAMES[known.name]))
    yield from _extensions(address)
    if endpoint.lacks:
        yield Triple(address, _COMMENT, Literal(endpoint.lacks, language="en"))
    for name, limit in endpoint.limits.items():
        yield Triple(address, NamedNode(LIMITS + name), Literal(limit))
    yield from _dataset(address, endpoint, found)
    if endpoint.takes_updates:
        yield Triple(address, _sd("supportedLanguage"), _sd("SPARQL11Update"))
        for form in FORMATS:
            yield Triple(address, _sd("inputFormat"), NamedNode(_FORMATS + FORMAT_NAMES[form.name]))


def _extensions(address: NamedNode) -> Iterator[Triple]:
    """Functions beyond the standard: in expressions, and as properties in patterns."""
    for iri in GEOMETRIC:
        yield Triple(address, _sd("extensionFunction"), NamedNode(iri))
        yield Triple(NamedNode(iri), _TYPE, _sd("Function"))
    for function in FUNCTIONS:
        node = NamedNode(function.iri)
        yield Triple(address, _sd("propertyFeature"), node)
        yield Triple(node, _TYPE, _sd("Feature"))
        yield Triple(node, _LABEL, Literal(function.en, language="en"))
        yield Triple(node, _LABEL, Literal(function.zh, language="zh"))


def _dataset(address: NamedNode, endpoint: Endpoint, found: Counted | None) -> Iterator[Triple]:
    """What is read where a query names no graphs."""
    dataset, default = NamedNode(endpoint.dataset.iri), BlankNode()
    yield Triple(address, _sd("defaultDataset"), dataset)
    yield Triple(dataset, _TYPE, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, _TYPE, _sd("Graph"))
    if found is not None:
        yield Triple(dataset, NamedNode(f"{LIMITS}namedGraphs"), Literal(found.graphs))
        yield Triple(dataset, NamedNode(f"{LIMITS}generation"), Literal(found.generation))
        yield from totals(default, found)
        yield from partitions(default, found)


def _sd(name: str) -> NamedNode:
    return NamedNode(_SD + name)
