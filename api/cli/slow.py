"""The command that tells which queries cost a server most."""

from dataclasses import asdict

import typer

from api.cli import output
from api.cli.options import AsJson, Limit
from api.cli.session import of

PANEL = "About Wenyuan"


def add_to(app: typer.Typer) -> None:
    """Adds this command to *app*."""
    app.command(rich_help_panel=PANEL)(slow)


def slow(context: typer.Context, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Slow queries by their shape, those that cost most together first (docs/operations.md)."""
    from services.slow import entries, shapes

    session = of(context)
    found = shapes(entries(session.settings.data_dir))[:limit]
    if as_json:
        output.json(session, [asdict(each) for each in found])
        return
    output.table(
        session,
        session.headings("seconds times worst outcome shape"),
        (
            (f"{each.seconds:.1f}", each.times, f"{each.worst:.1f}", " ".join(each.outcomes), each.shape)
            for each in found
        ),
    )
