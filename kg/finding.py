"""Finding things in the index: what matches, why, and by which facets it can be narrowed."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg import expression, tally
from kg.entries import Entry
from kg.expression import Expression
from kg.facets import FACETS, FacetValue
from kg.labels import nearness
from kg.matches import COUNTED, SORTS, Matches
from kg.snippet import shown
from kg.tokens import of_names, of_texts

DEEPEST = 10_000
"""The farthest result that can be paged to."""
_MOST = 200
"""Results of one page."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found, and why.

    text, language: one of its names, the matching one where a preferred name matched; names: all preferred
    ones. why: "name", "alternative", "identifier", "words", or "" where no words were asked for.
    matched: the text that matched. facets: (facet, value) of the thing.
    """

    iri: str
    kind: str
    text: str
    language: str
    names: tuple[tuple[str, str], ...]
    why: str = ""
    matched: str = ""
    facets: tuple[tuple[str, str], ...] = ()

    def name_for(self, language: str) -> tuple[str, str]:
        """The name that suits a reader of *language* most, with its language tag."""
        names = self.names or ((self.text, self.language),)
        return min(names, key=lambda name: (nearness(name[0], name[1], language), name))


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found. total: all matches.

    facets: facet → its most frequent values among the matches; one that is filtered counts what its other
    values would give. counted: how many matches were counted for that, which may be fewer than total.
    is_widened: nothing has the words as typed, so words that begin with them were taken.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    counted: int = 0
    is_widened: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """The first matches of a search. snippets: what matched, marked; () if not asked for. total: of all."""

    total: int
    iris: tuple[str, ...]
    snippets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Which results are asked for: how many, after how many, in which of kg.matches.SORTS."""

    limit: int = 20
    offset: int = 0
    sort: str = "relevance"


def find(db: sqlite3.Connection, query: str, filters: Mapping[str, Sequence[str]], page: Page) -> Results:
    """See SearchIndex.search. Unknown facets and orders raise ValueError."""
    _check(filters, page.sort)
    start, limit = max(0, min(page.offset, DEEPEST)), max(0, min(page.limit, _MOST))
    met = _met(db, query, filters)
    if met is None:
        return Results(0, (), {})
    asked, found, is_widened = met
    numbers = found.first(start + limit, query=query, sort=page.sort)[start:]
    hits = tuple(_hit(entry, asked) for entry in tally.fetched(db, numbers).values())
    return Results(found.total, hits, found.facets(), min(found.total, COUNTED), is_widened)


def listed(
    db: sqlite3.Connection, query: str, filters: Mapping[str, Sequence[str]], page: Page, *, is_told: bool
) -> Listed:
    """The first matches in the order in which `find` pages through them, without facets.

    page.limit: at most DEEPEST. is_told: whether to say which text of each thing matched, which takes 0.1 ms
    a thing.
    """
    _check(filters, page.sort)
    met = _met(db, query, filters)
    if met is None:
        return Listed(0, (), ())
    asked, found, _ = met
    numbers = found.first(min(page.limit, DEEPEST), query=query, sort=page.sort)
    if is_told:
        hits = [_hit(entry, asked) for entry in tally.fetched(db, numbers).values()]
        return Listed(
            found.total,
            tuple(hit.iri for hit in hits),
            tuple(shown(hit.matched or hit.text, asked) for hit in hits),
        )
    wanted = ", ".join(map(str, numbers))
    iris = dict(db.execute(f"SELECT id, iri FROM thing WHERE id IN ({wanted})"))
    return Listed(found.total, tuple(iris[number] for number in numbers if number in iris), ())


def _met(
    db: sqlite3.Connection, query: str, filters: Mapping[str, Sequence[str]]
) -> tuple[Expression, Matches, bool] | None:
    """What meets the query, and whether only its words' beginnings do; None for one without words."""
    asked = expression.read(query)
    if query.strip() and not asked.readings:
        return None
    found = Matches(db, asked, filters)
    if not asked.readings or found.total:
        return asked, found, False
    asked = expression.read(query, is_begun=True)
    found = Matches(db, asked, filters)
    return asked, found, found.total > 0


def _check(filters: Mapping[str, Sequence[str]], sort: str) -> None:
    unknown = [facet for facet in filters if facet not in FACETS]
    if unknown:
        raise ValueError(f"no facet {unknown[0]!r}; known: {', '.join(FACETS)}")
    if sort not in SORTS:
        raise ValueError(f"no order {sort!r}; known: {', '.join(SORTS)}")


def _hit(entry: Entry, asked: Expression) -> Hit:
    why, matched = _reason(entry, asked) if asked.readings else ("", "")
    named = entry.names or entry.alternatives
    text, language = next(((text, tag) for text, tag in named if text == matched), named[0])
    return Hit(entry.iri, entry.kind, text, language, entry.names, why, matched, entry.facets)


def _reason(entry: Entry, asked: Expression) -> tuple[str, str]:
    """Which text of a thing meets most of what was asked, names before other texts."""
    best, reason = 0, ("words", "")
    for why, text, tokens in _texts(entry):
        met = asked.met(frozenset(tokens.split()))
        if met > best:
            best, reason = met, (why, text)
    return reason


def _texts(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """All texts of a thing: why they count, the text, and its tokens."""
    yield from (("name", text, of_names([text])) for text, _ in entry.names)
    yield from (("alternative", text, of_names([text])) for text, _ in entry.alternatives)
    yield from (("identifier", code, code) for code in entry.identifiers)
    yield from (("words", text, of_texts([text])) for text in entry.words)
