"""Excel workbooks (XLSX), one sheet, laid out as the user's mapping says.

Format: ECMA-376 (Office Open XML), read by openpyxl row by row, after the zip's members were measured.
"""

import datetime
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

import orjson

from ingest.errors import SourceError
from ingest.layout import Layout, needs_mapping
from ingest.mapping import Mapping
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.zipped import DAMAGED, checked

MAX_COLUMNS = 500


class Workbook:
    """Rows of a sheet. With a mapping: records; without: an error that proposes one."""

    takes_layout = True

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.layout = Layout.of(mapping) if mapping else None

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A zip whose first members are those of Office Open XML."""
        if not head.startswith(b"PK\x03\x04"):
            return None
        if b"xl/" in head or (b"[Content_Types].xml" in head and name.lower().endswith(".xlsx")):
            return Claim(0.95, "a zip with the parts of an Excel workbook")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a row, its cells as JSON; offset is the number of the row.

        Raises MappingError, with a mapping to begin with, where none is given.
        """
        try:
            yield from self._rows(stream)
        except SourceError as error:
            yield Rejected(Raw(b"", 0), "split", str(error))

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in a row: a field for each cell that is not empty."""
        columns, cells = orjson.loads(raw.context), orjson.loads(raw.data)
        fields = [
            Field(name, (("a", cell),)) for name, cell in zip(columns, cells, strict=False) if cell and name
        ]
        if self.layout is None:
            raise needs_mapping(columns, "a workbook")
        return self.layout.record(fields, raw)

    def _rows(self, stream: BinaryIO) -> Iterator[Raw]:
        with checked(stream) as archive:
            _refuse_entities(archive)
            rows = _cells(archive, self.layout.sheet if self.layout else "")
            columns = self.layout.columns if self.layout else ()
            columns = columns or next((tuple(cells) for _, cells in rows if any(cells)), ())
            if self.layout is None:
                raise needs_mapping(columns, "a workbook")
            context = orjson.dumps(columns)
            for number, cells in rows:
                if any(cells):
                    yield Raw(orjson.dumps(cells), number, context)


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    """Raises SourceError for a part with a DOCTYPE: Office writes none, and XML bombs need one."""
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")):
            with archive.open(name) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    raise SourceError(f"{name!r} in the workbook has a DOCTYPE, which no workbook has")


def _cells(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet, the first without *sheet*, with their numbers; cells as text."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        # An archive that was read from has its file open.
        book = load_workbook(cast(IO[bytes], archive.fp), read_only=True, data_only=True)
        names = book.sheetnames
        if sheet and sheet not in names:
            raise SourceError(f"no sheet {sheet!r} in the workbook; there is: {', '.join(names)}")
        page = book[sheet or names[0]]
        # What the sheet says of its size may be wrong, and would be believed.
        page.reset_dimensions()
        for number, row in enumerate(page.iter_rows(values_only=True), 1):
            yield number, [_text(value) for value in row[:MAX_COLUMNS]]
    except (
        *DAMAGED,
        InvalidFileException,
        SyntaxError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
    ) as error:
        # openpyxl has no error of its own for a part that is not what it should be.
        raise SourceError(f"no workbook that can be read: {error}") from error


def _text(value: object) -> str:
    """A cell as text: a whole number without ".0", a date as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ") if value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
