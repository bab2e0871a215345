"""Paths as people give them: a file is itself, a folder is all the files in it."""

from collections.abc import Iterable, Iterator
from pathlib import Path


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file, those of folders and of folders in them sorted by name; hidden ones are left out.

    A path that is not there is given on, so that opening it says what is wrong.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = (each for each in path.rglob("*") if each.is_file())
        yield from sorted(each for each in inside if not _is_hidden(each.relative_to(path)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
