"""Documents that are zip archives (EPUB, XLSX): opened only after their members were measured."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

from ingest.errors import SourceError

MAX_PACKED = 500_000_000
MAX_BYTES = 1_500_000_000
MAX_RATIO = 250
FREE_BYTES = 64_000_000
MAX_MEMBERS = 50_000
_BLOCK = 1 << 20

DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError,
    KeyError, ValueError,
)  # fmt: skip
"""What zipfile raises for an archive that is cut short, encrypted, or packed in a way it does not know."""


@contextmanager
def checked(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive in *stream*, which is copied where it cannot be sought in.

    Raises SourceError where it is no zip, and where it would unpack to more than MAX_BYTES, to more than
    MAX_RATIO times its size, or to more than MAX_MEMBERS files.
    """
    with _seekable(stream) as packed:
        try:
            archive = zipfile.ZipFile(packed)
        except DAMAGED as error:
            raise SourceError(f"a zip that cannot be opened: {error}") from error
        with archive:
            _measure(archive.infolist())
            yield archive


def member(archive: zipfile.ZipFile, name: str, *, limit: int) -> bytes:
    """The content of a member; raises SourceError where it is absent, damaged or longer than *limit*."""
    try:
        with archive.open(name) as opened:
            content = opened.read(limit + 1)
    except DAMAGED as error:
        raise SourceError(f"{name!r} cannot be read from the zip: {error}") from error
    if len(content) > limit:
        raise SourceError(f"{name!r} in the zip is longer than {limit:,} bytes")
    return content


def _measure(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS:
        raise SourceError(f"a zip of {len(members):,} files; at most {MAX_MEMBERS:,} are read")
    if unpacked > MAX_BYTES or (unpacked > FREE_BYTES and unpacked > packed * MAX_RATIO):
        raise SourceError(f"a zip that unpacks from {packed:,} to {unpacked:,} bytes, as only zip bombs do")


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[IO[bytes]]:
    """*stream* itself, or a copy of it for as long as it is needed."""
    if stream.seekable():
        yield stream
        return
    with SpooledTemporaryFile(max_size=32_000_000) as copy:
        size = 0
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > MAX_PACKED:
                raise SourceError(f"a zip of more than {MAX_PACKED:,} bytes")
            copy.write(block)
        copy.seek(0)
        yield copy
