"""Commands that take in: records of any format, RDF as it is, and the check of both."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import reports
from api.cli.history import take_back, who
from api.cli.options import AsJson, SourceName
from api.cli.session import of

PANEL = "Take in"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (ingest,):
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
    session = of(context)
    if undo is not None:
        take_back(session, [undo], is_alone=False, reason="", as_json=as_json)
        return
    if not paths:
        raise typer.BadParameter(session.words("cli.ingest.no_file"), param_hint="PATH")
    files = [session.path(path) for path in paths]
    user_mapping = str(session.path(Path(mapping))) if mapping else ""
    if dry_run:
        from ingest.preview import preview
        from ingest.worker import Task

        for file in files:
            task = Task(source or "preview", format_, session.settings.base_iri, user_mapping)
            reports.preview(session, preview(file, task, first=first), as_json=as_json)
        return
    from ingest.intake import Intake

    with (
        session.library() as library,
        Intake(library, session.settings.data_dir, workers=session.settings.workers) as intake,
    ):
        for file in files:
            with reports.progress(session, file) as moved:
                found = intake.file(
                    file, source=source, format=format_, mapping=user_mapping, who=who(), progress=moved
                )
            reports.report(session, found, as_json=as_json)
