"""How a run is shown: while it goes on, at its end, and before it is done at all (a dry run)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli import output
from api.cli.session import Session

if TYPE_CHECKING:
    from ingest.report import Report

REASONS = 5
"""Reasons for rejection that are told at the end of a run, the most frequent first."""
UNMAPPED = 12
"""Fields that no rule reads, told at the end of a run."""


@contextmanager
def progress(session: Session, file: Path) -> "Iterator[Callable[[Report], None]]":
    """What a run calls as it goes on; shown on a terminal as one line that moves, elsewhere not at all."""
    if not session.err.is_terminal or session.is_quiet:
        yield lambda report: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=session.err, transient=True) as bar:
        task = bar.add_task(file.name, total=None, told="")
        yield lambda report: bar.update(task, told=_moving(session, report))


def report(session: Session, found: "Report", *, as_json: bool = False) -> None:
    """What a run did: counts, reasons, fields nobody reads, and the way back."""
    if as_json:
        output.json_line(session, found.as_dict())
        return
    number = session.words.number
    session.say("ingest.format", file=Path(found.file).name, format=found.format, why=found.why)
    session.say(
        "ingest.done",
        file=Path(found.file).name,
        read=number(found.read),
        seconds=found.seconds,
        rate=number(round(found.rate)),
    )
    counts = ("new", "changed", "unchanged", "rejected", "flagged")
    session.say("ingest.counts", **{name: number(getattr(found, name)) for name in counts})
    for reason, times in _most(found.reasons, REASONS):
        session.say("ingest.reason", times=number(times), reason=reason)
    if found.rejected:
        session.say("ingest.rejected", source=found.source)
    if found.unmapped:
        fields = ", ".join(f"{name} ({number(times)})" for name, times in _most(found.unmapped, UNMAPPED))
        session.say("ingest.unmapped", fields=fields)
    if found.changes:
        session.say("ingest.changes", first=found.changes[0])
    elif found.read and found.read == found.unchanged:
        session.say("ingest.nothing")


def _moving(session: Session, found: "Report") -> str:
    number = session.words.number
    return session.words("cli.ingest.moving", read=number(found.read), rejected=number(found.rejected))


def _most(counted: dict[str, int], limit: int) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
