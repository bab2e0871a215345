"""Backups: exact at one moment, whatever is written meanwhile; damaged ones are noticed; nothing is half."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kg import manifest
from kg.backup import all_in, backup, chosen, newest, thin_out
from kg.change import Edit, Note
from kg.errors import StoreError, StoreLocked
from kg.folder import Folder, Lock
from kg.library import Library
from kg.restore import check, restore

NOTE = Note("tester", "edit")
P = "<http://example.org/p>"


def edit(number, *, size=1):
    """Gives one of seven graphs a new content, so that each change takes away what an earlier one brought."""
    lines = [(f"<http://example.org/s{number}-{each}>", P, f'"{number} 图书 {each}"') for each in range(size)]
    return Edit(f"http://example.org/graph/{number % 7}", "replace", tuple(lines))


def content(library):
    stream = io.BytesIO()
    library.store.dump(stream, is_sorted=True)
    return stream.getvalue()


def after(number):
    """What a library holds after the first *number* of the changes."""
    with Library.in_memory() as library:
        for each in range(number):
            library.commit(NOTE, [edit(each)])
        return content(library)


def taken(folder, library, destination, **spaces):
    return backup(destination, folder, {"": library} | spaces, settings={"title": "T"}, program="0.1.0")


@pytest.fixture
def folder(tmp_path):
    """A data folder of some changes, a raw file, and a file of somebody's own."""
    with Library.open(tmp_path / "data") as library:
        for number in range(20):
            library.commit(NOTE, [edit(number)])
        library.commit(NOTE, [edit(20, size=3000), edit(21, size=3000)])
    raw = tmp_path / "data" / "raw" / "ab" / "abcd.zst"
    raw.parent.mkdir(parents=True)
    raw.write_bytes(b"raw")
    (tmp_path / "data" / "raw" / "incoming-x").write_bytes(b"half")
    (tmp_path / "data" / "notes.txt").write_text("ours")
    return tmp_path / "data"


@pytest.fixture
def made(folder, tmp_path):
    with Library.open(folder) as library:
        return taken(folder, library, tmp_path / "backups").path


def test_what_is_restored_is_what_was_backed_up(folder, made, tmp_path):
    found = restore(made, tmp_path / "new")

    with Library.open(folder) as old, Library.open(tmp_path / "new") as new:
        assert content(new) == content(old)
        assert new.changes(limit=100) == old.changes(limit=100)
        assert new.journal.identity == old.journal.identity
        assert new.verify() == []
        assert new.search.applied == old.generation
    assert (tmp_path / "new" / "raw" / "ab" / "abcd.zst").read_bytes() == b"raw"
    assert not (tmp_path / "new" / "raw" / "incoming-x").exists()
    assert (tmp_path / "new" / "notes.txt").read_text() == "ours"
    assert found.manifest.parts[0].changes == 21
    assert list((folder / "journal" / "chunks").glob("*.zst")), "the case has a chunk file"


def test_a_restored_library_goes_on(made, tmp_path):
    restore(made, tmp_path / "new")

    with Library.open(tmp_path / "new") as library:
        library.undo([21], NOTE)
        library.commit(NOTE, [edit(50)])
        assert library.generation == 23
        assert library.verify() == []


def test_a_good_backup_is_found_good_and_left_as_it_is(made):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}

    found = check(made)

    assert found.problems == ()
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before
    assert check(made.parent).path == made
    assert sorted(each.name for each in made.parent.iterdir()) == [".lock", made.name]


def test_a_backup_under_load_is_some_prefix_of_the_changes_exactly(tmp_path):
    ended = threading.Event()
    with Library.open(tmp_path / "data") as library:
        library.commit(NOTE, [edit(0)])

        def write():
            number = 1
            while not ended.is_set():
                library.commit(NOTE, [edit(number)])
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            all_made = [taken(tmp_path / "data", library, tmp_path / "backups") for _ in range(4)]
        finally:
            ended.set()
            writer.join()
        last = library.generation

    numbers = [made.manifest.parts[0].changes for made in all_made]
    assert numbers == sorted(set(numbers)), "something was written between any two"
    assert numbers[-1] < last
    for made, number in zip(all_made, numbers, strict=True):
        assert check(made.path).problems == ()
        restore(made.path, tmp_path / f"new{number}")
        with Library.open(tmp_path / f"new{number}") as library:
            assert library.generation == number
            assert content(library) == after(number)


def test_a_second_backup_shares_what_did_not_change(folder, tmp_path):
    with Library.open(folder) as library:
        first = taken(folder, library, tmp_path / "backups")
        library.commit(NOTE, [edit(3)])
        second = taken(folder, library, tmp_path / "backups")

    shared = [
        path
        for path in second.manifest.files
        if (first.path / path).exists() and (first.path / path).samefile(second.path / path)
    ]
    assert {"data/raw/ab/abcd.zst", "data/notes.txt", "data/journal/chunks/000000021.nq.zst"} <= set(shared)
    assert len(shared) == second.reused >= 4
    assert check(first.path).problems == check(second.path).problems == ()
    assert newest(tmp_path / "backups") == second.path


