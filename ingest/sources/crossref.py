"""Crossref works as JSON: one a line, an answer of the API (message, message.items), or a list.

Format: https://github.com/CrossRef/rest-api-doc, "Works"; names of fields are Crossref's own.
"""

from collections.abc import Iterator
from typing import BinaryIO

from ingest.fields import Fields, cited, plain
from ingest.jsonfile import Json, keys_in, members, parse_value, scalar, split_values, texts
from ingest.model import Claim, Field, Raw, Record, Rejected

_TELLING = {"message-type", "is-referenced-by-count", "reference-count", "issn-type", "content-domain"}
_ROLES = ("author", "editor", "translator", "chair")
_DATES = (
    "published-print",
    "published-online",
    "published",
    "posted",
    "issued",
    "published-other",
    "approved",
)
_PLAIN = (
    "type", "language", "volume", "issue", "page", "edition-number",
    "subject", "URL", "alternative-id", "degree", "group-title",
)  # fmt: skip
_RELATIONS = {
    "is-version-of": "version-of", "is-preprint-of": "version-of", "is-same-as": "version-of",
    "is-manuscript-of": "version-of", "is-translation-of": "translation-of",
}  # fmt: skip
_PARTS_OF_BOOKS = (
    "chapter",
    "section",
    "book-part",
    "reference-entry",
    "entry-",
    "proceedings-article",
    "paper-conference",
)
_CITED = (
    "author", "year", "article-title", "volume-title", "series-title", "journal-title", "volume",
    "first-page",
)  # fmt: skip


class Crossref:
    """Works of Crossref, JSON."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """JSON with a DOI and a field that only Crossref has."""
        keys = keys_in(head)
        found = sorted(keys & _TELLING)
        if found and {"DOI", "message-type"} & keys:
            return Claim(0.95, f"JSON with the Crossref fields DOI, {', '.join(found)}")
        return Claim(0.6, "JSON with a DOI and a title") if {"DOI", "title"} <= keys else None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record a work."""
        return split_values(stream, lists=("message.items",))

    def read(self, raw: Raw) -> Record | Rejected:
        """The work that *raw* holds, in or out of the envelope of the API."""
        value = parse_value(raw)
        if isinstance(value, Rejected):
            return value
        work = value.get("message", value)
        doi = scalar(work.get("DOI")).lower() if isinstance(work, dict) else ""
        if not doi:
            return Rejected(raw, "parse", "no DOI, so not a work of Crossref")
        return Record(doi, "crossref", work_fields(work), raw)


def work_fields(work: Json) -> tuple[Field, ...]:
    """The fields of a Crossref work, or of a CSL item, which has the same names."""
    fields = Fields()
    for name in _PLAIN:
        fields.extend(name, texts(work.get(name)))
    fields.add("DOI", scalar(work.get("DOI")))
    for name in ("title", "subtitle", "original-title", "short-title"):
        for title in texts(work.get(name)):
            fields.add(name, text=plain(title))
    add_container(
        fields,
        scalar(work.get("type")),
        titles=[plain(title) for title in texts(work.get("container-title"))],
        issns=texts(work.get("ISSN")),
        isbns=texts(work.get("ISBN")),
    )
    fields.add("publisher", name=scalar(work.get("publisher")), place=scalar(work.get("publisher-location")))
    if not texts(work.get("page")):
        fields.extend("page", texts(work.get("article-number")))
    fields.add("issued", _first_date(work))
    for role in _ROLES:
        for agent in members(work.get(role)):
            _add_agent(fields, role, agent)
    for name in ("abstract", "description"):
        fields.extend(name, map(plain, texts(work.get(name))))
    _add_links(fields, work)
    for reference in members(work.get("reference")):
        doi = scalar(reference.get("DOI"))
        fields.add("reference", doi=doi, text=cited(reference_text(reference), doi))
    return fields.done()


def add_container(
    fields: Fields, kind: str, *, titles: list[str], issns: list[str], isbns: list[str]
) -> None:
    """What the work appeared in; ISSN and ISBN belong to that where there is one, else to the work.

    A chapter stands in a book, which may stand in a series; anything else in a journal or a series.
    """
    for number, title in enumerate(titles):
        in_book = number == len(titles) - 1 and any(word in kind for word in _PARTS_OF_BOOKS)
        fields.add(
            "book-title" if in_book else "container-title",
            text=title,
            more=[("issn", issn) for issn in issns],
        )
    if not titles:
        fields.extend("ISSN", issns)
    has_own_isbn = not any(word in kind for word in _PARTS_OF_BOOKS)
    fields.extend("ISBN" if has_own_isbn else "host-ISBN", isbns)


def reference_text(reference: Json) -> str:
    """A reference as one line: as the article has it, or put together from its parts."""
    written = scalar(reference.get("unstructured"))
    if written:
        return plain(written)
    return plain(". ".join(part.rstrip(".") for name in _CITED if (part := scalar(reference.get(name)))))


def date_of(parts: object) -> str:
    """A date of CSL and Crossref, {"date-parts": [[2004, 5, 17]]} → "2004-05-17"; "" where it is empty."""
    if isinstance(parts, dict):
        lists = parts.get("date-parts")
        first = lists[0] if isinstance(lists, list) and lists else []
        numbers = [scalar(number) for number in first] if isinstance(first, list) else []
        written = "-".join(number.zfill(2) for number in numbers if number)
        return written or scalar(parts.get("raw")) or scalar(parts.get("literal"))
    return scalar(parts)


def _first_date(work: Json) -> str:
    """The date of the work itself; that of its registration is not one."""
    return next(filter(None, (date_of(work.get(name)) for name in _DATES)), "")


def _add_agent(fields: Fields, role: str, agent: Json) -> None:
    """A person by family and given name, or a group by its name."""
    affiliations = [
        ("affiliation", text)
        for member in members(agent.get("affiliation"))
        for text in texts(member.get("name"))
    ]
    family, given = scalar(agent.get("family")), scalar(agent.get("given"))
    group = scalar(agent.get("name")) or scalar(agent.get("literal"))
    orcid = scalar(agent.get("ORCID"))
    if family or given:
        suffix = scalar(agent.get("suffix"))
        particle = scalar(agent.get("non-dropping-particle"))
        fields.add(
            role,
            family=f"{particle} {family}".strip(),
            given=given,
            suffix=suffix,
            orcid=orcid,
            role=role,
            more=affiliations,
        )
    else:
        fields.add(f"{role}-group", name=group, role=role, more=affiliations)


def _add_links(fields: Fields, work: Json) -> None:
    for licence in members(work.get("license")):
        fields.add("license", scalar(licence.get("URL")))
    for funder in members(work.get("funder")):
        awards = [("award", number) for number in texts(funder.get("award"))]
        fields.add("funder", name=scalar(funder.get("name")), doi=scalar(funder.get("DOI")), more=awards)
    for event in members(work.get("event")):
        fields.add(
            "event",
            name=scalar(event.get("name")),
            place=scalar(event.get("location")),
            date=date_of(event.get("start")),
        )
    relations = work.get("relation")
    for kind, targets in relations.items() if isinstance(relations, dict) else ():
        for target in members(targets):
            if target.get("id-type") == "doi":
                fields.add(_RELATIONS.get(kind, "relation"), doi=scalar(target.get("id")))
