"""What tests of MARC share: making an ISO 2709 record, and reading the records of a file."""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from ingest import mapping
from ingest.model import Raw, Record, Rejected, Source

BASE = "http://localhost:8000/"
SPACES = {
    "https://w3id.org/wenyuan/ns#": "wy:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    f"{BASE}id/": "",
}
DEMO = Path(mapping.__file__).parent / "demo"


def iso2709(*fields: tuple[str, bytes], leader: str = "     nam  22     uu 4500") -> bytes:
    """One record of these fields (tag, bytes with indicators and subfields), as it should be."""
    body, directory = b"", b""
    for tag, content in fields:
        directory += b"%3b%04d%05d" % (tag.encode(), len(content) + 1, len(body))
        body += content + b"\x1e"
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    head = f"{length:05}{leader[5:12]}{base:05}{leader[17:]}".encode()
    return head + directory + b"\x1e" + body + b"\x1d"


def all_of(source: Source, data: bytes) -> list[Record | Rejected]:
    """Every record of *data*, read or refused, in order."""
    return [source.read(found) if isinstance(found, Raw) else found for found in source.split(BytesIO(data))]


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def said(record: Record, *, source: str = "test") -> list[str]:
    """What the bundled mapping says of *record*: "<kind/key> wy:title "..."@zh" a line, with short names."""
    lines = []
    triples = mapping.bundled(record.layout).describe(record, base=BASE, source=source)
    for triple in triples:
        line = " ".join(triple)
        for space, prefix in SPACES.items():
            line = line.replace(space, prefix)
        lines.append(line)
    return lines


@pytest.fixture(scope="session")
def make() -> Callable[..., bytes]:
    """Makes an ISO 2709 record."""
    return iso2709


@pytest.fixture(scope="session")
def every() -> Callable[[Source, bytes], list[Record | Rejected]]:
    """Reads every record of some bytes."""
    return all_of


@pytest.fixture(scope="session")
def demo() -> Callable[[str], bytes]:
    """The content of a file of the bundled demo library."""
    return lambda name: content(DEMO / name)


@pytest.fixture(scope="session")
def data() -> Callable[[str], bytes]:
    """The content of a file of the MARC test data."""
    folder = Path(__file__).parent.parent / "data" / "marc"
    return lambda name: content(folder / name)


@pytest.fixture(scope="session")
def scholarly() -> Callable[[str], bytes]:
    """The content of a file of the scholarly test data."""
    folder = Path(__file__).parent.parent / "data" / "scholarly"
    return lambda name: content(folder / name)


@pytest.fixture(scope="session")
def statements() -> Callable[..., list[str]]:
    """What the bundled mapping says of a record, as lines with short names."""
    return said
