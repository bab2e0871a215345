"""The lane: whole responses, kept by the very bytes of the request that they answer. Knows no queries.

A request that came as one piece of bytes, and an answer that cannot change before its library does: when the
same bytes come again from the same address, nothing needs to be parsed. api.connection looks here first.
"""

import itertools
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from api.window import Window, wanted

SCOPE = "wenyuan.lane"
"""Where the scope of a request holds its Offer, if it can be kept at all."""
CUT = "wenyuan.cut"
"""Where it holds the function that breaks its connection off."""
LONGEST = 8_192
"""Bytes of a request that is kept."""

_CHANGING = (b"date", b"server", b"x-request-id", b"ratelimit")
"""Headers that differ from one response to the next, or how their names begin."""
_OF_ONE = (b"etag", b"content-length", b"cache-status")
"""Headers that belong to one answer."""
_WINDOWS = 1_000
_STORED = b"cache-status: wenyuan; fwd=miss; stored\r\n\r\n"
_HIT = b"cache-status: wenyuan; hit\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a door says of an answer that may be given again.

    is_current: whether it still holds. pay: puts it on the bill of who asks, with the id of the request and
    the size of the body, and gives the headers that say how the bill stands; None where that is used up.
    """

    is_current: Callable[[], bool]
    pay: Callable[[str, int], bytes | None]


@dataclass(slots=True)
class Offer:
    """A request that could be kept: its key, and what a door puts on its answer.

    ticket: it may be given again. window: others like it may be answered without the door.
    """

    key: tuple[str, bytes]
    ticket: Ticket | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A response: everything up to the headers that change, the rest of the head with the body."""

    ticket: Ticket
    status: bytes
    rest: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class _Open:
    """A window, and the headers of its responses."""

    window: Window
    headers: bytes


@dataclass(slots=True)
class Lane:
    """Responses of one server. The oldest go where there are more than *entries*, or *size* bytes."""

    entries: int = 10_000
    size: int = 64_000_000
    held: int = 0
    _kept: OrderedDict[tuple[str, bytes], Kept] = field(default_factory=OrderedDict)
    _windows: OrderedDict[tuple[str, bytes, bytes], _Open] = field(default_factory=OrderedDict)
    _ids: Callable[[], str] = field(default_factory=lambda: _numbered(secrets.token_hex(6)))
    _shared: tuple[object, bytes] = (None, b"")

    def answer(self, key: tuple[str, bytes], shared: list[tuple[bytes, bytes]]) -> bytes | None:
        """The bytes of the response to a request, paid for; None where it must be made (again).

        shared: headers that every response has, as uvicorn renews them.
        """
        kept = self._kept.get(key)
        if kept is None:
            return self._looked_up(key, shared)
        if not kept.ticket.is_current():
            self._drop(key)
            return None
        number = self._ids()
        bill = kept.ticket.pay(number, len(kept.body))
        if bill is None:
            return None
        return b"%b%bx-request-id: %b\r\n%b%b%b" % (
            kept.status, self._always(shared), number.encode(), bill, kept.rest, kept.body,
        )  # fmt: skip

    def open(self, key: tuple[str, bytes], window: Window, headers: bytes) -> None:
        """Lets requests pass that differ from the one of that key only in their query.

        headers: those that all of their responses have, and that *shared* of answer has not.
        """
        if (request := wanted(*key)) is not None:
            self._windows[request.frame] = _Open(window, headers)
            while len(self._windows) > _WINDOWS:
                self._windows.popitem(last=False)

    def _looked_up(self, key: tuple[str, bytes], shared: list[tuple[bytes, bytes]]) -> bytes | None:
        """The bytes of the response to a look-up, where a window stands open for it."""
        request = wanted(*key) if self._windows else None
        opened = self._windows.get(request.frame) if request else None
        if request is None or opened is None:
            return None
        window = opened.window
        if not window.is_current():
            del self._windows[request.frame]
            return None
        body = window.answer(request.text)
        number = self._ids()
        bill = window.pay(number, len(body)) if body is not None else None
        if body is None or bill is None:
            return None
        rest = b"%betag: %b\r\ncontent-length: %d\r\n" % (
            opened.headers, window.tag(request.text).encode(), len(body),
        )  # fmt: skip
        self.keep(key, Kept(Ticket(window.is_current, window.pay), STATUS_LINE[200], rest + _HIT, body))
        return b"%b%bx-request-id: %b\r\n%b%b%b%b" % (
            STATUS_LINE[200], self._always(shared), number.encode(), bill, rest, _STORED, body,
        )  # fmt: skip

    def _always(self, shared: list[tuple[bytes, bytes]]) -> bytes:
        """The headers of every response."""
        if self._shared[0] is not shared:
            self._shared = (shared, b"".join(b"%b: %b\r\n" % header for header in shared))
        return self._shared[1]

    def keep(self, key: tuple[str, bytes], kept: Kept) -> None:
        """Takes a response in."""
        size = _size(key, kept)
        if size > self.size // 16:
            return
        self._drop(key)
        self._kept[key] = kept
        self.held += size
        while self.held > self.size or len(self._kept) > self.entries:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Forgets everything."""
        self._kept.clear()
        self._windows.clear()
        self.held = 0

    def _drop(self, key: tuple[str, bytes]) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self.held -= _size(key, old)


class Recorder:
    """The application, with responses that have a ticket taken down as they leave it."""

    def __init__(self, app: ASGIApp, lane: Lane) -> None:
        self._app, self._lane = app, lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its response back."""
        offer: Offer | None = scope.get(SCOPE)
        if offer is None:
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def record(message: Message) -> None:
            nonlocal start
            await send(message)
            if message["type"] == "http.response.start":
                start = message
                if offer.window is not None:
                    self._lane.open(offer.key, offer.window, _lasting(message, _OF_ONE))
            elif message.get("more_body", False):
                start = None  # An answer in pieces is too large.
            elif offer.ticket is not None and start is not None:
                self._lane.keep(offer.key, _response(offer.ticket, start, message.get("body", b"")))

        await self._app(scope, receive, record)


def _response(ticket: Ticket, start: Message, body: bytes) -> Kept:
    return Kept(ticket, STATUS_LINE[start["status"]], _lasting(start) + b"\r\n", body)


def _lasting(start: Message, left_out: tuple[bytes, ...] = ()) -> bytes:
    """The headers that do not differ from one response to the next; *left_out*: names of others."""
    return b"".join(
        b"%b: %b\r\n" % (name.lower(), value)
        for name, value in start["headers"]
        if not name.lower().startswith((*_CHANGING, *left_out))
    )


def _size(key: tuple[str, bytes], kept: Kept) -> int:
    return len(key[1]) + len(kept.rest) + len(kept.body) + 500


def _numbered(run: str) -> Callable[[], str]:
    """Ids of requests, each different: the number of the run, then a count."""
    count = itertools.count(1)
    return lambda: f"{run}-{next(count):x}"
