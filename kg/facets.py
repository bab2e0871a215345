"""Facets: the values by which results are narrowed down and counted. Each is known by a number."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from heapq import nlargest

from kg.entries import Entry

FACETS = ("kind", "type", "language", "year", "subject", "creator", "source", "scheme")
"""In the order to show them. kind is that of the thing; type is that of a work."""

_BITS = 59
"""Bits of a value's number that are a hash of it; those above tell its facet, as its place in FACETS."""
_YEARS = 400
"""Years that one range may span; a longer one is cut at its end that lies farther back."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet and how many of the results have it: ("language", "chi", 12)."""

    facet: str
    value: str
    count: int


def number(facet: str, value: str) -> int:
    """The number of a facet value: the same in every index. Those of one facet follow each other."""
    return _coded((facet, value))[0]


def numbers(facet: str) -> tuple[int, int]:
    """The lowest and the highest number that a value of *facet* can have."""
    lowest = FACETS.index(facet) << _BITS
    return lowest, lowest + (1 << _BITS) - 1


def token(facet: str, value: str) -> str:
    """The token by which the full-text index finds things with this value."""
    return _coded((facet, value))[1]


@lru_cache(maxsize=65_536)
def _coded(pair: tuple[str, str]) -> tuple[int, str]:
    made = blake2b("\x1f".join(pair).encode(errors="surrogatepass"), digest_size=8)
    number = FACETS.index(pair[0]) << _BITS | int.from_bytes(made.digest(), "big") >> 64 - _BITS
    return number, f"={made.hexdigest()}"


def of(entry: Entry) -> tuple[tuple[str, str], ...]:
    """All facet values of a thing, its kind first."""
    return (("kind", entry.kind), *entry.facets)


def written(values: Iterable[tuple[str, str]]) -> tuple[bytes, str]:
    """Facet values as the bytes of their numbers, and as tokens."""
    numbers, tokens = zip(*map(_coded, values), strict=True)
    return array("q", numbers).tobytes(), " ".join(tokens)


def frequent(packed: Iterable[bytes], limit: int) -> dict[int, int]:
    """Number → count of the values of each facet that are the most frequent in *packed* ones."""
    by_facet: list[list[tuple[int, int]]] = [[] for _ in FACETS]
    for number, count in Counter(array("q", b"".join(packed))).items():
        by_facet[number >> _BITS].append((count, number))
    return {number: count for counted in by_facet for count, number in nlargest(limit, counted)}


def condition(filters: Mapping[str, Sequence[str]], *, but: str = "") -> str:
    """A full-text expression for things with one of the values of each facet; "" where nothing is asked.

    but: a facet to leave out, to count what its other values would give. A year may be a range, both
    ends within: "1990..1999", "..1911", "2000..".
    """
    parts = []
    for facet, values in filters.items():
        wanted = [each for value in values for each in _expanded(facet, value)]
        if facet != but and values:
            parts.append(" OR ".join(f'"{token(facet, value)}"' for value in wanted) or '"=none"')
    return " AND ".join(f"({{facets}} : ({part}))" for part in parts)


def _expanded(facet: str, value: str) -> list[str]:
    first, dots, last = value.partition("..")
    if facet != "year" or not dots:
        return [value]
    if not all(end.isdecimal() and len(end) <= 4 for end in (first, last) if end):
        return []
    upper = int(last) if last else 2100
    lower = max(int(first) if first else 0, upper - _YEARS)
    return [f"{year:04}" for year in range(lower, upper + 1)]
