"""Test files of any size: real MARC 21 records multiplied, each with identifiers and title of its own."""

import gzip
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pymarc

DEMO = Path(__file__).parent.parent / "ingest" / "demo"
_KEY = "@@KEY@@@@@"
_WORD = "@@WORD@@@@"


def templates(path: Path) -> list[bytes]:
    """The records of an ISO 2709 file as UTF-8, with marks of ten bytes in 001 and 245 to be replaced."""
    made = []
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        for record in pymarc.MARCReader(stream, to_unicode=True, permissive=True):
            if record is None or "245" not in record or "a" not in record["245"]:
                continue
            record.remove_fields("001", "010", "020", "035", "880")
            record.add_ordered_field(pymarc.Field(tag="001", data=_KEY))
            title = record["245"]
            first = title.subfields[0]
            title.subfields[0] = pymarc.Subfield(first.code, f"{_WORD} {first.value}")
            record.leader = pymarc.Leader(str(record.leader)[:9] + "a" + str(record.leader)[10:])
            made.append(record.as_marc())
    return made


def multiplied(path: Path, count: int) -> Iterator[bytes]:
    """*count* records made from those of *path*, over and over, no two with the same key or title."""
    for number, template in enumerate(islice(cycle(templates(path)), count)):
        key = f"k{number:09}"
        # A word of letters, so that the search index meets a new one as it does in a real catalogue.
        word = "".join(chr(97 + int(digit)) for digit in f"{number:010}")
        yield template.replace(_KEY.encode(), key.encode()).replace(_WORD.encode(), word.encode())


def write(path: Path, source: Path, count: int) -> int:
    """Writes *count* multiplied records to *path*; gives its size in bytes."""
    with path.open("wb") as stream:
        for record in multiplied(source, count):
            stream.write(record)
    return path.stat().st_size
