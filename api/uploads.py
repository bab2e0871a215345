"""Uploads of RDF: from the body of a request to a file of statements, which a worker has parsed."""

import asyncio
import mmap
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from fastapi import Request

from api import state
from api.failures import Failed, Failure
from api.protocol import bad, unreadable
from api.writing import Writing
from ingest.load import BULK_STATEMENTS, bulks
from kg.canonical import sort
from kg.change import Change, Note
from kg.errors import QueryRefused, QuerySyntax, WorkerLost
from kg.formats import FORMATS, Format
from kg.library import Library
from kg.pool.publisher import Held
from kg.pool.task import Cost, Task
from kg.sparql.update.delta import read

KINDS = {known.media_type: known for known in FORMATS} | {
    "application/json": next(known for known in FORMATS if known.name == "jsonld"),
    "application/xml": next(known for known in FORMATS if known.name == "rdfxml"),
    "application/x-turtle": next(known for known in FORMATS if known.name == "turtle"),
    "application/x-trig": next(known for known in FORMATS if known.name == "trig"),
    "text/x-nquads": next(known for known in FORMATS if known.name == "nquads"),
}
"""Media types that an upload may have."""
MULTIPART = "multipart/form-data"
GROWTH = 40
"""How many times larger than the upload its statements may be, written out."""
PATIENCE = 20.0
"""Seconds between two pieces of a body."""
PARTS = 100
"""Files of one form."""
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_CHARSETS = ("", "utf-8", "utf8", "us-ascii")


@dataclass(frozen=True, slots=True)
class File:
    """A file of RDF that was sent."""

    path: Path
    format: Format


@dataclass(frozen=True, slots=True)
class Upload:
    """Statements to go into one graph. path: their delta, as kg.sparql.update.delta writes it.

    is_replacing: whether they take the place of what is there. count: how many they are.
    """

    graph: str
    path: Path
    count: int
    is_replacing: bool

    is_sweeping = False

    @property
    def graphs(self) -> Sequence[str]:
        """The one graph."""
        return (self.graph,)

    def check(self, held: Held) -> Task | None:
        """The task that checks them."""
        return Task("check", held.path, {"path": str(self.path)})

    def commit(self, library: Library, note: Note) -> list[Change]:
        """Makes it so. A new graph of very many statements comes in portions, taken back if one fails."""
        if self.count > BULK_STATEMENTS and not library.store.is_filled(self.graph):
            return _in_portions(library, self, note)
        with self.path.open("rb") as lines:
            edits = read(lines).edits()
        change = library.commit(note, edits)
        return [change] if change is not None else []


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[list[File]]:
    """The files of RDF that *request* sends, while the block runs.

    Raises Failed: 415 for what is no RDF, 413 for too much, 400 for a form that cannot be read, 408.
    """
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind != MULTIPART:
        _known(kind, rest)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise unreadable("it is packed", "send it as it is", {"Accept-Encoding": "identity"})
    with tempfile.TemporaryDirectory(prefix="wenyuan-upload-") as folder:
        whole = Path(folder) / "body"
        await _save(request, whole)
        if kind == MULTIPART:
            yield await asyncio.to_thread(lambda: list(_parts(whole, rest)))
        else:
            yield [File(whole, _known(kind, rest))]


@asynccontextmanager
async def parsed(
    writing: Writing, files: Iterable[File], *, graph: str, base: str, nodes: str, is_replacing: bool
) -> AsyncIterator[Upload]:
    """The statements of the files as an upload into *graph*, while the block runs.

    base: for relative IRIs; nodes: what the names of blank nodes begin with. Raises Failed (400), with the
    place, where a file does not parse, and for what no upload may hold.
    """
    with tempfile.TemporaryDirectory(prefix="wenyuan-upload-") as folder:
        place = Path(folder)
        with (place / "lines").open("wb") as lines:
            for number, file in enumerate(files):
                await _parse(writing, file, lines, base=base, nodes=f"{nodes}{number}-")
        made = place / "delta"
        count = await asyncio.to_thread(_write, place / "lines", made, graph, is_replacing=is_replacing)
        yield Upload(graph, made, count, is_replacing)


async def _save(request: Request, place: Path) -> None:
    """Writes the body to a file as it comes."""
    most = state.settings(request).max_upload_bytes
    too_large = Failed(
        Failure(
            413,
            "too-large",
            "The file is too large",
            f"an upload may have {most:,} bytes",
            "send it in parts, or load it where the server is: `wenyuan load`",
        )
    )
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise too_large
    size, stream = 0, aiter(request.stream())
    with place.open("wb") as file:
        while True:
            try:
                piece = await asyncio.wait_for(anext(stream), PATIENCE)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise Failed(Failure(408, "too-slow", "The request did not come in time")) from error
            size += len(piece)
            if size > most:
                raise too_large
            file.write(piece)


