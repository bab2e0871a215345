"""Tables as text: CSV, TSV and their kin, laid out as the user's mapping says, or as can be found out.

Format: RFC 4180, with any of comma, tab, semicolon and bar between cells.
"""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import orjson

from ingest import textfile
from ingest.layout import Layout, needs_mapping
from ingest.mapping import Mapping
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.window import Window, narrowed

MAX_ROW = 1_000_000
_DELIMITERS = ",\t;|"
_SUFFIXES = (".csv", ".tsv", ".tab")
_KEPT = 2_000
_CELL = 10_000_000
_LOOKED_AT = 20
_OPENING = re.compile(rb'(?:^|[,\t;|])[ ]*"', re.MULTILINE)
"""A quotation mark that opens a cell; elsewhere it is an inch, or a letter like any other."""
_BINARY = re.compile(rb"\A(?!\xff\xfe|\xfe\xff).*[\x00\x1d\x1e\x1f]", re.DOTALL)
"""Bytes that no text has: zero, unless it is UTF-16, and the separators of MARC."""


class Table:
    """Rows of a text file. With a mapping: records; without: an error that proposes one."""

    takes_layout = True

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.layout = Layout.of(mapping) if mapping else None

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A name that ends like a table's, or several lines of equally many cells."""
        is_named = name.lower().endswith(_SUFFIXES)
        if not head or (not is_named and head[:1] in (b"{", b"[", b"<")) or _BINARY.search(head[:5000]):
            return None
        window = narrowed(io.BytesIO(head))
        text = window.data.decode(textfile.encoding_of(window.data), errors="replace")
        delimiter, columns = dialect(text)
        if is_named:
            told = f"{columns} columns" if columns else "what stands between its cells is not clear"
            return Claim(0.9 if columns else 0.3, f"its name ends like a table's; {told}")
        if columns >= 3:
            return Claim(0.4, f"lines of {columns} cells with {delimiter!r} between them")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a row. Raises MappingError, with a mapping to begin with, where none is given."""
        window = narrowed(stream)
        window.at = 3 if window.data.startswith(b"\xef\xbb\xbf") else 0
        encoding = (self.layout.encoding if self.layout else "") or textfile.encoding_of(window.data)
        rows = _rows(window)
        first = next(rows, None)
        if not isinstance(first, Raw):
            yield first or Rejected(Raw(b"", 0), "split", window.fault or "an empty file")
            return
        sample = window.data.decode(encoding, errors="replace")
        delimiter = (self.layout.delimiter if self.layout else "") or dialect(sample)[0]
        columns = self.layout.columns if self.layout else ()
        if not columns:
            heading = textfile.read(first.data, encoding)
            columns = tuple(_cells(heading.text if heading else "", delimiter))
        if self.layout is None:
            raise needs_mapping(columns, "a table")
        context = orjson.dumps([encoding, delimiter, columns])
        if self.layout.columns:
            yield Raw(first.data, first.offset, context)
        for row in rows:
            yield Raw(row.data, row.offset, context) if isinstance(row, Raw) else row
        if window.fault:
            yield Rejected(Raw(b"", window.offset), "split", f"the file cannot be read on: {window.fault}")

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in a row: a field for each cell that is not empty."""
        encoding, delimiter, columns = orjson.loads(raw.context)
        found = textfile.read(raw.data, encoding)
        if found is None:
            return textfile.undecodable(raw, encoding)
        try:
            cells = _cells(found.text, delimiter)
        except csv.Error as error:
            return Rejected(raw, "parse", f"not a row of a table: {error}")
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            return Rejected(
                raw, "parse", f"{len(cells)} cells, but only {len(columns)} columns have a heading"
            )
        fields = [
            Field(name, (("a", cell),)) for name, cell in zip(columns, cells, strict=False) if cell and name
        ]
        if self.layout is None:
            raise needs_mapping(columns, "a table")
        return self.layout.record(fields, raw, encoding=found.encoding)


def dialect(text: str) -> tuple[str, int]:
    """What stands between cells in *text*, and how many columns that gives: the most that rows agree on."""
    best = (",", 0)
    for delimiter in _DELIMITERS:
        widths = _widths(text, delimiter)
        agreeing = sum(width == widths[0] for width in widths) if widths else 0
        if agreeing >= 0.7 * len(widths) and widths and widths[0] > max(1, best[1]):
            best = (delimiter, widths[0])
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    """How many cells each of the first rows of *text* has; empty where it is no table."""
    csv.field_size_limit(_CELL)
    try:
        rows = [
            row
            for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _LOOKED_AT)
            if row
        ]
    except csv.Error:
        return []
    # The last row may be cut short, where *text* is.
    return [len(row) for row in (rows[:-1] if 2 < len(rows) < _LOOKED_AT else rows)]


def _rows(window: Window) -> Iterator[Raw | Rejected]:
    """The rows of a table, a quoted cell with line ends in it kept whole. Blank lines are left out."""
    while True:
        size = _row_size(window)
        if size < 0:
            place = window.place()
            yield Rejected(
                Raw(window.data[window.at : window.at + _KEPT], window.offset),
                "split",
                f"a quotation mark in the row at {place} is not closed within {MAX_ROW:,} bytes",
            )
            # The next line is taken for a new row.
            end = window.data.find(b"\n", window.at)
            window.at = end + 1 if end >= 0 else len(window.data)
            continue
        data = window.data[window.at : window.at + size]
        if not data:
            return
        if data.strip():
            yield Raw(data.rstrip(b"\r\n"), window.offset)
        window.at += size


def _row_size(window: Window) -> int:
    """The length of the row at the window with its line end; 0 at the end of the file, -1 without an end."""
    searched = quotes = 0
    while True:
        end = window.data.find(b"\n", window.at + searched)
        is_last = end < 0 and (window.held > MAX_ROW or not window.more())
        if end < 0 and not is_last:
            continue
        stop = len(window.data) if end < 0 else end + 1
        if searched or _OPENING.search(window.data, window.at, stop):
            quotes += window.data.count(b'"', window.at + searched, stop)
        searched = stop - window.at
        if quotes % 2 == 0 and searched <= MAX_ROW:
            return searched
        if is_last or searched > MAX_ROW:
            return -1


def _cells(line: str, delimiter: str) -> list[str]:
    csv.field_size_limit(_CELL)
    rows = list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=False))
    return [cell.strip() for cell in rows[0]] if rows else []
