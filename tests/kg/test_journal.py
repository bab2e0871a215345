"""What the journal promises: undo gives what the other changes make, replay the same store and index."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset

from kg.canonical import digest, write
from kg.change import Bulk, BulkGraph, Edit, Note
from kg.entries import entries
from kg.library import Library
from kg.terms import Triple

BASE = "http://localhost:8000/"
NOTE = Note("馆员", "edit")
UNDO = Note("馆员", "undo")
GRAPHS = [f"{BASE}graph/src/nlc/{name}" for name in "甲乙"]
STATEMENTS: list[Triple] = [
    (f"<{BASE}id/work/{work}>", "<https://w3id.org/wenyuan/ns#title>", f'"{text}"@zh')
    for work in "ab"
    for text in ("红楼梦", "西游记", "三国")
]

edits = st.lists(
    st.builds(
        Edit,
        graph=st.sampled_from(GRAPHS),
        op=st.sampled_from(["replace", "add", "remove"]),
        statements=st.lists(st.sampled_from(STATEMENTS), max_size=3).map(tuple),
        stamp=st.sampled_from([b"", b"0" * 16, b"1" * 16]),
    ),
    min_size=1,
    max_size=3,
)
histories = st.lists(edits, min_size=1, max_size=7)

histories_with_bulks = st.lists(st.one_of(edits, st.integers(1, 9), st.just("bulk")), max_size=8)


@dataclass
class Taken:
    """What the model keeps of a change: its edits, or what it undoes."""

    edits: Sequence[Edit] = ()
    undoes: Sequence[int] = ()


def counting(history: Sequence[Taken]) -> list[int]:
    """The numbers of the changes that still count: those that no later one that counts undoes."""
    undone: set[int] = set()
    for number in range(len(history), 0, -1):
        if number not in undone:
            undone.update(history[number - 1].undoes)
    return [number for number in range(1, len(history) + 1) if number not in undone]


def folded(history: Sequence[Taken]) -> tuple[dict[str, set[Triple]], dict[str, bytes]]:
    """Contents and stamps that the model expects."""
    contents: dict[str, set[Triple]] = {}
    stamps: dict[str, bytes] = {}
    for number in counting(history):
        for edit in history[number - 1].edits:
            before, given = contents.get(edit.graph, set()), set(edit.statements)
            after = {"replace": given, "add": before | given, "remove": before - given}[edit.op]
            kept = b"" if edit.op == "replace" else stamps.get(edit.graph, b"")
            contents[edit.graph], stamps[edit.graph] = after, edit.stamp or kept
    return contents, {graph: stamp for graph, stamp in stamps.items() if stamp and contents[graph]}


def canonical(library: Library) -> list[str]:
    """The library's statements in the order and with the labels of RDFC-1.0."""
    dataset = Dataset(library.store.engine)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in dataset)


def dumped(library: Library) -> bytes:
    output = BytesIO()
    library.store.dump(output, is_sorted=True)
    return output.getvalue()


def indexed(library: Library) -> set[object]:
    found = library.search.search("", limit=100)
    return set(found.hits) | set(found.facets.items())


def assert_alike(one: Library, other: Library) -> None:
    assert canonical(one) == canonical(other)
    assert dumped(one) == dumped(other)
    assert indexed(one) == indexed(other)
    assert one.counts() == other.counts()
    assert one.digests(GRAPHS) == other.digests(GRAPHS)


@settings(deadline=None)
@given(histories, st.data())
def test_a_history_with_some_undone_is_the_history_without_them(
    history: list[list[Edit]], data: st.DataObject
) -> None:
    with Library.in_memory() as library, Library.in_memory() as other:
        made = {change.number: edits for edits in history if (change := library.commit(NOTE, edits))}
        undone = data.draw(st.lists(st.sampled_from(sorted(made)), unique=True) if made else st.just([]))
        cut = data.draw(st.integers(0, len(undone)))

        library.undo(undone[:cut], UNDO)
        library.undo(undone[cut:], UNDO)
        for number, edits in made.items():
            if number not in undone:
                other.commit(NOTE, edits)

        assert_alike(library, other)


@settings(deadline=None)
@given(st.lists(st.one_of(edits, st.lists(st.integers(1, 9), min_size=1, max_size=3)), max_size=9))
def test_undoing_undoes_and_redoing_are_as_the_model_has_them(steps: list[list[Edit] | list[int]]) -> None:
    with Library.in_memory() as library:
        history: list[Taken] = []
        is_restamped = False
        for step in steps:
            if isinstance(step[0], Edit):
                if library.commit(NOTE, step):  # type: ignore[arg-type]  # the first tells of all
                    history.append(Taken(edits=step))  # type: ignore[arg-type]  # the first tells of all
                else:
                    is_restamped = True
            elif wanted := [number for number in step if number <= len(history)]:  # type: ignore[operator]
                if library.undo(wanted, UNDO):  # type: ignore[arg-type]  # numbers
                    history.append(Taken(undoes=wanted))  # type: ignore[arg-type]  # numbers
                else:
                    assert not set(wanted) & set(counting(history))

        contents, stamps = folded(history)
        assert {graph: set(library.store.graph(graph)) for graph in GRAPHS} == {
            graph: contents.get(graph, set()) for graph in GRAPHS
        }
        current = library.current(GRAPHS).items()
        assert is_restamped or {graph: known.stamp for graph, known in current if known.stamp} == stamps
        undone = set(range(1, len(history) + 1)) - set(counting(history))
        assert {change.number for change in library.changes() if change.undone_by} == undone
        assert library.verify() == []


