"""JATS full texts: metadata, contributors with affiliations, abstracts, keywords, headings, references.

Format: NISO Z39.96 (JATS) and the NLM DTDs before it, in any namespace, alone or in OAI-PMH answers.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingest.fields import Fields, cited, pages
from ingest.model import Claim, Field, Part, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.xml import (
    children,
    descend,
    language_of,
    local_name,
    names_in,
    parse_element,
    split_elements,
    text_of,
)

_XLINK = "{http://www.w3.org/1999/xlink}href"
_DATES = ("pub", "epub", "epub-ppub", "ppub", "collection", "pub-electronic", "pub-print", "")
_NOT_ABSTRACTS = ("graphical", "toc", "teaser", "web-summary", "key-points", "highlights")


class Jats:
    """Articles in JATS."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """XML with an <article> that has <front> or <article-meta>."""
        names = names_in(head)
        if "article" in names and {"front", "article-meta"} & set(names):
            return Claim(0.95, "XML with an <article> that has <front>")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an <article>."""
        return split_elements(stream, ("article",), max_bytes=64_000_000)

    def read(self, raw: Raw) -> Record | Rejected:
        """The article that *raw* holds; its key is its DOI, else another of its identifiers."""
        root = parse_element(raw)
        if isinstance(root, Rejected):
            return root
        metas = descend(root, "front/article-meta")
        if not metas:
            return Rejected(raw, "parse", "no <front><article-meta>, so no JATS article")
        ids = {found.get("pub-id-type", ""): text_of(found) for found in children(metas[0], "article-id")}
        key = doi_in(ids.get("doi", "")) or next(filter(None, ids.values()), "")
        if not key:
            return Rejected(raw, "parse", "no <article-id>")
        return Record(key, "jats", _fields(root, metas[0], ids), raw)


def _fields(root: etree._Element, meta: etree._Element, ids: dict[str, str]) -> tuple[Field, ...]:
    fields = Fields()
    fields.add("language", language_of(root))
    fields.add("article-type", root.get("article-type", ""))
    fields.add("doi", doi_in(ids.get("doi", "")))
    for scheme, value in ids.items():
        if scheme != "doi":
            fields.add("article-id", value=value, scheme=scheme or "local")
    _titles(fields, meta)
    affiliations = {found.get("id", ""): _affiliation(found) for found in meta.iter("{*}aff")}
    for contributor in meta.iterfind("{*}contrib-group/{*}contrib"):
        _contributor(fields, contributor, affiliations)
    _publication(fields, root, meta)
    _abstracts(fields, meta)
    _subjects(fields, meta)
    for group in meta.iter("{*}award-group"):
        awards = [("award", text_of(found)) for found in group.iter("{*}award-id")]
        fields.add("funder", name=_without(_first(group, "funding-source"), "institution-id"), more=awards)
    fields.add("contents", " -- ".join(filter(None, map(text_of, root.iterfind("{*}body/{*}sec/{*}title")))))
    for reference in root.iterfind("{*}back//{*}ref"):
        _reference(fields, reference)
    return fields.done()


def _titles(fields: Fields, meta: etree._Element) -> None:
    for group in children(meta, "title-group"):
        for name in ("article-title", "subtitle", "alt-title"):
            for title in children(group, name):
                fields.add(name, text=_without(title, "xref", "fn"), lang=_said(title))
        for translated in children(group, "trans-title-group"):
            for name in ("trans-title", "trans-subtitle"):
                for title in children(translated, name):
                    fields.add(
                        name, text=_without(title, "xref", "fn"), lang=_said(title) or _said(translated)
                    )
        for title in children(group, "trans-title"):
            fields.add("trans-title", text=_without(title, "xref", "fn"), lang=_said(title))


def _contributor(fields: Fields, contributor: etree._Element, affiliations: dict[str, str]) -> None:
    """A contributor, by the names it has in one or two scripts; a <collab> is a group."""
    role = contributor.get("contrib-type", "") or "author"
    places = [
        affiliations.get(rid, "")
        for found in contributor.iterfind("{*}xref[@ref-type='aff']")
        for rid in found.get("rid", "").split()
    ]
    places += [_affiliation(found) for found in contributor.iter("{*}aff")]
    more: list[Part] = [("affiliation", place) for place in dict.fromkeys(places)]
    more += [("id", text_of(found)) for found in children(contributor, "contrib-id")]
    names = children(contributor, "name") + descend(contributor, "name-alternatives/name")
    for collab in children(contributor, "collab"):
        fields.add("contributor-group", name=_without(collab, "contrib-group", "aff", "xref"), role=role)
    if not names:
        spoken = next(map(text_of, children(contributor, "string-name")), "")
        fields.add("contributor", name=spoken, role=role, more=more)
        return
    other = ", ".join(_name(names[1])) if len(names) > 1 else ""
    family, given = _name(names[0])
    fields.add("contributor", family=family, given=given, other=other, role=role, more=more)


