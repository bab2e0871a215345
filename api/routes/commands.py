"""Commands handed over to this server by the command line of the same machine; see api.remote."""

import hmac
import logging
from collections.abc import Callable, Iterator
from io import TextIOBase
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TextIO, cast

import orjson
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from api.cli.session import Session, console
from api.remote import KEY_HEADER, PATH, Order

log = logging.getLogger(__name__)
router = APIRouter()

LOCAL = ("127.0.0.1", "::1", "testclient")
Piece = tuple[str, object]


class CallerLeft(Exception):
    """The command's caller has gone away: it is stopped at its next word, as Ctrl+C would stop it."""


@router.post(PATH, include_in_schema=False)
async def command(request: Request) -> StreamingResponse:
    """Runs a command with the library of this server; streams its output and its exit code."""
    state = request.app.state
    is_local = request.client is not None and request.client.host in LOCAL
    shown = request.headers.get(KEY_HEADER, "").encode()
    # An application without a key lets nobody in, not even who shows none.
    if not (is_local and state.key and hmac.compare_digest(shown, state.key.encode())):
        raise HTTPException(404)
    try:
        order = Order.read(await request.body())
    except (ValueError, TypeError) as error:
        raise HTTPException(400, "no order") from error
    return StreamingResponse(_pieces(order, state), media_type="application/x-ndjson")


class Wire(TextIOBase):
    """A text stream whose every write becomes a piece of the answer."""

    def __init__(self, kind: str, pieces: "SimpleQueue[Piece]", left: Event, *, is_terminal: bool) -> None:
        self._kind, self._pieces, self._left, self._is_terminal = kind, pieces, left, is_terminal

    def write(self, text: str) -> int:
        """Sends *text*; raises CallerLeft where nobody listens any more."""
        if self._left.is_set():
            raise CallerLeft
        self._pieces.put((self._kind, text))
        return len(text)

    def isatty(self) -> bool:
        """Whether the caller sits at a terminal."""
        return self._is_terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]  # what io calls it, as a property
        return "utf-8"


def _pieces(order: Order, state: Any) -> Iterator[bytes]:
    """The lines of the answer, while the command runs in a thread of its own."""
    pieces: SimpleQueue[Piece] = SimpleQueue()
    left = Event()
    session = _session(order, state, pieces, left)
    Thread(target=_run, args=(order, session, state.run_command, pieces), name="command", daemon=True).start()
    try:
        while True:
            piece = pieces.get()
            yield orjson.dumps(piece) + b"\n"
            if piece[0] == "exit":
                return
    finally:
        left.set()


def _session(order: Order, state: Any, pieces: "SimpleQueue[Piece]", left: Event) -> Session:
    out = Wire("out", pieces, left, is_terminal=order.out_is_terminal)
    err = Wire("err", pieces, left, is_terminal=order.err_is_terminal)
    return Session(
        settings=state.settings,
        language=order.language,
        out=console(cast(TextIO, out), width=order.width, is_terminal=order.out_is_terminal),
        err=console(cast(TextIO, err), width=order.width, is_terminal=order.err_is_terminal),
        cwd=Path(order.cwd),
        held=state.library,
        rooms=state.rooms,
        stdin=order.stdin,
        is_quiet=order.is_quiet,
    )


def _run(
    order: Order,
    session: Session,
    run: Callable[[tuple[str, ...], Session], int],
    pieces: "SimpleQueue[Piece]",
) -> None:
    code = 1
    try:
        code = run(order.words, session)
    except CallerLeft:
        log.info("the caller of %s has gone", order.words)
    except Exception:
        # A door: whatever goes wrong in a command must not take the server with it, and must be told.
        log.exception("a command failed: %s", order.words)
        pieces.put(("err", "the server met an error of its own; see its log\n"))
    finally:
        pieces.put(("exit", code))
