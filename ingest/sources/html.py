"""Web pages: what they say of themselves in their head and in JSON-LD. Their text is read elsewhere.

Formats, the first that says a thing wins: Highwire Press tags (as Google Scholar reads them), PRISM and
Dublin Core in <meta> (RFC 5013), schema.org in JSON-LD, Open Graph, and HTML itself.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import orjson
from lxml import etree, html

from ingest import keys
from ingest.fields import Fields, is_group, name_of, pages, plain
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.sources.schema_org import work_fields, works_in
from ingest.textfile import encoding_of
from ingest.window import narrowed

MAX_BYTES = 16_000_000
_HEAD_BYTES = 2_000_000
_HEAD_END = re.compile(rb"</head\s*>|<body[\s>]", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script\b([^<>]{0,1000}+)>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_XML = re.compile(r"^\s*<\?xml[^>]*>")
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
}
_MAX_SCRIPTS = 50

Tags = dict[str, list[str]]


class Html:
    """Web pages as files."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A doctype or an element of HTML at the beginning."""
        start = head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if start.startswith(b"<!doctype html") or b"<html" in head[:5000].lower():
            return Claim(0.8, "begins as a web page")
        return (
            Claim(0.6, "its name ends like a web page's")
            if name.lower().endswith((".html", ".htm", ".xhtml"))
            else None
        )

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record: the page, of which no more than MAX_BYTES are kept."""
        window = narrowed(stream)
        while window.held <= MAX_BYTES and window.more():
            pass
        raw = Raw(window.data[:MAX_BYTES], 0, _encoding(window.data).encode())
        if len(window.data) > MAX_BYTES:
            yield Rejected(Raw(raw.data[:64_000], 0), "split", f"a page of more than {MAX_BYTES:,} bytes")
        elif b"<" not in raw.data:
            yield Rejected(raw, "split", "no web page: no tag in it" if raw.data else "an empty file")
        else:
            yield raw

    def read(self, raw: Raw) -> Record | Rejected:
        """The page that *raw* holds; its key is its DOI, its address, or a hash of itself."""
        encoding = raw.context.decode()
        try:
            tags, language, title = _head(raw.data, encoding)
        except (etree.LxmlError, ValueError) as error:
            return Rejected(raw, "parse", f"a page whose head cannot be read: {error}")
        fields = _fields(tags, language, title, data=raw.data, encoding=encoding)
        said = {field.name: field for field in fields}
        if "title" not in said:
            return Rejected(raw, "parse", "a page without a title")
        key = next((said[name].parts[0][1] for name in ("doi", "url") if name in said), "")
        return Record(key or keys.digest(raw.data.decode("latin-1")), "web-page", fields, raw, encoding)


def _head(data: bytes, encoding: str) -> tuple[Tags, str, str]:
    """The <meta> and <link> tags of a page by name, its language, and its title.

    Only the head is parsed: what follows cannot be a burden, however deep it goes.
    """
    end = _HEAD_END.search(data[:_HEAD_BYTES])
    text = data[: end.start() if end else min(len(data), 20_000)].decode(encoding, errors="replace")
    # A declaration of encoding in the text itself would be believed over what was found out.
    root = html.document_fromstring(_XML.sub("", text) + "</head><body></body></html>")
    tags: Tags = {}
    for meta in root.iter("meta"):
        name = meta.get("name") or meta.get("property") or ""
        if name and (content := " ".join((meta.get("content") or "").split())):
            tags.setdefault(name.lower().replace(":", "."), []).append(content)
    for link in root.iter("link"):
        if link.get("rel") in ("canonical", "license") and link.get("href"):
            tags.setdefault(f"link.{link.get('rel')}", []).append(link.get("href", ""))
    title = " ".join((root.findtext(".//title") or "").split())
    return tags, root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "", title


def _fields(tags: Tags, language: str, title: str, *, data: bytes, encoding: str) -> tuple[Field, ...]:
    """Everything that is said, each thing by the first family of tags that says it."""
    families = [
        _highwire(tags),
        _prism_and_dublin_core(tags),
        _json_ld(data, encoding),
        _plain(tags, language, title),
    ]
    made: list[Field] = []
    for family in families:
        known = {field.name.removesuffix("-group") for field in made}
        made += [field for field in family if field.name.removesuffix("-group") not in known]
    return tuple(made)


def _highwire(tags: Tags) -> tuple[Field, ...]:
    def of(*names: str) -> str:
        return next((value for name in names for value in tags.get(f"citation_{name}", ())), "")

    fields = Fields()
    fields.add("language", of("language"))
    fields.add("doi", doi_in(of("doi")))
    fields.add("title", text=plain(of("title")))
    for name in _several(tags, "citation_author", "citation_authors"):
        _add_author(fields, name)
    fields.add(
        "issued", of("publication_date", "date", "online_date", "year", "cover_date").replace("/", "-")
    )
    issns = [("issn", number) for number in tags.get("citation_issn", ())]
    journal = of("journal_title", "conference_title")
    fields.add("journal", title=plain(journal), more=issns if journal else ())
    fields.add("booktitle", text=plain(of("inbook_title")))
    for name, tag in (("volume", "volume"), ("issue", "issue"), ("isbn", "isbn")):
        fields.add(name, of(tag))
    fields.add("pages", pages(of("firstpage"), of("lastpage")))
    fields.add("publisher", name=of("publisher", "dissertation_institution", "technical_report_institution"))
    fields.add("abstract", text=plain(of("abstract")))
    for keyword in tags.get("citation_keywords", ()):
        fields.add("keyword", text=keyword)
    fields.add("url", of("abstract_html_url", "public_url", "fulltext_html_url"))
    types = (
        ("journal_title", "ScholarlyArticle"),
        ("dissertation_institution", "Thesis"),
        ("inbook_title", "Chapter"),
    )
    fields.add("type", next((kind for tag, kind in types if of(tag)), ""))
    return fields.done()


def _prism_and_dublin_core(tags: Tags) -> tuple[Field, ...]:
    def of(*names: str) -> list[str]:
        spaces = ("dc.", "dcterms.", "prism.", "eprints.")
        return [value for name in names for space in spaces for value in tags.get(f"{space}{name}", ())]

    fields = Fields()
    fields.add("language", next(iter(of("language")), ""))
    fields.add("doi", next(filter(None, map(doi_in, of("doi", "identifier", "identifier.doi"))), ""))
    for title in of("title")[:1]:
        fields.add("title", text=plain(title))
    for name in of("creator", "creators_name", "creator.personalname"):
        _add_author(fields, name)
    fields.add("publisher", name=next(iter(of("publisher")), ""))
    fields.add("issued", next(iter(of("issued", "date.issued", "publicationdate", "date")), ""))
    journal = next(iter(of("publicationname", "publication", "source")), "")
    fields.add(
        "journal", title=plain(journal), more=[("issn", number) for number in of("issn")] if journal else ()
    )
    fields.add("volume", next(iter(of("volume")), ""))
    fields.add("issue", next(iter(of("number")), ""))
    fields.add("pages", pages(next(iter(of("startingpage")), ""), next(iter(of("endingpage")), "")))
    for text in of("abstract", "description")[:1]:
        fields.add("abstract", text=plain(text))
    for keyword in of("subject", "keyword"):
        fields.add("keyword", text=keyword)
    fields.add("license", next((value for value in of("license", "rights") if value.startswith("http")), ""))
    return fields.done()


def _json_ld(data: bytes, encoding: str) -> tuple[Field, ...]:
    """The first work in the JSON-LD of a page that is more than the page itself, else the page."""
    works = []
    for script in islice(_scripts(data), _MAX_SCRIPTS):
        try:
            works += works_in(orjson.loads(script.decode(encoding, errors="replace").strip()))
        except orjson.JSONDecodeError:
            continue
    works.sort(key=lambda work: work.get("@type") in ("WebPage", "WebSite", "ImageObject"))
    return work_fields(works[0]) if works else ()


def _scripts(data: bytes) -> Iterator[bytes]:
    """The content of each script of JSON-LD."""
    at = 0
    while (opening := _SCRIPT.search(data, at)) and (end := _SCRIPT_END.search(data, opening.end())):
        if b"ld+json" in opening[1].lower():
            yield data[opening.end() : end.start()]
        at = end.end()


def _plain(tags: Tags, language: str, title: str) -> tuple[Field, ...]:
    """Open Graph and what HTML itself has."""

    def of(*names: str) -> str:
        return next((value for name in names for value in tags.get(name, ())), "")

    fields = Fields()
    fields.add("language", language or of("og.locale", "content-language"))
    fields.add("title", text=plain(of("og.title", "twitter.title") or title))
    for name in _several(tags, "author", "article.author", "book.author"):
        if not name.startswith("http"):
            _add_author(fields, name)
    fields.add("issued", of("article.published_time", "book.release_date", "date", "pubdate")[:10])
    fields.add("abstract", text=plain(of("og.description", "description")))
    fields.add("isbn", of("book.isbn"))
    for keyword in tags.get("keywords", ()):
        fields.add("keyword", text=keyword)
    fields.add("url", of("link.canonical", "og.url"))
    fields.add("license", of("link.license"))
    fields.add("type", "WebPage")
    return fields.done()


def _several(tags: Tags, *names: str) -> list[str]:
    found = next((tags[name] for name in names if name in tags), [])
    return [piece for value in found for piece in re.split(r"\s*[;；]\s*", value) if piece]


def _add_author(fields: Fields, name: str) -> None:
    fields.add("author-group" if is_group(name) else "author", name=name_of(name), role="author")


def _encoding(data: bytes) -> str:
    """The encoding that the page declares, if it is one; else what its bytes show."""
    found = _CHARSET.search(data[:4096])
    name = found[1].decode().lower() if found else ""
    name = _SUPERSETS.get(name, name)
    try:
        if name and not name.startswith("utf-16"):
            data[:200_000].decode(name, errors="ignore")
            return name
    except LookupError:
        pass
    return encoding_of(data)
