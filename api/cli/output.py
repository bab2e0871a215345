"""What commands print: tables for people, tab-separated lines for pipes, JSON for programs."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import orjson

from api.cli.session import Session

if TYPE_CHECKING:
    from kg.entity import Entity
    from kg.groups import Value


def json(session: Session, value: object) -> None:
    """*value* as indented JSON on the first console; dataclasses and times are written as what they hold."""
    line(session, orjson.dumps(value, option=orjson.OPT_INDENT_2, default=_plain).decode())


def json_line(session: Session, value: object) -> None:
    """*value* as one line of JSON, for results that are too many to be held."""
    line(session, orjson.dumps(value, default=_plain).decode())


def line(session: Session, text: str = "") -> None:
    """One line of data, as it is: never wrapped, never coloured."""
    session.out.file.write(f"{text}\n")


def raw(session: Session, document: bytes) -> None:
    """A document in UTF-8, as it is, with a line end after it."""
    line(session, document.decode().removesuffix("\n"))


def table(session: Session, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under *headings*: columns on a terminal, tab-separated lines (with headings) elsewhere."""
    if not session.out.is_terminal:
        for row in (headings, *rows):
            line(session, "\t".join(" ".join(str(cell).split()) for cell in row))
        return
    from rich import box
    from rich.table import Table

    drawn = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    session.out.print(drawn, soft_wrap=False)


def side_by_side(
    session: Session, headings: Sequence[str], left: Sequence[str], right: Sequence[str]
) -> None:
    """Two lists of lines: in two columns on a terminal, one after the other elsewhere."""
    if not session.out.is_terminal:
        for heading, lines in zip(headings, (left, right), strict=True):
            line(session, f"{heading}:")
            for each in lines:
                line(session, f"  {each}")
        return
    from rich import box
    from rich.table import Table

    drawn = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", expand=True)
    drawn.add_row("\n".join(left), "\n".join(right))
    session.out.print(drawn, soft_wrap=False)


def bindings(session: Session, document: bytes) -> None:
    """The answer to a SELECT or ASK, in SPARQL JSON, as a table; IRIs in their short form."""
    answer = orjson.loads(document)
    if "boolean" in answer:
        line(session, session.words("cli.yes" if answer["boolean"] else "cli.no"))
        return
    names = answer["head"]["vars"]
    rows = ([_shown(session, row.get(name)) for name in names] for row in answer["results"]["bindings"])
    table(session, names, rows)


def entity(session: Session, found: "Entity") -> None:
    """One thing: its name, then property by property what is said, with who says so."""
    session.out.print(found.label.text, style="bold", highlight=False)
    line(session, found.iri)
    rows: list[tuple[object, ...]] = []
    for group in found.groups:
        for number, value in enumerate(group.values):
            rows.append(("" if number else group.name, _value(session, value), _sources(value)))
        if group.total > len(group.values):
            rows.append(("", f"… {group.total}", ""))
    rows += [(f"← {link.name}", link.count, "") for link in found.incoming]
    table(session, session.headings("property value source"), rows)


@contextmanager
def opened(session: Session, file: Path) -> Iterator[BinaryIO]:
    """*file* open for writing bytes, compressed where its name ends in .gz; - is the first console.

    The file appears under its name only when it is whole.
    """
    if str(file) == "-":
        yield cast(BinaryIO, _Printer(session))
        return
    place = session.path(file)
    draft = place.with_name(f"{place.name}.part")
    try:
        with gzip.open(draft, "wb") if place.suffix == ".gz" else draft.open("wb") as stream:
            yield cast(BinaryIO, stream)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


class _Printer:
    """A binary stream whose bytes are printed as text: UTF-8, in whole lines."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rest = b""

    def write(self, data: bytes) -> int:
        whole = self._rest + bytes(data)
        end = whole.rfind(b"\n") + 1
        self._session.out.file.write(whole[:end].decode())
        self._rest = whole[end:]
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        for each in lines:
            self.write(each)

    def flush(self) -> None:
        self._session.out.file.flush()


def _shown(session: Session, term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return session.short(term["value"]) if term["type"] == "uri" else term["value"]


def _value(session: Session, value: "Value") -> str:
    address = f" <{session.short(value.iri)}>" if value.iri else ""
    language = f" @{value.language}" if value.language and not value.iri else ""
    return f"{value.text}{address}{language}"


def _sources(value: "Value") -> str:
    """Who says so: the parts of the graphs' IRIs that name a source or a vocabulary."""
    places = (graph.partition("/graph/")[2].split("/") for graph in value.sources)
    return ", ".join(dict.fromkeys(place[1] for place in places if len(place) > 1))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"no JSON for {type(value).__name__}")
