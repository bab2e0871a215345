"""The data folder: one process writes, and others learn whom to ask."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kg import folder
from kg.errors import StoreError, StoreLocked
from kg.folder import Folder, Holder, Lock


def test_a_folder_has_one_holder_at_a_time(tmp_path: Path) -> None:
    with Lock(Folder(tmp_path)), pytest.raises(StoreLocked, match=f"process {os.getpid()}") as refusal:
        Lock(Folder(tmp_path))

    assert str(tmp_path) in str(refusal.value)
    assert refusal.value.hint


def test_a_folder_is_free_again_when_its_holder_closes_it(tmp_path: Path) -> None:
    Lock(Folder(tmp_path)).close()

    Lock(Folder(tmp_path)).close()


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file"):
        Lock(Folder(tmp_path / "file" / "data"))


def test_an_announced_server_is_found_while_it_serves(tmp_path: Path) -> None:
    with folder.announced(tmp_path, "http://127.0.0.1:8000", "secret"):
        found = folder.holder(tmp_path)

    assert found == Holder("http://127.0.0.1:8000", "secret", os.getpid())
    assert folder.holder(tmp_path) is None


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    folder.announce(tmp_path, "http://127.0.0.1:8000", "secret")

    assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600


def test_a_server_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    announce = (
        'import sys, pathlib; from kg import folder; folder.announce(pathlib.Path(sys.argv[1]), "", "")'
    )
    subprocess.run([sys.executable, "-c", announce, str(tmp_path)], check=True)

    assert (tmp_path / "server.json").exists()
    assert folder.holder(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": 1}'])
def test_a_broken_announcement_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)

    assert folder.holder(tmp_path) is None


def test_nobody_holds_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert folder.holder(tmp_path / "none") is None


def test_an_announcement_of_another_process_is_not_withdrawn(tmp_path: Path) -> None:
    parent = f'{{"address": "a", "key": "b", "pid": {os.getppid()}}}'
    (tmp_path / "server.json").write_text(parent)

    folder.withdraw(tmp_path)

    assert (tmp_path / "server.json").read_text() == parent
