"""RIS, the exchange format of reference managers and of CNKI, Wanfang and Web of Science.

Format: "RIS Format Specifications" (Research Information Systems, 2011); parsed by rispy.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import keys
from ingest.fields import Fields, is_group, name_of, pages, plain
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.textfile import read, split_at, undecodable

_START = re.compile(rb"^(?:\xef\xbb\xbf)?TY  ?- ", re.MULTILINE)
_LINE = re.compile(r"^([A-Z][A-Z0-9])  ?-\s?", re.MULTILINE)
_BOOKS = ("BOOK", "EBOOK", "EDBOOK", "SER", "THES", "RPRT")
_CHAPTERS = ("CHAP", "ECHAP", "CPAPER", "CONF", "ENCYC", "DICT")


class Ris:
    """References in RIS."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A line that begins with TY and a hyphen."""
        if _START.search(head):
            return Claim(0.95 if _START.match(head.lstrip()) else 0.7, "a line that begins 'TY  - '")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a reference, from TY to ER."""
        return split_at(stream, _START, what="RIS reference")

    def read(self, raw: Raw) -> Record | Rejected:
        """The reference that *raw* holds; its key is its DOI, its number, or a hash of itself."""
        encoding = raw.context.decode()
        found = read(raw.data, encoding)
        if found is None:
            return undecodable(raw, encoding)
        values = _parse(found.text)
        if isinstance(values, str):
            return Rejected(raw, "parse", values)
        numbers = (doi_in(_first(values, "doi")), _first(values, "id"), _first(values, "accession_number"))
        key = next(filter(None, numbers), "") or keys.digest(found.text)
        return Record(key, "ris", _fields(values), raw, found.encoding, found.confidence, found.warnings)


Values = dict[str, str | list[str]]


def _parse(text: str) -> Values | str:
    """The fields of the one reference in *text* by rispy's names, or what is wrong with it."""
    import rispy  # type: ignore[import-untyped]  # it has no types

    # One blank before the hyphen, where the format wants two, is common in Chinese databases.
    text = _LINE.sub(r"\1  - ", text.lstrip("\ufeff"))
    if "ER  -" not in text:
        text += "\nER  - \n"
    try:
        found: list[Values] = rispy.loads(text, skip_unknown_tags=True)
    except (OSError, ValueError, IndexError, KeyError) as error:
        return f"not a RIS reference: {error}"
    return found[0] if found else "an empty RIS reference"


def _fields(values: Values) -> tuple[Field, ...]:
    fields = Fields()
    kind = _first(values, "type_of_reference")
    fields.add("TY", kind)
    fields.add("LA", _first(values, "language"))
    fields.add("DO", doi_in(_first(values, "doi") or _first(values, "urls")))
    for name, tag in (
        ("title", "TI"),
        ("primary_title", "TI"),
        ("short_title", "ST"),
        ("translated_title", "TT"),
    ):
        fields.add(tag, text=plain(_first(values, name)))
    for name, role in (("authors", "author"), ("first_authors", "author"), ("secondary_authors", "editor"),
                       ("tertiary_authors", "editor"), ("subsidiary_authors", "translator")):  # fmt: skip
        for agent in _all(values, name):
            for each in re.split(r"\s*[;；]\s*", agent):
                fields.add("AU-group" if is_group(each) else "AU", name=name_of(each), role=role)
    _host(fields, kind, values)
    fields.add("PB", name=_first(values, "publisher"), place=_first(values, "place_published"))
    fields.add(
        "PY",
        (_first(values, "date") or _first(values, "publication_year") or _first(values, "year")).strip("/"),
    )
    for name, tag in (
        ("volume", "VL"),
        ("number", "IS"),
        ("edition", "ET"),
        ("notes_abstract", "AB"),
        ("call_number", "CN"),
    ):
        fields.add(tag, plain(_first(values, name)))
    if not _first(values, "notes_abstract"):
        fields.add("AB", plain(_first(values, "abstract")))
    fields.add("SP", pages(_first(values, "start_page"), _first(values, "end_page")))
    for name, tag in (("keywords", "KW"), ("urls", "UR"), ("notes", "N1")):
        fields.extend(tag, _all(values, name))
    fields.add(
        "AN",
        value=_first(values, "accession_number"),
        scheme=_first(values, "name_of_database") or "database",
    )
    return fields.done()


def _host(fields: Fields, kind: str, values: Values) -> None:
    """The journal, the series, or the book a chapter is in; SN is an ISSN or an ISBN."""
    names = ("journal_name", "secondary_title", "alternate_title3", "alternate_title2")
    title = next(filter(None, (_first(values, name) for name in names)), "")
    number = _first(values, "issn")
    if kind in _CHAPTERS:
        fields.add("BT", text=title)
    elif kind in _BOOKS:
        fields.add("T2", title=title)
        fields.add("SN", number)
    else:
        fields.add("JO", title=title, more=[("issn", number)] if title else ())


def _first(values: Values, name: str) -> str:
    return next(iter(_all(values, name)), "")


def _all(values: Values, name: str) -> list[str]:
    value = values.get(name, [])
    return [text.strip() for text in ([value] if isinstance(value, str) else value) if text and text.strip()]
