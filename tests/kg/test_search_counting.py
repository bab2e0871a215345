"""Counting: what came can go again, in any order, and leaves nothing behind."""

import random
import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from kg import counting
from kg.entries import Entry
from kg.search import SearchIndex
from kg.terms import Triple, iri, named, text

NAMES = ["红楼梦", "紅樓夢 第二冊", "Economics", "Tseng, Kuo-fan", "曾国藩", "計畫", ""]
VALUES = [("type", "book"), ("type", "article"), ("year", "1999"), ("source", "a"), ("source", "b")]

names = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["zh", "en", ""])), min_size=1, max_size=2)
entry = st.builds(
    Entry,
    iri=st.sampled_from([f"http://x/id/work/{number}" for number in range(4)]),
    kind=st.sampled_from(["work", "person"]),
    names=names.map(lambda listed: tuple(sorted(set(listed)))),
    words=st.lists(st.sampled_from(NAMES), max_size=2).map(lambda listed: tuple(sorted(set(listed)))),
    identifiers=st.sampled_from([(), ("9787101003048",)]),
    facets=st.lists(st.sampled_from(VALUES), max_size=3).map(lambda listed: tuple(sorted(set(listed)))),
)
many = st.lists(entry, max_size=8)


def rows(index: SearchIndex) -> dict[str, object]:
    """All that an index holds, with IRIs in the place of the numbers of things."""
    db: sqlite3.Connection = index._writer
    iris = dict(db.execute("SELECT id, iri FROM thing"))
    terms = db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab(main, text, instance)")
    terms = db.execute("SELECT term, doc, col FROM temp.places")
    return {
        "things": sorted(
            db.execute(THINGS),
            key=str,
        ),
        "names": sorted((key, iris[thing], form) for key, thing, form in db.execute("SELECT * FROM name")),
        "facets": sorted(db.execute("SELECT facet, value, count FROM facet")),
        "terms": sorted((term, iris[doc], column) for term, doc, column in terms),
        "total": index.search("").total,
    }


THINGS = "SELECT iri, kind, packed, year, sort, weight, tally FROM thing LEFT JOIN facets_of ON thing = id"
EMPTY = rows(SearchIndex.in_memory())


@given(many, st.data())
@settings(deadline=None)
def test_any_order_and_any_division_gives_the_same_index(listed: list[Entry], data: st.DataObject) -> None:
    whole, divided = SearchIndex.in_memory(), SearchIndex.in_memory()
    whole.apply(1, (), listed)

    moves = [*((1, entry) for entry in listed), *((sign, entry) for entry in listed[:3] for sign in (1, -1))]
    moves = data.draw(st.permutations(moves))
    cut = data.draw(st.integers(0, len(moves)))
    for part in (moves[:cut], moves[cut:]):
        divided.apply(1, [each for sign, each in part if sign < 0], [each for sign, each in part if sign > 0])

    assert rows(divided) == rows(whole)


@given(many, many)
@settings(deadline=None)
def test_what_came_goes_again_without_a_trace(kept: list[Entry], passing: list[Entry]) -> None:
    before, index = SearchIndex.in_memory(), SearchIndex.in_memory()
    before.apply(1, (), kept)

    index.apply(1, (), kept)
    index.apply(2, (), passing)
    index.apply(3, passing, ())
    assert rows(index) == rows(before)

    index.apply(4, kept, ())
    assert rows(index) == EMPTY


@given(many)
@settings(deadline=None)
def test_a_departure_may_be_told_before_the_arrival(listed: list[Entry]) -> None:
    index = SearchIndex.in_memory()

    index.apply(1, listed, ())
    assert index.search("").total == 0

    index.apply(2, (), listed)
    assert rows(index) == EMPTY


