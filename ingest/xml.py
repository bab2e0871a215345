"""XML: files cut into records by byte offset in bounded memory, and records parsed without entities.

Cutting reads markup, not documents: it finds where wanted elements begin and end, whatever the size of
the file, and leaves to `parse_element` whether a record is well-formed. So one broken record costs one
record, and a record that has not changed since the last run is never parsed at all.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from html.entities import html5
from typing import BinaryIO

from lxml import etree

from ingest.model import Raw, Rejected
from ingest.xmlcut import MAX_BYTES, WRAPPERS, Cutter

MAX_ELEMENTS = 500_000

_NAMED = re.compile(rb"<!\[CDATA\[.*?\]\]>|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL)
_NAME = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]")
_SKIPPED = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*>", re.DOTALL)
_OF_XML = (b"amp", b"lt", b"gt", b"quot", b"apos")


def split_elements(
    stream: BinaryIO,
    names: Collection[str],
    *,
    max_bytes: int = MAX_BYTES,
    wrappers: Collection[str] = WRAPPERS,
    innermost: bool = True,
) -> Iterator[Raw | Rejected]:
    """The elements with these local *names*, in any namespace but *wrappers*, as they lie in *stream*.

    Of wanted elements inside one another the innermost is cut, or the outermost with innermost=False.
    A record that is not closed, is longer than *max_bytes* or stands where the file is cut short is
    Rejected with line, column and offset, and cutting goes on with the next start tag. A file with entity
    declarations is refused whole, as is one without any such element: one Rejected says so, last.
    Raw.context holds encoding, namespaces and language for `parse_element`. Offsets in a UTF-16 file are
    those of its UTF-8 form.
    """
    cutter = Cutter(stream, names, wrappers=wrappers, limit=max_bytes, innermost=innermost)
    return cutter.records()


def parse_element(raw: Raw) -> etree._Element | Rejected:
    """The element that *raw* holds, in the namespaces of its surroundings; Rejected if it is broken.

    Named characters of HTML (&eacute;) are read; no other entity is known. No network, at most 256 levels,
    500,000 tags, 10 MB in one text.
    """
    encoding, _, declarations = raw.context.partition(b" ")
    data = raw.data
    if data.count(b"<") > MAX_ELEMENTS:
        return Rejected(raw, "parse", f"more than {MAX_ELEMENTS:,} tags in one record")
    if encoding not in (b"", b"utf-8"):
        try:
            data = data.decode(encoding.decode()).encode()
        except UnicodeDecodeError as error:
            return Rejected(raw, "decode", f"not the {encoding.decode()} that the file says it is: {error}")
    if b"&" in data:
        data = _NAMED.sub(_character, data)
    try:
        return etree.fromstring(b"<_ %b>%b</_>" % (declarations, data), _parser())[0]
    except etree.XMLSyntaxError as error:
        return Rejected(raw, "parse", f"not well-formed XML (counted from byte {raw.offset}): {error.msg}")


def names_in(head: bytes) -> list[str]:
    """The local names of the elements that begin in *head*, in order; empty where it is not XML."""
    # Without the zero bytes UTF-16 looks as UTF-8 does.
    head = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not head.startswith(b"<"):
        return []
    return [found.decode(errors="replace") for found in _NAME.findall(_SKIPPED.sub(b"", head))]


def local_name(element: etree._Element) -> str:
    """The name of *element* without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """The child elements of *element* with one of these local names, in any namespace; all without names."""
    return [child for child in element if not names or local_name(child) in names]


def descend(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements reached from *element* along local names: descend(article, "front/article-meta")."""
    found = [element]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if local_name(child) == name]
    return found


def text_of(element: etree._Element | None) -> str:
    """All text inside *element*, runs of white space as one blank; "" for None."""
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())


def language_of(element: etree._Element) -> str:
    """The language of *element* by its own xml:lang or that of an ancestor; "" if none."""
    found: etree._Element | None = element
    while found is not None:
        if language := found.get("{http://www.w3.org/XML/1998/namespace}lang"):
            return str(language)
        found = found.getparent()
    return ""


@cache
def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _character(found: re.Match[bytes]) -> bytes:
    """The character an HTML name stands for, as a reference by number; anything else unchanged."""
    if found[1] is None or found[1] in _OF_XML:
        return found[0]
    named = html5.get(f"{found[1].decode()};", "")
    return "".join(f"&#{ord(character)};" for character in named).encode() or found[0]
