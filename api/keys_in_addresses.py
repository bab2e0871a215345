"""Keys in addresses are refused: addresses end in logs, in histories and with the next site."""

import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import failures
from api.failures import Failure
from services.token import holds_token

_SUSPECT = re.compile(rb"wy(?:_|%5f)|(?:^|&)access_token=", re.IGNORECASE)
_REFUSED = Failure(
    400,
    "key-in-address",
    "A key does not belong into an address",
    "addresses are kept in logs and histories, so others may have read it by now",
    "revoke it with `wenyuan key revoke`, and send the next as `Authorization: Bearer wy_…`",
)


class NoKeysInAddresses:
    """The application, for requests that show their keys where they belong (RFC 6750, § 2.1)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] == "http" and _has_key(scope["query_string"], scope.get("raw_path") or b""):
            # The path is told again in the answer; what may be a key is not.
            clean = {**scope, "path": "/", "raw_path": b"/", "query_string": b""}
            await failures.answer(Request(clean, receive), _REFUSED)(clean, receive, send)
            return
        await self._app(scope, receive, send)


def _has_key(query: bytes, path: bytes) -> bool:
    if not (_SUSPECT.search(query) or _SUSPECT.search(path)):
        return False
    return b"access_token=" in query or any(
        holds_token(unquote_to_bytes(part).decode("utf-8", "replace")) for part in (query, path)
    )
