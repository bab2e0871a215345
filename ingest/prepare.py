"""What is done to the fields of a MARC record before rules read them: fields that belong together are joined.

In MARC 21 an 880 is the same field in another script, and 866 and 876 are about the copy in an 852; in
UNIMARC a 4XX holds whole fields of another record. Joined parts carry the tag they come from in their
code: 880a is the $a of the 880, 200a that of an embedded 200. Records without such fields pass unchanged.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from ingest.model import Field, Part

_LINK = re.compile(r"(\d{3})-(\d\d)")
_SEPARATE = re.compile(r"[0235]..")
"""Fields whose 880 stays a field of its own: a note in another script is another note."""
_PAIRED = ("245", "246", "247", "240", "242", "243", "210", "222", "260", "264")
_EMBEDDED = re.compile(r"(00\d)(.*)|([0-9A-Z]{3})(..)?", re.DOTALL)


def marc21(fields: Sequence[Field]) -> Sequence[Field]:
    """The fields of a MARC 21 record, scripts and holdings joined (MARC 21, Appendix A; 852, $8)."""
    names = {field.name for field in fields}
    if "880" in names:
        fields = _joined_scripts(fields)
    if "852" in names and not names.isdisjoint(("866", "876")):
        fields = _joined_holdings(fields)
    return fields


def unimarc(fields: Sequence[Field]) -> Sequence[Field]:
    """The fields of a UNIMARC record, with the fields embedded in 4XX opened (UNIMARC, 4-- block, $1)."""
    if any(field.name[:1] == "4" for field in fields):
        return [_opened(field) if field.name[:1] == "4" else field for field in fields]
    return fields


PREPARE: dict[str, Callable[[Sequence[Field]], Sequence[Field]]] = {"marc21": marc21, "unimarc": unimarc}
"""What a mapping may ask for as "prepare"."""


def _joined_scripts(fields: Sequence[Field]) -> list[Field]:
    others = {link: field for field in fields if field.name == "880" and (link := _link(field))}
    joined: list[Field] = []
    taken = set()
    for field in fields:
        if field.name == "880":
            continue
        link = _link(field)
        other = others.get((field.name, link[1])) if link and link[0] == "880" else None
        if other is None:
            joined.append(field)
            continue
        taken.add(id(other))
        joined += _pair(field, other)
    # Without a partner, an 880 is the field itself, only not in Latin letters (occurrence 00).
    alone = [field for field in fields if field.name == "880" and id(field) not in taken]
    return joined + [Field(_tag(field), field.parts, field.marks) for field in alone]


def _pair(field: Field, other: Field) -> list[Field]:
    if _SEPARATE.fullmatch(field.name) and field.name not in _PAIRED:
        return [field, Field(field.name, other.parts, other.marks)]
    parts = tuple((f"880{code}", value) for code, value in other.parts if code != "6")
    return [Field(field.name, field.parts + parts, field.marks)]


def _link(field: Field) -> tuple[str, str] | None:
    """The tag and the occurrence number in $6: "880-01" or "245-01/$1"."""
    found = _LINK.match(field.first(("6",)))
    return (found[1], found[2]) if found and found[2] != "00" else None


def _tag(field: Field) -> str:
    found = _LINK.match(field.first(("6",)))
    return found[1] if found else field.name


def _joined_holdings(fields: Sequence[Field]) -> list[Field]:
    """Each 876 with the 852 it is linked to by $8 or $0, and each 852 with its 866."""
    about: dict[str, list[Field]] = {}
    for field in fields:
        if field.name in ("866", "876") and (number := field.first(("0", "8"))):
            about.setdefault(number, []).append(field)
    joined: list[Field] = []
    for field in fields:
        if field.name in ("866", "876") and field.first(("0", "8")):
            continue
        numbers = field.all(("0", "8")) if field.name == "852" else ()
        linked = [found for number in numbers for found in about.get(number, ())]
        joined += _copies(field, linked) if linked else [field]
    return joined


def _copies(field: Field, linked: list[Field]) -> Iterator[Field]:
    """The 852 once for each of its 876, or once where there are only statements of holdings (866)."""
    held = tuple(_coded(found) for found in linked if found.name == "866")
    copies = [_coded(found) for found in linked if found.name == "876"] or [()]
    for copy in copies:
        yield Field("852", (*field.parts, *(part for parts in held for part in parts), *copy), field.marks)


def _coded(field: Field) -> tuple[Part, ...]:
    return tuple((field.name + code, value) for code, value in field.parts)


def _opened(field: Field) -> Field:
    """A 4XX with its $1 as parts coded by tag: 200a, 700a, 001; and "creator", the first name in it."""
    parts: list[Part] = []
    tag = ""
    for code, value in field.parts:
        if code == "1":
            found = _EMBEDDED.match(value)
            tag = (found[1] or found[3]) if found else ""
            if found and found[1]:
                parts.append((tag, found[2]))
                tag = ""
        else:
            parts.append((tag + code, value))
    if creator := _creator(parts):
        parts.append(("creator", creator))
    return Field(field.name, tuple(parts), field.marks)


def _creator(parts: list[Part]) -> str:
    """The first personal or corporate name among embedded fields: "Asimov, Isaac"."""
    for name in ("700", "701", "710", "711"):
        family = next((value for code, value in parts if code == f"{name}a"), "")
        given = next((value for code, value in parts if code == f"{name}b"), "")
        if family:
            return f"{family}, {given.lstrip(', ')}" if given else family
    return ""
