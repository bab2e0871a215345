"""History: who changed what is said about a thing, and what differs between two numbers."""

from collections.abc import Iterator

import pytest

from kg.change import Edit, Note
from kg.library import Library
from kg.terms import Triple

BASE = "http://localhost:8000/"
NOTE = Note("馆员", "edit")
TITLE = "<https://w3id.org/wenyuan/ns#title>"
GRAPH = f"{BASE}graph/src/nlc/1"
OTHER = f"{BASE}graph/curated/1"


def said(thing: str, text: str) -> Triple:
    return (f"<{BASE}id/{thing}>", TITLE, f'"{text}"@zh')


def replace(graph: str, *statements: Triple) -> Edit:
    return Edit(graph, "replace", statements)


def numbers(library: Library, thing: str, **given: int) -> list[int]:
    return [change.number for change in library.history(f"{BASE}id/{thing}", **given)]


@pytest.fixture
def library() -> Iterator[Library]:
    with Library.in_memory() as opened:
        opened.commit(NOTE, [replace(GRAPH, said("work/a", "红楼梦"), said("person/b", "曹雪芹"))])
        opened.commit(NOTE, [replace(GRAPH, said("work/a", "石头记"), said("person/b", "曹雪芹"))])
        opened.commit(NOTE, [Edit(OTHER, "add", (said("work/a", "金玉缘"),))])
        opened.commit(NOTE, [replace(GRAPH, said("person/b", "曹霑"))])
        yield opened


def test_a_things_history_has_the_changes_that_altered_it_newest_first(library: Library) -> None:
    assert numbers(library, "work/a") == [4, 3, 2, 1]
    assert numbers(library, "person/b") == [4, 1]


def test_what_is_not_described_any_more_still_has_its_history(library: Library) -> None:
    library.commit(NOTE, [Edit(OTHER, "replace", ())])

    assert library.store.graphs_about(f"{BASE}id/work/a") == []
    assert numbers(library, "work/a") == [5, 4, 3, 2, 1]


def test_an_undo_belongs_to_the_history(library: Library) -> None:
    library.undo([1, 2, 3, 4], NOTE)

    assert numbers(library, "work/a") == [5, 4, 3, 2, 1]


def test_a_change_of_a_sub_node_belongs_to_its_thing(library: Library) -> None:
    library.commit(NOTE, [Edit(OTHER, "add", (said("work/a#by-1", "著"),))])

    assert numbers(library, "work/a", limit=1) == [5]


def test_a_thing_whose_iri_begins_the_same_is_another(library: Library) -> None:
    library.commit(NOTE, [Edit(OTHER, "add", (said("work/a2", "别的书"),))])

    assert numbers(library, "work/a2") == [5]
    assert 5 not in numbers(library, "work/a")


def test_history_is_paged(library: Library) -> None:
    assert numbers(library, "work/a", limit=2) == [4, 3]
    assert numbers(library, "work/a", before=3) == [2, 1]


def test_what_was_never_described_has_no_history(library: Library) -> None:
    assert numbers(library, "work/none") == []


def test_a_difference_is_net_graph_by_graph(library: Library) -> None:
    assert list(library.diff(1, 4)) == [
        (GRAPH, sorted([said("work/a", "红楼梦"), said("person/b", "曹雪芹")]), [said("person/b", "曹霑")]),
        (OTHER, [], [said("work/a", "金玉缘")]),
    ]


def test_a_difference_reads_backwards_too(library: Library) -> None:
    forward, backward = list(library.diff(1, 4)), list(library.diff(4, 1))

    assert [(graph, came, gone) for graph, gone, came in forward] == backward


def test_the_difference_to_nothing_is_everything(library: Library) -> None:
    assert {graph: came for graph, _, came in library.diff(0, library.generation)} == {
        graph: library.store.graph(graph) for graph in library.store.graphs()
    }


def test_what_came_and_went_between_makes_no_difference(library: Library) -> None:
    library.undo([4], NOTE)

    assert list(library.diff(3, 5)) == []


def test_a_graph_with_many_edits_reads_as_it_is() -> None:
    statements = [said("work/a", f"第{number}回") for number in range(80)]
    with Library.in_memory() as library:
        for statement in statements:
            library.commit(NOTE, [Edit(OTHER, "add", (statement,))])

        library.commit(NOTE, [Edit(OTHER, "remove", (statements[0],)), Edit(OTHER, "add", (statements[1],))])
        library.undo([2], NOTE)

        assert library.store.graph(OTHER) == sorted(statements[1:])
        assert library.verify() == []
        assert numbers(library, "work/a", limit=3) == [81, 80, 79]
