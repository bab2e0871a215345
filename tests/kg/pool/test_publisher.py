"""Generations for readers: new enough, kept while they are read, and gone afterwards."""

import asyncio
import fcntl
import shutil
import tempfile
import threading
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pyoxigraph import Store

from kg import generation
from kg.change import Edit, Note
from kg.library import Library
from kg.pool import publisher as publishing
from kg.pool.publisher import Publisher
from ontology.errors import NotFound

GRAPH = "http://localhost:8000/graph/src/x/1"


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "data") as library:
        yield library


def commit(library, text):
    """One statement."""
    statement = ("<http://e/s>", "<http://e/p>", f'"{text}"')
    return library.commit(Note("tester", "edit", "because"), [Edit(GRAPH, "replace", (statement,))]).number


def texts(path: Path) -> list[str]:
    """What is in a generation."""
    return [quad.object.value for quad in Store.read_only(str(path))]


def told(library, story, **more):
    """What *story* gives, told with a publisher."""

    async def whole():
        publisher = Publisher(library, **more)
        try:
            return await story(publisher)
        finally:
            await publisher.close()

    return asyncio.run(whole())


def test_a_generation_holds_what_the_library_holds(library):
    number = commit(library, "one")

    async def story(publisher):
        async with publisher.current() as held:
            return held.number, texts(held.path)

    assert told(library, story) == (number, ["one"])


def test_where_nothing_changed_nothing_is_made(library):
    commit(library, "one")

    async def story(publisher):
        async with publisher.current() as first:
            pass
        made = first.path.stat().st_mtime_ns
        spent = time.process_time()
        for _ in range(100):
            async with publisher.current() as held:
                assert held is first
        return made == held.path.stat().st_mtime_ns, time.process_time() - spent

    is_same, spent = told(library, story)

    assert is_same
    assert spent < 0.05


def test_who_asks_for_a_change_gets_it_however_new(library):
    commit(library, "one")

    async def story(publisher):
        found = []
        for number in range(3):
            wanted = commit(library, f"new {number}")
            async with publisher.current(wanted) as held:
                found.append((held.number == wanted, texts(held.path)))
        return found

    assert told(library, story, interval=60) == [(True, [f"new {number}"]) for number in range(3)]


def test_others_may_lag_behind_for_the_interval_only(library):
    commit(library, "one")

    async def story(publisher):
        async with publisher.current() as held:
            first = held.number
        second = commit(library, "two")
        async with publisher.current() as held:
            lagging = held.number
        await asyncio.sleep(0.15)
        async with publisher.current() as held:
            return first, second, lagging, held.number

    first, second, lagging, after = told(library, story, interval=0.1)

    assert (lagging, after) == (first, second)


def test_a_change_that_is_not_there_yet_is_told(library):
    async def story(publisher):
        async with publisher.current(99):
            pass

    with pytest.raises(NotFound, match="no change 99 yet"):
        told(library, story)


def test_a_generation_stays_while_it_is_held_and_goes_when_a_newer_one_is_there(library):
    commit(library, "one")

    async def story(publisher):
        async with AsyncExitStack() as stack:
            old = await stack.enter_async_context(publisher.current())
            async with publisher.current(commit(library, "two")) as new:
                both = texts(old.path), texts(new.path)
        for _ in range(200):
            if not old.path.exists():
                break
            await asyncio.sleep(0.01)
        return both, old.path.exists(), new.path.exists()

    assert told(library, story) == ((["one"], ["two"]), False, True)


def test_many_who_ask_at_once_make_one_generation(library):
    commit(library, "one")

    async def story(publisher):
        async def one():
            async with publisher.current() as held:
                return held

        return await asyncio.gather(*[one() for _ in range(50)])

    assert len(set(map(id, told(library, story)))) == 1


def test_a_busy_writer_holds_up_only_those_who_ask_for_the_newest(library):
    first = commit(library, "one")
    begin, end = threading.Event(), threading.Event()

    def write():
        with library._writing:  # A long load holds it; nothing else could stand for it within a second.
            commit(library, "two")
            begin.set()
            end.wait(10)

    async def story(publisher):
        async with publisher.current():
            pass
        await asyncio.sleep(0.02)
        writer = threading.Thread(target=write)
        writer.start()
        begin.wait()
        begun = time.monotonic()
        async with publisher.current() as held:
            passed, seen = time.monotonic() - begun, held.number
        end.set()
        writer.join()
        async with publisher.current(first + 1) as held:
            return passed, seen, held.number

    passed, seen, after = told(library, story, interval=0.01)

    assert passed < 2
    assert (seen, after) == (first, first + 1)


def test_what_a_killed_server_left_is_removed(library, tmp_path):
    """A copy that was begun and never pointed to, and generations whose readers are dead."""
    store = tmp_path / "data" / "store"
    commit(library, "one")
    library.publish()
    (store / "gen-99").mkdir()
    (store / "gen-99" / "half").write_text("x")
    (store / "gen-0.readers").touch()

    async def story(publisher):
        async with publisher.current(commit(library, "two")) as held:
            return texts(held.path), sorted(path.name for path in store.glob("gen-*") if path.is_dir())

    assert told(library, story) == (["two"], ["gen-2"])


def test_a_library_in_memory_has_generations_too_and_they_go_with_it():
    with Library.in_memory() as library:
        commit(library, "one")

        async def story(publisher):
            async with publisher.current() as first:
                one = texts(first.path)
            async with publisher.current(commit(library, "two")) as second:
                return one, texts(second.path), second.path

        one, two, path = told(library, story)

    assert (one, two) == (["one"], ["two"])
    assert not path.parent.exists()


def test_folders_of_killed_processes_in_memory_are_removed_and_those_in_use_are_not(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(publishing, "_memory", lambda: None)
    abandoned, used = (tmp_path / f"wenyuan-generations-{name}" for name in ("abandoned", "used"))
    for folder in (abandoned, used):
        folder.mkdir()
        (folder / "lock").touch()

    with Library.in_memory() as library, open(used / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        commit(library, "one")

        async def story(publisher):
            async with publisher.current() as held:
                return held.path

        path = told(library, story)

    assert (abandoned.exists(), used.exists(), path.exists()) == (False, True, False)


def test_a_store_made_anew_forgets_the_generations_of_the_old_one(tmp_path):
    with Library.open(tmp_path / "data") as library:
        commit(library, "old")
        library.publish()
    shutil.rmtree(tmp_path / "data" / "journal")
    with Library.open(tmp_path / "data") as library:
        commit(library, "new")
        library.publish()

        with generation.open_current(tmp_path / "data" / "store") as current:
            assert [quad.object.value for quad in current.engine] == ["new"]
