"""Guessing what a file is: by its content, with the reason, whatever it is called and however packed."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ingest import plugins
from ingest.guess import guess, guesses
from ingest.model import Claim
from ontology.errors import UnknownFormat

Content = Callable[[str], bytes]

DEMO = {
    "marc21/uva.mrc.gz": "iso2709",
    "cnmarc/bnu.xml": "marcxml",
    "articles/crossref.jsonl.gz": "crossref",
    "articles/openalex-W2741809807.json.gz": "openalex",
    "articles/datacite-full.xml": "datacite-xml",
    "articles/jats/journal.pbio.1000359.xml.gz": "jats",
    "articles/pubmed.xml.gz": "pubmed",
    "articles/pure.bib": "bibtex",
    "articles/crossref.ris": "ris",
    "tables/chinaxiv.csv.gz": "table",
    "books/pride-and-prejudice.epub": "epub",
    "vocabularies/yso.ttl.gz": "rdf",
}
SCHOLARLY = {
    "crossref-elife.xml.gz": "crossref-xml",
    "datacite.json": "datacite",
    "bnu-dc.xml": "dublin-core",
    "oai-dc.xml": "dublin-core",
    "csl.json": "csl",
    "schema-org.json": "schema-org",
    "openalex-T11636.json": "openalex",
}


@pytest.mark.parametrize(("name", "format_"), DEMO.items())
def test_a_file_of_the_demo_is_told_even_under_a_name_that_says_nothing(
    name: str, format_: str, demo: Content
) -> None:
    best = guesses(demo(name)[:65_536], Path(name).name.removesuffix(".gz"))[0]
    nameless = guesses(demo(name)[:65_536], "file")[0]

    assert (best.format, nameless.format) == (format_, format_)
    assert best.reason


@pytest.mark.parametrize(("name", "format_"), SCHOLARLY.items())
def test_other_real_files_are_told(name: str, format_: str, scholarly: Content) -> None:
    assert guesses(scholarly(name)[:65_536], "file")[0].format == format_


@pytest.mark.parametrize(
    ("head", "name", "format_"),
    [
        (b"id,title\n1,x\n", "a.csv", "table"),
        (b"a\tb\tc\n1\t2\t3\n4\t5\t6\n", "file", "table"),
        ('{"题名": "x"}\n'.encode(), "a.jsonl", "json"),
        ('{"DOI": "10.1/x", "title": ["x"]}'.encode("utf-16"), "file", "crossref"),
        (b"<!DOCTYPE html><html><head>", "file", "html"),
        (b"<http://a> <http://b> <http://c> .\n", "file", "rdf"),
        (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">',
            "f",
            "rdf",
        ),
    ],
)
def test_small_files_are_told_by_their_marks(head: bytes, name: str, format_: str) -> None:
    assert guesses(head, name)[0].format == format_


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstandard.compress)],
)
def test_packed_files_are_seen_through(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path, demo: Content
) -> None:
    path = tmp_path / f"references.ris{suffix}"
    path.write_bytes(pack(demo("articles/crossref.ris")))

    assert guess(path).format == "ris"


@pytest.mark.parametrize(
    "content", [b"", b"Dear Sir,\n\nthank you.\n", b"\x89PNG\r\n\x1a\n\0\0"], ids=["empty", "letter", "png"]
)
def test_an_unknown_file_is_told_with_the_known_formats(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(UnknownFormat, match=r"known: iso2709, marcxml, .*rdf"):
        guess(path)


@pytest.mark.parametrize("name", list(plugins.SOURCES))
@pytest.mark.parametrize(
    "head", [b"", b"\0" * 100, b"\xff" * 100, b"<" * 100, b'{"' * 100, b"PK\x03\x04", b"\n" * 100]
)
def test_no_head_makes_a_source_fail(name: str, head: bytes) -> None:
    assert isinstance(plugins.source(name).claims(head, "x"), Claim | None)
