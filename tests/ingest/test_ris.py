"""RIS: of reference managers, and of Chinese databases."""

from collections.abc import Callable

from ingest.model import Record, Rejected, Source
from ingest.sources.ris import Ris

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

CNKI = (
    "TY - JOUR\r\nT1 - 智慧图书馆研究\r\nAU - 王 伟;李 娜\r\nAU - 国家图书馆\r\n"
    "JO - 图书情报工作\r\nSN - 0252-3116\r\n"
    "PY - 2020\r\nSP - 1\r\nEP - 9\r\nKW - 智慧图书馆\r\nKW - 知识图谱\r\nAB - 本文探讨。\r\nER - \r\n\r\n"
    "TY - BOOK\r\nTI - 图书馆学基础\r\nSN - 7-5037-1744-0\r\nDO - https://doi.org/10.1000/182\r\n"
)


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_an_export_of_a_chinese_database_is_read_in_its_encoding(every: Every, statements: Says) -> None:
    article, book = every(Ris(), CNKI.encode("gb18030"))

    assert isinstance(article, Record)
    assert isinstance(book, Record)
    assert article.encoding == "gb18030"
    assert missing(
        statements(article),
        '<wy:title> "智慧图书馆研究"@zh',
        '<wy:name> "王伟"@zh',
        '<wy:name> "李娜"@zh',
        "<wy:partOf> <collection/issn-0252-3116>",
        '<wy:pages> "1-9"',
        '<wy:keyword> "知识图谱"@zh',
        '<wy:abstract> "本文探讨。"@zh',
    ) == []  # fmt: skip
    assert any("<wy:creator> <organization/" in line for line in statements(article))
    assert book.key == "10.1000/182"
    assert missing(statements(book), '<wy:isbn13> "9787503717444"') == []


def test_a_reference_of_a_reference_manager_is_read(demo: Content, every: Every, statements: Says) -> None:
    (record,) = every(Ris(), demo("articles/crossref.ris"))

    assert isinstance(record, Record)
    assert record.key == "10.7554/elife.01567"
    assert missing(
        statements(record), '<wy:name> "Hardtke, Christian S"', "<wy:partOf> <collection/issn-2050-084X>"
    ) == []  # fmt: skip


def test_the_key_of_a_reference_without_a_number_is_the_same_at_every_run(every: Every) -> None:
    keys = [each.key for _ in range(2) for each in every(Ris(), b"TY  - JOUR\nTI  - x\nER  - \n")]

    assert keys[0] == keys[1] != ""


def test_a_mixed_file_tells_which_record_is_in_another_encoding(every: Every) -> None:
    other = "TY  - JOUR\nTI  - 中国图书馆的历史与现状研究\nER  - \n".encode("gb18030")
    first, second = every(Ris(), "TY  - JOUR\nTI  - 第一\nER  - \n".encode() * 1 + b"\n" + other)

    assert isinstance(first, Record)
    assert first.encoding == "utf-8"
    assert isinstance(second, Record)
    assert second.encoding == "gb18030"
    assert second.warnings


def test_what_is_no_ris_is_rejected(every: Every) -> None:
    found = every(Ris(), b"Title: x")

    assert isinstance(found[0], Rejected)
    assert "no RIS reference in it" in found[0].reason
