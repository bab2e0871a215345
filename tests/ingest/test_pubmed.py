"""PubMed: articles with MeSH headings, and books."""

from collections.abc import Callable

from ingest.model import Record, Rejected, Source
from ingest.sources.pubmed import PubMed

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

BOOK = """<PubmedArticleSet><PubmedBookArticle><BookDocument><PMID>20301295</PMID><Book><Publisher>
<PublisherName>University of Washington</PublisherName>
<PublisherLocation>Seattle</PublisherLocation></Publisher>
<BookTitle>GeneReviews</BookTitle><PubDate><Year>1993</Year><Season>Spring</Season></PubDate></Book>
<ArticleTitle>Overview</ArticleTitle><Language>chi</Language>
<AuthorList Type="editors"><Author><CollectiveName>GeneReviews Group</CollectiveName></Author>
<Author><LastName>Pagon</LastName><Initials>RA</Initials></Author></AuthorList>
</BookDocument></PubmedBookArticle></PubmedArticleSet>"""


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_articles_carry_their_headings_with_and_without_qualifiers(
    demo: Content, every: Every, statements: Says
) -> None:
    found = every(PubMed(), demo("articles/pubmed.xml.gz"))

    assert all(isinstance(each, Record) for each in found)
    lines = [line for each in found for line in statements(each)]  # type: ignore[arg-type]
    assert any("<skos:exactMatch> <http://id.nlm.nih.gov/mesh/D" in line for line in lines)
    assert any("--" in line and "<skos:prefLabel>" in line and line.endswith("@en") for line in lines)


def test_a_book_chapter_has_title_editors_and_publisher(every: Every, statements: Says) -> None:
    (record,) = every(PubMed(), BOOK.encode())

    assert isinstance(record, Record)
    assert missing(
        statements(record),
        '<wy:title> "Overview"@en',
        '<wy:name> "GeneReviews Group"',
        '<wy:name> "Pagon, RA"',
        "<wy:role> <http://id.loc.gov/vocabulary/relators/edt>",
        '<wy:name> "University of Washington"',
        '<wy:issued> "1993"',
    ) == []  # fmt: skip


def test_a_month_may_be_a_word_and_a_date_may_be_a_phrase(every: Every) -> None:
    def issued(date: str) -> str:
        article = (
            f"<Article><Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal></Article>"
        )
        cited = f"<MedlineCitation><PMID>1</PMID>{article}</MedlineCitation>"
        data = f"<s><PubmedArticle>{cited}</PubmedArticle></s>"
        (record,) = every(PubMed(), data.encode())
        assert isinstance(record, Record)
        return next(field.first("a") for field in record.fields if field.name == "issued")

    assert issued("<Year>1976</Year><Month>Sep</Month><Day>8</Day>") == "1976-09-08"
    assert issued("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>") == "1998 Dec-1999 Jan"


def test_a_record_without_a_number_is_rejected(every: Every) -> None:
    found = every(PubMed(), b"<s><PubmedArticle><MedlineCitation/></PubmedArticle></s>")

    assert isinstance(found[0], Rejected)
    assert "no PMID" in found[0].reason
