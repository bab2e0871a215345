"""The conversation of a client with a server: requests, retries, and problems as the errors they are."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

import orjson

from api.client.errors import of_reply, unreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

WAIT = 60.0
"""The longest that a server may ask us to wait before we ask again, in seconds."""

_AGAIN = (429, 503)
_SAFE = ("GET", "HEAD", "OPTIONS")
_FIRST = 0.3


@dataclass(slots=True)
class Door:
    """A way to a server.

    root: what relative addresses are relative to. seconds: to wait for the first byte, and between bytes.
    tries: how often a request is sent that the server puts off (429, 503 with Retry-After).
    """

    root: str
    pool: "PoolManager"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 120
    tries: int = 4
    sleep: Callable[[float], None] = time.sleep

    def send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | IO[bytes] | None = None,
        is_safe: bool = False,
    ) -> "BaseHTTPResponse":
        """The answer, with its body still to be read.

        is_safe: asking twice does no harm, so a request is sent again where the connection broke. Raises what
        the server tells of (see api.client.errors); Unreachable where it says nothing.
        """
        given = {**self.headers, **(headers or {})}
        is_repeatable = body is None or isinstance(body, bytes)
        for turn in range(1, self.tries + 1):
            is_last = turn == self.tries or not is_repeatable
            reply = self._once(
                method, address, given, body, is_last=is_last or not (is_safe or method in _SAFE)
            )
            if reply is None:
                self.sleep(_FIRST * 2**turn * random.uniform(0.5, 1))
                continue
            if reply.status < 400:
                return reply
            with closing(reply):
                error = of_reply(reply.status, reply.headers, reply.read(decode_content=True))
            wait = getattr(error, "retry_after", 0.0)
            if reply.status not in _AGAIN or is_last or not 0 < wait <= WAIT:
                raise error
            # A little later than asked for, so that not all who were put off come back at once.
            self.sleep(wait * random.uniform(1, 1.2))
        raise AssertionError("the last turn returns or raises")

    def json(self, address: str) -> object:
        """The document at an address, read as JSON; raises as send does."""
        with closing(self.send("GET", address, headers={"Accept": "application/json"})) as reply:
            return orjson.loads(reply.read(decode_content=True))

    def _once(
        self, method: str, address: str, headers: Mapping[str, str], body: object, *, is_last: bool
    ) -> "BaseHTTPResponse | None":
        from urllib3.exceptions import HTTPError

        try:
            return self.pool.request(
                method,
                address,
                headers=headers,
                body=cast(bytes | None, body),
                preload_content=False,
                retries=False,
                timeout=self.seconds,
            )
        except HTTPError as error:
            if is_last:
                raise unreachable(address, error) from error
            return None
