"""BibTeX and BibLaTeX, entry by entry, with LaTeX read as text.

Format: "BibTeXing" (Patashnik, 1988) and the biblatex manual, § 2; parsed by bibtexparser.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from ingest.fields import Fields, is_group
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.textfile import read, split_at, undecodable

_START = re.compile(rb"^[ \t]*@[ \t]*([A-Za-z]+)[ \t\r\n]*[{(]", re.MULTILINE)
_STRING = re.compile(rb"[ \t]*@[ \t]*(string|preamble|comment)\b", re.IGNORECASE)
_AND = re.compile(r"[{}]|\s+and(?=\s)", re.IGNORECASE)
_DASHES = re.compile(r"\s*-{1,3}\s*|\s*[–—]\s*")
_MAX_STRINGS = 200_000
_DEEPEST = 30
_ROLES = ("author", "editor", "translator")
_PLAIN = (
    "volume", "edition", "isbn", "issn", "doi", "url", "keywords", "language", "langid", "eprint", "pmid",
)  # fmt: skip


class Bibtex:
    """Entries of a .bib file."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A line that begins an entry, or the name."""
        kinds = {found.decode().lower() for found in _START.findall(head)}
        if kinds & set(_TYPES):
            return Claim(0.95, f"lines that begin @{min(kinds & set(_TYPES))}{{")
        return Claim(0.5, "its name ends in .bib") if name.lower().endswith(".bib") and kinds else None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """One raw record an entry; Raw.context is the encoding and the @string definitions before it."""
        strings = b""
        for found in split_at(stream, _START, what="BibTeX entry"):
            if isinstance(found, Rejected):
                yield found
            elif kind := _STRING.match(found.data):
                if kind[1].lower() == b"string" and len(strings) < _MAX_STRINGS:
                    strings += found.data + b"\n"
            else:
                yield Raw(found.data, found.offset, found.context + b"\n" + strings)

    def read(self, raw: Raw) -> Record | Rejected:
        """The entry that *raw* holds; its key is the citation key."""
        encoding, _, strings = raw.context.partition(b"\n")
        found = read(raw.data, encoding.decode())
        if found is None:
            return undecodable(raw, encoding.decode())
        if _depth(found.text) > _DEEPEST:
            return Rejected(raw, "parse", f"more than {_DEEPEST} braces inside one another")
        parsed = _parse(strings.decode(encoding.decode(), errors="replace") + found.text)
        if isinstance(parsed, str):
            return Rejected(raw, "parse", parsed)
        key, kind, values = parsed
        fields = _fields(kind, values)
        return Record(key, "bibtex", fields, raw, found.encoding, found.confidence, found.warnings)


def _parse(text: str) -> tuple[str, str, dict[str, str]] | str:
    """Citation key, type and fields of the one entry in *text*, or what is wrong with it."""
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)
    library = parse_string(text)
    if library.entries:
        entry = library.entries[-1]
        if not entry.key.strip():
            return "an entry without a citation key"
        return (
            entry.key.strip(),
            entry.entry_type.lower(),
            {each.key.lower(): str(each.value) for each in entry.fields},
        )
    failed = next(iter(library.failed_blocks), None)
    why = str(failed.error).strip() if failed else ""
    return f"not a BibTeX entry: {why or 'it breaks off, or its braces do not match'}"


def _fields(kind: str, values: dict[str, str]) -> tuple[Field, ...]:
    text = {name: plain_of(value) for name, value in values.items()}
    fields = Fields()
    fields.add("type", kind)
    for name in _PLAIN:
        fields.add(name, text.get(name, ""))
    for name in ("title", "subtitle", "shorttitle"):
        fields.add(name, text=text.get(name, ""))
    for role in _ROLES:
        for name in names_in(values.get(role, "")):
            _add_name(fields, role, name)
    _add_host(fields, kind, text)
    publisher = next(
        (text[name] for name in ("publisher", "school", "institution", "organization") if text.get(name)), ""
    )
    fields.add("publisher", name=publisher, place=text.get("address", "") or text.get("location", ""))
    fields.add("issued", text.get("date", "") or _date(text))
    fields.add("number", text.get("number", "") or text.get("issue", ""))
    fields.add("pages", _DASHES.sub("-", text.get("pages", "")))
    fields.add("abstract", text.get("abstract", ""))
    for name in ("note", "howpublished", "annote", "annotation"):
        fields.add("note", text.get(name, ""))
    return fields.done()