def test_a_file_that_changed_is_not_taken_from_the_backup_before(folder, tmp_path):
    with Library.open(folder) as library:
        first = taken(folder, library, tmp_path / "backups")
        (folder / "notes.txt").write_text("mine")  # As long as before.
        second = taken(folder, library, tmp_path / "backups")

    assert (first.path / "data" / "notes.txt").read_text() == "ours"
    assert (second.path / "data" / "notes.txt").read_text() == "mine"


def test_spaces_are_backed_up_with_the_rest(folder, tmp_path):
    place = folder / "spaces" / "physics"
    with Library.open(folder) as library, Library.open(place) as space:
        space.commit(NOTE, [edit(99)])
        made = taken(folder, library, tmp_path / "backups", physics=space)
        held = content(space)

    assert check(made.path).problems == ()
    restore(made.path, tmp_path / "new")
    with Library.open(tmp_path / "new" / "spaces" / "physics") as space:
        assert content(space) == held


def every_kind(made):
    """One file of each kind in the backup."""
    kinds = {
        Path(path).suffix or Path(path).name.partition("-")[0]: path for path in manifest.read(made).files
    }
    return sorted(kinds.values())


@pytest.mark.parametrize("harm", ["altered", "cut short", "missing", "made longer"])
def test_any_file_that_is_harmed_is_named(made, tmp_path, harm):
    for path in every_kind(made):
        place = made / path
        kept = place.read_bytes()
        if not kept:
            continue
        place.unlink()  # A copy of its own: links share what is written to them.
        if harm == "altered":
            place.write_bytes(bytes([kept[0] ^ 1]) + kept[1:])
        elif harm == "cut short":
            place.write_bytes(kept[:-1])
        elif harm == "made longer":
            place.write_bytes(kept + b"x")

        found = check(made)
        assert len(found.problems) == 1, path
        assert found.problems[0].startswith(path)
        with pytest.raises(StoreError, match="damaged"):
            restore(made, tmp_path / "new")
        assert not (tmp_path / "new").exists()
        place.unlink(missing_ok=True)
        place.write_bytes(kept)
    assert check(made).problems == ()


def test_a_file_that_does_not_belong_there_is_named(made):
    (made / "data" / "more").write_text("?")

    assert check(made).problems == ("data/more is not in the manifest",)


def test_a_manifest_that_was_altered_is_refused(made):
    place = made / manifest.FILE_NAME
    place.write_text(place.read_text().replace('"title": "T"', '"title": "U"'))

    with pytest.raises(StoreError, match="altered"):
        check(made)


def test_a_backup_that_wants_to_write_elsewhere_is_refused(made, tmp_path):
    known = manifest.read(made)
    files = dict(known.files) | {"data/../../evil": next(iter(known.files.values()))}
    manifest.write(manifest.Manifest(known.made, known.program, {}, known.parts, files), made)

    with pytest.raises(StoreError, match="not within"):
        restore(made, tmp_path / "new")


def test_a_link_in_a_backup_is_not_followed(made, tmp_path):
    (tmp_path / "secret").write_bytes(b"raw")
    place = made / "data" / "raw" / "ab" / "abcd.zst"
    place.unlink()
    place.symlink_to(tmp_path / "secret")

    assert check(made).problems == ("data/raw/ab/abcd.zst is no file of its own",)


def test_a_store_that_says_something_else_than_the_journal_is_noticed(folder, tmp_path):
    with Library.open(folder) as library:
        library.store.engine.update(
            "INSERT DATA { GRAPH <http://example.org/graph/1> { <urn:a> <urn:b> 1 } }"
        )
        made = taken(folder, library, tmp_path / "backups")

    problems = check(made.path).problems

    assert any("graph/1" in problem for problem in problems)
    assert any("instead of" in problem for problem in problems)


def test_a_folder_that_holds_something_is_not_overwritten(folder, made, tmp_path):
    with Library.open(folder) as library:
        library.commit(NOTE, [edit(77)])
        later = content(library)

    with pytest.raises(StoreError, match="not empty"):
        restore(made, folder)

    with Library.open(folder) as library:
        assert content(library) == later


def test_a_folder_is_replaced_where_that_is_wanted(folder, made):
    with Library.open(folder) as library:
        before = content(library)
        library.commit(NOTE, [edit(77)])
    (folder / "later.txt").write_text("gone")

    restore(made, folder, is_replacing=True)

    with Library.open(folder) as library:
        assert content(library) == before
    assert not (folder / "later.txt").exists()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["backups", "data"]


