"""The beginning of an answer, held back: as long as nothing is sent, a failure can have its true status."""

from asyncio import get_running_loop, timeout_at
from collections.abc import AsyncIterator
from dataclasses import dataclass

_MOMENT = 0.02
"""Seconds in which the end of a short answer follows its beginning, however late that came."""


@dataclass(frozen=True, slots=True)
class Hold:
    """When an answer begins to go out: with so many bytes, or after so many seconds."""

    size: int = 262_144
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Beginning:
    """What came first. is_whole: it is all there is."""

    body: bytes
    is_whole: bool


async def beginning(chunks: AsyncIterator[bytes], *, since: float, hold: Hold) -> Beginning:
    """What is to be sent first; never nothing, unless that is all.

    since: the time of the loop at which the client began to wait. Raises what *chunks* raises.
    """
    parts: list[bytes] = []
    size = 0
    try:
        parts.append(await anext(chunks))
        size = len(parts[0])
        async with timeout_at(max(since + hold.seconds, get_running_loop().time() + _MOMENT)):
            while size < hold.size:
                part = await anext(chunks)
                parts.append(part)
                size += len(part)
    except TimeoutError:
        pass
    except StopAsyncIteration:
        return Beginning(b"".join(parts), True)
    return Beginning(b"".join(parts), False)
