"""A dry run: the first records of a file beside what they would become. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingest import plugins, worker
from ingest.guess import Guess, guess
from ingest.model import Field, Raw, Rejected, Source
from ingest.opening import opened
from ingest.worker import Task
from kg.terms import Triple


@dataclass(frozen=True, slots=True)
class Sample:
    """One record: its fields as lines, and the statements they become; or why it would be rejected."""

    key: str
    fields: tuple[str, ...] = ()
    statements: tuple[Triple, ...] = ()
    rejected: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first records of a file. format, why: how it was read, and the reason."""

    file: str
    format: str
    why: str
    samples: tuple[Sample, ...]


def preview(path: Path, task: Task, *, first: int = 3) -> Preview:
    """The *first* records of the file at *path*, mapped as *task* says; an empty task.format is guessed.

    Raises SourceError, UnknownFormat and MappingError as a real run does.
    """
    found = Guess(task.format, "", 1.0) if task.format else guess(path)
    chosen = Task(task.source, found.format, task.base, task.mapping)
    source = plugins.source(chosen.format, chosen.mapping)
    with opened(path) as stream:
        samples = tuple(_sample(raw, source, chosen) for raw in islice(source.split(stream), first))
    return Preview(str(path), found.format, found.reason, samples)


def lines(fields: Sequence[Field]) -> list[str]:
    """Fields as people write them: "245 10 $a Title $b subtitle", "title Title"."""
    return [_line(field) for field in fields]


def _sample(raw: Raw | Rejected, source: Source, task: Task) -> Sample:
    found = source.read(raw) if isinstance(raw, Raw) else raw
    if isinstance(found, Rejected):
        return Sample(found.key, rejected=found)
    outcome = worker.describe([found.raw], task).results[0]
    if isinstance(outcome, Rejected):
        return Sample(found.key, tuple(lines(found.fields)), rejected=outcome)
    return Sample(found.key, tuple(lines(found.fields)), tuple(worker.mapped(found, task)))


def _line(field: Field) -> str:
    marks = f" {field.marks.replace(' ', '_')}" if field.marks else ""
    parts = (f"${code} {value}" if code else value for code, value in field.parts)
    return f"{field.name}{marks} {' '.join(parts)}"
