"""Where the columns of a generation lie, and what the files are called. Not what is in them.

store/columns/gen-12-…/meta.json    written last: how much there is, classes, predicates with their sizes
store/columns/gen-12-…/terms        the terms as N-Triples text, in the order of their numbers
store/columns/gen-12-…/offsets      int64: where each begins
store/columns/gen-12-…/values       float64: of the terms that are numbers; kinds: uint8, languages: uint16
store/columns/gen-12-…/s, o, g      int32: the statements, by predicate, then subject; g -1: the default graph
"""

import os
import shutil
from pathlib import Path

VERSION = 1
META = "meta.json"
BASE = "base-"
"""How the folder's name begins that the next columns are made from: base-12-MARK (kg.columns.keeper)."""
ARRAYS = {
    "offsets": "int64", "values": "float64", "kinds": "uint8", "languages": "uint16",
    "s": "int32", "o": "int32", "g": "int32",
}  # fmt: skip


def columns_of(generation: Path) -> Path:
    """The folder of the columns of the generation in *generation*.

    Its name has more than the number: a library that was restored gives numbers a second time.
    """
    try:
        file = os.stat(generation / "CURRENT")
    except FileNotFoundError:
        return generation.parent / "columns" / f"{generation.name}-gone"
    return generation.parent / "columns" / f"{generation.name}-{file.st_ino:x}-{file.st_mtime_ns:x}"


def is_ready(generation: Path) -> bool:
    """Whether the columns of that generation are there, whole."""
    return (columns_of(generation) / META).is_file()


def remove(generation: Path) -> None:
    """Removes the columns of a generation, which may be gone already."""
    for folder in (generation.parent / "columns").glob(f"{generation.name}-*"):
        shutil.rmtree(folder, ignore_errors=True)
