"""EPUB books: metadata, contents, and archives that are not what they say."""

import io
import zipfile
from collections.abc import Callable

import pytest

from ingest.model import Record, Rejected, Source
from ingest.sources.epub import Epub

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="id" xml:lang="zh">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
<dc:identifier id="id" opf:scheme="ISBN">978-7-5037-1744-4</dc:identifier><dc:title>红楼梦</dc:title>
<dc:creator opf:role="aut" opf:file-as="曹雪芹">曹 雪芹</dc:creator>
<dc:creator opf:role="trl">Hawkes, David</dc:creator>
<dc:language>zh-CN</dc:language><dc:date opf:event="publication">1982</dc:date>
<dc:date opf:event="modification">2020</dc:date><meta name="calibre:series" content="古典文学"/></metadata>
<manifest><item id="ncx" href="toc%20x.ncx" media-type="application/x-dtbncx+xml"/></manifest></package>"""
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>第一回</text></navLabel></navPoint>
<navPoint><navLabel><text>第二回</text></navLabel></navPoint></navMap></ncx>"""


def packed(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def book(**more: str | bytes) -> bytes:
    return packed(
        **{"META-INF/container.xml": CONTAINER, "OPS/book.opf": PACKAGE, "OPS/toc x.ncx": NCX} | more
    )


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_a_chinese_book_of_epub_2_says_all_it_knows(every: Every, statements: Says) -> None:
    (record,) = every(Epub(), book())

    assert isinstance(record, Record)
    assert missing(
        statements(record),
        '<wy:title> "红楼梦"@zh',
        '<wy:name> "曹雪芹"@zh',
        "<wy:role> <http://id.loc.gov/vocabulary/relators/trl>",
        '<wy:isbn13> "9787503717444"',
        '<wy:issued> "1982"',
        '<wy:tableOfContents> "第一回 -- 第二回"@zh',
        '<wy:name> "古典文学"@zh',
        "<wy:workType> <https://w3id.org/wenyuan/type/book>",
    ) == []  # fmt: skip


def test_a_real_book_of_epub_3_is_read(demo: Content, every: Every, statements: Says) -> None:
    (record,) = every(Epub(), demo("books/pride-and-prejudice.epub"))

    assert isinstance(record, Record)
    lines = statements(record)
    assert missing(lines, '<wy:title> "Pride and Prejudice"@en', '<wy:name> "Austen, Jane"') == []
    assert any("<wy:tableOfContents>" in line for line in lines)
    assert any("<wy:exactMatch> <http://id.loc.gov/authorities/names/n79032879>" in line for line in lines)


def test_a_stream_that_cannot_be_sought_in_is_read_too(every: Every) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    source = Epub()

    assert [type(source.read(raw)) for raw in source.split(Pipe(book()))] == [Record]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be opened"),
        (b"PK\x03\x04 cut short", "cannot be opened"),
        (packed(), "container.xml' cannot be read from the zip"),
        (packed(**{"META-INF/container.xml": "<container/>"}), "names no package document"),
        (packed(**{"META-INF/container.xml": CONTAINER}), "'OPS/book.opf' cannot be read"),
        (
            book(**{"META-INF/container.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><container/>"}),
            "declares entities",
        ),
        (book()[:-30], "cannot be opened"),
    ],
    ids=["empty", "cut", "no container", "no package named", "no package", "entities", "no directory"],
)
def test_archives_that_are_no_book_are_rejected_with_the_reason(
    data: bytes, reason: str, every: Every
) -> None:
    (found,) = every(Epub(), data)

    assert isinstance(found, Rejected)
    assert reason in found.reason


def test_a_book_without_contents_is_a_book(every: Every) -> None:
    (record,) = every(Epub(), book(**{"OPS/toc x.ncx": "<ncx><broken"}))

    assert isinstance(record, Record)
