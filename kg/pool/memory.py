"""Memory: what all workers together hold, and who has to end when that is too much.

Each worker has a limit of its own, but those that stand still keep what they hold: many at once could take
all that the machine has. Counted is what is theirs alone, not the files that they share.
"""

import asyncio
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Protocol

LOOK = 0.2
"""Seconds between two looks, while anything runs."""

_CGROUP = Path("/sys/fs/cgroup/memory.max")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Holder(Protocol):
    """A task that runs or stands still."""

    @property
    def memory(self) -> int:
        """Bytes that its worker holds."""

    def make_room(self) -> None:
        """Ends, since it holds the most and there is too little for all."""


class Memory:
    """Sees to it that *holders* together hold no more than so many bytes; 0: half of the machine's."""

    def __init__(self, holders: Collection[Holder], most: int = 0) -> None:
        self._holders = holders
        self.most = most or of_machine() // 2
        self._next: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Begins to look, for as long as there are holders."""
        if self._next is None and self.most:
            self._next = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _look(self) -> None:
        self._next = None
        held = {holder: holder.memory for holder in self._holders}
        total = sum(held.values())
        for holder in sorted(held, key=held.__getitem__, reverse=True):
            if total <= self.most:
                break
            total -= held[holder]
            holder.make_room()
        if self._holders:
            self.watch()


def of_machine() -> int:
    """Bytes of memory that this machine, or the container we run in, has; 0 where nobody tells."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * _PAGE
    except (ValueError, OSError, AttributeError):
        return 0
    with suppress(OSError, ValueError):
        return min(found, int(_CGROUP.read_text(encoding="ascii")))
    return found


def of_process(pid: int) -> int:
    """Bytes that a process holds for itself alone; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            _, resident, shared, *_ = file.read().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * _PAGE
