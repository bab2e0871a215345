"""RDF/XML, written by us: the engine's is ill-formed for predicates that end in "/", and for U+0001."""

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import QueryRefused
from kg.sparql.results import legal_xml

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LOCAL = re.compile(r"[^\W\d][\w.\-·]*\Z")
_LABEL = re.compile(r"[^\w.\-]")


def rdf_xml(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """*triples* as RDF/XML, those of one subject together (RDF 1.1 XML Syntax).

    Raises QueryRefused where a predicate has no end that XML takes for a name, and for triple terms.
    """
    names = _Names(prefixes)
    about: dict[str, list[str]] = {}
    for triple in triples:
        about.setdefault(_subject(triple.subject), []).append(_property(triple, names))
    nodes = "".join(
        f"  <rdf:Description {subject}>\n{''.join(lines)}  </rdf:Description>\n"
        for subject, lines in about.items()
    )
    spaces = "".join(f"\n    xmlns:{prefix}={quoteattr(space)}" for space, prefix in names.used.items())
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n{nodes}</rdf:RDF>\n'
    return legal_xml(document.encode("utf-8", "replace"))


class _Names:
    """Qualified names of predicates; used: the namespaces met, with their prefixes."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = {space: prefix for prefix, space in prefixes.items()}
        self.used = {_RDF: "rdf"}

    def of(self, iri: str) -> str:
        """The qualified name of a predicate."""
        found = _LOCAL.search(iri)
        if found is None or not found.start():
            message = f"RDF/XML cannot write the property <{iri}>"
            raise QueryRefused(message, hint="ask for Turtle or N-Triples")
        space, local = iri[: found.start()], found[0]
        if space not in self.used:
            self.used[space] = self._prefixes.get(space, f"ns{len(self.used)}")
        return f"{self.used[space]}:{local}"


def _subject(term: object) -> str:
    if isinstance(term, BlankNode):
        return f"rdf:nodeID={quoteattr(_label(term))}"
    if isinstance(term, NamedNode):
        return f"rdf:about={quoteattr(term.value)}"
    raise _no_triple_terms()


def _property(triple: Triple, names: _Names) -> str:
    name, value = names.of(triple.predicate.value), triple.object
    if isinstance(value, NamedNode):
        return f"    <{name} rdf:resource={quoteattr(value.value)}/>\n"
    if isinstance(value, BlankNode):
        return f"    <{name} rdf:nodeID={quoteattr(_label(value))}/>\n"
    if isinstance(value, Literal):
        return f"    <{name}{_kind(value)}>{escape(value.value)}</{name}>\n"
    raise _no_triple_terms()


def _kind(value: Literal) -> str:
    """The attribute that says the language or the datatype of a literal."""
    if value.language:
        return f" xml:lang={quoteattr(value.language)}"
    if value.datatype.value == _STRING:
        return ""
    return f" rdf:datatype={quoteattr(value.datatype.value)}"


def _label(node: BlankNode) -> str:
    """The label of a blank node as an XML name."""
    return "b" + _LABEL.sub("_", node.value)


def _no_triple_terms() -> QueryRefused:
    return QueryRefused("RDF/XML cannot write a statement about a statement (RDF 1.2)", hint="ask for Turtle")
