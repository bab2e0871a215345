"""What all tests share: the command line, run in this process on a folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli.app import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: its exit code, its data, and what it told the person."""

    code: int
    out: str
    err: str


@pytest.fixture
def wenyuan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Runs `wenyuan` with the given words in an empty working folder, whose data folder is ./data."""
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "WENYUAN_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run
