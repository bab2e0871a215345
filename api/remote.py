"""Handing a command over to the server that holds the data folder, so that nobody meets a lock.

The caller posts its words and its circumstances as JSON to /internal/commands, with the key that lies
in the data folder. The server answers with one JSON line for each piece of output, ["out", text] or
["err", text], and at last ["exit", code].
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from kg.errors import StoreError, StoreLocked

if TYPE_CHECKING:
    from api.cli.session import Session
    from kg.folder import Holder

PATH = "/internal/commands"
KEY_HEADER = "X-Wenyuan-Key"


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way to the server: the words typed, and what the caller's terminal is like.

    stdin: what was piped in, where the command has asked for it.
    """

    words: tuple[str, ...]
    cwd: str
    language: str
    is_quiet: bool = False
    width: int = 80
    out_is_terminal: bool = False
    err_is_terminal: bool = False
    stdin: str | None = None

    @classmethod
    def read(cls, body: bytes) -> "Order":
        """The order in a request's body; raises ValueError or TypeError where it is none."""
        given = orjson.loads(body)
        if not (isinstance(given, dict) and isinstance(given.get("words"), list)):
            raise ValueError("an order has words")
        return cls(**given | {"words": tuple(map(str, given["words"])), "cwd": str(given.get("cwd", ""))})


def hand_over(holder: "Holder", words: Sequence[str], session: "Session") -> int:
    """Lets the server run the command, prints what it prints, and gives its exit code.

    Raises StoreLocked where the server does not answer, StoreError where it stops in the middle.
    """
    order = Order(
        words=tuple(words),
        cwd=str(session.cwd),
        language=session.language,
        is_quiet=session.is_quiet,
        width=session.err.width,
        out_is_terminal=session.out.is_terminal,
        err_is_terminal=session.err.is_terminal,
        stdin=session.stdin,
    )
    address = urlsplit(holder.address)
    connection = HTTPConnection(address.hostname or "127.0.0.1", address.port)
    with contextlib.closing(connection):
        try:
            connection.request("POST", PATH, orjson.dumps(asdict(order)), {KEY_HEADER: holder.key})
            answer = connection.getresponse()
        except (OSError, HTTPException) as error:
            raise StoreLocked(
                f"the data folder is held by a server at {holder.address} that does not answer",
                hint=f"stop that server (process {holder.pid}) and try again",
            ) from error
        if answer.status != 200:
            raise StoreLocked(f"the server at {holder.address} refused the command: {answer.status}")
        try:
            return _printed(answer, session)
        except (OSError, HTTPException) as error:
            raise StoreError(
                "the server went away before the command was done",
                hint="`wenyuan history` shows what was done; running the command again does the rest",
            ) from error


def _printed(lines: Iterable[bytes], session: "Session") -> int:
    """Prints the pieces as they come; gives the exit code."""
    consoles = {"out": session.out, "err": session.err}
    for line in lines:
        kind, value = orjson.loads(line)
        if kind == "exit":
            return int(value)
        consoles[kind].file.write(value)
        consoles[kind].file.flush()
    raise HTTPException("no exit code")
