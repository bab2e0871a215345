"""What every answer carries and every HEAD leaves out: a wrapper around the application. Knows no routes."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
ALWAYS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""For every answer, pages and data alike."""
_CLOSED = ((b"cross-origin-resource-policy", b"same-origin"),)
"""For pages."""
_OPEN = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Link, Content-Location, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, "
        b"Cache-Status, Wenyuan-Generation, WWW-Authenticate, Allow",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
"""For data, which any page on the web may read: nothing here depends on who asks."""


HEAD = "wenyuan.head"
"""In the scope of a request that is handled as GET: only its headers will be sent."""


class Headers:
    """The application with its headers, and with HEAD answered as GET without a body (RFC 9110, § 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_ours(message["headers"])}
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", HEAD: True} if is_head else scope, receive, answer)


def _with_ours(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those it lacks."""
    there = {name.lower(): value for name, value in headers}
    is_page = there.get(b"content-type", b"").startswith(b"text/html")
    wanted = ALWAYS + (_CLOSED if is_page else _OPEN)
    return [*headers, *((name, value) for name, value in wanted if name not in there)]
