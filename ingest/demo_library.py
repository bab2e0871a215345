"""The demo library: bundled real records, taken in as a person would take in files of their own."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ingest import folders
from ingest.intake import Intake
from ingest.report import Report
from kg.library import Library

REASON = "the demo library"


@dataclass(frozen=True, slots=True)
class Part:
    """A file or folder of the demo library; load: the name of a vocabulary that is loaded as it is."""

    path: Path
    source: str = ""
    mapping: str = ""
    load: str = ""


def folder() -> Path:
    """Where the bundled files lie."""
    return Path(str(files("ingest"))) / "demo"


def parts() -> list[Part]:
    """What the demo library is built from, in order, as its library.toml says."""
    here = folder()
    listed = tomllib.loads((here / "library.toml").read_text(encoding="utf-8"))["file"]
    return [
        Part(
            path=here / entry["path"],
            source=entry.get("source", ""),
            mapping=str(here / entry["mapping"]) if "mapping" in entry else "",
            load=entry.get("load", ""),
        )
        for entry in listed
    ]


def is_built(library: Library) -> bool:
    """Whether the library has had the last part of the demo that leaves a trace in the history."""
    last = [part.load or part.source for part in parts()][-1]
    return bool(library.changes(source=last, limit=1))


def build(intake: Intake, *, who: str) -> Iterator[Report]:
    """Takes in every part, and reports on each file. Doing it again changes nothing."""
    for part in parts():
        for path in folders.files([part.path]):
            if part.load:
                yield intake.load(path, source=part.load, who=who, reason=REASON)
            else:
                yield intake.file(path, source=part.source, mapping=part.mapping, who=who, reason=REASON)
