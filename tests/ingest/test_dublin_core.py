"""Dublin Core in its envelopes: SRU, OAI-PMH, none."""

from collections.abc import Callable

from ingest.model import Record, Rejected, Source
from ingest.sources.dublin_core import DublinCore

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_an_sru_answer_gives_records_by_their_identifiers(
    scholarly: Content, every: Every, statements: Says
) -> None:
    found = every(DublinCore(), scholarly("bnu-dc.xml"))

    assert len(found) == 6
    assert isinstance(found[0], Record)
    assert found[0].key == "990002180740203961"
    assert missing(
        statements(found[0]),
        "<wy:title> \"'94中国发展报告\"@zh",
        '<wy:name> "叶震"@zh',
        '<wy:placeOfPublication> "北京"@zh',
        '<wy:name> "中国统计出版社"@zh',
        '<wy:isbn13> "9787503717444"',
        '<wy:issued> "1994"',
    ) == []  # fmt: skip


def test_an_oai_answer_gives_its_identifiers_and_tells_the_deleted(scholarly: Content, every: Every) -> None:
    deleted, live = every(DublinCore(), scholarly("oai-dc.xml"))

    assert isinstance(deleted, Rejected)
    assert deleted.key == "oai:test.example.com:1585310"
    assert "deleted at its source" in deleted.reason
    assert isinstance(live, Record)
    assert live.key == "oai:test.example.com:1585322"


def test_qualified_terms_and_schemes_are_understood(every: Every, statements: Says) -> None:
    data = """<qualifieddc xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xml:lang="zh"><dc:identifier>x1</dc:identifier>
      <dc:title>智慧图书馆</dc:title><dcterms:issued>2020-05</dcterms:issued><dc:identifier>doi:10.1000/182</dc:identifier>
      <dc:subject xsi:type="dcterms:LCSH">Libraries</dc:subject><dc:subject>图书馆；知识图谱</dc:subject>
      <dc:type>学位论文</dc:type><dc:creator>北京大学图书馆</dc:creator><dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>
      </qualifieddc>"""

    (record,) = every(DublinCore(), data.encode())

    assert isinstance(record, Record)
    assert missing(
        statements(record),
        '<skos:prefLabel> "Libraries"@en',
        '<wy:keyword> "知识图谱"@zh',
        "<wy:workType> <https://w3id.org/wenyuan/type/thesis>",
        '<wy:doi> "10.1000/182"',
        "<wy:rights> <https://creativecommons.org/licenses/by/4.0/>",
        '<wy:issued> "2020-05"',
    ) == []  # fmt: skip
    assert any("<wy:creator> <organization/" in line for line in statements(record))


def test_a_record_of_something_else_is_rejected(every: Every) -> None:
    found = every(DublinCore(), b"<r><record><a>1</a></record></r>")

    assert isinstance(found[0], Rejected)
    assert "no element of Dublin Core" in found[0].reason
