"""Commands about changes: what was done to the library, and taking it back."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson, Limit, SourceName
from api.cli.session import Session, of

if TYPE_CHECKING:
    from kg.change import Change

PANEL = "History"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (history, diff, undo):
        app.command(rich_help_panel=PANEL)(command)


def history(
    context: typer.Context,
    thing: Annotated[
        str, typer.Argument(help="Only the changes of this thing: an IRI or its end, work/abc.")
    ] = "",
    source: SourceName = "",
    before: Annotated[int | None, typer.Option(metavar="N", help="Only changes before this number.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """What was changed, when, by whom and why; newest first."""
    session = of(context)
    with session.library() as library:
        if thing:
            found = library.history(session.iri(thing), before=before, limit=limit)
        else:
            found = library.changes(before=before, limit=limit, source=source or None)
        if as_json:
            output.json(session, found)
        else:
            output.table(
                session, session.headings("number when what source added removed by"), map(_row, found)
            )


def diff(
    context: typer.Context,
    first: Annotated[int, typer.Argument(help="Number of a change; 0 is the empty library.")],
    last: Annotated[int, typer.Argument(help="Number of a later change.")],
    as_json: AsJson = False,
) -> None:
    """What is different between the library after one change and after a later one."""
    session = of(context)
    with session.library() as library:
        for graph, removed, added in library.diff(first, last):
            if as_json:
                output.json_line(session, {"graph": graph, "removed": removed, "added": added})
                continue
            output.line(session, f"# {graph}")
            for sign, triples in (("-", removed), ("+", added)):
                for triple in triples:
                    output.line(session, f"{sign} {' '.join(triple)} .")


def undo(
    context: typer.Context,
    numbers: Annotated[
        list[int], typer.Argument(help="Numbers of changes, as `wenyuan history` shows them.")
    ],
    only: Annotated[bool, typer.Option("--only", help="Not the whole run the change belongs to.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take changes back. Undoing an undo brings them again; nothing is ever lost."""
    session = of(context)
    take_back(session, numbers, is_alone=only, reason=reason, as_json=as_json)


def take_back(session: Session, numbers: list[int], *, is_alone: bool, reason: str, as_json: bool) -> None:
    """Undoes changes, with all others of the same runs unless *is_alone*, and says what came of it."""
    from kg.change import Note

    with session.library() as library:
        wanted = set(numbers)
        for number in numbers:
            batch = library.change(number).note.batch
            if batch and not is_alone:
                wanted.update(library.batch(batch))
        change = library.undo(sorted(wanted), Note(who(), "undo", reason))
        if as_json:
            output.json(session, change)
        elif change is None:
            session.say("undo.nothing")
        else:
            session.say(
                "undo.done",
                number=change.number,
                undone=len(wanted),
                added=change.added,
                removed=change.removed,
            )


def who() -> str:
    """The name under which changes of this person are kept."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user without a name: a container that runs under a bare number.
        return "unknown"


def _row(change: "Change") -> tuple[object, ...]:
    note = change.note
    number = f"{change.number}" + (f" (undone by {change.undone_by})" if change.undone_by else "")
    what = f"undo of {', '.join(map(str, change.undoes))}" if change.undoes else note.activity
    when = change.at.astimezone().strftime("%Y-%m-%d %H:%M")
    return number, when, what, note.source, f"+{change.added}", f"-{change.removed}", note.who
