"""JSON of any shape, one object a line or in a list, laid out as the user's mapping says."""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.jsonfile import flatten, keys_in, parse_value, split_values
from ingest.layout import Layout, needs_mapping
from ingest.mapping import Mapping
from ingest.model import Claim, Raw, Record, Rejected


class JsonLines:
    """Objects of a JSON file. With a mapping: records; without: an error that proposes one."""

    takes_layout = True

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.layout = Layout.of(mapping) if mapping else None

    def claims(self, head: bytes, name: str) -> Claim | None:
        """Any JSON with named values; better claims come from formats that know the names."""
        names = sorted(keys_in(head))
        return Claim(0.2, f"JSON with {', '.join(names[:5])}") if names else None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an object. Raises MappingError where no mapping is given."""
        lists = (self.layout.records,) if self.layout and self.layout.records else ()
        for found in split_values(stream, lists=lists):
            if self.layout is None and isinstance(found, Raw):
                value = parse_value(found)
                raise needs_mapping([] if isinstance(value, Rejected) else value, "JSON of an unknown kind")
            yield found

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in an object: a field for each value, one for each member of a list."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        if self.layout is None:
            raise needs_mapping(value, "JSON of an unknown kind")
        return self.layout.record(flatten(value), raw)
