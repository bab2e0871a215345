"""Clients that leave: whoever works for one stops at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive


class ClientLeft(Exception):
    """There is nobody to answer any more."""


@asynccontextmanager
async def while_there(receive: Receive) -> AsyncIterator[None]:
    """Runs the block as long as the client is there; raises ClientLeft in it when that is over.

    The whole body of the request must have been read.
    """
    working = asyncio.current_task()
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        while (await receive())["type"] != "http.disconnect":
            pass
        has_left = True
        if working is not None:
            working.cancel()

    watching = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if has_left and working is not None and not working.uncancel():
            raise ClientLeft from None
        raise
    finally:
        watching.cancel()
