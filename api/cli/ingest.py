"""Commands that take in: records of any format, RDF as it is, and the check of both."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import reports
from api.cli.history import take_back, who
from api.cli.options import AsJson, Limit, RdfFormat, SourceName
from api.cli.session import of

PANEL = "Take in"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (ingest, load, validate):
        app.command(rich_help_panel=PANEL)(command)


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of files; .gz is read too.")
    ] = None,
    source: SourceName = "",
    mapping: Annotated[
        str,
        typer.Option("--mapping", "-m", metavar="FILE", help="A mapping file of your own; tables need one."),
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="Format of the files; found out by default.")
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Store nothing: show the first records beside what they would become."
        ),
    ] = False,
    first: Annotated[int, typer.Option(min=1, metavar="N", help="Records that a dry run shows.")] = 3,
    undo: Annotated[
        int | None, typer.Option(metavar="CHANGE", help="Take an earlier run back instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take records in: MARC, articles, tables, books. A rerun of the same file changes nothing."""
    from ingest import folders
    from ingest.preview import preview
    from ingest.worker import Task

    session = of(context)
    if undo is not None:
        take_back(session, [undo], is_alone=False, reason="", as_json=as_json)
        return
    if not paths:
        raise typer.BadParameter(session.words("cli.ingest.no_file"), param_hint="PATH")
    files = list(folders.files(session.path(path) for path in paths))
    user_mapping = str(session.path(Path(mapping))) if mapping else ""
    if dry_run:
        task = Task(source or "preview", format_, session.settings.base_iri, user_mapping)
        for file in files:
            reports.preview(session, preview(file, task, first=first), as_json=as_json)
        return
    with session.library() as library, session.intake(library) as intake:
        for file in files:
            with reports.progress(session, file) as moved:
                found = intake.file(
                    file, source=source, format=format_, mapping=user_mapping, who=who(), progress=moved
                )
            reports.report(session, found, as_json=as_json)
        library.tidy()


def load(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files of RDF; packed ones are read too.")],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the vocabulary; by default that of the file.")
    ] = "",
    version: Annotated[str, typer.Option(metavar="TEXT", help="Its version.")] = "current",
    format_: RdfFormat = "",
    as_json: AsJson = False,
) -> None:
    """Load RDF as it is: vocabularies, authority files, ontologies."""
    session = of(context)
    with session.library() as library, session.intake(library) as intake:
        for file in files:
            found = intake.load(session.path(file), source=name, version=version, format=format_, who=who())
            reports.loaded(session, found, as_json=as_json)
        library.tidy()


def validate(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A file of RDF; without it, the whole library is checked.")
    ] = None,
    format_: RdfFormat = "",
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Check a file of RDF, or the library, against the shapes."""
    from ingest.checking import check_file, check_library
    from kg.export import format_of

    session = of(context)
    if file is not None:
        form = format_of(format_ or file.name, default="turtle")
        verdict = check_file(session.path(file), form, base=session.settings.base_iri, limit=limit)
    else:
        with session.library() as library:
            verdict = check_library(library, limit=limit)
    reports.verdict(session, verdict, as_json=as_json)
    if verdict.counts["violation"]:
        raise typer.Exit(1)
