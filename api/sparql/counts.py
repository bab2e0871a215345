"""The counts of libraries that are kept: of each, those of its last generation that was counted."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from kg.void import Counted


class Counts:
    """What the libraries of one server hold. Each is counted once, however many want to know."""

    def __init__(self) -> None:
        self._known: dict[str, Counted] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, library: str, generation: int, count: Callable[[], Awaitable[Counted]]) -> Counted:
        """The counts of that generation; *count* makes them. library: its identity."""
        async with self._locks[library]:
            known = self._known.get(library)
            if known is None or known.generation != generation:
                known = self._known[library] = await count()
            return known
