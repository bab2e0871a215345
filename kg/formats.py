"""The one table of RDF serialisations: name, media type, suffix, and the engine's format."""

from dataclasses import dataclass

from pyoxigraph import RdfFormat

from ontology.errors import UnknownFormat


@dataclass(frozen=True, slots=True)
class Format:
    """One serialisation of RDF. *has_graphs*: whether it can say which graph a statement is in."""

    name: str
    media_type: str
    suffix: str
    engine: RdfFormat
    has_graphs: bool = False


FORMATS = (
    Format("turtle", "text/turtle", "ttl", RdfFormat.TURTLE),
    Format("jsonld", "application/ld+json", "jsonld", RdfFormat.JSON_LD, has_graphs=True),
    Format("ntriples", "application/n-triples", "nt", RdfFormat.N_TRIPLES),
    Format("nquads", "application/n-quads", "nq", RdfFormat.N_QUADS, has_graphs=True),
    Format("trig", "application/trig", "trig", RdfFormat.TRIG, has_graphs=True),
    Format("rdfxml", "application/rdf+xml", "rdf", RdfFormat.RDF_XML),
    Format("n3", "text/n3", "n3", RdfFormat.N3),
)


def by_name(name: str) -> Format:
    """The format of that name, suffix or media type; raises UnknownFormat with the known names."""
    wanted = name.lower().lstrip(".").partition(";")[0].strip()
    for known in FORMATS:
        if wanted in (known.name, known.suffix, known.media_type):
            return known
    raise UnknownFormat(f"no format {name!r}; known: {', '.join(known.name for known in FORMATS)}")
