"""A server for one client: a data folder that nobody serves, opened in this process behind a private socket.

It is the same application that `wenyuan serve` runs, so a folder gives the same answers, under the same
limits, as a server. The socket lies in a folder that only this user can enter.
"""

import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import StoreError
from kg.settings import Settings

if TYPE_CHECKING:
    from urllib3 import PoolManager

_START = 60
_ENDLESS = 1e9
"""Seconds that the one client may spend: its own machine's."""


@dataclass(frozen=True, slots=True)
class Private:
    """A running server. path: of its socket; key: what lets its client do everything."""

    path: str
    key: str


@contextmanager
def served(settings: Settings) -> Iterator[Private]:
    """Serves the data folder of *settings* while the block runs. Raises StoreLocked, StoreError."""
    import uvicorn

    from api.app import create_app
    from kg.library import Library

    place = Path(tempfile.mkdtemp(prefix="wenyuan-"))  # Its mode is 0700.
    key = secrets.token_urlsafe(32)
    own = replace(settings, client_budget=_ENDLESS, log_level="ERROR")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        library = stack.enter_context(Library.open(settings.data_dir, base_iri=settings.base_iri))
        app = create_app(own, library=library, key=key)
        bound = stack.enter_context(socket.socket(socket.AF_UNIX))
        bound.bind(str(place / "s"))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True, name="library")
        thread.start()
        stack.callback(thread.join, _START)
        stack.callback(setattr, server, "should_exit", True)
        _await(server, thread)
        yield Private(str(place / "s"), key)


def pool(path: str) -> "PoolManager":
    """Connections to the socket at *path*, whatever the host in an address."""
    from urllib3 import HTTPConnectionPool, PoolManager
    from urllib3.connection import HTTPConnection

    class Connection(HTTPConnection):
        """A connection to a socket that lies in the file system."""

        def _new_conn(self) -> socket.socket:
            made = socket.socket(socket.AF_UNIX)
            made.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
            made.connect(path)
            return made

    class Connections(HTTPConnectionPool):
        """A pool of them."""

        ConnectionCls = Connection

    made = PoolManager(maxsize=8)
    made.pool_classes_by_scheme = {"http": Connections}
    return made


def _await(server: Any, thread: threading.Thread) -> None:
    """Waits until the server answers; raises StoreError where it ends instead."""
    for _ in range(_START * 50):
        if server.started:
            return
        with suppress(RuntimeError):
            thread.join(0.02)
        if not thread.is_alive():
            break
    raise StoreError("the library did not start", hint="`wenyuan doctor` looks for the reason")