def test_a_folder_in_use_is_not_replaced(folder, made):
    with Library.open(folder), pytest.raises(StoreLocked):
        restore(made, folder, is_replacing=True)
    with Lock(Folder(folder / "spaces" / "physics")), pytest.raises(StoreLocked):
        restore(made, folder, is_replacing=True)


def test_a_damaged_backup_replaces_nothing(folder, made):
    (made / "data" / "notes.txt").unlink()

    with pytest.raises(StoreError, match="damaged"):
        restore(made, folder, is_replacing=True)

    with Library.open(folder) as library:
        assert library.generation == 21


def test_what_is_no_backup_is_told(tmp_path):
    with pytest.raises(StoreError, match="no whole backup"):
        chosen(tmp_path)
    with pytest.raises(StoreError, match="no whole backup"):
        check(tmp_path / "nowhere")


def test_old_backups_are_thinned_out(folder, tmp_path):
    with Library.open(folder) as library:
        made = [taken(folder, library, tmp_path / "backups").path for _ in range(3)]

    gone = thin_out(tmp_path / "backups", 1)

    assert gone == made[:2]
    assert all_in(tmp_path / "backups") == [made[2]]
    assert check(made[2]).problems == ()


def test_two_backups_to_one_place_do_not_meet(folder, tmp_path):
    import fcntl

    (tmp_path / "backups").mkdir()
    with Library.open(folder) as library, (tmp_path / "backups" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreLocked, match="another backup"):
            taken(folder, library, tmp_path / "backups")


SCRIPT = """
import resource, signal, sys
from pathlib import Path
from kg.backup import backup
from kg.errors import StoreError
from kg.library import Library
folder, destination, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with Library.open(folder) as library:
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    print("ready", flush=True)
    try:
        backup(destination, folder, {"": library}, settings={}, program="test")
    except StoreError as error:
        print(error, error.hint)
        sys.exit(14)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def script(folder, destination, limit=0):
    return [sys.executable, "-c", SCRIPT, str(folder), str(destination), str(limit)]


def test_a_full_disk_leaves_no_backup_and_the_library_as_it_was(folder, made):
    found = subprocess.run(script(folder, made.parent, 20_000), capture_output=True, text=True, check=False)

    assert found.returncode == 14, found.stderr
    assert "may not grow" in found.stdout or "full" in found.stdout
    assert all_in(made.parent) == [made]
    assert sorted(each.name for each in made.parent.iterdir()) == [".lock", made.name]
    with Library.open(folder) as library:
        assert library.generation == 21
        assert library.verify() == []


@pytest.mark.slow
def test_a_backup_that_is_killed_anywhere_is_none_and_the_next_one_sweeps_it_away(folder, made):
    began = time.perf_counter()
    subprocess.run(script(folder, made.parent), check=True, capture_output=True)
    length = time.perf_counter() - began
    whole = {path.name for path in all_in(made.parent)}
    for part in (0.0, 0.05, 0.1, 0.2, 0.3, 0.5):
        process = subprocess.Popen(script(folder, made.parent), stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(length * part / 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

    for place in all_in(made.parent):
        assert check(place).problems == (), "what has its name is whole"
    with Library.open(folder) as library:
        assert library.verify() == []
        taken(folder, library, made.parent)
    assert {path.name for path in all_in(made.parent)} > whole
    assert not list(made.parent.glob("*.part"))


def test_another_file_system_gets_copies(folder, tmp_path):
    there = Path("/dev/shm")
    if not os.access(there, os.W_OK) or there.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    import shutil
    import tempfile

    destination = Path(tempfile.mkdtemp(dir=there))
    try:
        with Library.open(folder) as library:
            made = taken(folder, library, destination)
        assert check(made.path).problems == ()
        assert restore(made.path, tmp_path / "new").manifest == made.manifest
    finally:
        shutil.rmtree(destination)


def test_what_does_not_belong_into_a_backup_is_not_restored(made, tmp_path):
    (tmp_path / "secret").write_text("of somebody else")
    (made / "data" / "more").symlink_to(tmp_path / "secret")

    restore(made, tmp_path / "new")

    assert not (tmp_path / "new" / "more").exists()


RESTORE = """
import sys
from pathlib import Path
from kg.restore import restore
print("ready", flush=True)
restore(Path(sys.argv[1]), Path(sys.argv[2]), is_replacing=True)
"""


@pytest.mark.slow
def test_a_restore_that_is_killed_anywhere_leaves_the_old_folder_or_the_new_one(folder, made):
    with Library.open(folder) as library:
        library.commit(NOTE, [edit(77)])
    command = [sys.executable, "-c", RESTORE, str(made), str(folder)]
    seen = set()
    for part in (0.0, 0.02, 0.1, 0.2, 0.4, 0.8, 1.6):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(part)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Library.open(folder) as library:
            assert library.verify() == []
            seen.add(library.generation)
    restore(made, folder, is_replacing=True)

    assert seen <= {21, 22}
    assert sorted(path.name for path in folder.parent.iterdir()) == ["backups", "data"]
