"""EPUB books: their metadata and their table of contents. Their text is read elsewhere.

Format: EPUB 3.3 and OPF 2.0.1. The record is the package document; cover and chapters are no part of it.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree

from ingest.errors import SourceError
from ingest.fields import Fields, is_group, name_of, plain
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.rules.identifiers import doi as doi_in
from ingest.rules.identifiers import isbn as isbn_in
from ingest.xml import children, descend, language_of, local_name, parse_element, split_elements, text_of
from ingest.zipped import checked, member

_CONTAINER = "META-INF/container.xml"
_LIMIT = 4_000_000
_MAX_HEADINGS = 300
_LOC = re.compile(r"https?://id\.loc\.gov/(authorities/\w+/\w+)(?:\.html)?")
_OPF = "{http://www.idpf.org/2007/opf}"

Refined = dict[tuple[str, str], str]


class Epub:
    """Books as .epub files."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A zip that says it is an EPUB in its first member (EPUB 3.3, § 4.3.3)."""
        if head.startswith(b"PK\x03\x04") and b"application/epub+zip" in head[:200]:
            return Claim(0.99, "a zip that calls itself application/epub+zip")
        if head.startswith(b"PK\x03\x04") and name.lower().endswith(".epub"):
            return Claim(0.7, "a zip whose name ends in .epub")
        return None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record: the package document; Raw.context is the table of contents, a heading a line."""
        try:
            with checked(stream) as archive:
                place = _package_place(archive)
                package = member(archive, place, limit=_LIMIT)
                yield Raw(package, 0, "\n".join(_contents(archive, package, place)).encode())
        except SourceError as error:
            yield Rejected(Raw(b"", 0), "split", f"no EPUB that can be read: {error}")

    def read(self, raw: Raw) -> Record | Rejected:
        """The book that *raw* describes; its key is the identifier it calls its own."""
        package = _root(raw.data, "package")
        if isinstance(package, Rejected):
            return Rejected(raw, package.step, package.reason)
        metadata = next(iter(children(package, "metadata")), None)
        if metadata is None:
            return Rejected(raw, "parse", "a package document without metadata")
        # OPF 1 and some OPF 2 files have the elements one level down, in <dc-metadata>.
        elements = [found for found in metadata.iter() if isinstance(found.tag, str)]
        own = package.get("unique-identifier")
        identifiers = [found for found in elements if local_name(found) == "identifier"]
        key = next((text_of(found) for found in identifiers if found.get("id") == own), "")
        key = key or next(filter(None, map(text_of, identifiers)), "")
        if not key:
            return Rejected(raw, "parse", "a book without an identifier")
        return Record(key, "epub", _fields(elements, raw.context.decode()), raw)


def _package_place(archive: zipfile.ZipFile) -> str:
    """Where the package document is, by META-INF/container.xml."""
    container = _root(member(archive, _CONTAINER, limit=_LIMIT), "container")
    if isinstance(container, Rejected):
        raise SourceError(f"{_CONTAINER}: {container.reason}")
    places = [str(found.get("full-path", "")) for found in descend(container, "rootfiles/rootfile")]
    if not places:
        raise SourceError(f"{_CONTAINER} names no package document")
    return places[0]


def _contents(archive: zipfile.ZipFile, package: bytes, place: str) -> list[str]:
    """The headings of the navigation document (EPUB 3), else of the NCX (EPUB 2); empty where neither is."""
    root = _root(package, "package")
    if isinstance(root, Rejected):
        return []
    listed = descend(root, "manifest/item")
    nav = next((item for item in listed if "nav" in str(item.get("properties", "")).split()), None)
    ncx = next((item for item in listed if item.get("media-type") == "application/x-dtbncx+xml"), None)
    item, name = (nav, "html") if nav is not None else (ncx, "ncx")
    if item is None:
        return []
    try:
        href = posixpath.normpath(
            posixpath.join(posixpath.dirname(place), unquote(str(item.get("href", ""))))
        )
        document = _root(member(archive, href, limit=_LIMIT), name)
    except SourceError:
        return []
    if isinstance(document, Rejected):
        return []
    if name == "ncx":
        return [text_of(found) for found in document.iterfind(".//{*}navPoint/{*}navLabel")][:_MAX_HEADINGS]
    tables = [
        found
        for found in document.iter("{*}nav")
        if "toc" in [str(value) for key, value in found.items() if str(key).endswith("type")]
    ]
    return [text_of(link) for table in tables[:1] for link in table.iter("{*}a")][:_MAX_HEADINGS]


def _root(document: bytes, name: str) -> etree._Element | Rejected:
    """The root element of a small document, parsed as untrusted."""
    found = next(split_elements(io.BytesIO(document), (name,), max_bytes=_LIMIT, innermost=False))
    return found if isinstance(found, Rejected) else parse_element(found)


def _fields(elements: list[etree._Element], contents: str) -> tuple[Field, ...]:
    refined = _refinements(elements)
    fields = Fields()
    fields.add("format", "application/epub+zip")
    for found in elements:
        name, text = local_name(found), text_of(found)
        if name in ("creator", "contributor"):
            _agent(fields, found, refined)
        elif name == "title":
            kind = refined.get((str(found.get("id")), "title-type"), "main")
            fields.add(_TITLES.get(kind, "alternative"), text=text, lang=language_of(found))
        elif name == "identifier":
            _identifier(fields, text, str(found.get(f"{_OPF}scheme", "")))
        elif name == "date" and str(found.get(f"{_OPF}event", "publication")) != "modification":
            fields.add("date", text)
        elif name == "publisher":
            fields.add("publisher", name=text)
        elif name == "subject" and _authority(found, refined) == "LCSH":
            fields.add("lcsh", text.replace(" -- ", "--"))
        elif name in ("description", "subject", "rights", "source"):
            fields.add(name, text=plain(text), lang=language_of(found))
        elif name in ("language", "type", "relation", "coverage"):
            fields.add(name, text)
        elif name == "meta" and (series := _series(found, refined)):
            fields.add("series", title=series[0], volume=series[1])
    fields.add("contents", " -- ".join(filter(None, contents.split("\n"))))
    return fields.done()


def _refinements(elements: list[etree._Element]) -> Refined:
    """What is said about an element elsewhere: (its id, the property) → text, or for sameAs the address."""
    refined: Refined = {}
    for found in elements:
        mark = str(found.get("refines", "")).lstrip("#")
        if mark and local_name(found) == "meta":
            refined[(mark, str(found.get("property")))] = text_of(found)
        elif mark and local_name(found) == "link" and "sameAs" in str(found.get("rel")):
            address = str(found.get("href", ""))
            refined[(mark, f"sameAs {len(refined)}")] = _LOC.sub(r"http://id.loc.gov/\1", address)
    return refined


def _agent(fields: Fields, found: etree._Element, refined: Refined) -> None:
    mark, name = str(found.get("id")), text_of(found)
    role = refined.get((mark, "role")) or str(found.get(f"{_OPF}role", "")) or "aut"
    sorted_name = refined.get((mark, "file-as")) or str(found.get(f"{_OPF}file-as", ""))
    if local_name(found) == "contributor" and role == "aut":
        role = "ctb"
    authorities = [
        address for (about, what), address in refined.items()
        if about == mark and ("sameAs" in what or "authority" in what) and "wikipedia" not in address
    ]  # fmt: skip
    # "Austen, Jane" tells family and given name apart, where it has the same words as the name.
    fits = sorted(sorted_name.replace(",", "").split()) == sorted(name.split())
    shown = sorted_name if fits and not is_group(name) else name_of(name)
    same = [("id", address) for address in authorities]
    fields.add("agent-group" if is_group(name) else "agent", name=shown, role=role, more=same)


def _authority(found: etree._Element, refined: Refined) -> str:
    """The vocabulary that a subject is from, by its name."""
    own = str(found.get(f"{_OPF}authority", ""))
    return (own or refined.get((str(found.get("id")), "authority"), "")).upper()


def _identifier(fields: Fields, text: str, scheme: str) -> None:
    if isbn_in(text) and (scheme.upper() == "ISBN" or "isbn" in text.lower() or len(text) in (10, 13, 17)):
        fields.add("isbn", text)
    elif doi_in(text):
        fields.add("doi", text)
    else:
        fields.add("url" if text.startswith("http") else "identifier", text, scheme=scheme)


def _series(meta: etree._Element, refined: Refined) -> tuple[str, str] | None:
    """The series a book belongs to: EPUB 3 collections, or what Calibre writes."""
    if meta.get("property") == "belongs-to-collection":
        return text_of(meta), refined.get((str(meta.get("id")), "group-position"), "")
    if meta.get("name") == "calibre:series":
        return str(meta.get("content", "")), ""
    return None


_TITLES = {"main": "title", "subtitle": "subtitle"}
