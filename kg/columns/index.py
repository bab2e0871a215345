"""The columns of a generation, opened for reading. Not the evaluation of queries on them."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kg.columns.folder import ARRAYS, META, VERSION, columns_of
from kg.columns.order import Class, key
from kg.errors import StoreError

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slice:
    """Statements of one predicate, or of all: subject, object, graph; predicates: runs of number, length."""

    s: Ints
    o: Ints
    g: Ints
    runs: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.s)

    @property
    def p(self) -> Ints:
        """The predicate of each statement."""
        numbers, lengths = zip(*self.runs, strict=True) if self.runs else ((), ())
        return np.repeat(np.array(numbers, np.int32), lengths)


class Index:
    """Terms are known by their numbers, which sort as the terms do (kg.columns.order)."""

    def __init__(self, folder: Path) -> None:
        self.meta: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
        if self.meta["version"] != VERSION:
            raise StoreError(f"the columns in {str(folder)!r} are of another version")
        self.terms: int = self.meta["terms"]
        self.classes: Longs = np.array(self.meta["classes"], np.int64)
        self._arrays: dict[str, NDArray[Any]] = {
            name: _mapped(folder / name, kind) for name, kind in ARRAYS.items()
        }
        self._texts: NDArray[np.uint8] = _mapped(folder / "terms", "uint8")
        self._predicates: list[dict[str, Any]] = self.meta["predicates"]

    @classmethod
    def of(cls, generation: Path) -> "Index":
        """That of the generation in the folder *generation*."""
        return cls(columns_of(generation))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each["term"]: place for place, each in enumerate(self._predicates)}

    def text(self, number: int) -> str:
        """The term of that number, as N-Triples text."""
        return self._text(number).decode()

    def number(self, term: str) -> int | None:
        """The number of a term; None where no statement has it."""
        place = self.place(term)
        return place if place < self.terms and self._text(place) == term.encode() else None

    def place(self, term: str) -> int:
        """How many terms are less than *term*."""
        return bisect_left(range(self.terms), key(term.encode()), key=lambda number: key(self._text(number)))

    def statements(self, predicate: str | None = None) -> Slice:
        """The statements of one predicate, sorted by subject; of all predicates."""
        s, o, g = (self._arrays[name] for name in "sog")
        if predicate is None:
            return Slice(s, o, g, tuple((each["number"], each["statements"]) for each in self._predicates))
        place = self._places.get(predicate)
        if place is None:
            return Slice(s[:0], o[:0], g[:0], ())
        each = self._predicates[place]
        start, end = each["start"], each["start"] + each["statements"]
        return Slice(s[start:end], o[start:end], g[start:end], ((each["number"], each["statements"]),))

    def classes_of(self, numbers: NDArray[Any]) -> set[Class]:
        """The classes that terms of those numbers are of."""
        found = np.searchsorted(self.classes[1:], numbers, side="right")
        return {Class(int(each)) for each in np.flatnonzero(np.bincount(found))}

    def values(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """The values of terms that all are of class NUMBER."""
        made: NDArray[np.float64] = self._arrays["values"][numbers - self.classes[Class.NUMBER]]
        return made

    def kinds(self, numbers: NDArray[Any]) -> NDArray[np.uint8]:
        """Integer, decimal or double: 0, 1, 2; of terms that all are of class NUMBER."""
        made: NDArray[np.uint8] = self._arrays["kinds"][numbers - self.classes[Class.NUMBER]]
        return made

    def has_language(self, numbers: NDArray[Any], language: str) -> Bools:
        """Whether each has that language; of terms that all are of class TEXT."""
        known: Sequence[str] = self.meta["languages"]
        if language not in known:
            return np.zeros(len(numbers), np.bool_)
        made: Bools = self._arrays["languages"][numbers - self.classes[Class.TEXT]] == known.index(language)
        return made

    def _text(self, number: int) -> bytes:
        offsets = self._arrays["offsets"]
        return self._texts[offsets[number] : offsets[number + 1]].tobytes()


def _mapped(place: Path, kind: str) -> NDArray[Any]:
    # No file of no bytes can be mapped.
    return np.memmap(place, kind, "r").view(np.ndarray) if place.stat().st_size else np.empty(0, kind)
