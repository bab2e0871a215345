"""How large the predicates of a generation are, and whether columns would answer sooner than the engine."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kg.columns.folder import META, columns_of
from kg.sparql.simple import Pattern, Select, Variable

# Microseconds, measured on a million statements (benchmarks.sparql): a row that the engine reads, and one
# that it looks up a partner for; what columns need in any case, and for each statement of a predicate.
_READ, _LOOKED_UP = 0.25, 1.0
_BEGIN, _SCANNED = 1_500, 0.03
_TERMS = 10
"""Statements about one subject whose predicates are not told."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a query would take, in milliseconds. rows: of its smallest pattern; statements: of all of them."""

    engine: float
    columns: float
    rows: int
    statements: int


class Sizes:
    """The figures of one generation's columns."""

    def __init__(self, meta: dict[str, Any]) -> None:
        self.statements: int = meta["statements"]
        self._known: dict[str, dict[str, Any]] = {each["term"]: each for each in meta["predicates"]}

    def estimate(self, query: Select) -> Estimate:
        """What *query* would take here and there."""
        rows, met = self._joined(query.patterns)
        scanned = sum(map(self.scanned, query.patterns))
        engine = rows * _READ + met * _LOOKED_UP
        columns = _BEGIN + scanned * _SCANNED * (2 if len(query.patterns) > 1 else 1)
        return Estimate(round(engine / 1000, 2), round(columns / 1000, 2), rows, scanned)

    def _joined(self, patterns: Sequence[Pattern]) -> tuple[int, float]:
        """Rows of the smallest pattern, and rows met when the others are joined to it one by one."""
        waiting = sorted(patterns, key=self.rows)
        first = waiting.pop(0)
        known = set(first.variables())
        found = float(self.rows(first))
        met = 0.0
        while waiting:
            following = next((each for each in waiting if each.variables() & known), waiting[0])
            waiting.remove(following)
            found *= self.rows(following) / self._values(following, known)
            met += found
            known |= following.variables()
        return self.rows(first), met

    def _values(self, pattern: Pattern, known: set[str]) -> int:
        """How many different values the pattern has where it is joined, at most; at least 1."""
        found = self._known.get(pattern.predicate) if isinstance(pattern.predicate, str) else None
        if found is None:
            return max(self.rows(pattern) // _TERMS, 1)
        sides = ((pattern.subject, "subjects"), (pattern.object, "objects"))
        values = [
            int(found[side]) for term, side in sides if isinstance(term, Variable) and term.name in known
        ]
        return max(1, *(min(value, max(self.rows(pattern), 1)) for value in values or [1]))

    def scanned(self, pattern: Pattern) -> int:
        """Statements that columns read for the pattern."""
        if isinstance(pattern.predicate, Variable):
            return self.statements
        found = self._known.get(pattern.predicate)
        return int(found["statements"]) if found else 0

    def rows(self, pattern: Pattern) -> int:
        """About how many rows the pattern has."""
        scanned = self.scanned(pattern)
        is_about_one = not isinstance(pattern.subject, Variable)
        if isinstance(pattern.predicate, Variable):
            return min(scanned, _TERMS) if is_about_one else scanned
        found = self._known.get(pattern.predicate)
        if not found:
            return 0
        if is_about_one:
            return -(-scanned // int(found["subjects"]))
        if isinstance(pattern.object, Variable):
            return scanned
        sizes: dict[str, int] | None = found.get("sizes")
        return -(-scanned // int(found["objects"])) if sizes is None else sizes.get(pattern.object, 0)


def sizes_of(generation: Path) -> Sizes:
    """Those of the generation in that folder; raises FileNotFoundError where it has no columns."""
    return _read(columns_of(generation) / META)


@lru_cache(maxsize=8)
def _read(meta: Path) -> Sizes:
    return Sizes(json.loads(meta.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def is_possible() -> bool:
    """Whether the library that columns need is installed."""
    return find_spec("numpy") is not None
