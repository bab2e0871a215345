"""The one prefix table: short names for vocabularies, and the way to and from full IRIs."""

from functools import lru_cache

from ontology.errors import UnknownName

WY = "https://w3id.org/wenyuan/ns#"
TYPE = "https://w3id.org/wenyuan/type/"
"""Values of wy:workType: book, article, serial, thesis, map, score, ... (a SKOS list)."""

PREFIXES: dict[str, str] = {
    "wy": WY,
    "wytype": TYPE,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "dcterms": "http://purl.org/dc/terms/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "schema": "https://schema.org/",
    "bf": "http://id.loc.gov/ontologies/bibframe/",
    "lrmoo": "http://iflastandards.info/ns/lrm/lrmoo/",
    "bibo": "http://purl.org/ontology/bibo/",
    "fabio": "http://purl.org/spar/fabio/",
    "cito": "http://purl.org/spar/cito/",
    "pro": "http://purl.org/spar/pro/",
    "prov": "http://www.w3.org/ns/prov#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "void": "http://rdfs.org/ns/void#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "oa": "http://www.w3.org/ns/oa#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "geof": "http://www.opengis.net/def/function/geosparql/",
    "uom": "http://www.opengis.net/def/uom/OGC/1.0/",
    "time": "http://www.w3.org/2006/time#",
    "sh": "http://www.w3.org/ns/shacl#",
    "adms": "http://www.w3.org/ns/adms#",
    "as": "https://www.w3.org/ns/activitystreams#",
    "daia": "http://purl.org/ontology/daia/",
    "dcmitype": "http://purl.org/dc/dcmitype/",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "holding": "http://purl.org/ontology/holding#",
    "premis": "http://www.loc.gov/premis/rdf/v3/",
    "sssom": "https://w3id.org/sssom/",
    "vann": "http://purl.org/vocab/vann/",
    "lang": "http://id.loc.gov/vocabulary/languages/",
    "rel": "http://id.loc.gov/vocabulary/relators/",
}


def expand(name: str) -> str:
    """The full IRI of a prefixed name; a name with no known prefix raises UnknownName.

    A full IRI (one with "://") passes unchanged.
    """
    prefix, colon, local = name.partition(":")
    if local.startswith("//"):
        return name
    if not colon or prefix not in PREFIXES:
        raise UnknownName(f"no prefix {prefix!r} in {name!r}; known: {', '.join(sorted(PREFIXES))}")
    return PREFIXES[prefix] + local


@lru_cache(maxsize=4096)
def compact(iri: str) -> str:
    """The shortest prefixed name of *iri*, or *iri* itself where no prefix fits."""
    best = max((space for space in PREFIXES.values() if iri.startswith(space)), key=len, default="")
    for prefix, space in PREFIXES.items():
        if space == best and best and _is_local(iri[len(best) :]):
            return f"{prefix}:{iri[len(best):]}"
    return iri


def _is_local(name: str) -> bool:
    """Whether *name* may stand after a prefix in Turtle without escapes."""
    return name.replace("-", "").replace("_", "").replace(".", "").isalnum() and not name.endswith(".")
