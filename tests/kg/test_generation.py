"""Generations: readers in other processes see one state that never changes under them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.change import Edit, Note
from kg.errors import StoreError
from kg.generation import current, open_current
from kg.library import Library

NOTE = Note("馆员", "edit")
READ = """
import sys
from pathlib import Path
from kg.generation import open_current
with open_current(Path(sys.argv[1])) as generation:
    print(generation.number, len(generation.engine), flush=True)
    sys.stdin.readline()
    print(len(generation.engine), flush=True)
"""


def add(library: Library, number: int) -> None:
    statement = ("<http://a>", "<http://b>", f'"{number}"')
    library.commit(NOTE, [Edit(f"http://g/{number}", "replace", (statement,))])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path) as opened:
        add(opened, 1)
        yield opened


def test_a_generation_is_the_library_as_it_was_published(library: Library, tmp_path: Path) -> None:
    library.publish()
    add(library, 2)

    with open_current(tmp_path / "store") as generation:
        assert generation.number == 1
        assert len(generation.engine) == 1


def test_a_new_generation_takes_the_place_of_the_old(library: Library, tmp_path: Path) -> None:
    old = library.publish()
    add(library, 2)

    new = library.publish()

    assert current(tmp_path / "store") == new != old
    assert not old.exists()
    with open_current(tmp_path / "store") as generation:
        assert (generation.number, len(generation.engine)) == (2, 2)


def test_publishing_the_same_state_twice_costs_nothing(library: Library) -> None:
    path = library.publish()
    made = path.stat().st_mtime_ns

    assert library.publish() == path
    assert path.stat().st_mtime_ns == made


def test_a_generation_stays_while_somebody_reads_it(library: Library, tmp_path: Path) -> None:
    old = library.publish()
    reader = open_current(tmp_path / "store")
    add(library, 2)
    library.publish()
    assert old.exists()
    assert len(reader.engine) == 1

    reader.close()
    add(library, 3)
    library.publish()

    assert not old.exists()
    assert [path.name for path in (tmp_path / "store").glob("gen-*")] == ["gen-3"]


def test_another_process_reads_while_this_one_writes(library: Library, tmp_path: Path) -> None:
    library.publish()
    command = [sys.executable, "-c", READ, str(tmp_path / "store")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin
        assert reader.stdout
        assert reader.stdout.readline() == "1 1\n"
        add(library, 2)
        library.publish()
        reader.stdin.write("go on\n")
        reader.stdin.flush()

        assert reader.stdout.readline() == "1\n"


def test_without_a_generation_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no generation"):
        open_current(tmp_path)


def test_a_publication_that_was_cut_off_is_done_again(library: Library, tmp_path: Path) -> None:
    half = tmp_path / "store" / "gen-1"
    half.mkdir()
    (half / "half").touch()

    library.publish()

    with open_current(tmp_path / "store") as generation:
        assert len(generation.engine) == 1


def test_a_library_in_memory_has_no_generations() -> None:
    with Library.in_memory() as library, pytest.raises(StoreError, match="memory"):
        library.publish()
