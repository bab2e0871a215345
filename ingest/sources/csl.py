"""CSL JSON: the items of citation managers (Zotero, citeproc), one a line or in a list.

Format: Citation Style Language 1.0.2, appendices III and IV; field names are those of Crossref.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.fields import Fields
from ingest.jsonfile import keys_in, parse_value, scalar, split_values
from ingest.model import Claim, Raw, Record, Rejected
from ingest.sources.crossref import work_fields


class Csl:
    """Items of CSL JSON."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """JSON with type, issued and one of author, title, container-title, but no mark of Crossref."""
        keys = keys_in(head)
        if not {"type", "issued", "date-parts"} <= keys or not {"title", "author"} & keys:
            return None
        return Claim(0.8, "JSON with the CSL fields type, issued, date-parts")

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an item."""
        return split_values(stream, lists=("items",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The item that *raw* holds; its key is its DOI, else its id."""
        item = parse_value(raw)
        if isinstance(item, Rejected):
            return item
        key = scalar(item.get("DOI")).lower() or scalar(item.get("id"))
        if not key or not scalar(item.get("title")):
            return Rejected(raw, "parse", "no id or no title, so no CSL item", key)
        fields = Fields()
        fields.extend_from(work_fields(item))
        fields.add("keyword", scalar(item.get("keyword")))
        fields.add("note", scalar(item.get("note")))
        return Record(key, "crossref", fields.done(), raw)
