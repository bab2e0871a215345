"""How a run is shown: while it goes on, at its end, and before it is done at all (a dry run)."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli import output
from api.cli.session import Session
from kg.terms import is_iri, value_of

if TYPE_CHECKING:
    from ingest.checking import Verdict
    from ingest.preview import Preview
    from ingest.report import Report
    from kg.terms import Triple

REASONS = 5
"""Reasons for rejection that are told at the end of a run, the most frequent first."""
_DATATYPE = re.compile(r"\^\^<[^>]*>$")
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
    session.say("ingest.counts", **counts(session, found))
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


def counts(session: Session, found: "Report") -> dict[str, str]:
    """File and counts of a report, as they are said."""
    names = ("read", "new", "changed", "unchanged", "rejected", "flagged")
    told = {name: session.words.number(getattr(found, name)) for name in names}
    return {"file": Path(found.file).name, "format": found.format, **told}


def loaded(session: Session, found: "Report", *, as_json: bool = False) -> None:
    """What loading a file of RDF did."""
    if as_json:
        output.json_line(session, found.as_dict())
        return
    file, number = Path(found.file).name, session.words.number
    if not found.changes:
        session.say("load.nothing", file=file)
        return
    session.say(
        "load.done",
        file=file,
        format=found.format,
        statements=number(found.statements),
        seconds=found.seconds,
    )
    session.say("ingest.changes", first=found.changes[0])


def preview(session: Session, found: "Preview", *, as_json: bool = False) -> None:
    """The first records of a file, as they came and as they would be stored."""
    if as_json:
        output.json(session, found)
        return
    name = Path(found.file).name
    if found.why:
        session.say("ingest.format", file=name, format=found.format, why=found.why)
    session.say("ingest.dry", count=len(found.samples))
    for sample in found.samples:
        output.line(session)
        said = _compact(session, sample.statements)
        if sample.rejected:
            refused = sample.rejected
            said = [session.words("cli.ingest.dry_rejected", step=refused.step, reason=refused.reason)]
        output.side_by_side(session, session.headings("given becomes"), sample.fields, said)


def verdict(session: Session, found: "Verdict", *, as_json: bool = False) -> None:
    """What a check against the shapes found, and how much of it there is."""
    if as_json:
        output.json(session, found)
        return
    rows = []
    for entry in found.found:
        finding, place = entry.finding, entry.graph or entry.finding.focus.strip("<>")
        told = finding.zh if session.language.startswith("zh") else finding.en
        severity = session.words(f"cli.severity.{finding.severity}")
        rows.append((severity, session.short(place), told, finding.value))
    if rows:
        output.table(session, session.headings("severity thing reason value"), rows)
    session.say(
        "validate.found" if found.counts else "validate.good",
        count=session.words.number(found.things),
        violations=session.words.number(found.counts["violation"]),
        warnings=session.words.number(found.counts["warning"]),
    )


def _compact(session: Session, statements: "Sequence[Triple]") -> list[str]:
    """Statements as people read them: a line for each thing, then what is said of it, names shortened."""
    lines, last = [], ""
    # What is said of the record itself comes last: it is the same for all records.
    for subject, predicate, value in sorted(statements, key=lambda triple: "/graph/" in triple[0]):
        if subject != last:
            lines.append(session.short(value_of(subject)))
            last = subject
        shown = session.short(value_of(value)) if is_iri(value) else _DATATYPE.sub("", value)
        lines.append(f"  {session.short(value_of(predicate))} {shown}")
    return lines


def _moving(session: Session, found: "Report") -> str:
    number = session.words.number
    return session.words("cli.ingest.moving", read=number(found.read), rejected=number(found.rejected))


def _most(counted: dict[str, int], limit: int) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
