"""Content codings: how an answer is packed for the way (RFC 9110, § 8.4). Knows no formats."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Protocol

import zstandard

SMALL = 600
"""Bytes below which packing gains nothing."""

_LEVEL = 3
_GZIP = 31  # zlib's word for: with the header of gzip.
_LARGE = 32_768


class Packer(Protocol):
    """Packs a stream piece by piece; what went in can be read as soon as it is out."""

    def pack(self, data: bytes) -> bytes:
        """The next packed bytes."""

    def end(self) -> bytes:
        """The last ones."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry of an Accept-Encoding header."""

    name: str
    weight: float


class Gzip:
    """gzip (RFC 1952)."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, wbits=_GZIP)

    def pack(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._stream.flush()


class Zstd:
    """Zstandard (RFC 8878)."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(level=_LEVEL).compressobj()

    def pack(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def end(self) -> bytes:
        return self._stream.flush()


CODINGS: dict[str, type[Gzip] | type[Zstd]] = {"zstd": Zstd, "gzip": Gzip}
"""The codings we know, our favourite first."""


def choose(accepted: str) -> str:
    """The coding for a client that sent this Accept-Encoding; "" for none."""
    if not accepted:
        return ""
    wishes = {wish.name: wish.weight for wish in map(_wish, accepted.lower().split(",")[:50])}
    wishes.setdefault("gzip", wishes.get("x-gzip", wishes.get("*", 0)))
    wishes.setdefault("zstd", 0)  # A star is sent by clients that never heard of it.
    best = max(CODINGS, key=lambda name: wishes[name])
    return best if wishes[best] > 0 and wishes[best] >= wishes.get("identity", 0) else ""


def whole(body: bytes, coding: str) -> bytes:
    """All of an answer, packed."""
    packer = CODINGS[coding]()
    return packer.pack(body) + packer.end()


async def aside(packer: Packer, data: bytes) -> bytes:
    """The next packed bytes, made in another thread where that takes long."""
    if len(data) < _LARGE:
        return packer.pack(data)
    return await asyncio.get_running_loop().run_in_executor(None, packer.pack, data)


def _wish(part: str) -> Wish:
    name, _, rest = part.partition(";")
    _, _, weight = rest.strip().partition("q=")
    try:
        return Wish(name.strip(), float(weight) if weight else 1.0)
    except ValueError:
        return Wish(name.strip(), 0)
