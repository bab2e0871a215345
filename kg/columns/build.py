"""Building the columns of a generation, in memory that does not grow with it. Run as a process of its own:

python -m kg.columns.build GENERATION MARK
"""

import json
import os
import resource
import shutil
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from heapq import merge
from itertools import groupby, pairwise
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import RdfFormat, Store

from kg.columns.folder import BASE, META, VERSION, columns_of
from kg.columns.order import Class, key, kind, language, number

CHUNK = 1_000_000
"""Statements that are numbered at a time: some 300 MB of memory."""
MEMORY = 3_000_000_000
"""Bytes of address space that the process may have beside the files it maps."""
LISTED = 256
"""Predicates with no more objects than this have the size of each written down."""

Ints = NDArray[np.int32]


class _Chunks:
    """A file that takes N-Quads and numbers their terms, chunk by chunk.

    Each chunk leaves four columns of numbers and the list of its terms, sorted, in files of *folder*.
    """

    def __init__(self, folder: Path, size: int = CHUNK) -> None:
        self._folder, self._size = folder, size
        self._rest = b""
        self._start()
        self.count = 0
        self.sizes: list[int] = []

    def _start(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._columns = tuple(array("i") for _ in range(4))

    def write(self, data: bytes) -> int:
        """Takes the next bytes."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        s, p, o, g = self._columns
        number = self._numbers.setdefault
        numbers = self._numbers
        for line in lines:
            subject, predicate, value, graph = _parts(line)
            s.append(number(subject, len(numbers)))
            p.append(number(predicate, len(numbers)))
            o.append(number(value, len(numbers)))
            g.append(number(graph, len(numbers)) if graph else -1)
        if len(s) >= self._size:
            self.end()
        return len(data)

    def flush(self) -> None:
        """Nothing to do: chunks are written when they are full."""

    def end(self) -> None:
        """Writes the chunk that is being filled."""
        if not self._columns[0]:
            return
        ordered = sorted(self._numbers, key=key)
        place = np.empty(len(ordered) + 1, np.int32)
        place[[self._numbers[term] for term in ordered]] = np.arange(len(ordered), dtype=np.int32)
        place[-1] = -1  # For the default graph, whose number is -1.
        made = np.array([place[np.frombuffer(column, np.int32)] for column in self._columns])
        np.save(self._folder / f"chunk-{self.count}.npy", made)
        with open(self._folder / f"terms-{self.count}", "wb") as file:
            file.writelines(term + b"\n" for term in ordered)
        self.sizes.append(made.shape[1])
        self.count += 1
        self._start()


def build(engine: Store, target: Path, *, chunk: int = CHUNK) -> None:
    """Makes the columns of all that *engine* holds in the folder *target*, which must not exist yet."""
    target.mkdir(parents=True)
    chunks = _Chunks(target, chunk)
    engine.dump(chunks, RdfFormat.N_QUADS)  # type: ignore[arg-type]  # it only writes
    chunks.end()
    terms = _Terms(target)
    maps = terms.merge(chunks.count)
    predicates, starts = _place(target, maps)
    _sort(target, starts)
    texts = _texts(target, predicates)
    meta = {
        "version": VERSION,
        "statements": sum(chunks.sizes),
        "terms": terms.count,
        "classes": terms.classes,
        "languages": terms.languages,
        "predicates": [
            {"term": text, "number": number, "start": start, **figures}
            for text, number, start, figures in zip(
                texts, predicates, starts, figures(target, starts), strict=False
            )
        ],
    }
    write_meta(target, meta)


def write_meta(folder: Path, meta: Mapping[str, object]) -> None:
    """Writes the last of the files: with it the columns are there."""
    draft = folder / f"{META}.new"
    draft.write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / META)


class _Terms:
    """The terms of all chunks in one order, written as they come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.count = 0
        self.classes = [0] * (len(Class) + 1)
        self.languages: list[str] = []

    def merge(self, chunks: int) -> list[Ints]:
        """For each chunk the numbers that its terms have among all; the terms go into their files."""
        maps = [array("i") for _ in range(chunks)]
        offsets, values = array("q", [0]), array("d")
        kinds, tags, known = array("B"), array("H"), dict[str, int]()
        place = 0
        sources = [self._terms(chunk) for chunk in range(chunks)]
        with open(self._folder / "terms", "wb") as file:
            for sort_key, same in groupby(merge(*sources), key=lambda found: found[0]):
                term = b""
                for _, text, chunk in same:
                    term = text
                    maps[chunk].append(self.count)
                file.write(term)
                place += len(term)
                offsets.append(place)
                group = sort_key[0]
                if group == Class.NUMBER:
                    values.append(number(sort_key))
                    kinds.append(kind(term))
                elif group == Class.TEXT:
                    tags.append(known.setdefault(language(term), len(known)))
                self.count += 1
                self.classes[group + 1] = self.count
        for name, column in (("offsets", offsets), ("values", values), ("kinds", kinds), ("languages", tags)):
            with open(self._folder / name, "wb") as file:
                column.tofile(file)
        self.languages = list(known)
        self.classes = list(np.maximum.accumulate(self.classes).tolist())
        return [np.frombuffer(made, np.int32) for made in maps]

    def _terms(self, chunk: int) -> Iterator[tuple[bytes, bytes, int]]:
        place = self._folder / f"terms-{chunk}"
        with open(place, "rb") as file:
            for line in file:
                yield key(line[:-1]), line[:-1], chunk
        place.unlink()


def _place(folder: Path, maps: list[Ints]) -> tuple[list[int], list[int]]:
    """Writes the statements by predicate; gives the predicates, and where each begins, then the end."""
    counts: dict[int, int] = {}
    for chunk, numbers in enumerate(maps):
        columns = _chunk(folder, chunk)
        for each, count in zip(*np.unique(numbers[columns[1]], return_counts=True), strict=True):
            counts[int(each)] = counts.get(int(each), 0) + int(count)
    predicates = sorted(counts)
    starts = [0, *np.cumsum([counts[each] for each in predicates], dtype=np.int64).tolist()]
    following = dict(zip(predicates, starts, strict=False))
    placed = [_new(folder / name, starts[-1]) for name in "sog"]
    for chunk, numbers in enumerate(maps):
        _spread(_chunk(folder, chunk), np.append(numbers, np.int32(-1)), placed, following)
        (folder / f"chunk-{chunk}.npy").unlink()
    return predicates, starts


def _chunk(folder: Path, number: int) -> Ints:
    """The columns of a chunk: subjects, predicates, objects, graphs."""
    made: Ints = np.load(folder / f"chunk-{number}.npy")
    return made


def _spread(columns: Ints, numbers: Ints, placed: list[Ints], following: dict[int, int]) -> None:
    """Puts one chunk's statements behind those of the same predicates that are there already."""
    s, p, o, g = (numbers[column] for column in columns)
    order = np.argsort(p, kind="stable")
    each, first, count = np.unique(p[order], return_index=True, return_counts=True)
    for predicate, start, size in zip(each.tolist(), first.tolist(), count.tolist(), strict=True):
        rows = order[start : start + size]
        place = following[predicate]
        for column, target in zip((s, o, g), placed, strict=True):
            target[place : place + size] = column[rows]
        following[predicate] = place + size


def _sort(folder: Path, starts: list[int]) -> None:
    """Sorts the statements of each predicate by subject."""
    s, o, g = (_mapped(folder / name, "r+") for name in "sog")
    for start, end in pairwise(starts):
        order = np.argsort(s[start:end], kind="stable")
        for column in (s, o, g):
            column[start:end] = column[start:end][order]


def figures(folder: Path, starts: list[int]) -> Iterator[dict[str, object]]:
    """Of each predicate: statements, different subjects and objects; the size of each object where few."""
    s, o = (_mapped(folder / name, "r") for name in "so")
    for start, end in pairwise(starts):
        objects, counts = np.unique(o[start:end], return_counts=True)
        made: dict[str, object] = {
            "statements": end - start,
            "subjects": int(np.count_nonzero(np.diff(s[start:end]))) + 1,
            "objects": len(objects),
        }
        if len(objects) <= LISTED:
            sizes = zip(_texts(folder, objects.tolist()), counts.tolist(), strict=True)
            made["sizes"] = dict(sizes)
        yield made


def _texts(folder: Path, numbers: Iterable[int]) -> list[str]:
    """The terms of those numbers."""
    offsets = np.fromfile(folder / "offsets", np.int64)
    with open(folder / "terms", "rb") as file:
        return [_between(file, int(offsets[each]), int(offsets[each + 1])) for each in numbers]


def _between(file: IO[bytes], start: int, end: int) -> str:
    file.seek(start)
    return file.read(end - start).decode()


def _new(place: Path, length: int) -> Ints:
    """A column of that length, in a file."""
    with open(place, "wb") as file:
        file.truncate(4 * length)
    return _mapped(place, "r+")


def _mapped(place: Path, mode: Literal["r", "r+"]) -> Ints:
    # No file of no bytes can be mapped.
    return np.memmap(place, np.int32, mode) if place.stat().st_size else np.empty(0, np.int32)


def _parts(line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Subject, predicate, object and graph of a line of N-Quads; b"" for the default graph."""
    subject, predicate, rest = line.split(b" ", 2)
    value, _, graph = rest[:-2].rpartition(b" ")
    # A literal may end like an IRI, but no IRI holds a quotation mark.
    if value and graph.startswith(b"<") and graph.endswith(b">") and b'"' not in graph:
        return subject, predicate, value, graph
    return subject, predicate, rest[:-2], b""


@contextmanager
def made_aside(generation: Path, mark: str) -> Iterator[Path]:
    """A folder in which the block makes the columns of a generation; then they are put in their place.

    A second set of names, with *mark*, is left for kg.columns.forward, since generations go soon. The process
    gives way to others and is bounded in memory.
    """
    os.nice(15)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    target = columns_of(generation)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    base = target.with_name(f"{BASE}{generation.name.removeprefix('gen-')}-{mark}")
    try:
        yield draft
        for old in target.parent.glob(f"{BASE}*"):
            shutil.rmtree(old)
        shutil.copytree(draft, base, copy_function=os.link)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def main() -> None:
    """Builds beside the place where the columns are looked for, and moves them there when they are whole."""
    generation, mark = Path(sys.argv[1]), sys.argv[2]
    with made_aside(generation, mark) as draft:
        build(Store.read_only(str(generation)), draft)


if __name__ == "__main__":
    main()
