"""Commands that look: search, one thing, SPARQL, and everything at once."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import output
from api.cli.ask import query
from api.cli.options import AsJson, Limit
from api.cli.session import of
from ontology.errors import NotFound

PANEL = "Look"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (search, show, query, export):
        app.command(rich_help_panel=PANEL)(command)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words, names, pinyin, an ISBN: whatever you know.")],
    where: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="FACET=VALUE", help="Only these, such as kind=work; repeatable."),
    ] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Find things by what they are called and what they are about."""
    session = of(context)
    filters: dict[str, list[str]] = {}
    for facet, _, value in (entry.partition("=") for entry in where or ()):
        filters.setdefault(facet, []).append(value)
    with session.library() as library:
        found = library.search.search(" ".join(words), filters=filters, limit=limit)
    if as_json:
        output.json(session, found)
        return
    tongue = session.language
    rows = [(hit.kind, hit.name_for(tongue)[0], session.short(hit.iri)) for hit in found.hits]
    output.table(session, session.headings("kind name thing"), rows)
    session.say("search.total", count=session.words.number(found.total))


def show(
    context: typer.Context,
    thing: Annotated[str, typer.Argument(help="An IRI, or its end: work/abc.")],
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="As RDF: turtle, jsonld, ...")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Everything that is known of one thing, and who says so."""
    from kg.context import published
    from kg.description import statements_about
    from kg.entity import describe
    from kg.formats import by_name
    from kg.reading import Reading
    from kg.serialise import write_description

    session = of(context)
    iri = session.iri(thing)
    with session.library() as library:
        reading = Reading(library.store.engine)
        found, told = describe(reading, iri, language=session.language), statements_about(reading, iri)
        if found is None or told is None:
            raise NotFound(f"nothing is known of {iri}", hint=f"wenyuan search {thing.rpartition('/')[2]}")
        if format_:
            output.raw(
                session, write_description(told, by_name(format_), published(session.settings.base_iri))
            )
        elif as_json:
            output.json(session, found)
        else:
            output.entity(session, found)


def export(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="File to write, .gz to compress it; - for the terminal.")
    ] = Path("-"),
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="Serialisation; by default by the file's name, else nquads.",
        ),
    ] = "",
    is_sorted: Annotated[
        bool, typer.Option("--sorted", help="In a fixed order (nquads): equal libraries give equal files.")
    ] = False,
) -> None:
    """Write everything out as RDF."""
    from kg.export import dump, format_of

    session = of(context)
    form = format_of(format_ or file.name, default="nquads")
    with session.library() as library, output.opened(session, file) as stream:
        dump(library.store, stream, form, is_sorted=is_sorted)
    if str(file) != "-":
        session.say("export.done", file=file, statements=session.words.number(library.counts().statements))
