"""The order in which the properties of a thing are shown, and the section of the page each belongs to."""

from functools import cache

from ontology.namespaces import compact, expand

_SECTIONS: tuple[tuple[str, str], ...] = (
    ("titles",
     "wy:title wy:subtitle wy:responsibility wy:uniformTitle wy:altTitle wy:name wy:altName "
     "wy:nameForm skos:prefLabel skos:altLabel wy:dynasty wy:birth wy:death"),
    ("agents",
     "wy:creator wy:contribution wy:funder wy:grant"),
    ("description",
     "wy:workType wy:genre wy:language wy:abstract wy:tableOfContents wy:audience "
     "skos:definition skos:scopeNote skos:example wy:note skos:note"),
    ("subjects",
     "wy:subject wy:classification wy:keyword wy:place wy:period wy:mentions skos:notation "
     "skos:inScheme skos:topConceptOf skos:hasTopConcept skos:broader skos:narrower "
     "skos:related"),
    ("structure",
     "wy:instanceOf wy:itemOf wy:partOf wy:inSeries wy:volume wy:issue wy:pages wy:inCluster "
     "wy:versionOf wy:translationOf wy:relation wy:cites wy:reference wy:partOfOrg wy:within"),
    ("publication",
     "wy:edition wy:publicationStatement wy:placeOfPublication wy:publisher wy:issued "
     "wy:copyrightDate wy:extent wy:dimensions wy:carrier wy:media wy:content wy:hasDigital"),
    ("identifiers",
     "wy:isbn13 wy:issn wy:doi wy:lccn wy:orcid wy:isil wy:ror wy:identifier wy:exactMatch "
     "skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch "
     "owl:sameAs schema:sameAs"),
    ("holdings",
     "wy:heldBy wy:location wy:callNumber wy:copyNumber wy:barcode wy:availability wy:address "
     "wy:openingHours wy:telephone wy:email wy:homepage wy:latitude wy:longitude "
     "geo:hasGeometry"),
    ("rights",
     "wy:rights wy:accessLevel wy:terms wy:rightsHolder wy:embargoUntil"),
)  # fmt: skip
OTHER = "other"
SECTIONS = (*(section for section, _ in _SECTIONS), OTHER)


def place(iri: str) -> tuple[int, str]:
    """The sort key of a property: its place in the order; unknown ones come last, by name."""
    known, _ = _table()
    return known.get(iri, len(known)), compact(iri)


def section(iri: str) -> str:
    """The section of a property: one of SECTIONS."""
    return _table()[1].get(iri, OTHER)


@cache
def _table() -> tuple[dict[str, int], dict[str, str]]:
    listed = [(expand(name), title) for title, names in _SECTIONS for name in names.split()]
    return {iri: place for place, (iri, _) in enumerate(listed)}, dict(listed)