def _add_name(fields: Fields, role: str, written: str) -> None:
    """A person as "Knuth, Donald E."; a name all in braces, or like that of a body, is a group."""
    name = written.strip()
    if not name or name.lower() == "others":
        return
    whole = plain_of(name)
    if (name.startswith("{") and name.endswith("}") and "," not in name) or is_group(whole):
        fields.add(f"{role}-group", name=whole, role=role)
        return
    family, given = parts_of_name(whole)
    fields.add(role, family=family, given=given, role=role)


def names_in(written: str) -> list[str]:
    """The names in a list of them: cut at "and", but not inside braces."""
    names, depth, start = [], 0, 0
    for found in _AND.finditer(written):
        if found[0] in "{}":
            depth += 1 if found[0] == "{" else -1
        elif depth <= 0:
            names.append(written[start : found.start()])
            start = found.end()
    return [*names, written[start:]]


def parts_of_name(name: str) -> tuple[str, str]:
    """Family and given name, from either order: "Donald E. Knuth", "Knuth, Donald E.", "van der Berg, J".

    A name without Latin letters and without a comma is taken whole.
    """
    if "," in name:
        pieces = [piece.strip() for piece in name.split(",")]
        # "von Last, Jr, First" has the suffix in the middle.
        return pieces[0], " ".join(piece for piece in [pieces[-1], *pieces[1:-1]] if piece)
    words = name.split()
    if len(words) < 2 or not name[0].isascii():
        return name, ""
    # Particles in small letters belong to the family name (BibTeXing, § 4, item 18).
    start = next((at for at, word in enumerate(words[1:-1], 1) if word[:1].islower()), len(words) - 1)
    return " ".join(words[start:]), " ".join(words[:start])


def _add_host(fields: Fields, kind: str, text: dict[str, str]) -> None:
    """What it appeared in: a journal, a book, a series."""
    journal = text.get("journal", "") or text.get("journaltitle", "")
    fields.add("journal", title=journal, more=[("issn", text.get("issn", ""))] if journal else ())
    if kind not in ("book", "proceedings", "collection"):
        fields.add("booktitle", text=text.get("booktitle", ""))
    fields.add(
        "series", title=text.get("series", ""), volume=text.get("volume", "") if kind == "book" else ""
    )


def _date(text: dict[str, str]) -> str:
    """Year, month (a number or a name in English) and day as one date."""
    year, month, day = text.get("year", ""), text.get("month", ""), text.get("day", "")
    if month[:3].lower() in _MONTHS:
        month = str(_MONTHS.index(month[:3].lower()) + 1)
    if not month.isdigit():
        return year
    return "-".join([year, month.zfill(2), *([day.zfill(2)] if day.isdigit() else [])])


def plain_of(value: str) -> str:
    """*value* with LaTeX read as text: accents, symbols, no braces; one blank for white space."""
    if "\\" in value or "$" in value or "~" in value or "%" in value:
        value = _latex().latex_to_text(value.replace("\\url", "").replace("%", "\\%").replace("\\\\%", "\\%"))
    return " ".join(value.replace("{", "").replace("}", "").split())


@cache
def _latex():  # type: ignore[no-untyped-def]  # pylatexenc is untyped
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]  # it has no types

    logging.getLogger("pylatexenc").setLevel(logging.ERROR)
    return LatexNodes2Text(math_mode="text", keep_braced_groups=False, strict_latex_spaces=False)


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "}":
            depth -= 1
    return deepest


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TYPES = (
    "article", "book", "booklet", "collection", "conference", "dataset", "electronic", "inbook",
    "incollection", "inproceedings", "manual", "mastersthesis", "misc", "mvbook", "online", "patent",
    "periodical", "phdthesis", "proceedings", "report", "software", "techreport", "thesis", "unpublished",
)  # fmt: skip
