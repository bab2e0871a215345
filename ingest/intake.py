"""The intake: what the doors call to take files in. Finds out the format, archives, maps or loads."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest import load, pipeline, plugins
from ingest.archive import Archive
from ingest.errors import SourceError
from ingest.guess import Guess, guess
from ingest.opening import opened, plain_name
from ingest.pipeline import Progress
from ingest.rejects import Entry, Rejects
from ingest.report import Report
from ingest.worker import Task
from kg.change import Note
from kg.library import Library

REJECTS = "rejected.sqlite"
RAW = "raw"
_NAME = re.compile(r"[^\w.-]+")
_WHOLE = re.compile(r"\w[\w.-]*")


class Intake:
    """The way into a library: its raw archive and its refused records, beside the library itself.

    folder: the data folder, None where nothing is kept of either. workers: processes that read and map.
    """

    def __init__(
        self, library: Library, folder: Path | None, *, base: str = "http://localhost:8000/", workers: int = 1
    ) -> None:
        self._library, self._base, self._workers = library, base, workers
        self._archive = Archive(folder / RAW) if folder else None
        self.rejects = Rejects(folder / REJECTS if folder else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.rejects.close()

    def file(
        self,
        path: Path,
        *,
        source: str = "",
        format: str = "",
        mapping: str = "",
        who: str,
        reason: str = "",
        batch: str = "",
        progress: Progress | None = None,
    ) -> Report:
        """Takes the records of the file at *path* in, and says what became of them.

        source: the name its records are kept under, by default the file's; format: a name of SOURCES, by
        default found out; mapping: a user's mapping file; batch: what it is undone with, by default alone.
        An RDF file is loaded instead. Raises SourceError, UnknownFormat, UnknownName and MappingError for
        what concerns the file as a whole; a bad record is only counted and kept.
        """
        found = Guess(format, "", 1.0) if format else guess(path)
        name = _checked(source) if source else source_name(path)
        if getattr(plugins.SOURCES[found.format], "loads", False):
            report = self.load(path, source=name, who=who, reason=reason, batch=batch)
            return replace(report, why=found.reason)
        report = Report(name, str(path), found.format, found.reason)
        if self._archive:
            with opened(path) as stream:
                report.raw = self._archive.keep(stream)
        with opened(path) as stream:
            return pipeline.take_in(
                self._library,
                stream,
                Task(name, found.format, self._base, mapping),
                note=self._note("ingest", name, who, reason, batch),
                rejects=self.rejects,
                report=report,
                workers=self._workers,
                progress=progress,
            )

    def load(
        self,
        path: Path,
        *,
        source: str = "",
        version: str = "current",
        format: str = "",
        who: str,
        reason: str = "",
        batch: str = "",
    ) -> Report:
        """Loads the RDF file at *path* as the graph {base}graph/auth/{source}/{version}; see ingest.load.

        format: a name of kg.formats, by default found out.
        """
        name = _checked(source) if source else source_name(path)
        report = Report(name, str(path), format)
        note = self._note("load", name, who, reason, batch)
        graph = f"{self._base}graph/auth/{name}/{_checked(version)}"
        return load.load(
            self._library, path, graph=graph, base=self._base, note=note, report=report, format=format
        )

    def replay(
        self, *, source: str = "", numbers: Iterable[int] = (), who: str, reason: str = ""
    ) -> list[Report]:
        """Tries refused records again, all of *source* or those of *numbers*; a report for each origin.

        Those that are taken in leave the list. The others stay, with the reason of today.
        """
        entries = [self.rejects.get(number) for number in numbers] or self._all(source)
        ordered = sorted(entries, key=lambda entry: (repr(entry.origin), entry.number))
        groups = groupby(ordered, key=lambda entry: entry.origin)
        return [self._again(list(those), who, reason) for _, those in groups]

    def _again(self, entries: list[Entry], who: str, reason: str) -> Report:
        origin = entries[0].origin
        report = Report(origin.source, origin.file, origin.format, "replay of refused records")
        task = Task(origin.source, origin.format, self._base, origin.mapping)
        raws = [entry.rejected.raw for entry in entries]
        return pipeline.take_in_raws(
            self._library,
            raws,
            task,
            note=self._note("ingest", origin.source, who, reason or "replay of refused records", ""),
            rejects=self.rejects,
            report=report,
        )

    def _all(self, source: str) -> list[Entry]:
        found: list[Entry] = []
        while page := self.rejects.list(
            source=source, before=found[-1].number if found else None, limit=500
        ):
            found.extend(page)
        return found

    def _note(self, activity: str, source: str, who: str, reason: str, batch: str) -> Note:
        """Who and why; the changes of one pass share a batch named after the first of them."""
        return Note(who, activity, reason, source, batch or f"{activity}-{self._library.generation + 1}")


def _checked(name: str) -> str:
    """*name* where it can be part of an IRI as it is; raises SourceError."""
    if not _WHOLE.fullmatch(name):
        raise SourceError(
            f"{name!r} cannot name a source or a version", hint="use letters, digits, hyphens, dots and _"
        )
    return name


def source_name(path: Path) -> str:
    """The name that a file's records are kept under where nobody gives one: "UVa bib.mrc.gz" → "uva-bib".

    Raises SourceError where the file's name has no letter or digit in it.
    """
    name = _NAME.sub("-", plain_name(path).partition(".")[0]).strip("-.").lower()
    if not name:
        raise SourceError(f"{path.name!r} gives no name for a source", hint="give one with --source")
    return name
