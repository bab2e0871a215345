"""Opening files: gzip, bzip2, xz and zstd are seen through, within bounds; a zip of one file too.

A packed file may hold a thousand times its size in zeros (a "zip bomb"), so what comes out is counted.
"""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from ingest.errors import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 65_536
"""Bytes by which a format is told."""
MAX_RATIO = 250
"""What comes out may be this many times what is packed: catalogue records pack to a tenth, never to less
than a fiftieth."""
FREE_BYTES = 64_000_000
"""Up to here the ratio does not matter."""
_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zip")
_DOCUMENTS = (b"mimetypeapplication/epub+zip", b"[Content_Types].xml", b"xl/")
"""What the first member of a zip that is a document in itself begins with: EPUB, XLSX."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The content of the file at *path*, unpacked as it is read.

    Raises SourceError where there is no such file, where the packing is broken, and, while reading, where
    it holds more than MAX_RATIO times its size.
    """
    if not path.is_file():
        raise SourceError(f"no file {str(path)!r}", hint="a folder is given as PATH/*")
    try:
        with path.open("rb") as packed:
            unpack = _unpacker(packed)
            if unpack is None:
                yield packed
                return
            bound = max(FREE_BYTES, path.stat().st_size * MAX_RATIO)
            with unpack(packed) as content:
                yield cast(BinaryIO, io.BufferedReader(_Bounded(content, bound, path.name), 1 << 20))
    except (EOFError, zipfile.BadZipFile, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise SourceError(f"{path.name}: the packing is broken: {error}") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error


def plain_name(path: Path) -> str:
    """The file's name without the suffix of its packing: "uva.mrc.gz" → "uva.mrc"."""
    return path.name.removesuffix(path.suffix) if path.suffix.lower() in _SUFFIXES else path.name


def _unpacker(stream: BinaryIO) -> Callable[[BinaryIO], BinaryIO] | None:
    """What unpacks *stream*, told by its first bytes; None where it is not packed."""
    head = stream.read(128)
    stream.seek(0)
    for magic, unpack in _MAGIC.items():
        if head.startswith(magic):
            return unpack
    if head.startswith(b"PK\x03\x04") and not head[30:].startswith(_DOCUMENTS):
        with zipfile.ZipFile(stream) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            is_document = any(member.filename in ("mimetype", "[Content_Types].xml") for member in members)
        stream.seek(0)
        if is_document:
            return None
        if len(members) != 1:
            raise SourceError(
                f"a zip of {len(members)} files", hint="unpack it and give the files one by one"
            )
        return _unzip
    return None


def _unzip(stream: BinaryIO) -> BinaryIO:
    archive = zipfile.ZipFile(stream)
    member = next(member for member in archive.infolist() if not member.is_dir())
    return cast(BinaryIO, archive.open(member))


def _unzstd(stream: BinaryIO) -> BinaryIO:
    import zstandard

    return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))


_MAGIC: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast(BinaryIO, bz2.BZ2File(stream)),
    b"\xfd7zXZ\x00": lambda stream: cast(BinaryIO, lzma.LZMAFile(stream)),  # noqa: SIM115
    b"\x28\xb5\x2f\xfd": _unzstd,
}


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than *bound* bytes."""

    def __init__(self, content: BinaryIO, bound: int, name: str) -> None:
        self._content, self._left, self._bound, self._name = content, bound, bound, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        into = memoryview(buffer).cast("B")
        block = self._read(len(into))
        self._left -= len(block)
        if self._left < 0:
            raise SourceError(
                f"{self._name}: more than {self._bound:,} bytes come out of it: no file of records does that",
                hint="unpack it yourself and give the plain file, if that is meant",
            )
        into[: len(block)] = block
        return len(block)

    def _read(self, size: int) -> bytes:
        from zstandard import ZstdError

        # A file cut short shows only here, after what was whole has been read.
        try:
            return self._content.read(size)
        except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ZstdError) as error:
            raise SourceError(f"{self._name}: the packing is broken: {error}") from error
