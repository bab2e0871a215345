"""The way into the spaces: /spaces/{name}/… is the same as /… is for the main library, with other contents.

A private space answers who may not read it exactly like one that does not exist.
"""

import re

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import failures, state
from api.asker import SPACE, asker
from ontology.errors import WenyuanError
from services.roles import Role
from services.spaces import Registered

_PATH = re.compile(r"(/spaces/([a-z0-9-]{1,63}))(/.*)?", re.DOTALL)
_MAIN_ONLY = ("/internal/", "/metrics", "/healthz", "/readyz", "/spaces")
"""What there is once for all spaces."""
_PRIVATE = ((b"cache-control", b"private, no-cache"), (b"x-robots-tag", b"noindex"))


class InSpaces:
    """The application, with its spaces under their own addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on to where it belongs."""
        found = _PATH.fullmatch(get_route_path(scope)) if scope["type"] == "http" else None
        if found is None or (found[3] or "").startswith(_MAIN_ONLY):
            await self._app(scope, receive, send)
            return
        try:
            await self._enter(found, scope, receive, send)
        except WenyuanError as error:
            # Outside of the framework's own handling of errors, and before anything was sent.
            answer = failures.answer(Request(scope, receive), failures.of_error(error))
            await answer(scope, receive, send)

    async def _enter(self, found: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path", "") + found[1]
        within = {**scope, "root_path": root, SPACE: found[2]}
        if scope["method"] == "OPTIONS":
            # Browsers ask this without a key, so it is answered alike whether there is such a space or not.
            await self._app(within, receive, send)
            return
        registered = visible(Request(within, receive), found[2])
        # An address that spells the name in escapes is none of ours: what is cut off is cut off as sent.
        if registered is None or not scope["raw_path"].startswith(root.encode()):
            await self._app(scope, receive, send)
            return
        if not found[3]:
            await RedirectResponse(f"{root}/", 308)(scope, receive, send)
            return
        async with state.rooms(Request(scope)).entered(registered) as room:
            within[state.ROOM] = room
            await self._app(within, receive, send if registered.is_public else _private(send))


def visible(request: Request, name: str) -> Registered | None:
    """The space of that name, where whoever sent *request* may know of it.

    request: with that name in its scope. Raises NotKnown for a wrong key, whatever the space.
    """
    who = asker(request)
    found = state.rooms(request).spaces.find(name)
    return found if found is not None and (found.is_public or who.role >= Role.READER) else None


def _private(send: Send) -> Send:
    """Passes an answer on with what keeps it out of caches and search engines."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = [name for name, _ in _PRIVATE]
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in names]
            message = {**message, "headers": [*kept, *_PRIVATE]}
        await send(message)

    return answer
