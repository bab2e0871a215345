"""The server, and how it stops: it says so, takes nothing new, lets what runs end, and cuts the rest."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

import uvicorn
from uvicorn.server import HANDLED_SIGNALS


class Server(uvicorn.Server):
    """uvicorn, which ends with code 0 when it is told to stop, and not of the signal that told it.

    on_leave: called once when it is told. drain: seconds for which it still takes requests after SIGTERM, so
    that those before it, whom /readyz tells, send theirs elsewhere.
    """

    def __init__(self, config: uvicorn.Config, *, on_leave: Callable[[], None], drain: float = 0) -> None:
        super().__init__(config)
        self._on_leave, self._drain = on_leave, drain
        self._until: float | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listens to signals meanwhile; uvicorn would raise them again, and die before all is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Is told to stop; a second time, not to wait any longer."""
        if self._until is None:
            self._on_leave()
            self._until = monotonic() + (self._drain if sig == signal.SIGTERM else 0)
        elif self.should_exit:
            self.force_exit = True
        else:
            self._until = monotonic()

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop."""
        if self._until is not None and monotonic() >= self._until:
            self.should_exit = True
        return await super().on_tick(counter)
