"""Judge of the three tests of the Service Description, which the suite states in words only."""

from collections.abc import Callable
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store

from benchmarks.conformance.endpoint import Endpoint
from benchmarks.conformance.manifest import RDF, Test
from benchmarks.conformance.outcome import Failed

SD = "http://www.w3.org/ns/sparql-service-description#"

_RDF = {"text/turtle": RdfFormat.TURTLE, "application/rdf+xml": RdfFormat.RDF_XML}
_LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}
_FEATURES = {
    "DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery",
}  # fmt: skip
_CLASSES = {
    "Service", "Language", "Function", "Aggregate", "EntailmentRegime", "EntailmentProfile",
    "GraphCollection", "Dataset", "Graph", "NamedGraph", "Feature",
}  # fmt: skip
_DOMAINS = {
    "endpoint": "Service", "feature": "Service", "defaultEntailmentRegime": "Service",
    "supportedEntailmentProfile": "Service", "extensionFunction": "Service", "extensionAggregate": "Service",
    "languageExtension": "Service", "supportedLanguage": "Service", "propertyFeature": "Service",
    "inputFormat": "Service", "resultFormat": "Service", "defaultDataset": "Service",
    "availableGraphs": "Service", "defaultSupportedEntailmentProfile": "Service",
    "entailmentRegime": "NamedGraph", "supportedEntailmentRegime": "NamedGraph",
    "defaultGraph": "Dataset", "namedGraph": "GraphCollection Dataset", "name": "NamedGraph",
    "graph": "NamedGraph",
}  # fmt: skip
"""Properties of the vocabulary, with the classes of what has them (Service Description, § 3.4)."""


def describe(test: Test, endpoint: Endpoint) -> None:
    """Asks the endpoint about itself and looks at what it says; raises Failed."""
    store = _described(endpoint)
    _JUDGES[test.iri.rpartition("#")[2]](store, endpoint)


def _described(endpoint: Endpoint) -> Store:
    reply = endpoint.request("GET", endpoint.query, headers={"Accept": "text/turtle"})
    if not reply.is_success or reply.media_type not in _RDF:
        raise Failed(f"no description: {reply.told()}")
    store = Store()
    store.load(reply.body, format=_RDF[reply.media_type], base_iri=endpoint.address + endpoint.query)
    return store


def _says_rdf(store: Store, endpoint: Endpoint) -> None:
    if not len(store):
        raise Failed("the description is empty")


def _names_itself(store: Store, endpoint: Endpoint) -> None:
    wanted = NamedNode(endpoint.address + endpoint.query)
    found = [quad.object for quad in store.quads_for_pattern(None, NamedNode(f"{SD}endpoint"), None, None)]
    if wanted not in found:
        raise Failed(f"expected sd:endpoint {wanted}, found {', '.join(map(str, found)) or 'none'}")


def _keeps_the_schema(store: Store, endpoint: Endpoint) -> None:
    """The terms exist, stand where they may, and have values of their kind."""
    for quad in store:
        predicate = quad.predicate.value
        if predicate.startswith(SD):
            _property(store, quad.subject, predicate.removeprefix(SD), quad.object)
        elif predicate == f"{RDF}type" and isinstance(quad.object, NamedNode):
            name = quad.object.value
            if name.startswith(SD) and name.removeprefix(SD) not in _CLASSES:
                raise Failed(f"sd:{name.removeprefix(SD)} is no class")
    if not list(store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(f"{SD}Service"), None)):
        raise Failed("there is no sd:Service")


def _property(store: Store, subject: object, name: str, value: object) -> None:
    if name not in _DOMAINS:
        raise Failed(f"sd:{name} is no property")
    assert isinstance(subject, NamedNode | BlankNode)
    kinds = {
        quad.object.value.removeprefix(SD)
        for quad in store.quads_for_pattern(subject, NamedNode(f"{RDF}type"), None, None)
        if isinstance(quad.object, NamedNode)
    }
    # Types may be left out, since they follow; where they are said, they must be the right ones.
    if (said := kinds & _CLASSES) and not said & {*_DOMAINS[name].split(), "Dataset"}:
        raise Failed(f"sd:{name} of {', '.join(sorted(said))}")
    if isinstance(value, Literal):
        raise Failed(f"sd:{name} has a literal as its value")
    known = {"supportedLanguage": _LANGUAGES, "feature": _FEATURES}.get(name)
    iri = value.value if isinstance(value, NamedNode) else ""
    if known and iri.startswith(SD) and iri.removeprefix(SD) not in known:
        raise Failed(f"sd:{name} with the unknown value {value}")
    if name == "endpoint" and isinstance(value, NamedNode) and not urlsplit(value.value).scheme:
        raise Failed(f"the endpoint {value} is no absolute IRI")


_JUDGES: dict[str, Callable[[Store, Endpoint], None]] = {
    "returns-rdf": _says_rdf,
    "has-endpoint-triple": _names_itself,
    "conforms-to-schema": _keeps_the_schema,
}
