"""BibTeX: LaTeX, names, strings, encodings, and broken entries among good ones."""

from collections.abc import Callable

import pytest

from ingest.model import Record, Rejected, Source
from ingest.sources.bibtex import Bibtex, names_in, parts_of_name, plain_of

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

FILE = r"""
% a comment
@string{nat = "Nature"}
@article{a1,
  title = {The {\"O}sterreich \& {DNA} of $\alpha$, 50\% more},
  author = {M{\"u}ller, Hans and {World Health Organization} and Ludwig van Beethoven and others},
  journal = nat, issn = {0028-0836}, year = 2004, month = feb, pages = {1--5}, doi = {10.1000/182},
  url = {https://example.org/c_d%20e}, keywords = {one; two}
}
@comment{not an entry}
@article{a2, title={Breaks off
@book{b3, title = {红楼梦}, author = {曹雪芹 and 高鹗},
  publisher = {人民文学出版社}, address = {北京}, year = 1982,
  series = {中国古典文学读本丛书}, volume = 3}
"""


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_a_file_gives_its_entries_and_rejects_what_breaks_off(every: Every, statements: Says) -> None:
    article, broken, book = every(Bibtex(), FILE.encode())

    assert isinstance(article, Record)
    assert isinstance(broken, Rejected)
    assert isinstance(book, Record)
    assert "breaks off" in broken.reason
    assert FILE.encode()[broken.raw.offset :].startswith(b"@article{a2")
    assert missing(
        statements(article),
        '<wy:title> "The Österreich & DNA of α, 50% more"',
        '<wy:name> "Müller, Hans"',
        '<wy:name> "World Health Organization"',
        '<wy:name> "van Beethoven, Ludwig"',
        "<wy:partOf> <collection/issn-0028-0836>",
        '<wy:name> "Nature"',
        '<wy:issued> "2004-02"',
        '<wy:pages> "1-5"',
        '<wy:keyword> "two"',
        "<wy:hasDigital> <https://example.org/c_d%20e>",
    ) == []  # fmt: skip
    assert missing(
        statements(book), '<wy:name> "曹雪芹"@zh', '<wy:placeOfPublication> "北京"@zh', '<wy:volume> "3"'
    ) == []  # fmt: skip


def test_a_real_entry_says_what_it_is(demo: Content, every: Every, statements: Says) -> None:
    (record,) = every(Bibtex(), demo("articles/pure.bib"))

    assert isinstance(record, Record)
    assert missing(
        statements(record),
        "<wy:workType> <https://w3id.org/wenyuan/type/thesis>",
        '<wy:isbn13> "9789038645032"',
        "<wy:language> <http://id.loc.gov/vocabulary/languages/eng>",
    ) == []  # fmt: skip


def test_a_file_from_a_chinese_windows_is_read(every: Every) -> None:
    (record,) = every(
        Bibtex(), "@book{h1, title={红楼梦研究与中国古典文学}, author={曹雪芹}}".encode("gb18030")
    )

    assert isinstance(record, Record)
    assert record.encoding == "gb18030"
    assert record.fields[1].first("text") == "红楼梦研究与中国古典文学"


def test_names_are_cut_at_and_but_not_inside_braces() -> None:
    assert names_in("A and B\nand {C and D} and E{ and }F") == ["A", " B", " {C and D}", " E{ and }F"]


def test_a_hundred_thousand_authors_are_cut_without_delay() -> None:
    assert len(names_in("a and {" * 100_000)) == 2
    assert len(names_in(" and ".join("a" * 100_000))) == 100_000


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Donald E. Knuth", ("Knuth", "Donald E.")),
        ("Knuth, Donald E.", ("Knuth", "Donald E.")),
        ("Ludwig van Beethoven", ("van Beethoven", "Ludwig")),
        ("King, Jr, Martin Luther", ("King", "Martin Luther Jr")),
        ("曹雪芹", ("曹雪芹", "")),
        ("Plato", ("Plato", "")),
    ],
)
def test_names_come_in_either_order(name: str, parts: tuple[str, str]) -> None:
    assert parts_of_name(name) == parts


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\'{e}t\'e", "été"),
        (r"{\ss}", "ß"),
        (r"A~B", "A B"),
        (r"100\%", "100%"),
        ("{Nested {braces}}", "Nested braces"),
    ],
)
def test_latex_is_read_as_text(latex: str, text: str) -> None:
    assert plain_of(latex) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no BibTeX entry"),
        (b"just text", "no BibTeX entry"),
        (b"@article{a, title = {" + b"{" * 100_000 + b"}" * 100_000 + b"}}", "braces inside one another"),
        (b"@article{a, title = {" + b"x" * 5_000_000 + b"}}", "longer than 4,000,000 bytes"),
        (b"@article{, title = {x}}", "without a citation key"),
    ],
    ids=["empty", "text", "deep", "long", "no key"],
)
def test_hostile_files_are_rejected_with_the_reason(data: bytes, reason: str, every: Every) -> None:
    found = every(Bibtex(), data)

    assert len(found) == 1
    assert isinstance(found[0], Rejected)
    assert reason in found[0].reason
