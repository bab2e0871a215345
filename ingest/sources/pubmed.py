"""PubMed XML: articles and book chapters with their MeSH headings.

Format: NLM, "MEDLINE/PubMed Data Element (Field) Descriptions" and the PubMed DTD.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest.fields import Fields, cited, pages
from ingest.model import Claim, Raw, Record, Rejected
from ingest.xml import children, descend, names_in, parse_element, split_elements, text_of

_NAMES = ("PubmedArticle", "PubmedBookArticle")
_MESH = "http://id.nlm.nih.gov/mesh/"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class PubMed:
    """Records of PubMed."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """XML with a PubmedArticle or PubmedBookArticle."""
        found = {*_NAMES, "PubmedArticleSet"} & set(names_in(head))
        return Claim(0.98, f"XML with <{min(found)}>") if found else None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an article or chapter."""
        return split_elements(stream, _NAMES)

    def read(self, raw: Raw) -> Record | Rejected:
        """The article or chapter that *raw* holds; its key is its PMID."""
        root = parse_element(raw)
        if isinstance(root, Rejected):
            return root
        about = _first(root, "MedlineCitation", "BookDocument")
        key = _text(about, "PMID") if about is not None else ""
        if about is None or not key:
            return Rejected(raw, "parse", "no PMID, so no record of PubMed")
        fields = Fields()
        fields.add("pmid", key)
        _article(fields, _first(about, "Article") if about.tag.endswith("Citation") else about)
        _subjects(fields, about)
        _links(fields, root)
        return Record(key, "pubmed", fields.done(), raw)


def _article(fields: Fields, article: etree._Element | None) -> None:
    if article is None:
        return
    fields.extend("language", map(text_of, children(article, "Language")))
    title = _text(article, "ArticleTitle") or _text(article, "Book/BookTitle")
    # A title in brackets was translated from VernacularTitle by NLM.
    english = title.strip("[].") if title.startswith("[") else title.rstrip(".")
    fields.add("title", text=english, lang="en")
    fields.add("vernacular-title", text=_text(article, "VernacularTitle").rstrip("."))
    for kind in article.iterfind(".//PublicationType"):
        fields.add("type", text_of(kind))
    for author in article.iterfind(".//AuthorList/Author"):
        _author(fields, author)
    for agency in descend(article, "GrantList/Grant"):
        fields.add("grant", name=_text(agency, "Agency"), award=_text(agency, "GrantID"))
    blocks = [
        f"{found.get('Label', '')}: {text_of(found)}".removeprefix(": ")
        for found in descend(article, "Abstract/AbstractText")
    ]
    fields.add("abstract", text=" ".join(blocks))
    _publication(fields, article)


def _author(fields: Fields, author: etree._Element) -> None:
    more = [
        ("affiliation", text_of(found).rstrip("."))
        for found in descend(author, "AffiliationInfo/Affiliation")
    ]
    more += [("id", text_of(found)) for found in children(author, "Identifier")]
    listed = author.getparent()
    role = "editor" if listed is not None and listed.get("Type") == "editors" else "author"
    fields.add("author-group", name=_text(author, "CollectiveName"), role=role)
    family = _text(author, "LastName")
    given = _text(author, "ForeName") or _text(author, "Initials")
    if family or given:
        fields.add("author", family=family, given=given, role=role, more=more)


def _publication(fields: Fields, article: etree._Element) -> None:
    journal = _first(article, "Journal")
    if journal is not None:
        fields.add("journal", title=_text(journal, "Title"), issn=_text(journal, "ISSN"))
        fields.add("volume", _text(journal, "JournalIssue/Volume"))
        fields.add("issue", _text(journal, "JournalIssue/Issue"))
    dates = [
        _date(found)
        for path in ("ArticleDate", "Journal/JournalIssue/PubDate", "Book/PubDate")
        for found in descend(article, path)
    ]
    fields.add("issued", next(filter(None, dates), ""))
    fields.add(
        "pages",
        pages(_text(article, "Pagination/StartPage"), _text(article, "Pagination/EndPage"))
        or _text(article, "Pagination/MedlinePgn"),
    )
    fields.add(
        "publisher",
        name=_text(article, "Book/Publisher/PublisherName"),
        place=_text(article, "Book/Publisher/PublisherLocation"),
    )
    fields.extend("isbn", map(text_of, descend(article, "Book/Isbn")))


def _subjects(fields: Fields, about: etree._Element) -> None:
    """MeSH headings: each descriptor, and each descriptor with a qualifier as a narrower heading."""
    for heading in descend(about, "MeshHeadingList/MeshHeading"):
        for descriptor in children(heading, "DescriptorName"):
            name, ui = text_of(descriptor), descriptor.get("UI", "")
            fields.add("mesh", name=name, id=f"{_MESH}{ui}" if ui else "")
            for qualifier in children(heading, "QualifierName"):
                narrower = f"{_MESH}{ui}{qualifier.get('UI', '')}" if ui and qualifier.get("UI") else ""
                fields.add("mesh", name=name, qualifier=text_of(qualifier), id=narrower)
    for substance in descend(about, "ChemicalList/Chemical/NameOfSubstance"):
        ui = substance.get("UI", "")
        fields.add("substance", name=text_of(substance), id=f"{_MESH}{ui}" if ui else "")
    for keyword in descend(about, "KeywordList/Keyword"):
        fields.add("keyword", text_of(keyword))
    for other in children(about, "OtherAbstract"):
        fields.add(
            "other-abstract",
            text=" ".join(map(text_of, children(other, "AbstractText"))),
            lang=other.get("Language", ""),
        )


def _links(fields: Fields, root: etree._Element) -> None:
    for found in [
        *descend(root, "PubmedData/ArticleIdList/ArticleId"),
        *descend(root, "BookDocument/ArticleIdList/ArticleId"),
    ]:
        kind = found.get("IdType", "")
        if kind == "doi":
            fields.add("doi", text_of(found))
        elif kind != "pubmed":
            fields.add("identifier", value=text_of(found), scheme=kind)
    for reference in root.iterfind(".//ReferenceList/Reference"):
        numbers = [
            text_of(found)
            for found in descend(reference, "ArticleIdList/ArticleId")
            if found.get("IdType") == "doi"
        ]
        doi = next(iter(numbers), "")
        fields.add("reference", doi=doi, text=cited(_text(reference, "Citation"), doi))


def _date(found: etree._Element) -> str:
    """Year, month (a number or the beginning of its English name) and day; or MedlineDate as it is."""
    year, month, day = (_text(found, name) for name in ("Year", "Month", "Day"))
    if not year:
        return _text(found, "MedlineDate")
    if month[:3].lower() in _MONTHS:
        month = str(_MONTHS.index(month[:3].lower()) + 1)
    return "-".join(part.zfill(2) for part in (year, month, day if month else "") if part)


def _first(element: etree._Element, *paths: str) -> etree._Element | None:
    return next((found for path in paths for found in descend(element, path)), None)


def _text(element: etree._Element | None, path: str) -> str:
    return "" if element is None else text_of(_first(element, path))
