"""Examples in mapping files: fields written as lines, and statements written as lines.

    245 14 $a The book of the dance /$c Adela Roatcap.        tag, two indicators (_ is blank), subfields
    008 840507s1984    caua     b    00010 eng d              a control field
    author $given Paul $family Samuelson                      a field of any other format
    Year 1932                                                 one without parts: its value is $a
    "Year opened" 1906                                        a name with blanks, such as that of a column

    work wy:title "The book of the dance"@en                  kind of node, property, value
    work wy:creator person                                    where the value is a node, its kind
"""

import re

from ingest.description import CLASSES
from ingest.errors import MappingError
from ingest.mapping import Example, Mapping
from ingest.model import Field, Raw, Record
from kg.terms import Triple, iri, is_iri, named, value_of

_MARC = re.compile(r"(\d{3}) ([0-9_ ])([0-9_ ]) (\$.*)", re.DOTALL)
_CONTROL = re.compile(r"00\d|leader")
_QUOTED = re.compile(r'"([^"]+)" (.*)', re.DOTALL)
_PARTS = re.compile(r"\$(\w+(?:-\w+)*) ?([^$]*)")
_STATEMENT = re.compile(r"(\S+) (\S+) (.+)", re.DOTALL)
BASE = "http://localhost:8000/"


def field(line: str) -> Field:
    """The field that *line* writes. A dollar sign in a value is written as {dollar}, as in MARCMaker."""
    marc = _MARC.fullmatch(line)
    if marc:
        return Field(marc[1], _marc_parts(marc[4]), (marc[2] + marc[3]).replace("_", " "))
    quoted = _QUOTED.fullmatch(line)
    name, rest = (quoted[1], quoted[2]) if quoted else line.partition(" ")[::2]
    if rest.startswith("$"):
        return Field(name, tuple((code, _value(value.strip())) for code, value in _PARTS.findall(rest)))
    return Field(name, (("" if _CONTROL.fullmatch(name) else "a", _value(rest)),))


def record(lines: tuple[str, ...], layout: str) -> Record:
    """The record of the fields in *lines*."""
    fields = tuple(field(line) for line in lines)
    return Record("example", layout, fields, Raw("\n".join(lines).encode(), 0))


def missing(mapping: Mapping, example: Example) -> list[str]:
    """The promised statements that the example's fields do not give; empty where it holds."""
    given = mapping.describe(record(example.given, mapping.name), base=BASE, source="example")
    kinds = _kinds(given)
    return [line for line in example.gives if not any(_is(line, triple, kinds) for triple in given)]


def _marc_parts(written: str) -> tuple[tuple[str, str], ...]:
    return tuple((part[:1], _value(part[1:].strip())) for part in written.split("$")[1:])


def _value(written: str) -> str:
    return written.replace("{dollar}", "$")


def _kinds(triples: list[Triple]) -> dict[str, str]:
    """Subject → its kind."""
    kinds = {value: kind for kind, value in CLASSES.items()}
    return {s: kinds[o] for s, p, o in triples if p == named("rdf:type") and o in kinds}


def _is(line: str, triple: Triple, kinds: dict[str, str]) -> bool:
    parts = _STATEMENT.fullmatch(line)
    if parts is None:
        raise MappingError(f"an example's statement is 'node property value', not {line!r}")
    subject, predicate, value = triple
    return (
        kinds.get(subject) == parts[1]
        and predicate == named(parts[2])
        and (value == _term(parts[3]) or kinds.get(value) == parts[3] or _ends(value, parts[3]))
    )


def _term(written: str) -> str:
    """The term that *written* means: a literal as it is, <iri>, or a prefixed name."""
    if written.startswith(('"', "<")):
        return _datatype(written)
    return named(written) if re.fullmatch(r"[a-z]+:\S+", written) else iri(written)


def _datatype(written: str) -> str:
    literal, mark, kind = written.rpartition("^^")
    return f"{literal}^^{named(kind)}" if mark and ":" in kind and not kind.startswith("<") else written


def _ends(value: str, written: str) -> bool:
    """Whether *written* is the end of one of our own IRIs: concept/clc-F124."""
    return is_iri(value) and "/" in written and value_of(value) == f"{BASE}id/{written}"
