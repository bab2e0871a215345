"""Whether a request comes from this very machine, and from nobody for whom a proxy here speaks."""

from fastapi import Request

LOCAL = ("127.0.0.1", "::1")

_PASSED_ON = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")
"""What proxies add. A proxy on this machine that adds none of them cannot be told from a program here."""


def is_local(request: Request) -> bool:
    """Whether a program on this machine asks for itself."""
    is_near = request.client is not None and request.client.host in LOCAL
    return is_near and not any(name in request.headers for name in _PASSED_ON)
