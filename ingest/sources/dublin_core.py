"""Dublin Core as XML: oai_dc, dcterms, srw_dc and kin, alone, in SRU answers and in OAI-PMH answers.

Format: DCMI Metadata Terms; OAI-PMH 2.0, § 2.5; SRU 1.2, "Response Records".
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest import keys
from ingest.fields import Fields, is_group, name_of
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.rules.identifiers import isbn as isbn_in
from ingest.xml import language_of, local_name, names_in, parse_element, split_elements, text_of
from ontology import codes

_SPACES = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")
_RECORDS = ("record", "dc", "dcx", "qualifieddc", "qdc", "simpledc", "dcterms")
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_AGENTS = ("creator", "contributor")
_ISBN = re.compile(r"(?:urn:)?isbn[:\s]*|^[\d-]{10,17}[Xx]?$", re.IGNORECASE)


class DublinCore:
    """Descriptions in Dublin Core."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """XML with elements of a Dublin Core namespace in a record of one of the usual names."""
        names = names_in(head)
        if not any(space.encode() in head for space in _SPACES) or not {*names} & {*_RECORDS}:
            return None
        if {"RDF", "package", "datafield"} & {*names}:
            return None
        return Claim(
            0.9, f"XML with <{next(found for found in names if found in _RECORDS)}> and Dublin Core elements"
        )

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a description, with the envelope around it, which has its identifier."""
        return split_elements(stream, _RECORDS, wrappers=(), innermost=False)

    def read(self, raw: Raw) -> Record | Rejected:
        """The description that *raw* holds, by its identifier in the envelope, else the first of its own."""
        root = parse_element(raw)
        if isinstance(root, Rejected):
            return root
        given = _envelope(root)
        if given.get("status") == "deleted":
            return Rejected(
                raw,
                "parse",
                "deleted at its source; there is nothing to take in",
                given.get("identifier", ""),
            )
        elements = [
            found for found in root.iter() if etree.QName(found).namespace in _SPACES and not len(found)
        ]
        if not elements:
            return Rejected(raw, "parse", "no element of Dublin Core in it", given.get("identifier", ""))
        own = next((text_of(found) for found in elements if local_name(found) == "identifier"), "")
        key = (
            given.get("identifier")
            or given.get("recordIdentifier")
            or own
            or keys.digest(raw.data.decode("latin-1"))
        )
        return Record(key, "dublin-core", _fields(elements), raw)


def _envelope(root: etree._Element) -> dict[str, str]:
    """What OAI-PMH (header) or SRU (recordIdentifier) say of the record."""
    given: dict[str, str] = {}
    for found in root.iter("{*}header", "{*}recordIdentifier"):
        if local_name(found) == "header":
            given["status"] = str(found.get("status", ""))
            given |= {local_name(child): text_of(child) for child in found}
        else:
            given["recordIdentifier"] = text_of(found)
    return given


def _fields(elements: list[etree._Element]) -> tuple[Field, ...]:
    fields = Fields()
    publishers = [text_of(found) for found in elements if local_name(found) == "publisher"]
    for found in elements:
        name, text, language = local_name(found), text_of(found), language_of(found)
        scheme = str(found.get(_TYPE, "")).rpartition(":")[2]
        if name in _AGENTS:
            add_agent(fields, name, text)
        elif name in ("identifier", "source", "relation") and (kind := _kind(text, scheme)):
            fields.add(f"{name}-{kind}" if name != "identifier" else kind, text)
        elif name == "publisher":
            is_place = len(publishers) > 1 and not is_group(text) and any(map(is_group, publishers))
            fields.add(name, place=text if is_place else "", name="" if is_place else text)
        elif name == "subject" and scheme in _SCHEMES:
            fields.add(_SCHEMES[scheme], text)
        elif name in (
            "date",
            "issued",
            "created",
            "available",
            "type",
            "language",
            "format",
            "extent",
            "medium",
        ):
            fields.add(name, text)
        else:
            fields.add(name, text=text, lang=language, scheme=scheme)
    return fields.done()


def add_agent(fields: Fields, name: str, written: str) -> None:
    """A creator or contributor; a word for the role after a Chinese name is read as that: 叶震 主编."""
    who, _, role = written.rpartition(" ")
    if not who or who.isascii() or not codes.relator(role):
        who, role = written, "author" if name == "creator" else "contributor"
    fields.add(f"{name}-group" if is_group(who) else name, name=name_of(who), role=role)


def _kind(text: str, scheme: str) -> str:
    """Which kind of identifier *text* is: doi, isbn, issn, url; "" for any other."""
    if doi_in(text):
        return "doi"
    if (scheme.upper() == "ISBN" or _ISBN.match(text)) and isbn_in(text):
        return "isbn"
    if scheme.upper() == "ISSN" or text.lower().startswith(("issn", "urn:issn")):
        return "issn"
    return "url" if text.startswith(("http://", "https://")) else ""


_SCHEMES = {
    "LCSH": "lcsh",
    "MESH": "mesh",
    "DDC": "ddc",
    "LCC": "lcc",
    "UDC": "udc",
    "CLC": "clc",
    "CCT": "cct",
}