def _name(name: etree._Element) -> tuple[str, str]:
    return text_of(_first(name, "surname")), text_of(_first(name, "given-names"))


def _publication(fields: Fields, root: etree._Element, meta: etree._Element) -> None:
    for journal in descend(root, "front/journal-meta"):
        title = _first(journal, "journal-title-group/journal-title", "journal-title")
        issns = [("issn", text_of(found)) for found in children(journal, "issn")]
        fields.add("journal", title=text_of(title), more=issns)
        publisher = _first(journal, "publisher")
        if publisher is not None:
            fields.add(
                "publisher",
                name=text_of(_first(publisher, "publisher-name")),
                place=text_of(_first(publisher, "publisher-loc")),
            )
    dates = {
        found.get("date-type") or found.get("pub-type") or "": _date(found)
        for found in children(meta, "pub-date")
    }
    fields.add(
        "issued",
        next((dates[kind] for kind in _DATES if dates.get(kind)), "") or next(iter(dates.values()), ""),
    )
    for name in ("volume", "issue"):
        fields.add(name, text_of(_first(meta, name)))
    first, last = text_of(_first(meta, "fpage")), text_of(_first(meta, "lpage"))
    fields.add("pages", pages(first, last) or text_of(_first(meta, "elocation-id")))
    for licence in descend(meta, "permissions/license"):
        links = [licence.get(_XLINK), *(found.get(_XLINK) for found in licence.iter("{*}ext-link"))]
        links += [text_of(found) for found in licence.iter("{*}license_ref")]
        fields.add("license", next((link for link in links if link), ""))
    fields.add("copyright-year", text_of(_first(meta, "permissions/copyright-year")))


def _abstracts(fields: Fields, meta: etree._Element) -> None:
    for abstract in children(meta, "abstract", "trans-abstract"):
        if abstract.get("abstract-type", "") not in _NOT_ABSTRACTS:
            blocks = [text_of(block) for block in abstract.iter("{*}p", "{*}title")]
            if blocks and blocks[0].casefold().rstrip(".:：") in ("abstract", "summary", "摘要", "摘 要"):
                blocks = blocks[1:]
            fields.add("abstract", text=" ".join(blocks), lang=_said(abstract))


def _subjects(fields: Fields, meta: etree._Element) -> None:
    for group in children(meta, "kwd-group"):
        for keyword in group.iter("{*}kwd"):
            fields.add("keyword", text=text_of(keyword), lang=_said(keyword) or _said(group))
    for group in descend(meta, "article-categories/subj-group"):
        kind = group.get("subj-group-type", "")
        for path in dict.fromkeys(_paths(group, ())):
            if kind == "heading":
                fields.add("heading", path[-1])
            else:
                fields.add(
                    "subject", more=[*(("level", level) for level in path), ("scheme", kind or "local")]
                )


def _paths(group: etree._Element, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The subjects of a group, each with those above it, narrowest only."""
    own = [(*above, text_of(found)) for found in children(group, "subject") if text_of(found)]
    below = children(group, "subj-group")
    for inner in below:
        yield from _paths(inner, own[-1] if own else above)
    if not below:
        yield from own


def _reference(fields: Fields, reference: etree._Element) -> None:
    citation = next((found for found in reference if "citation" in local_name(found)), None)
    if citation is None:
        citation = _first(reference, "citation-alternatives")
    if citation is None:
        return
    numbers = [
        text_of(found)
        for found in citation.iter("{*}pub-id", "{*}object-id")
        if found.get("pub-id-type") == "doi"
    ]
    numbers += [found.get(_XLINK) or "" for found in citation.iter("{*}ext-link")]
    number = next(filter(None, map(doi_in, numbers)), "")
    text = cited(text_of(citation), number)
    fields.add(
        "reference", doi=number, title=text_of(_first(citation, "article-title")) if number else "", text=text
    )


def _affiliation(found: etree._Element) -> str:
    return _without(found, "label", "sup", "institution-id", "email").strip(" ,;.")


def _date(found: etree._Element) -> str:
    written = [text_of(_first(found, name)) for name in ("year", "month", "day")]
    return "-".join(part.zfill(2) for part in written if part) or text_of(_first(found, "string-date"))


def _without(element: etree._Element | None, *names: str) -> str:
    """The text of *element* but for what is inside elements of these names."""
    if element is None:
        return ""
    return " ".join("".join(_pieces(element, names)).split())


def _pieces(element: etree._Element, names: tuple[str, ...]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if local_name(child) not in names:
            yield from _pieces(child, names)
        yield child.tail or ""


def _first(element: etree._Element, *paths: str) -> etree._Element | None:
    """The first element found along the first of *paths* that leads anywhere."""
    return next((found for path in paths for found in descend(element, path)), None)


def _said(element: etree._Element) -> str:
    """The language that *element* itself says it is in."""
    return str(element.get("{http://www.w3.org/XML/1998/namespace}lang", ""))