def test_counting_in_portions_is_counting_at_once(monkeypatch: object) -> None:
    chance = random.Random(5)
    listed = [
        Entry(f"http://x/{chance.randrange(30)}", "work", ((chance.choice(NAMES[:6]), "zh"),))
        for _ in range(200)
    ]
    whole, portioned = SearchIndex.in_memory(), SearchIndex.in_memory()
    whole.apply(1, listed[:50], listed)

    monkeypatch.setattr(counting, "_PORTION", 7)  # type: ignore[attr-defined]
    portioned.apply(1, listed[:50], listed)

    assert rows(portioned) == rows(whole)


def test_a_thing_that_two_graphs_name_stays_until_both_are_gone() -> None:
    index = SearchIndex.in_memory()
    one = Entry("http://x/p", "person", (("曾国藩", "zh"),), facets=(("source", "a"),))
    other = Entry("http://x/p", "person", (("Zeng, Guofan", "en"),), facets=(("source", "b"),))
    index.apply(1, (), [one, one, other])

    (hit,) = index.search("曾国藩").hits
    assert hit.names == (("Zeng, Guofan", "en"), ("曾国藩", "zh"))

    index.apply(2, [one], ())
    assert index.search("曾国藩").total == 1

    index.apply(3, [one], ())
    assert index.search("曾国藩").total == 0
    assert [value.value for value in index.search("Zeng Guofan").facets["source"]] == ["b"]


def test_of_two_kinds_the_same_one_stands_however_often_each_is_said() -> None:
    person, concept = (Entry("http://x/p", kind, (("曾国藩", "zh"),)) for kind in ("person", "concept"))
    index = SearchIndex.in_memory()

    index.apply(1, (), [concept, concept, person])
    index.apply(2, (), [person, person, person])
    index.apply(3, [person, person, person], ())

    assert [hit.kind for hit in index.search("曾国藩", filters={"kind": ["person"]}).hits] == ["person"]
    assert index.search("", filters={"kind": ["concept"]}).total == 0


def test_iris_with_the_same_hash_are_different_things() -> None:
    # crc32 of these two is the same: the index finds things by that hash, and tells them apart by their IRIs.
    one, other = "http://x/plumless", "http://x/buckeroo"
    import zlib

    assert zlib.crc32(b"plumless") == zlib.crc32(b"buckeroo")
    assert zlib.crc32(one.encode()) == zlib.crc32(other.encode())

    index = SearchIndex.in_memory()
    index.apply(1, (), [Entry(one, "work", (("One", ""),)), Entry(other, "work", (("Other", ""),))])
    index.apply(2, (), [Entry(one, "work", (("Again", ""),))])

    assert [hit.iri for hit in index.search("again").hits] == [one]
    assert [hit.iri for hit in index.search("other").hits] == [other]


class Graphs:
    """A store of two graphs, as far as an index needs it."""

    def __init__(self, told: dict[str, list[Triple]]) -> None:
        self._told = told

    def graphs(self) -> list[str]:
        return list(self._told)

    def graph(self, iri: str) -> list[Triple]:
        return self._told[iri]


def test_a_rebuilt_index_is_the_one_that_grew() -> None:
    from kg.entries import entries

    told = {
        f"http://x/graph/src/s/{number}": [
            (iri(f"http://x/id/work/{number}"), named("rdf:type"), named("wy:Work")),
            (iri(f"http://x/id/work/{number}"), named("wy:title"), text(f"第{number}部書", "zh")),
            (iri(f"http://x/id/work/{number}"), named("wy:creator"), iri("http://x/id/person/p")),
            (iri("http://x/id/person/p"), named("rdf:type"), named("wy:Person")),
            (iri("http://x/id/person/p"), named("wy:name"), text("佚名" if number % 2 else "Anonymous")),
        ]
        for number in range(5)
    }
    grown, rebuilt = SearchIndex.in_memory(), SearchIndex.in_memory()
    for number, (graph, triples) in enumerate(reversed(told.items())):
        grown.apply(number + 1, (), entries(graph, triples))
    rebuilt.apply(99, (), [Entry("http://x/old", "work", (("Old", ""),))])

    rebuilt.rebuild(Graphs(told), number=5)

    assert rows(rebuilt) == rows(grown)
    assert rebuilt.applied == grown.applied == 5
