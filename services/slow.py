"""The log of slow queries: JSON lines in the data folder, with shapes and no constants."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from kg.sparql.shape import fingerprint, shape

log = logging.getLogger(__name__)

FILE_NAME = "slow-queries.jsonl"
OLDER = 3
"""Files kept beside the one that is written."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What queries of one shape have cost together. worst: seconds of the slowest."""

    fingerprint: str
    shape: str
    times: int
    seconds: float
    cpu: float
    worst: float
    rows: int
    outcomes: Mapping[str, int]
    paths: tuple[str, ...]


class SlowLog:
    """The log of one data folder. size: bytes at which a new file begins."""

    def __init__(self, folder: Path, *, size: int) -> None:
        self._path, self._size = folder / FILE_NAME, size
        self._lock = Lock()

    def write(self, query: str, **told: object) -> None:
        """Adds a query by its shape, and what is *told* of it. A disk that is full stops no query."""
        of = shape(query)
        line = json.dumps({"fingerprint": fingerprint(of), **told, "shape": of}, ensure_ascii=False) + "\n"
        try:
            with self._lock:
                self._rotate(len(line))
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line)
        except OSError as error:
            log.warning("the log of slow queries cannot be written: %s", error)

    def _rotate(self, coming: int) -> None:
        with suppress(FileNotFoundError):
            if self._path.stat().st_size + coming <= self._size:
                return
            for number in range(OLDER, 0, -1):
                with suppress(FileNotFoundError):
                    _numbered(self._path, number - 1).replace(_numbered(self._path, number))


def entries(folder: Path) -> Iterator[dict[str, object]]:
    """What is in the log, oldest first; lines that a crash cut are passed over."""
    for number in range(OLDER, -1, -1):
        with (
            suppress(FileNotFoundError),
            _numbered(folder / FILE_NAME, number).open(encoding="utf-8") as file,
        ):
            for line in file:
                with suppress(ValueError):
                    yield json.loads(line)


def shapes(found: Iterable[Mapping[str, object]]) -> list[Shape]:
    """The entries by shape, those that cost most together first."""
    groups: dict[str, list[Mapping[str, object]]] = {}
    for entry in found:
        groups.setdefault(str(entry.get("fingerprint", "")), []).append(entry)
    return sorted(map(_shape, groups.values()), key=lambda each: -each.seconds)


def _shape(group: list[Mapping[str, object]]) -> Shape:
    outcomes = [str(entry.get("outcome", "")) for entry in group]
    return Shape(
        fingerprint=str(group[0].get("fingerprint", "")),
        shape=str(group[0].get("shape", "")),
        times=len(group),
        seconds=round(sum(_number(entry, "seconds") for entry in group), 3),
        cpu=round(sum(_number(entry, "cpu") for entry in group), 3),
        worst=max(_number(entry, "seconds") for entry in group),
        rows=int(sum(_number(entry, "rows") for entry in group)),
        outcomes={name: outcomes.count(name) for name in dict.fromkeys(outcomes)},
        paths=tuple(dict.fromkeys(str(entry.get("path", "")) for entry in group)),
    )


def _number(entry: Mapping[str, object], name: str) -> float:
    value = entry.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path
