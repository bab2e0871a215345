"""The raw archive: every file taken in, kept as it came, so that all can be replayed without the network.

Content-addressed: raw/ab/abcdef….zst is the zstd-compressed content whose SHA-256 is abcdef…
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from ontology.errors import NotFound

_BLOCK = 1 << 20


class Archive:
    """The raw/ folder of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, stream: BinaryIO) -> str:
        """Keeps all of *stream* and gives its SHA-256 in hex. What is there already is not written again.

        The file appears under its name only when it is whole and on disk, so a crash leaves nothing half.
        """
        import zstandard

        self._folder.mkdir(parents=True, exist_ok=True)
        digest = sha256()
        with NamedTemporaryFile(dir=self._folder, prefix="incoming-", delete=False) as kept:
            try:
                with zstandard.ZstdCompressor(level=1).stream_writer(kept, closefd=False) as writer:
                    while block := stream.read(_BLOCK):
                        digest.update(block)
                        writer.write(block)
                kept.flush()
                os.fsync(kept.fileno())
                name = digest.hexdigest()
                self._settle(Path(kept.name), name)
            except BaseException:
                Path(kept.name).unlink(missing_ok=True)
                raise
        return name

    def has(self, name: str) -> bool:
        """Whether the content with that SHA-256 is kept."""
        return self._path(name).is_file()

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The content with that SHA-256, decompressed as it is read; raises NotFound where it is not kept."""
        import zstandard

        path = self._path(name)
        if not path.is_file():
            raise NotFound(f"no raw file {name!r} in {self._folder}")
        with path.open("rb") as kept, zstandard.ZstdDecompressor().stream_reader(kept) as reader:
            yield reader

    def sweep(self) -> int:
        """Removes what an interrupted run left half-written; gives how many files that were."""
        left = list(self._folder.glob("incoming-*")) if self._folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _settle(self, incoming: Path, name: str) -> None:
        path = self._path(name)
        if path.is_file():
            incoming.unlink()
            return
        path.parent.mkdir(exist_ok=True)
        incoming.chmod(0o644)
        incoming.rename(path)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.zst"
