"""The command that asks in SPARQL: a data folder or an address. The other commands that look: query.py."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson
from api.cli.session import Session, of
from kg.settings import KEY
from ontology.errors import UnknownFormat

if TYPE_CHECKING:
    from api.client import Client

_JSON = "application/sparql-results+json"
_TABLE = f"{_JSON}, text/turtle;q=0.9"


def query(
    context: typer.Context,
    sparql: Annotated[str, typer.Argument(help="The query; - reads it from the terminal or a pipe.")] = "",
    at: Annotated[
        str,
        typer.Option(
            metavar="PLACE",
            help="Address of a server or an endpoint, or a data folder; by default --data-dir.",
        ),
    ] = "",
    file: Annotated[Path | None, typer.Option("--file", "-i", help="File that holds the query.")] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="table, json, csv, tsv, xml; for graphs turtle, jsonld, ...",
        ),
    ] = "",
    out: Annotated[
        Path, typer.Option("--output", "-o", help="File to write, .gz to compress it; - for the terminal.")
    ] = Path("-"),
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="How long to wait.")] = 120,
    key: Annotated[str, typer.Option(help="Your key there; by default what WENYUAN_KEY holds.")] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how it would be answered, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask in SPARQL. The usual prefixes (wy, skos, dcterms, ...) need not be declared."""
    from api.client import connect

    session = of(context)
    text = _text(session, sparql, file)
    wanted = _accept(format_ or ("json" if as_json else "table"))
    place, own = at or str(session.whole.data_dir), key or os.environ.get(KEY, "")
    if not at:  # A library into which nothing was taken yet is empty, here as for every other command.
        session.whole.data_dir.mkdir(parents=True, exist_ok=True)
    with connect(place, key=own, space=session.space, timeout=timeout, settings=session.whole) as client:
        if explain:
            output.json(session, client.explain(text))
            return
        _tell(session, client, text, wanted, out)


def _text(session: Session, sparql: str, file: Path | None) -> str:
    if file:
        return session.path(file).read_text(encoding="utf-8")
    return session.input() if sparql in ("", "-") else sparql


def _accept(name: str) -> str:
    """The media type for a format's name; raises UnknownFormat with the known ones."""
    from kg.formats import FORMATS
    from kg.sparql.results import RESULT_FORMATS

    if name == "table":
        return _TABLE
    wanted = name.lower().lstrip(".")
    for known in (*RESULT_FORMATS, *FORMATS):
        if wanted in (known.name, known.suffix, known.media_type):
            return known.media_type
    names = ", ".join(known.name for known in (*RESULT_FORMATS, *FORMATS))
    raise UnknownFormat(f"no format {name!r}; known: table, {names}")


def _tell(session: Session, client: "Client", text: str, wanted: str, out: Path) -> None:
    """Prints the answer or writes it into a file, as it comes; a table for people is read whole first."""
    with closing(client.download(text, wanted)) as reply:
        kind = reply.headers.get("Content-Type", "").partition(";")[0]
        if wanted == _TABLE and kind == _JSON and str(out) == "-":
            output.bindings(session, b"".join(client.pieces(reply)))
            return
        with output.opened(session, out) as stream:
            _copy(client.pieces(reply), stream)


def _copy(pieces: Iterator[bytes], stream: IO[bytes]) -> None:
    last = b"\n"
    for piece in pieces:
        stream.write(piece)
        last = piece[-1:]
    if last != b"\n":
        stream.write(b"\n")
