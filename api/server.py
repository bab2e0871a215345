"""The running server: a free port, the library open, the announcement in the data folder, and uvicorn."""

import errno
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kg import folder
from kg.errors import StoreError
from kg.library import Library
from kg.settings import Settings

TRIES = 20
"""Ports tried, one after the other, where the wanted one is taken."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A socket that already listens, so that the address it has is the one that is announced."""

    socket: socket.socket
    address: str


def listen(host: str, port: int, *, is_strict: bool = False) -> Listening:
    """A socket on *port* of *host*, or on the next free one unless *is_strict*.

    port 0: any. Raises StoreError where there is none, or the address is not this machine's.
    """
    for wanted in range(port, port + 1 if is_strict or port == 0 else port + TRIES):
        try:
            bound = socket.create_server((host, wanted), family=_family(host))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            raise StoreError(
                f"cannot listen on {host}:{wanted}: {error.strerror}", hint="try --host 127.0.0.1"
            ) from error
        # asyncio turns Nagle's algorithm off only for sockets that name TCP as their protocol; these do not,
        # and each answer would wait 40 ms for the client's delayed acknowledgement. Accepted ones inherit it.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shown = f"[{host}]" if ":" in host else host
        return Listening(bound, f"http://{shown}:{bound.getsockname()[1]}/")
    raise StoreError(f"port {port} of {host} is taken", hint=f"give another one: --port {port + 1}")


def serve(settings: Settings, listening: Listening, *, run_command: Callable[..., int]) -> None:
    """Serves the library of the data folder on *listening* until the process is told to stop.

    run_command: runs the words of a command that was handed over, with a session, and gives its exit code.
    """
    import uvicorn

    from api import state
    from api.app import create_app
    from api.connection import connections
    from api.logs import configure
    from api.stopping import Server

    configure(settings)
    key = secrets.token_urlsafe(32)
    with Library.open(settings.data_dir, base_iri=settings.base_iri) as library:
        app = create_app(settings, library=library, key=key, run_command=run_command)
        config = uvicorn.Config(
            app,
            http=connections(app.state.lane),
            log_config=None,
            access_log=False,
            server_header=False,
            # A WebSocket would pass by patience and bills.
            ws="none",
            # api.asker decides whom to believe.
            proxy_headers=False,
            timeout_graceful_shutdown=settings.grace_seconds,
        )
        server = Server(config, on_leave=partial(state.leave, app), drain=settings.drain_seconds)
        with folder.announced(settings.data_dir, listening.address, key):
            server.run(sockets=[listening.socket])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
