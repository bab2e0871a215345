"""Commands about records that could not be taken in: see them, hand them on, try them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson, Limit, SourceName
from api.cli.session import Session, of

if TYPE_CHECKING:
    from ingest.rejects import Entry, Rejects

PANEL = "Take in"
Numbers = Annotated[list[int], typer.Argument(help="Numbers, as `wenyuan rejected list` shows them.")]

group = typer.Typer(no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*, as `rejected`."""
    app.add_typer(
        group, name="rejected", rich_help_panel=PANEL, help="Records that could not be taken in, and why."
    )


@group.command("list")
def list_(
    context: typer.Context, source: SourceName = "", limit: Limit = 20, as_json: AsJson = False
) -> None:
    """The rejected records, newest first, each with its reason."""
    session = of(context)
    with _rejects(session) as rejects:
        found, total = rejects.list(source=source, limit=limit), rejects.count(source=source)
    if as_json:
        output.json(session, [_told(entry) for entry in found])
    elif not found:
        session.say("rejected.none")
    else:
        output.table(session, session.headings("number source file place key step reason"), map(_row, found))
        session.say("rejected.total", count=session.words.number(total))


@group.command()
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Number, as `wenyuan rejected list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """One rejected record: where it came from, what is wrong, and its bytes."""
    session = of(context)
    with _rejects(session) as rejects:
        entry = rejects.get(number)
    if as_json:
        output.json(session, _told(entry) | {"bytes": entry.rejected.raw.data.hex()})
        return
    for heading, value in zip(
        session.headings("number source file place key step reason"), _row(entry), strict=True
    ):
        output.line(session, f"{heading}: {value}")
    output.line(session)
    output.line(session, entry.rejected.raw.data.decode("utf-8", "backslashreplace").replace("\x1b", "\\x1b"))


@group.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to write.")],
    source: SourceName = "",
) -> None:
    """Write the rejected records into a file, byte for byte as they came."""
    session = of(context)
    with _rejects(session) as rejects, output.opened(session, file) as stream:
        count = 0
        for entry in _all(rejects, source):
            stream.write(entry.rejected.raw.data)
            count += 1
    session.say("rejected.exported", count=count, file=file)


@group.command()
def replay(context: typer.Context, source: SourceName = "", as_json: AsJson = False) -> None:
    """Try them again, after a mapping was mended or Wenyuan updated; those taken in leave the list."""
    from api.cli.history import who

    session = of(context)
    with session.library() as library, session.intake(library) as intake:
        tried = intake.rejects.count(source=source)
        reports = intake.replay(source=source, who=who())
        left = intake.rejects.count(source=source)
    if as_json:
        output.json(session, [report.as_dict() for report in reports])
    else:
        session.say("rejected.replayed", tried=tried, taken=tried - left, left=left)


@group.command()
def drop(context: typer.Context, numbers: Numbers) -> None:
    """Remove rejected records from the list: nobody wants them any more."""
    session = of(context)
    with _rejects(session) as rejects:
        found = [rejects.get(number).number for number in numbers]
        rejects.drop(found)
    session.say("rejected.dropped", count=len(found))


@contextmanager
def _rejects(session: Session) -> "Iterator[Rejects]":
    """The rejected records of the data folder; a server may be reading them at the same time."""
    from ingest.rejects import Rejects

    session.settings.data_dir.mkdir(parents=True, exist_ok=True)
    rejects = Rejects(session.settings.data_dir / "rejected.sqlite")
    try:
        yield rejects
    finally:
        rejects.close()


def _all(rejects: "Rejects", source: str) -> "Iterator[Entry]":
    """All of them, oldest last, read in portions."""
    before: int | None = None
    while found := rejects.list(source=source, before=before, limit=500):
        yield from found
        before = found[-1].number


def _row(entry: "Entry") -> tuple[object, ...]:
    rejected, origin = entry.rejected, entry.origin
    return (
        entry.number,
        origin.source,
        Path(origin.file).name,
        rejected.raw.offset,
        rejected.key,
        rejected.step,
        rejected.reason,
    )


def _told(entry: "Entry") -> dict[str, object]:
    """What is known of a rejected record, without its bytes."""
    origin, rejected = entry.origin, entry.rejected
    return {
        "number": entry.number,
        "at": entry.at,
        "tries": entry.tries,
        "source": origin.source,
        "file": origin.file,
        "format": origin.format,
        "mapping": origin.mapping,
        "key": rejected.key,
        "offset": rejected.raw.offset,
        "length": len(rejected.raw.data),
        "step": rejected.step,
        "reason": rejected.reason,
    }