def _known(kind: str, rest: str) -> Format:
    """The format of a media type; raises Failed (415) for one that is no RDF, or in another charset."""
    found = KINDS.get(kind)
    charset = rest.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if found is None:
        raise unreadable(f"its type is {kind!r}", f"send {', '.join(known.media_type for known in FORMATS)}")
    if charset not in _CHARSETS:
        raise unreadable(f"it is written in {charset!r}", "write it in UTF-8")
    return found


def _parts(whole: Path, rest: str) -> Iterator[File]:
    """The files of a form (RFC 7578), each in a file of its own beside it."""
    found = _BOUNDARY.search(rest)
    if found is None:
        raise bad("the form has no boundary")
    mark = b"--" + (found[1] or found[2]).encode()
    if not whole.stat().st_size:
        raise bad("the form is empty")
    with whole.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        for number, (start, end) in enumerate(islice(_between(body, mark), PARTS + 1)):
            if number == PARTS:
                raise bad(f"the form has more than {PARTS} files")
            head, length = _head(body, start, end)
            kind, _, more = head.get("content-type", "text/plain").partition(";")
            place = whole.with_name(f"part-{number}")
            place.write_bytes(body[start + length : end])
            yield File(place, _known(kind.strip().lower(), more))


def _between(body: mmap.mmap, mark: bytes) -> Iterator[tuple[int, int]]:
    """Where each part of a form begins and ends; raises Failed (400) where it is broken off."""
    at = body.find(mark)
    while at >= 0:
        start = at + len(mark)
        if body[start : start + 2] == b"--":
            return
        following = body.find(b"\r\n" + mark, start)
        if following < 0:
            break
        yield start + 2, following
        at = following + 2
    raise bad("the form is not whole")


def _head(body: mmap.mmap, start: int, end: int) -> tuple[dict[str, str], int]:
    """The headers of a part, by their names in small letters, and their length in bytes."""
    at = body.find(b"\r\n\r\n", start, min(end, start + 16_384))
    if at < 0:
        raise bad("a part of the form has no headers")
    head = message_from_bytes(body[start : at + 2])
    return {name.lower(): str(value) for name, value in head.items()}, at + 4 - start


async def _parse(writing: Writing, file: File, lines: BinaryIO, *, base: str, nodes: str) -> None:
    """Writes the statements of a file, as a worker gives them."""
    most = GROWTH * file.path.stat().st_size + (1 << 20)
    head = {"path": str(file.path), "format": file.format.name, "base": base, "nodes": nodes}
    task = Task("rdf", None, head, b"", writing.seconds, writing.who.rank, writing.who.name)
    try:
        async with await state.pool(writing.request).run(task) as running:
            async for piece in running:
                most -= len(piece)
                if most < 0:
                    raise QueryRefused("written out it is very much larger than it was sent")
                lines.write(piece)
    except QuerySyntax as error:
        writing.charge("syntax", Cost())
        place = {"line": error.line, "column": error.column} if error.line else {}
        raise _unparsed(str(error), error.hint, place) from error
    except QueryRefused as error:
        writing.charge("refused", Cost())
        raise _unparsed(str(error), error.hint, {}) from error
    except WorkerLost as error:
        writing.charge("lost", Cost(seconds=1, cpu=1))
        detail = "the parser fell over: it nests too deep or is too large"
        raise _unparsed(detail, "send it in smaller parts", {}) from error
    writing.charge("ok", running.cost)


def _unparsed(detail: str, hint: str, place: dict[str, int]) -> Failed:
    return Failed(Failure(400, "rdf-syntax", "The RDF cannot be read", detail, hint, more=place))


def _write(lines: Path, made: Path, graph: str, *, is_replacing: bool) -> int:
    """Writes lines of statements as a delta, each once and sorted; how many they are."""
    count, last = 0, b""
    with lines.open("rb") as source, made.open("wb") as out:
        out.write(f"{'C' if is_replacing else 'G'}{graph}\n".encode())
        for line in sort(source):
            if line != last:
                out.write(b"+" + line.removesuffix(b" .\n") + b"\n")
                count += 1
                last = line
    return count


def _in_portions(library: Library, upload: Upload, note: Note) -> list[Change]:
    """Brings a new graph in as several changes of one batch."""
    made: list[Change] = []
    note = replace(note, batch=f"upload-{uuid4().hex[:12]}")
    with upload.path.open("rb") as delta:
        next(delta)
        lines = (line[1:-1] + b" .\n" for line in delta)
        try:
            made.extend(bulks(library, lines, graph=upload.graph, note=note))
        except BaseException:
            if made:
                library.undo([change.number for change in made], note)
            raise
    return made
