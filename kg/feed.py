"""Feed: bytes poured into the engine's bulk loader through a pipe, with a last word before they count.

The loader takes in nothing until it has read to the end, so the end is held back until *seal* has run:
the journal is on disk before the store has anything of it. A pipe, not a file object: the loader would
call a file object's read() for every 2 kB and wait for the interpreter lock each time.
"""

import os
import threading
from collections.abc import Callable, Iterable
from typing import TypeAlias

# A function and not the engine: a traceback that somebody keeps would keep the engine, and with it its lock.
Load: TypeAlias = Callable[[str], None]
"""Has the engine load the file of that name in bulk."""
_PIECE = 1 << 20
# More than a pipe and the parser's buffer hold: once it is written, all before it has been parsed. It is
# remarks, with the marks that would end an IRI or a literal left open, which would swallow plain lines.
_PADDING = b"\n" + b'# "> .\n' * (1 << 15)
_POISON = b"not a statement\n"


def pour(load: Load, nquads: Iterable[bytes | memoryview], seal: Callable[[], None]) -> None:
    """Has *load* read N-Quads from a pipe. *seal* runs once, when all of them have been parsed.

    Raises SyntaxError where they do not parse (*seal* has not run then), what else *load* raises, and
    whatever *seal* raises; in each case nothing was loaded.
    """
    reader, writer = os.pipe()
    feeder = _Feeder(writer, nquads, seal)
    feeder.start()
    try:
        load(f"/dev/fd/{reader}")
    except (SyntaxError, OSError):
        if feeder.error is None:
            raise
    finally:
        os.close(reader)
        feeder.join()
    if feeder.error is not None:
        raise feeder.error


class _Feeder(threading.Thread):
    """Writes into the pipe. error: what *seal* or the source of the bytes raised."""

    def __init__(self, writer: int, nquads: Iterable[bytes | memoryview], seal: Callable[[], None]) -> None:
        super().__init__(name="wenyuan-feed")
        self._writer, self._nquads, self._seal = writer, nquads, seal
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for nquads in self._nquads:
                self._write(nquads)
            self._write(_PADDING)
            self._seal()
        except BrokenPipeError:
            pass  # The loader gave up; it says why itself.
        except BaseException as error:
            self.error = error
            self._spoil()
        finally:
            os.close(self._writer)

    def _write(self, nquads: bytes | memoryview) -> None:
        view = memoryview(nquads)
        while view:
            view = view[os.write(self._writer, view[:_PIECE]) :]

    def _spoil(self) -> None:
        """Makes the loader fail, since an end of file would make it load what it has."""
        try:
            os.write(self._writer, _POISON)
        except BrokenPipeError:
            return
