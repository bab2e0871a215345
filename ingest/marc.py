"""MARC as such: which flavour a record is of, how it is keyed, and its fields as this program holds them.

The leader is a field called "leader"; a control field has one part without a code; a data field has
two marks (its indicators) and its subfields as parts. Not a reader: those are in ingest/sources/.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from ingest.model import Field, Part, Raw, Record

LEADER = "leader"
_CODED = re.compile(r"\d{4}[\d ]")
_HOLDINGS = ("u", "v", "x", "y")
_UNIMARC_HEADING = re.compile(r"2[0-8]\d")


def is_control(tag: str) -> bool:
    """Whether a field of that *tag* has a value and no subfields (001 to 009)."""
    return tag.startswith("00") or tag == LEADER


def control(tag: str, value: str) -> Field:
    """A field that has a value and no subfields."""
    return Field(tag, (("", value),))


def record(fields: Sequence[Field], raw: Raw, **how: object) -> Record:
    """The record of *fields*, keyed by 001 or, without one, by its bytes. how: encoding, warnings, ..."""
    return Record(
        key=key(fields) or f"sha256-{hashlib.sha256(raw.data).hexdigest()[:32]}",
        layout=layout(fields),
        fields=tuple(fields),
        raw=raw,
        **how,  # type: ignore[arg-type]  # the callers name fields of Record
    )


def key(fields: Iterable[Field]) -> str:
    """The record's number (001), "" where it has none."""
    return next((field.parts[0][1].strip() for field in fields if field.name == "001" and field.parts), "")


def layout(fields: Sequence[Field]) -> str:
    """The mapping for these *fields*: marc21 or unimarc, either alone or with -authority; marc21-holdings.

    UNIMARC (so CNMARC) where there is a title in 200 $a, none in 245, and 100 $a is coded data that begin
    with a date. By leader/06 an authority record (z in MARC 21; x, y or z in UNIMARC, with headings in 2XX),
    or one of holdings (u, v, x, y in MARC 21).
    """
    tags = {field.name for field in fields}
    kind = fields[0].parts[0][1][6:7] if fields and fields[0].name == LEADER else ""
    is_unimarc = "245" not in tags and _has_coded_data(fields)
    if kind in ("x", "y", "z"):
        if is_unimarc and any(_UNIMARC_HEADING.fullmatch(tag) for tag in tags):
            return "unimarc-authority"
        if kind == "z":
            return "marc21-authority"
    if kind in _HOLDINGS and "245" not in tags and "200" not in tags:
        return "marc21-holdings"
    if "200" in tags and "245" not in tags and (is_unimarc or not _has_main_entry(tags)):
        return "unimarc"
    return "marc21"


def _has_coded_data(fields: Iterable[Field]) -> bool:
    """Whether 100 $a is UNIMARC's general processing data: about 36 characters, the date of entry first."""
    for field in fields:
        if field.name == "100":
            value = field.first("a")
            # 36 characters by the book, a few less where ends were cut; dates of entry are often misprinted.
            if len(value) >= 20 and _CODED.match(value):
                return True
    return False


def _has_main_entry(tags: Iterable[str]) -> bool:
    return not {"100", "110", "111", "130"}.isdisjoint(tags)


def part(source: str) -> Part:
    """A subfield from its text: the code, then the value. A letter with an accent counts as the letter.

    Such a code comes of a record that was converted once too often: á for a.
    """
    code = source[:1]
    if not code.isascii():
        code = _PLAIN.get(code, code)
    return code, source[1:]


_PLAIN = {
    accented: plain
    for plain, letters in (
        ("a", "áàâäãåā"),
        ("e", "éèêëē"),
        ("i", "íìîïī"),
        ("o", "óòôöõō"),
        ("u", "úùûüū"),
        ("c", "çćč"),
    )
    for accented in letters
}
