"""One connection of a client: uvicorn's HTTP, with an end to patience, and the lane for what came before.

uvicorn waits for ever for headers, for bodies and for clients that do not read; here each wait has an end.
"""

import asyncio
import resource
import socket
import struct
from asyncio import TimerHandle
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.headers import ALWAYS
from api.lane import CUT, LONGEST, SCOPE, Lane, Offer, Recorder
from api.problems import TYPE

_RESET = struct.pack("ii", 1, 0)
_TOO_LARGE = (431, "headers-too-large", "The address and headers are too large")
_TOO_SLOW = (408, "too-slow", "The request did not come in time")
_NO_HTTP = (400, "bad-request", "That is no HTTP request")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, in seconds, and what its headers may have, in bytes.

    headers: from the first byte of a request, or from the beginning of the connection. silence: between two
    pieces of a body. stall: for reading some of what is being sent. late: for the rest of a body that was
    answered already.
    """

    headers: float = 10
    silence: float = 20
    stall: float = 20
    late: float = 5
    size: int = 256 * 1024


def connections(lane: Lane, patience: Patience | None = None) -> type[asyncio.Protocol]:
    """What uvicorn makes a connection with; raises as well how many this process may have open at once."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made = partial(Connection, lane=lane, patience=patience or Patience())
    return cast(type[asyncio.Protocol], made)  # uvicorn only calls it.


class Connection(HttpToolsProtocol):
    """A connection, as uvicorn makes one for each client."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        lane: Lane,
        patience: Patience,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.app = Recorder(self.app, lane)
        self._lane, self._patience = lane, patience
        self._host = ""
        self._messages = 0
        self._is_open = self._is_head = False
        self._size = 0
        self._waiting: TimerHandle | None = None
        self._stalled: TimerHandle | None = None
        self._last = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begins to wait for a request."""
        super().connection_made(transport)
        self._host = self.client[0] if self.client else ""
        self._is_head = True
        self._wait(self._patience.headers)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing any more."""
        super().connection_lost(exc)
        self._wait(0)
        self._unset_keepalive_if_required()
        self._stop_watch()

    def data_received(self, data: bytes) -> None:
        """Takes the next bytes: a request that was answered before, or some of another."""
        is_free = not self._is_open and (self.cycle is None or self.cycle.response_complete)
        if is_free and self._given(data):
            return
        self._messages = 0
        super().data_received(data)
        if is_free and self._messages == 1 and not self._is_open and len(data) <= LONGEST:
            # The task that answers begins after this, so it finds the offer.
            _open(self.scope)[SCOPE] = Offer((self._host, data))
        self._see_to_time(len(data))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._messages += 1
        self._is_open = self._is_head = True
        self._size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. What stands behind a body is none: no proxy has looked at it (RFC 9110, § 6.5.1)."""
        if self._is_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its headers are there: the task that answers it is made."""
        super().on_headers_complete()
        self._is_head = False
        _open(self.scope)[CUT] = partial(self._cut, self.cycle)

    def on_message_complete(self) -> None:
        """All of it is there."""
        super().on_message_complete()
        self._is_open = False

    def on_response_complete(self) -> None:
        """Its answer is out; the client gets a moment to end a body that nobody wants any more."""
        super().on_response_complete()
        if self._is_open:
            self._wait(self._patience.late)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._stop_watch()

    def timeout_keep_alive_handler(self) -> None:
        """Ends a connection that was not used for a while; answers of the lane are uses too."""
        rest = self._last + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _given(self, data: bytes) -> bool:
        """Whether *data* was a request whose response is kept, and is on its way now."""
        if self.flow.write_paused or self.transport.is_closing():
            return False
        response = self._lane.answer((self._host, data), self.server_state.default_headers)
        if response is None:
            return False
        self.transport.write(response)
        self.server_state.total_requests += 1
        self._wait(0)
        self._last = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_handler()
        return True

    def _see_to_time(self, size: int) -> None:
        """Sets the end of our patience after so many further bytes."""
        if not self._is_open:
            self._wait(0)
        elif self._is_head:
            self._size += size
            if self._size > self._patience.size:
                self._refuse(_TOO_LARGE)
            elif self._waiting is None:
                self._wait(self._patience.headers)
        elif not self.cycle.response_complete:
            self._wait(self._patience.silence)

    def _wait(self, seconds: float) -> None:
        """Waits that long and no longer for what is due; 0: nothing is."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if seconds:
            self._waiting = self.loop.call_later(seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        if self.flow.read_paused:  # It is us who do not read.
            self._wait(self._patience.silence)
        elif self._is_open and (self._is_head or not self.cycle.response_started):
            self._refuse(_TOO_SLOW)
        else:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answers what cannot be read."""
        self._refuse(_NO_HTTP)

    def _refuse(self, failure: tuple[int, str, str]) -> None:
        """Ends the connection with a problem, unless an answer is on its way."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_problem(*failure))
        self.transport.close()

    def _watch(self, before: int) -> None:
        """Looks, after a while, whether the client has read anything."""
        self._stop_watch()
        self._stalled = self.loop.call_later(self._patience.stall, self._see_whether_read, before)

    def _see_whether_read(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._watch(left)
        else:
            self.transport.abort()

    def _stop_watch(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _cut(self, cycle: RequestResponseCycle) -> None:
        """Breaks off, so that no client can take what it has for the whole: not even one of HTTP/1.0."""
        cycle.disconnected = True
        if (own := self.transport.get_extra_info("socket")) is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


def _open(scope: object) -> dict[str, Any]:
    """A scope as what it is: a dictionary that takes further names."""
    return cast(dict[str, Any], scope)


def _problem(status: int, name: str, title: str) -> bytes:
    """A response that no application has made: the request did not get so far."""
    body = orjson.dumps({"type": TYPE + name, "title": title, "status": status})
    head = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *ALWAYS,
    ]
    return STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % each for each in head) + b"\r\n" + body
