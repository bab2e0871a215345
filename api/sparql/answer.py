"""An answer on its way to a client: headers, 304, packing, streaming, and the cut where it breaks off."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from starlette.types import Scope, Send

from api.lane import CUT
from api.sparql import coding
from api.sparql.results import Key, Whole

GENERATION = "wenyuan-generation"
"""The header that names the generation which an answer was made from."""

_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of an answer before it comes.

    tag: its ETag without quotation marks; "" for an answer that changes by itself. coding: how it is packed,
    "" for not at all. is_public: whether caches that many share may keep it.
    """

    media_type: str
    generation: int
    tag: str = ""
    coding: str = ""
    is_public: bool = True

    def headers(self, cache: str) -> list[tuple[bytes, bytes]]:
        """The headers; cache: what became of the answer in our own cache (RFC 9211)."""
        keeping = "no-cache" if self.tag else "no-store"
        said = {
            "content-type": typed(self.media_type),
            "vary": "Accept, Accept-Encoding" if self.is_public else "Accept, Accept-Encoding, Authorization",
            "cache-control": keeping if self.is_public else f"private, {keeping}",
            "etag": self._tag() if self.tag else "",
            "content-encoding": self.coding,
            "cache-status": f"wenyuan; {cache}" if cache else "",
            GENERATION: str(self.generation),
        }
        return [(name.encode(), value.encode("latin-1")) for name, value in said.items() if value]

    def known(self, none_match: str) -> str:
        """Which of the tags in this If-None-Match stands for the answer; "" for none (RFC 9110, § 13.1.2)."""
        if not (self.tag and none_match):
            return ""
        ours = [f'"{self.tag}"', *(f'"{self.tag}-{name}"' for name in coding.CODINGS)]
        tags = {each.strip().removeprefix("W/") for each in none_match.split(",")}
        return ours[0] if "*" in tags else next((each for each in ours if each in tags), "")

    def _tag(self) -> str:
        return f'"{self.tag}-{self.coding}"' if self.coding else f'"{self.tag}"'


def tag(edition: str, key: Key) -> str:
    """What stands for an answer: the run of the program, the generation, and a digest of the question."""
    said = "\n".join((key.space, key.format, *key.default_graphs, "", *key.named_graphs, "", key.text))
    return f"{edition}-{key.generation}-{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}"


def typed(media_type: str) -> str:
    """A media type with its charset, where it is one of text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


async def send_known(send: Send, head: Head, known: str) -> None:
    """Says that the client has it, under that tag."""
    dropped = (b"content-type", b"content-encoding", b"etag")
    kept = [each for each in head.headers("") if each[0] not in dropped]
    await send({"type": "http.response.start", "status": 304, "headers": [*kept, (b"etag", known.encode())]})
    await send({"type": "http.response.body", "body": b""})


async def send_whole(send: Send, head: Head, answer: Whole, *, cache: str) -> None:
    """Sends a whole answer; a short one as it is."""
    if len(answer.body) < coding.SMALL:
        head = replace(head, coding="")
    body = answer.in_coding(head.coding)
    headers = [*head.headers(cache), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    # In pieces, so that a client that reads slowly is seen to read.
    for start in range(0, len(body) - _PIECE, _PIECE):
        piece = body[start : start + _PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    rest = max(0, (len(body) - 1) // _PIECE * _PIECE)
    await send({"type": "http.response.body", "body": body[rest:] if rest else body})


async def send_head(send: Send, head: Head) -> None:
    """Sends the headers of an answer whose length is not known, for a HEAD."""
    await send({"type": "http.response.start", "status": 200, "headers": head.headers("")})
    await send({"type": "http.response.body", "body": b""})


async def stream(send: Send, head: Head, first: bytes, rest: AsyncIterator[bytes], *, cache: str) -> None:
    """Sends an answer as it comes. Raises what *rest* raises; then the answer is to be cut."""
    packer = coding.CODINGS[head.coding]() if head.coding else None
    await send({"type": "http.response.start", "status": 200, "headers": head.headers(cache)})
    piece = first
    while True:
        packed = await coding.aside(packer, piece) if packer else piece
        await send({"type": "http.response.body", "body": packed, "more_body": True})
        try:
            piece = await anext(rest)
        except StopAsyncIteration:
            break
    await send({"type": "http.response.body", "body": packer.end() if packer else b""})


def cut(scope: Scope) -> None:
    """Breaks an answer off so that nobody takes it for whole; a server other than ours sees it unfinished."""
    extensions: Mapping[str, object] = scope
    breaking = extensions.get(CUT)
    if callable(breaking):
        breaking()
