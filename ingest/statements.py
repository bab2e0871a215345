"""Statements of an RDF file made fit for the store: no blank nodes, SKOS-XL labels as plain ones too, sorted.

Runs in a process of its own: a file that makes the parser fall over takes that process down, not the
library's. What comes out is sorted N-Triples lines, without repetitions.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingest.errors import SourceError
from kg.canonical import sort
from kg.parsing import REMOTE, said, statements

MEMORY_BYTES = 6 << 30
"""Address space of the parsing process: a vocabulary of half a million concepts needs a third of it."""
_SKOS, _XL = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2008/05/skos-xl#"
_LABELS = {f"<{_XL}{name}>": f"<{_SKOS}{name}>" for name in ("prefLabel", "altLabel", "hiddenLabel")}
_FORM = f"<{_XL}literalForm>"


@contextmanager
def sorted_lines(path: Path, *, format: str, base: str, source: str) -> Iterator[BinaryIO]:
    """The statements of the plain (unpacked) file at *path*, as a file of sorted N-Triples lines.

    format: a name of kg.formats; base: the library's, for the names of blank nodes and relative IRIs;
    source: part of those names. Raises SourceError with line and column where it does not parse.
    """
    with tempfile.TemporaryDirectory(prefix="wenyuan-rdf-") as folder:
        made = Path(folder) / "statements.nt"
        context = multiprocessing.get_context("spawn")
        told, teller = context.Pipe(duplex=False)
        child = context.Process(target=_work, args=(teller, path, made, format, base, source), daemon=True)
        child.start()
        teller.close()
        try:
            reason = told.recv()
        except EOFError:
            child.join()
            reason = f"the parser fell over (exit {child.exitcode}): the file nests too deep or is too large"
        finally:
            child.join(5)
            child.kill()
        if reason:
            raise SourceError(f"{path.name}: {reason}")
        with made.open("rb") as stream:
            yield stream


def with_plain_labels(lines: Iterable[str]) -> Iterator[str]:
    """*lines*, and for each SKOS-XL label the plain SKOS label it entails (SKOS Reference, § B.3.2)."""
    pointed: list[tuple[str, str, str]] = []
    forms: dict[str, str] = {}
    for line in lines:
        yield line
        if _XL in line:
            subject, predicate, value = line[:-3].split(" ", 2)
            if predicate == _FORM:
                forms[subject] = value
            elif predicate in _LABELS:
                pointed.append((subject, _LABELS[predicate], value))
    for subject, predicate, label in pointed:
        if label in forms:
            yield f"{subject} {predicate} {forms[label]} .\n"


def _work(
    teller: "multiprocessing.connection.Connection[str, object]",
    path: Path,
    made: Path,
    format: str,
    base: str,
    source: str,
) -> None:
    """The process of its own: parses, names, sorts, tells "" or what is wrong."""
    _limit_memory()
    try:
        _write(path, made, format=format, base=base, source=source)
        teller.send("")
    except SyntaxError as error:
        place = f" (line {error.lineno}, column {error.offset})" if error.lineno else ""
        told = said(error)
        teller.send(told if told == REMOTE else f"{told}{place}")
    except (ValueError, OSError, MemoryError, RecursionError) as error:
        teller.send(str(error) or type(error).__name__)


def _write(path: Path, made: Path, *, format: str, base: str, source: str) -> None:
    parsed = statements(
        path,
        format=format,
        base=f"{base}.well-known/load/{source}/",
        nodes=f"{base}.well-known/genid/{source}/",
    )
    lines = with_plain_labels(parsed)
    last = b""
    with made.open("wb") as out:
        for line in sort(line.encode() for line in lines):
            if line != last:
                out.write(line)
            last = line


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # A parser that overflows its stack says so on stderr, in words no reader can use.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
