"""Commands that serve: the library on this machine, and the demo library."""

import shutil
import sys
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from api.cli import reports
from api.cli.history import who
from api.cli.session import of, run

PANEL = "Serve"

Port = Annotated[int | None, typer.Option("--port", "-p", min=0, max=65535, help="Port to listen on.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (serve, demo):
        app.command(rich_help_panel=PANEL)(command)


def serve(context: typer.Context, host: Host = None, port: Port = None) -> None:
    """Serve pages, search and SPARQL over HTTP until you press Ctrl+C."""
    serving(context, host, port, hints="serve.try")


def demo(
    context: typer.Context,
    build: Annotated[bool, typer.Option("--build", help="Build the demo library and stop there.")] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Build the bundled demo library, if it is not there yet, and serve it."""
    from ingest.demo_library import build as build_demo
    from ingest.demo_library import is_built

    session = of(context)
    with session.library() as library:
        if not is_built(library):
            session.say("demo.building")
            with session.intake(library) as intake:
                for report in build_demo(intake, who=who()):
                    session.say("demo.part", **reports.counts(session, report))
            library.tidy()
        counts, number = library.counts(), session.words.number
        told = {"graphs": counts.graphs, "statements": counts.statements, "changes": library.generation}
        session.say("demo.built", **{name: number(count) for name, count in told.items()})
    if not build:
        serving(context, host, port, hints="demo.try")


def serving(context: typer.Context, host: str | None, port: int | None, *, hints: str) -> None:
    """Serves until interrupted; says where, and what to try."""
    from api.server import listen, serve
    from kg import folder

    session = of(context)
    settings = session.settings
    if server := folder.holder(settings.data_dir):
        session.say("serve.already", address=server.address, process=server.pid)
        return
    chosen = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    listening = listen(chosen.host, chosen.port, is_strict=port is not None)
    session.say("serve.ready", address=listening.address)
    program = "wenyuan" if shutil.which("wenyuan") else sys.argv[0]
    told = {"address": listening.address.rstrip("/"), "folder": settings.data_dir, "program": program}
    session.say(hints, **told)
    serve(chosen, listening, run_command=partial(run, context.find_root().command))
