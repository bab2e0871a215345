"""What is read of ops.sqlite and believed for a moment, so that asking for it costs nothing. Never writes."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection

from services.ops import Ops

FRESH = 0.5
"""Seconds for which what was read is believed: so long a key that was revoked elsewhere may live on."""

_Made = TypeVar("_Made")


class Watched(Generic[_Made]):
    """What *read* makes of the database; made again where something was altered since."""

    def __init__(self, ops: Ops, read: Callable[[Connection], _Made], empty: _Made) -> None:
        self._ops, self._read, self._empty = ops, read, empty
        self._made = empty
        self._lock = Lock()
        self._alterations, self._until = -1, 0.0

    def now(self) -> _Made:
        """It, at most FRESH seconds old. The same object, while nothing was altered."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._look()
                self._until = time.monotonic() + FRESH
            return self._made

    def forget(self) -> None:
        """Lets the next look see what was altered just now."""
        self._until = 0.0

    def _look(self) -> None:
        alterations = self._ops.alterations()
        if alterations == self._alterations:
            return
        if alterations:
            with self._ops.reading() as connection:
                self._made = self._read(connection)
        else:
            self._made = self._empty
        self._alterations = alterations
