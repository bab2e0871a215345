"""MARC as XML: MARCXML, MarcXchange (ISO 25577) and their kin, alone or in answers of SRU and OAI-PMH.

Namespaces differ from house to house (Library of Congress, BnF, National Library of China, none), the
names of the elements do not: record, leader, controlfield, datafield, subfield.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest import marc
from ingest.encodings import tidy
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.xml import local_name, parse_element, split_elements

_FIELD = re.compile(rb"<(?:[\w.-]+:)?(?:datafield|controlfield)\s")
_RECORD = re.compile(rb"<(?:[\w.-]+:)?(?:record|collection)[\s>]")


class MarcXml:
    """Reads MARC records in XML, whatever is around them."""

    def __init__(self, *, max_record_bytes: int = 16_000_000) -> None:
        self._limit = max_record_bytes

    def claims(self, head: bytes, name: str) -> Claim | None:
        """Sure where there is a datafield or a controlfield inside a record."""
        # Without the zero bytes UTF-16 looks as UTF-8 does.
        plain = head.replace(b"\0", b"")
        if _FIELD.search(plain) and _RECORD.search(plain):
            return Claim(0.98, "XML with the controlfield and datafield elements of MARC records")
        if b"MARC21/slim" in plain or b"marcxchange" in plain:
            return Claim(0.7, "XML that names the namespace of MARCXML or MarcXchange")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """The innermost record elements of *stream*."""
        yield from split_elements(stream, {"record"}, max_bytes=self._limit)

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in *raw*. Its encoding is the file's: XML says its own."""
        element = parse_element(raw)
        if isinstance(element, Rejected):
            return element
        fields = [field for child in element if (field := _field(child)) is not None]
        if not any(field.name != marc.LEADER for field in fields):
            return Rejected(raw, "parse", f"<{local_name(element)}> has no controlfield or datafield")
        # The leader decides about the layout, wherever in the record it stands.
        fields.sort(key=lambda field: field.name != marc.LEADER)
        encoding = raw.context.partition(b" ")[0].decode("latin-1") or "utf-8"
        return marc.record(fields, raw, encoding=encoding)


def _field(element: etree._Element) -> Field | None:
    """The field in *element*, None for any other element."""
    name = local_name(element)
    if name == "leader":
        return marc.control(marc.LEADER, _text(element))
    tag = (element.get("tag") or "").strip()
    if not tag or name not in ("controlfield", "datafield"):
        return None
    parts = tuple([((part.get("code") or "").strip(), _text(part)) for part in element])
    if name == "controlfield" or not parts:
        return marc.control(tag, _text(element))
    return Field(tag, parts, f"{(element.get('ind1') or ' ')[:1]}{(element.get('ind2') or ' ')[:1]}")


def _text(element: etree._Element) -> str:
    text = element.text or ""
    return tidy("".join(map(str, element.itertext())) if len(element) else text)