def test_an_undo_names_what_it_undoes_and_the_undone_names_it() -> None:
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit(GRAPHS[0], "replace", (STATEMENTS[0],))])

        undone = library.undo([1], UNDO)

        assert undone is not None
        assert (undone.undoes, undone.removed, undone.note.activity) == ((1,), 1, "undo")
        assert library.change(1).undone_by == 2
        assert library.undo([1], UNDO) is None
        assert library.generation == 2


def test_undoing_an_undo_is_a_redo() -> None:
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit(GRAPHS[0], "replace", (STATEMENTS[0],), stamp=b"0" * 16)])
        library.undo([1], UNDO)
        assert library.unchanged([b"0" * 16]) == set()

        library.undo([2], UNDO)

        assert library.store.graph(GRAPHS[0]) == [STATEMENTS[0]]
        assert library.unchanged([b"0" * 16]) == {b"0" * 16}
        assert library.change(1).undone_by is None
        assert library.change(2).undone_by == 3


def test_later_changes_keep_their_effect() -> None:
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit(GRAPHS[0], "replace", (STATEMENTS[0],))])
        library.commit(NOTE, [Edit(GRAPHS[0], "add", (STATEMENTS[1],))])

        library.undo([1], UNDO)

        assert library.store.graph(GRAPHS[0]) == [STATEMENTS[1]]


def test_what_was_overwritten_can_be_undone_before_what_overwrote_it() -> None:
    with Library.in_memory() as library:
        for text in STATEMENTS[:3]:
            library.commit(NOTE, [Edit(GRAPHS[0], "replace", (text,))])

        second = library.undo([2], UNDO)
        third = library.undo([3], UNDO)

        assert second is not None
        assert third is not None
        assert (second.added, second.removed, second.graphs) == (0, 0, 0)
        assert library.store.graph(GRAPHS[0]) == [STATEMENTS[0]]


def test_a_batch_is_undone_together() -> None:
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit(GRAPHS[0], "replace", (STATEMENTS[0],))])
        for number, graph in enumerate(GRAPHS, 1):
            library.commit(
                Note("程序", "ingest", batch="批"), [Edit(graph, "replace", (STATEMENTS[number],))]
            )

        library.undo(library.batch("批"), UNDO)

        assert library.store.graph(GRAPHS[0]) == [STATEMENTS[0]]
        assert library.store.graph(GRAPHS[1]) == []


def take(library: Library, step: Sequence[Edit] | int | str) -> None:
    """One random step: a commit, an undo, or a bulk of a graph that is not there."""
    if isinstance(step, int):
        if step <= library.generation:
            library.undo([step], UNDO)
    elif isinstance(step, str):
        if absent := [graph for graph in GRAPHS if not library.store.graph(graph)]:
            library.commit_bulk(NOTE, bulk(absent[0]))
    else:
        library.commit(NOTE, step)


def bulk(graph: str) -> Bulk:
    nquads = write(graph, STATEMENTS).encode()
    return Bulk(
        nquads, [BulkGraph(graph, 0, len(nquads), digest=digest(STATEMENTS))], len(STATEMENTS),
        entries(graph, STATEMENTS),
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(histories_with_bulks)
def test_the_journal_alone_gives_the_same_store_and_index(history: list[Sequence[Edit] | int | str]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Library.open(folder / "first") as library:
            for step in history:
                take(library, step)
            shutil.copytree(folder / "first" / "journal", folder / "second" / "journal")

            with Library.open(folder / "second") as other:
                assert other.generation == library.generation
                assert_alike(library, other)
                assert other.verify() == []


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(histories_with_bulks, histories_with_bulks, st.sampled_from(["store", "search", "both"]))
def test_store_and_index_that_lag_behind_catch_up(
    before: list[Sequence[Edit] | int | str], after: list[Sequence[Edit] | int | str], lagging: str
) -> None:
    with TemporaryDirectory() as name:
        now, then = Path(name) / "now", Path(name) / "then"
        with Library.open(now) as library, Library.in_memory() as model:
            for step in before:
                take(library, step)
                take(model, step)
            library.close()
            shutil.copytree(now, then)
            with Library.open(now) as again:
                for step in after:
                    take(again, step)
                    take(model, step)
            if lagging != "search":
                shutil.rmtree(now / "store")
                shutil.copytree(then / "store", now / "store")
            if lagging != "store":
                for place in now.glob("search.sqlite*"):
                    place.unlink()
                for place in then.glob("search.sqlite*"):
                    shutil.copy(place, now)

            with Library.open(now) as recovered:
                assert_alike(recovered, model)
                assert recovered.verify() == []


@pytest.mark.parametrize("again", [1, 2, 5])
def test_applying_changes_again_changes_nothing(tmp_path: Path, again: int) -> None:
    texts = STATEMENTS[:3]
    with Library.open(tmp_path) as library, Library.in_memory() as model:
        for each in (library, model):
            each.commit_bulk(NOTE, bulk(GRAPHS[0]))
            each.commit(NOTE, [Edit(GRAPHS[0], "replace", texts[:1]), Edit(GRAPHS[1], "add", texts)])
            each.commit(NOTE, [Edit(GRAPHS[1], "remove", texts[:1])])
            each.undo([1, 2], UNDO)
            each.undo([4], UNDO)
        library.close()
        mark = tmp_path / "store" / "applied.json"
        mark.write_text(mark.read_text().replace('"applied": 5', f'"applied": {5 - again}'))

        with Library.open(tmp_path) as reopened:
            assert_alike(reopened, model)
            assert reopened.verify() == []
