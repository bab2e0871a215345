"""The sources Wenyuan knows, and how to get one. A source is a file and a line here."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ingest import mapping
from ingest.model import Source
from kg.catalogue import Catalogue

SOURCES: Catalogue[Callable[..., Source]] = Catalogue(
    "sources",
    {
        "iso2709": "ingest.sources.iso2709:Iso2709",
        "marcxml": "ingest.sources.marcxml:MarcXml",
        "marcjson": "ingest.sources.marcjson:MarcJson",
        "crossref": "ingest.sources.crossref:Crossref",
        "crossref-xml": "ingest.sources.crossref_xml:CrossrefXml",
        "datacite": "ingest.sources.datacite:DataCite",
        "datacite-xml": "ingest.sources.datacite_xml:DataCiteXml",
        "openalex": "ingest.sources.openalex:OpenAlex",
        "csl": "ingest.sources.csl:Csl",
        "jats": "ingest.sources.jats:Jats",
        "pubmed": "ingest.sources.pubmed:PubMed",
        "dublin-core": "ingest.sources.dublin_core:DublinCore",
        "bibtex": "ingest.sources.bibtex:Bibtex",
        "ris": "ingest.sources.ris:Ris",
        "epub": "ingest.sources.epub:Epub",
        "html": "ingest.sources.html:Html",
        "schema-org": "ingest.sources.schema_org:SchemaOrg",
        "table": "ingest.sources.table:Table",
        "xlsx": "ingest.sources.xlsx:Workbook",
        "json": "ingest.sources.jsonlines:JsonLines",
        "rdf": "ingest.sources.rdf:Rdf",
    },
    group="wenyuan.sources",
)
"""Names of formats → classes. Each is made with no argument; tables and JSON also with a user's mapping."""


@lru_cache(maxsize=64)
def source(name: str, mapping_file: str = "") -> Source:
    """The source of that name, told by the user's mapping how the file is laid out where it asks for that.

    Raises UnknownName with the known names, MissingExtra, and MappingError for a bad mapping file.
    """
    kind = SOURCES[name]
    if mapping_file and getattr(kind, "takes_layout", False):
        return kind(mapping.read(Path(mapping_file)))
    return kind()
