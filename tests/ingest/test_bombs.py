"""Files made to exhaust memory or time: every source refuses them, with a reason, in bounded memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import pytest

from ingest import mapping, plugins
from ingest.errors import SourceError
from ingest.model import Raw, Record, Rejected
from ingest.sources.xlsx import Workbook
from ingest.zipped import checked, member

XML_SOURCES = ("crossref-xml", "datacite-xml", "jats", "pubmed", "dublin-core", "marcxml")
JSON_SOURCES = ("crossref", "datacite", "openalex", "csl", "schema-org")
TEXT_SOURCES = ("bibtex", "ris")
ROOTS = {
    "crossref-xml": "doi_record", "datacite-xml": "resource", "jats": "article", "pubmed": "PubmedArticle",
    "dublin-core": "dc", "marcxml": "record",
}  # fmt: skip


class Endless:
    """A stream of two gigabytes after a head, never in memory at once."""

    def __init__(self, head: bytes, size: int = 2_000_000_000) -> None:
        self._head, self._left = head, size

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        block = head + b"x" * min(size, self._left)
        self._left -= len(block) - len(head)
        return block


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Fails where more memory is allocated at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1_000_000
    finally:
        tracemalloc.stop()


def rejections(name: str, stream: object) -> list[Rejected]:
    source = plugins.source(name)
    found = [source.read(raw) if isinstance(raw, Raw) else raw for raw in source.split(stream)]  # type: ignore[arg-type]
    assert all(isinstance(each, Rejected) for each in found)
    return [each for each in found if isinstance(each, Rejected)]


@pytest.mark.parametrize("name", XML_SOURCES)
def test_a_billion_laughs_are_never_told(name: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 40))
    root = ROOTS[name]
    bomb = f'<!DOCTYPE {root} [<!ENTITY l0 "ha">{laughs}]><{root}>&l39;</{root}>'

    with at_most(60):
        (found,) = rejections(name, io.BytesIO(bomb.encode()))

    assert "declares entities" in found.reason


@pytest.mark.parametrize("name", XML_SOURCES)
def test_an_external_entity_is_never_fetched(name: str) -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><{ROOTS[name]}>&f;</{ROOTS[name]}>'

    (found,) = rejections(name, io.BytesIO(bomb.encode()))

    assert "declares entities" in found.reason


@pytest.mark.parametrize("name", XML_SOURCES)
def test_a_million_nested_elements_are_refused(name: str) -> None:
    bomb = f"<{ROOTS[name]}>" + "<a>" * 1_000_000

    assert rejections(name, io.BytesIO(bomb.encode()))


@pytest.mark.parametrize("name", JSON_SOURCES)
@pytest.mark.parametrize("bracket", ['{"a":', '{"a":[['], ids=["objects", "lists"])
def test_a_million_nested_values_are_refused(name: str, bracket: str) -> None:
    with at_most(100):
        found = rejections(name, io.BytesIO((bracket * 1_000_000).encode()))

    assert "levels" in found[0].reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("jats", b"<article><p>"),
        ("marcxml", b"<collection><record><leader>"),
        ("crossref", b'{"DOI": "'),
        ("bibtex", b"@article{a, title={"),
        ("ris", b"TY  - JOUR\nTI  - "),
        ("html", b"<html><title>"),
    ],
)
def test_a_field_of_two_gigabytes_is_refused_in_bounded_memory(name: str, head: bytes) -> None:
    with at_most(300):
        found = rejections(name, Endless(head))

    assert "longer than" in found[0].reason or "more than" in found[0].reason


@pytest.mark.parametrize("name", [*XML_SOURCES, *JSON_SOURCES, *TEXT_SOURCES, "html", "epub"])
@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 5000, b"\x1f\x8b\x08 not gzip", bytes(range(256)) * 40],
    ids=["empty", "zeros", "magic", "every byte"],
)  # fmt: skip
def test_rubbish_is_rejected_with_a_reason(name: str, data: bytes) -> None:
    found = rejections(name, io.BytesIO(data))

    assert found
    assert all(each.reason for each in found)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_bomb_is_told_by_its_directory() -> None:
    bomb = zipped(**{f"{n}.xml": b"\0" * 20_000_000 for n in range(4)})

    with pytest.raises(SourceError, match="as only zip bombs do"), checked(io.BytesIO(bomb)):
        pass


def test_a_zip_of_too_many_files_is_refused() -> None:
    bomb = zipped(**{str(n): b"" for n in range(50_001)})

    with pytest.raises(SourceError, match="a zip of 50,001 files"), checked(io.BytesIO(bomb)):
        pass


def test_a_member_is_read_up_to_its_limit() -> None:
    with (
        checked(io.BytesIO(zipped(a=b"x" * 1000))) as archive,
        pytest.raises(SourceError, match="longer than 999"),
    ):
        member(archive, "a", limit=999)


def workbook(**parts: bytes) -> bytes:
    import openpyxl

    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(**members | parts)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be opened"),
        (
            workbook(**{"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'}),
            "has a DOCTYPE",
        ),
        (workbook(**{"xl/workbook.xml": b"<broken"}), "no workbook that can be read"),
        (workbook(**{"xl/media/x.png": b"\0" * 80_000_000}), "as only zip bombs do"),
        (zipped(a=b"x"), "no workbook that can be read"),
    ],
    ids=["empty", "entities", "broken", "bomb", "no workbook"],
)
def test_workbooks_that_are_none_are_rejected_with_the_reason(data: bytes, reason: str) -> None:
    source = Workbook(mapping.parse('[mapping]\nname = "x"\n', "x.toml"))

    (found,) = source.split(io.BytesIO(data))

    assert isinstance(found, Rejected)
    assert reason in found.reason


def test_a_sheet_that_lies_about_its_size_is_read_by_what_it_holds() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
        b'<row r="2"><c r="A2"><v>7</v></c></row></sheetData></worksheet>'
    )
    source = Workbook(mapping.parse('[mapping]\nname = "x"\n[file]\nkey = "id"\n', "x.toml"))

    (raw,) = source.split(io.BytesIO(workbook(**{"xl/worksheets/sheet1.xml": sheet})))

    assert isinstance(raw, Raw)
    assert isinstance(source.read(raw), Record)


JUNK = (None, 3, True, "", "x", [], {}, [None], [["a"]], {"a": [1]}, "\x00<b>&amp;", {"date-parts": [[[]]]})


def places(value: object) -> Iterator[tuple[object, object]]:
    """Every container in *value* with every key or index of it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, content in list(inner):
        yield value, key
        yield from places(content)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("datacite", "datacite.json"),
        ("schema-org", "schema-org.json"),
        ("csl", "csl.json"),
        ("openalex", "openalex-S137773608.json"),
        ("crossref", "csl.json"),
    ],
)
def test_any_value_of_the_wrong_kind_anywhere_does_no_harm(
    name: str, file: str, scholarly: Callable[[str], bytes]
) -> None:
    source, data = plugins.source(name), scholarly(file)

    for number in range(len(list(places(orjson.loads(data))))):
        for junk in JUNK:
            value = orjson.loads(data)
            container, key = list(places(value))[number]
            container[key] = junk  # type: ignore[index]
            found = source.read(Raw(orjson.dumps(value), 0))
            if isinstance(found, Record):
                mapping.bundled(found.layout).describe(found, base="http://localhost:8000/", source="s")
