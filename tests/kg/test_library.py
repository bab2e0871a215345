"""The library: one step for journal, store and index, and nothing at all where a step fails."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from kg.canonical import digest, write
from kg.change import Bulk, BulkGraph, Edit, Note
from kg.entries import entries
from kg.errors import StoreError, StoreLocked
from kg.library import Library
from kg.terms import Triple
from ontology.errors import NotFound

BASE = "http://localhost:8000/"
NOTE = Note("馆员", "edit", reason="测试")
TITLE = "<https://w3id.org/wenyuan/ns#title>"
STAMP = b"0123456789abcdef"


def title(number: int, text: str) -> Triple:
    return (f"<{BASE}id/work/w{number}>", TITLE, f'"{text}"@zh')


def graph(number: int) -> str:
    return f"{BASE}graph/src/nlc/{number}"


def replace(number: int, text: str, **given: str | bytes) -> Edit:
    return Edit(graph(number), "replace", (title(number, text),), **given)  # type: ignore[arg-type]  # of a test


def bulk(texts: dict[int, str]) -> Bulk:
    graphs, pieces, start = [], [], 0
    for number, text in texts.items():
        piece = write(graph(number), [title(number, text)]).encode()
        graphs.append(BulkGraph(graph(number), start, len(piece), digest=digest([title(number, text)])))
        pieces.append(piece)
        start += len(piece)
    found = [
        entry for number, text in texts.items() for entry in entries(graph(number), [title(number, text)])
    ]
    return Bulk(b"".join(pieces), graphs, len(texts), found)


def found(library: Library, text: str) -> list[str]:
    return [hit.iri for hit in library.search.search(text).hits]


@pytest.fixture(params=["memory", "folder"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    opened = Library.in_memory() if request.param == "memory" else Library.open(tmp_path / "data")
    with opened:
        yield opened


def test_a_commit_is_in_journal_store_and_index_when_it_returns(library: Library) -> None:
    change = library.commit(NOTE, [replace(1, "红楼梦")])

    assert change is not None
    assert (change.number, change.note, change.added, change.removed, change.graphs) == (1, NOTE, 1, 0, 1)
    assert abs((datetime.now(UTC) - change.at).total_seconds()) < 60
    assert library.changes() == [change]
    assert library.store.graph(graph(1)) == [title(1, "红楼梦")]
    assert found(library, "红楼") == [f"{BASE}id/work/w1"]
    assert library.generation == library.search.applied == 1


def test_replacing_leaves_other_graphs_alone(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦"), replace(2, "西游记")])

    library.commit(NOTE, [replace(1, "石头记")])

    assert library.store.graph(graph(1)) == [title(1, "石头记")]
    assert library.store.graph(graph(2)) == [title(2, "西游记")]
    assert found(library, "红楼梦") == []
    assert found(library, "石头") == [f"{BASE}id/work/w1"]


def test_statements_are_added_and_removed(library: Library) -> None:
    one, two, three = (title(1, text) for text in ("甲", "乙", "丙"))
    library.commit(NOTE, [Edit(graph(1), "add", (one, two))])

    change = library.commit(NOTE, [Edit(graph(1), "add", (two, three)), Edit(graph(1), "remove", (one,))])

    assert change is not None
    assert (change.added, change.removed, change.graphs) == (1, 1, 1)
    assert library.store.graph(graph(1)) == sorted([two, three])


@pytest.mark.parametrize(
    "edit",
    [
        replace(1, "红楼梦"),
        replace(1, "红楼梦", digest=digest([title(1, "红楼梦")])),
        Edit(graph(1), "add", (title(1, "红楼梦"),)),
        Edit(graph(1), "remove", (title(1, "西游记"),)),
        Edit(graph(2), "replace", ()),
        Edit(graph(2), "remove", (title(1, "红楼梦"),)),
        Edit(graph(1), "replace", ((title(1, "")[0], TITLE, '"\\u7EA2\\u697C梦"@ZH'),)),
    ],
    ids=["same", "same digest", "there already", "not there", "no graph", "other graph", "written otherwise"],
)
def test_what_changes_nothing_is_no_change(library: Library, edit: Edit) -> None:
    library.commit(NOTE, [replace(1, "红楼梦")])

    assert library.commit(NOTE, [edit]) is None
    assert library.generation == 1


def test_no_edits_are_no_change(library: Library) -> None:
    assert library.commit(NOTE, []) is None


def test_a_graph_without_statements_is_gone(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦", stamp=STAMP)])

    change = library.commit(NOTE, [Edit(graph(1), "replace", ())])

    assert change is not None
    assert change.removed == 1
    assert library.counts().graphs == 0
    assert list(library.store.graphs()) == []
    assert library.unchanged([STAMP]) == set()
    assert library.digests([graph(1)]) == {}


def test_edits_without_effect_count_once_what_came_before_is_undone(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦")])
    library.commit(NOTE, [replace(1, "红楼梦"), replace(2, "西游记")])

    library.undo([1], NOTE)

    assert library.store.graph(graph(1)) == [title(1, "红楼梦")]


@pytest.mark.parametrize(
    "statement",
    [("_:b", TITLE, '"a"'), ("<http://a b>", TITLE, '"a"'), ("<http://a>", TITLE, '"a')],
    ids=["blank node", "bad IRI", "open literal"],
)
def test_a_bad_statement_is_refused_and_nothing_written(library: Library, statement: Triple) -> None:
    with pytest.raises(ValueError, match=graph(2)):
        library.commit(NOTE, [replace(1, "红楼梦"), Edit(graph(2), "replace", (statement,))])

    assert library.generation == 0
    assert library.store.graph(graph(1)) == []
    assert library.commit(NOTE, [replace(1, "红楼梦")]) is not None


def test_stamps_tell_which_records_are_the_same(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦", stamp=STAMP), replace(2, "西游记")])

    assert library.unchanged([STAMP, b"another one 0000"]) == {STAMP}

    library.commit(NOTE, [replace(1, "石头记", stamp=b"the new stamp 00")])

    assert library.unchanged([STAMP, b"the new stamp 00"]) == {b"the new stamp 00"}


def test_a_replacement_that_has_no_stamp_makes_its_record_new_again(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦", stamp=STAMP)])

    library.commit(NOTE, [replace(1, "石头记")])

    assert library.unchanged([STAMP]) == set()


def test_a_raw_record_may_change_without_its_statements(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦", stamp=STAMP)])

    library.restamp([(graph(1), b"restamped 000000"), (graph(9), b"not there 000000")])

    assert library.unchanged([STAMP, b"restamped 000000", b"not there 000000"]) == {b"restamped 000000"}
    assert library.generation == 1


def test_a_commit_that_changes_nothing_keeps_the_new_stamp(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦", stamp=STAMP)])

    assert library.commit(NOTE, [replace(1, "红楼梦", stamp=b"of the new bytes")]) is None

    assert library.unchanged([STAMP, b"of the new bytes"]) == {b"of the new bytes"}


def test_digests_are_those_of_what_is_there_now(library: Library) -> None:
    library.commit(NOTE, [replace(1, "甲"), replace(2, "乙")])
    library.commit(NOTE, [Edit(graph(1), "add", (title(1, "丙"),))])

    assert library.digests([graph(1), graph(2), graph(3)]) == {
        graph(1): digest([title(1, "甲"), title(1, "丙")]),
        graph(2): digest([title(2, "乙")]),
    }
    assert library.current([graph(1)])[graph(1)].size == 2


def test_a_bulk_is_one_change_of_all_three(library: Library) -> None:
    change = library.commit_bulk(NOTE, bulk({1: "红楼梦", 2: "西游记"}))

    assert (change.number, change.added, change.graphs) == (1, 2, 2)
    assert library.store.graph(graph(2)) == [title(2, "西游记")]
    assert found(library, "西游") == [f"{BASE}id/work/w2"]
    assert library.counts().statements == 2
    assert library.digests([graph(1)]) == {graph(1): digest([title(1, "红楼梦")])}
    assert library.verify() == []


def test_graphs_of_a_bulk_change_like_any_other(library: Library) -> None:
    library.commit_bulk(NOTE, bulk({1: "红楼梦", 2: "西游记"}))

    library.commit(NOTE, [replace(1, "石头记")])
    library.undo([1], NOTE)

    assert library.store.graph(graph(1)) == [title(1, "石头记")]
    assert library.store.graph(graph(2)) == []
    assert found(library, "西游记") == []
    assert library.verify() == []


def test_a_graph_that_went_may_come_back_in_bulk(library: Library) -> None:
    library.commit_bulk(NOTE, bulk({1: "红楼梦"}))
    library.commit(NOTE, [Edit(graph(1), "replace", ())])

    library.commit_bulk(NOTE, bulk({1: "石头记"}))

    assert library.store.graph(graph(1)) == [title(1, "石头记")]
    assert library.counts().graphs == 1


def test_a_large_graph_may_come_in_several_bulks(library: Library) -> None:
    vocabulary = f"{BASE}graph/auth/clc/5"
    parts = [write(vocabulary, [title(number, "类")]).encode() for number in (1, 2)]
    for part in parts:
        graphs = [BulkGraph(vocabulary, 0, len(part), is_continued=True)]
        library.commit_bulk(NOTE, Bulk(part, graphs, 1, []))

    assert library.store.graph(vocabulary) == [title(1, "类"), title(2, "类")]
    assert library.digests([vocabulary]) == {vocabulary: digest([title(1, "类"), title(2, "类")])}
    assert library.counts().graphs == 1

    library.undo([1], NOTE)

    assert library.store.graph(vocabulary) == [title(2, "类")]


@pytest.mark.parametrize(
    "case", ["there already", "twice", "misfit", "gap", "count", "blank", "blank object", "bad"]
)
def test_a_bulk_that_is_not_what_it_says_is_refused_and_leaves_nothing(library: Library, case: str) -> None:
    library.commit(NOTE, [replace(1, "红楼梦")])
    right = bulk({2: "西游记"})
    blank_object = f"<http://a> <http://b> _:c <{graph(2)}> .\n".encode()
    wrong = {
        "there already": bulk({1: "红楼梦", 2: "西游记"}),
        "twice": Bulk(
            right.nquads * 2, [*right.graphs, BulkGraph(graph(2), *[len(right.nquads)] * 2)], 2, []
        ),
        "misfit": Bulk(right.nquads, [BulkGraph(graph(3), 0, len(right.nquads))], 1, []),
        "gap": Bulk(right.nquads + right.nquads, right.graphs, 2, []),
        "count": Bulk(right.nquads, right.graphs, 2, []),
        "blank": Bulk(blank := b"_:b" + right.nquads, [BulkGraph(graph(2), 0, len(blank))], 1, []),
        "blank object": Bulk(blank_object, [BulkGraph(graph(2), 0, len(blank_object))], 1, []),
        "bad": Bulk(bad := b"<a b>" + right.nquads, [BulkGraph(graph(2), 0, len(bad))], 1, []),
    }[case]

    with pytest.raises(ValueError, match=r"\w"):
        library.commit_bulk(NOTE, wrong)

    assert library.generation == 1
    assert library.store.graph(graph(2)) == []
    assert library.commit_bulk(NOTE, right).number == 2
    assert library.verify() == []


def test_a_text_with_the_look_of_a_blank_node_may_be_loaded_in_bulk(library: Library) -> None:
    assert library.commit_bulk(NOTE, bulk({1: "a> _:b"})).added == 1


def test_changes_are_listed_newest_first_by_batch_and_source(library: Library) -> None:
    for number in range(1, 6):
        note = Note(
            "程序", "ingest", source="nlc" if number % 2 else "loc", batch="一批" if number > 3 else ""
        )
        library.commit(note, [replace(number, "书")])

    def numbers(**wanted: str | int) -> list[int]:
        return [change.number for change in library.changes(**wanted)]  # type: ignore[arg-type]  # of a test

    assert numbers() == [5, 4, 3, 2, 1]
    assert numbers(before=4, limit=2) == [3, 2]
    assert numbers(batch="一批") == library.batch("一批")[::-1] == [5, 4]
    assert numbers(source="nlc") == [5, 3, 1]
    assert numbers(source="nlc", batch="一批") == [5]


def test_an_unknown_number_is_not_found(library: Library) -> None:
    library.commit(NOTE, [replace(1, "书")])

    with pytest.raises(NotFound, match="no change 2"):
        library.change(2)
    with pytest.raises(NotFound, match="no change 2"):
        library.undo([2], NOTE)
    with pytest.raises(NotFound, match="no change 2"):
        list(library.diff(0, 2))
    assert library.generation == 1


def test_the_same_folder_opens_once(tmp_path: Path) -> None:
    with Library.open(tmp_path), pytest.raises(StoreLocked, match=str(tmp_path)):
        Library.open(tmp_path)

    Library.open(tmp_path).close()


def test_a_folder_that_another_process_holds_is_locked(tmp_path: Path) -> None:
    code = "import sys, pathlib; from kg.library import Library; Library.open(pathlib.Path(sys.argv[1]))"

    with Library.open(tmp_path):
        tried = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)

    assert "StoreLocked" in tried.stderr


def test_everything_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.commit_bulk(NOTE, bulk({1: "红楼梦", 2: "西游记"}))
        library.commit(NOTE, [replace(1, "石头记", stamp=STAMP)])

    with Library.open(tmp_path) as library:
        assert library.generation == 2
        assert library.store.applied == 2
        assert library.unchanged([STAMP]) == {STAMP}
        assert found(library, "石头记") == [f"{BASE}id/work/w1"]
        assert library.counts().statements == 2
        assert library.verify() == []


@pytest.mark.parametrize("lost", ["store", "search.sqlite", "both"])
def test_what_is_derived_is_made_anew_from_the_journal(tmp_path: Path, lost: str) -> None:
    with Library.open(tmp_path) as library:
        library.commit_bulk(NOTE, bulk({1: "红楼梦", 2: "西游记"}))
        library.commit(NOTE, [replace(1, "石头记")])
        library.undo([1], NOTE)
        library.commit(NOTE, [replace(3, "水浒传")])
    for place in tmp_path.iterdir():
        if place.name.startswith("search") and lost != "store":
            place.unlink()
    if lost != "search.sqlite":
        shutil.rmtree(tmp_path / "store")

    with Library.open(tmp_path) as library:
        assert library.verify() == []
        assert found(library, "石头记") == [f"{BASE}id/work/w1"]
        assert found(library, "西游记") == found(library, "红楼梦") == []


def test_a_store_of_another_journal_is_thrown_away(tmp_path: Path) -> None:
    for name, text in (("one", "红楼梦"), ("two", "西游记")):
        with Library.open(tmp_path / name) as library:
            library.commit(NOTE, [replace(1, text)])
    shutil.rmtree(tmp_path / "two" / "journal")
    shutil.copytree(tmp_path / "one" / "journal", tmp_path / "two" / "journal")

    with Library.open(tmp_path / "two") as library:
        assert library.verify() == []
        assert found(library, "西游记") == []
        assert found(library, "红楼梦") == [f"{BASE}id/work/w1"]


def test_an_older_journal_takes_store_and_index_back(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [replace(1, "红楼梦")])
    shutil.copytree(tmp_path / "journal", tmp_path / "backup")
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [replace(1, "西游记")])
    shutil.rmtree(tmp_path / "journal")
    shutil.copytree(tmp_path / "backup", tmp_path / "journal")

    with Library.open(tmp_path) as library:
        assert library.verify() == []
        assert library.store.graph(graph(1)) == [title(1, "红楼梦")]
        assert found(library, "西游记") == []


def test_verify_names_what_the_store_has_wrong(library: Library) -> None:
    library.commit(NOTE, [replace(1, "红楼梦")])

    library.store.engine.update(f"INSERT DATA {{ GRAPH <{graph(1)}> {{ <http://a> <http://b> 1 }} }}")
    library.store.engine.update("INSERT DATA { GRAPH <http://stray> { <http://a> <http://b> 1 } }")

    assert [graph(1) in library.verify()[0], "http://stray" in library.verify()[1]] == [True, True]


@pytest.mark.parametrize("harm", ["header", "not a database"])
def test_a_damaged_journal_is_a_store_error_that_names_it(tmp_path: Path, harm: str) -> None:
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [replace(1, "红楼梦")])
    place = tmp_path / "journal" / "journal.sqlite"
    place.write_bytes(b"gone" if harm == "not a database" else b"\0" * 100 + place.read_bytes()[100:])

    with pytest.raises(StoreError, match="journal"):
        Library.open(tmp_path)
    with pytest.raises(StoreError, match="journal"):  # Not locked by the first attempt.
        Library.open(tmp_path)


def test_a_damaged_store_is_a_store_error_with_the_way_out(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [replace(1, "红楼梦")])
    (tmp_path / "store" / "live" / "CURRENT").write_text("MANIFEST-999999\n")

    with pytest.raises(StoreError, match="store") as refusal:
        Library.open(tmp_path)

    assert "store/" in refusal.value.hint


def test_a_journal_of_the_future_is_refused(tmp_path: Path) -> None:
    Library.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal" / "journal.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StoreError, match="version 99"):
        Library.open(tmp_path)


def test_leftovers_of_killed_loads_are_swept(tmp_path: Path) -> None:
    Library.open(tmp_path).close()
    orphans = [
        tmp_path / "store" / "live" / "bulk-1.sst",
        tmp_path / "journal" / "chunks" / "000000001.nq.zst",
    ]
    for orphan in orphans:
        orphan.write_bytes(b"left over")

    Library.open(tmp_path).close()

    assert [orphan.exists() for orphan in orphans] == [False, False]


def test_others_read_while_one_writes(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library, ThreadPoolExecutor(3) as readers:
        is_done = Event()

        def read() -> int:
            seen = 0
            while not is_done.is_set():
                changes = library.changes(limit=1)
                assert not changes or changes[0].number >= seen
                seen = changes[0].number if changes else 0
                assert {change.graphs for change in library.history(f"{BASE}id/work/w1")} <= {1}
                assert library.counts().statements in (0, 1, 2)
                found(library, "第")
            return seen

        reading = [readers.submit(read) for _ in range(3)]
        try:
            library.commit_bulk(NOTE, bulk({2: "西游记"}))
            for number in range(30):
                library.commit(NOTE, [replace(1, f"第{number}回")])
        finally:
            is_done.set()

        assert max(future.result() for future in reading) <= 31
        assert library.verify() == []


def test_a_library_put_in_order_holds_what_it_held_and_takes_more(tmp_path: Path) -> None:
    with Library.open(tmp_path / "data") as library:
        for number in range(3):
            library.commit_bulk(NOTE, bulk({number: f"第{number}种"}))
        before = sorted(library.store.quads())

        library.tidy()

        assert sorted(library.store.quads()) == before
        library.commit_bulk(NOTE, bulk({7: "又一种"}))
        library.tidy()
    with Library.open(tmp_path / "data") as again:
        assert again.verify() == []
        assert len(list(again.store.quads())) == len(before) + 1
