"""MARC as JSON: MARC-in-JSON of pymarc, ruby-marc and FOLIO, MARC-HASH, and the arrays of Catmandu."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest import marc
from ingest.encodings import tidy
from ingest.jsonfile import parse_value, split_values
from ingest.model import Claim, Field, Raw, Record, Rejected

_SIGNS = re.compile(rb'"leader"\s*:\s*"[\d ]{5}')
_FIELDS = re.compile(rb'"fields"\s*:\s*\[\s*[\[{]\s*"[0-9A-Z]{3}"')
_CATMANDU = re.compile(rb'"record"\s*:\s*\[\s*\[\s*"(?:LDR|\d{3})"')
_LISTS = ("records", "sourceRecords")
_WRAPPINGS = (("parsedRecord", "content"), ("content",), ("marc",))


class MarcJson:
    """Reads MARC records in JSON: one a line, in an array, or in an answer of FOLIO."""

    def __init__(self, *, max_record_bytes: int = 16_000_000) -> None:
        self._limit = max_record_bytes

    def claims(self, head: bytes, name: str) -> Claim | None:
        """Sure where there are a leader and fields named by three characters."""
        if _CATMANDU.search(head):
            return Claim(0.95, 'JSON with the "record" arrays that Catmandu writes')
        if _SIGNS.search(head) and b'"fields"' in head:
            return Claim(0.95, 'JSON with the "leader" and the "fields" of MARC-in-JSON')
        if _FIELDS.search(head):
            return Claim(0.8, 'JSON with "fields" named as in MARC')
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """The objects of *stream*, one a record."""
        yield from split_values(stream, lists=_LISTS, max_bytes=self._limit)

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in *raw*."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        found = _unwrapped(value)
        fields = _catmandu(found["record"]) if isinstance(found.get("record"), list) else _fields(found)
        if not any(field.name != marc.LEADER for field in fields):
            return Rejected(
                raw, "parse", 'no MARC-in-JSON: no "fields" such as {"245": {"subfields": [...]}}'
            )
        return marc.record(fields, raw)


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The MARC object itself, out of the envelope that some systems keep it in."""
    for path in _WRAPPINGS:
        inner: Any = value
        for name in path:
            inner = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and "fields" in inner:
            return inner
    return value


def _fields(value: dict[str, Any]) -> list[Field]:
    fields = [marc.control(marc.LEADER, value["leader"])] if isinstance(value.get("leader"), str) else []
    listed = value.get("fields")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            fields += [_field(str(tag), content) for tag, content in entry.items()]
        elif isinstance(entry, list) and len(entry) == 2:
            fields.append(marc.control(str(entry[0]), _text(entry[1])))
        elif isinstance(entry, list) and len(entry) == 4:
            fields.append(_field(str(entry[0]), {"ind1": entry[1], "ind2": entry[2], "subfields": entry[3]}))
    return fields


def _field(tag: str, content: Any) -> Field:
    if not isinstance(content, dict):
        return marc.control(tag, _text(content))
    subfields = content.get("subfields")
    parts = [part for entry in (subfields if isinstance(subfields, list) else ()) for part in _parts(entry)]
    return Field(tag, tuple(parts), _mark(content.get("ind1")) + _mark(content.get("ind2")))


def _parts(entry: Any) -> list[tuple[str, str]]:
    """The subfields in {"a": "..."}, {"code": "a", "data": "..."} or ["a", "..."]."""
    if isinstance(entry, dict) and set(entry) >= {"code", "data"}:
        return [(_text(entry["code"]), _text(entry["data"]))]
    if isinstance(entry, dict):
        return [(str(code), _text(value)) for code, value in entry.items()]
    if isinstance(entry, list) and len(entry) == 2:
        return [(_text(entry[0]), _text(entry[1]))]
    return []


def _catmandu(entries: list[Any]) -> list[Field]:
    """Fields from arrays of tag, two indicators, and then codes and values in turn."""
    fields = []
    for entry in entries:
        if not isinstance(entry, list) or len(entry) < 5:
            continue
        tag, values = str(entry[0]), [_text(value) for value in entry[3:]]
        if tag in ("LDR", "FMT") or marc.is_control(tag):
            fields.append(marc.control(marc.LEADER if tag == "LDR" else tag, values[1]))
        else:
            parts = tuple(zip(values[::2], values[1::2], strict=False))
            fields.append(Field(tag, parts, _mark(entry[1]) + _mark(entry[2])))
    return sorted(fields, key=lambda field: field.name != marc.LEADER)


def _mark(value: Any) -> str:
    return value[:1] if isinstance(value, str) and value else " "


def _text(value: Any) -> str:
    return tidy(value) if isinstance(value, str) else "" if value is None else str(value)
