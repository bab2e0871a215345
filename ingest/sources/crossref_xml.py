"""Crossref metadata as XML (UNIXREF, UNIXSD): journals, books, proceedings, reports, posted content.

Format: Crossref metadata schemas 4 and 5 as answered by doi.org and the OpenURL service. Gives the fields
of ingest.sources.crossref.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest.fields import Fields, cited, pages, plain
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.sources.crossref import add_container
from ingest.xml import (
    children,
    descend,
    local_name,
    names_in,
    parse_element,
    split_elements,
    text_of,
)

_TYPES = {
    "journal_article": "journal-article", "conference_paper": "proceedings-article",
    "content_item": "book-chapter", "posted_content": "posted-content", "dissertation": "dissertation",
    "report-paper_metadata": "report", "report-paper_series_metadata": "report", "dataset": "dataset",
    "book_metadata": "book", "standard_metadata": "standard", "book_series_metadata": "book",
    "book_set_metadata": "book", "database_metadata": "database", "component": "component",
    "proceedings_metadata": "proceedings", "peer_review": "peer-review", "journal_issue": "journal-issue",
    "journal_metadata": "journal", "edited_book": "book", "monograph": "book",
}  # fmt: skip
"""The elements that describe what the DOI names, most specific first."""
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class CrossrefXml:
    """Works of Crossref, XML."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """XML with a doi_record, or a crossref element of the Crossref namespaces."""
        names = names_in(head)
        if "doi_record" in names or ("crossref" in names and b"crossref.org/" in head):
            return Claim(0.96, "XML with a <doi_record> of Crossref")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a doi_record."""
        return split_elements(stream, ("doi_record",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The work that *raw* holds."""
        root = parse_element(raw)
        if isinstance(root, Rejected):
            return root
        work = next((found for name in _TYPES for found in root.iter(f"{{*}}{name}") if _doi(found)), None)
        if work is None:
            error = text_of(next(root.iter("{*}error"), None))
            return Rejected(raw, "parse", error or "no work with a DOI in this <doi_record>")
        return Record(_doi(work), "crossref", _fields(root, work), raw)


def _fields(root: etree._Element, work: etree._Element) -> tuple[Field, ...]:
    around = _around(work)
    fields = Fields()
    fields.add("type", _TYPES[local_name(work)])
    language = next(
        (found.get("language") or found.get(_XML_LANG) for found in (work, *around) if found.get("language")),
        "",
    )
    fields.add("language", language or "")
    fields.add("DOI", _doi(work))
    for group in children(work, "titles"):
        for name in ("title", "subtitle"):
            for title in children(group, name):
                fields.add(name, text=text_of(title))
        for title in children(group, "original_language_title"):
            fields.add("original-title", text=text_of(title))
    numbers = {
        name: [text_of(found) for element in (work, *around) for found in children(element, name)]
        for name in ("issn", "isbn")
    }
    add_container(
        fields,
        _TYPES[local_name(work)],
        titles=_containers(work, around),
        issns=list(dict.fromkeys(numbers["issn"])),
        isbns=list(dict.fromkeys(numbers["isbn"])),
    )
    for agent in descend(work, "contributors/person_name") or _inherited(around, "contributors/person_name"):
        _person(fields, agent)
    for agent in descend(work, "contributors/organization"):
        fields.add(
            f"{agent.get('contributor_role', 'author')}-group",
            name=text_of(agent),
            role=agent.get("contributor_role", ""),
        )
    _publication(fields, work, around)
    for abstract in work.iter("{http://www.ncbi.nlm.nih.gov/JATS1}abstract"):
        fields.add("abstract", plain(etree.tostring(abstract, encoding="unicode", with_tail=False)))
    for citation in descend(work, "citation_list/citation"):
        parts = [text_of(found) for found in citation if local_name(found) not in ("doi", "issn", "isbn")]
        doi = text_of(next(iter(children(citation, "doi")), None))
        fields.add("reference", doi=doi, text=cited(". ".join(filter(None, parts)), doi))
    _programs(fields, work)
    return fields.done()


def _person(fields: Fields, agent: etree._Element) -> None:
    role = agent.get("contributor_role", "author")
    more = [("affiliation", text_of(found)) for found in children(agent, "affiliation")]
    more += [
        ("affiliation", text_of(found))
        for found in descend(agent, "affiliations/institution/institution_name")
    ]
    more += [("orcid", text_of(found)) for found in children(agent, "ORCID")]
    fields.add(role, family=_text(agent, "surname"), given=_text(agent, "given_name"), role=role, more=more)


def _publication(fields: Fields, work: etree._Element, around: list[etree._Element]) -> None:
    where = [work, *around]
    dates = [
        _date(found)
        for element in where
        for found in children(element, "publication_date", "posted_date", "approval_date")
    ]
    fields.add("issued", next(filter(None, dates), ""))
    publisher = next(
        (found for element in where for found in children(element, "publisher", "institution")), None
    )
    if publisher is not None:
        name = _text(publisher, "publisher_name") or _text(publisher, "institution_name")
        fields.add(
            "publisher",
            name=name,
            place=_text(publisher, "publisher_place") or _text(publisher, "institution_place"),
        )
    for called, path in (
        ("volume", "journal_volume/volume"),
        ("issue", "issue"),
        ("edition-number", "edition_number"),
    ):
        fields.add(
            called, next((text_of(found) for element in where for found in descend(element, path)), "")
        )
    number = _text(work, "publisher_item/item_number")
    fields.add("page", pages(_text(work, "pages/first_page"), _text(work, "pages/last_page")) or number)
    fields.add("URL", _text(work, "doi_data/resource"))


def _programs(fields: Fields, work: etree._Element) -> None:
    """Funding and licences, which stand in <program> elements or inside <crossmark>."""
    for licence in work.iter("{*}license_ref"):
        fields.add("license", text_of(licence))
    for group in work.iter("{*}assertion"):
        if group.get("name") == "fundgroup":
            named = {found.get("name"): found for found in group}
            funder = named.get("funder_name")
            number = doi_in(text_of(next(iter(funder), None))) if funder is not None else ""
            awards = [("award", text_of(found)) for found in group if found.get("name") == "award_number"]
            fields.add(
                "funder",
                name=(funder.text or "").strip() if funder is not None else "",
                doi=number,
                more=awards,
            )


def _around(work: etree._Element) -> list[etree._Element]:
    """The elements beside and above the work that speak of the whole it is part of."""
    found = [beside for above in work.iterancestors() for beside in above if beside is not work]
    inside = [journal for journal in found if local_name(journal) == "journal_issue"]
    return [element for element in found if local_name(element).endswith(("_metadata", "_issue"))] + inside[
        :0
    ]


def _containers(work: etree._Element, around: list[etree._Element]) -> list[str]:
    titles = [
        text_of(found) for element in around for found in children(element, "full_title", "proceedings_title")
    ]
    titles += [text_of(found) for element in around for found in descend(element, "titles/title")]
    return list(dict.fromkeys(title for title in titles if title))[:1]


def _inherited(around: list[etree._Element], path: str) -> list[etree._Element]:
    return [found for element in around for found in descend(element, path)]


def _doi(element: etree._Element) -> str:
    return doi_in(_text(element, "doi_data/doi"))


def _date(found: etree._Element) -> str:
    return "-".join(_text(found, name).zfill(2) for name in ("year", "month", "day") if _text(found, name))


def _text(element: etree._Element, path: str) -> str:
    return text_of(next(iter(descend(element, path)), None))
