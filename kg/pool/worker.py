"""A worker: a process that takes tasks from a socket, one after the other, and ends when that closes.

Started by kg.pool.process; it is confined before it reads the first byte.
"""

import os
import resource
import sys
import threading
import time
import traceback
from pathlib import Path

import orjson

from kg.pool import sandbox
from kg.pool.frames import ERROR, HEADER, HELLO, Reader
from kg.pool.place import Out, Place, Sent, send
from kg.pool.tasks import TASKS
from ontology.errors import WenyuanError

_STACK = 64 * 1024 * 1024
"""Bytes. The engine recurses; 8 MB are too few for what the guard lets through, and a Mac gives 512 KB."""
_OPEN = 4
"""Generations that stay open: one for each of the spaces that were asked last."""
_READ = 1 << 16
_LARGEST = 1 << 28


class Worker:
    """One worker's life. number: of the open socket."""

    def __init__(self, number: int, base_iri: str) -> None:
        self._number = number
        self._base_iri = base_iri
        self._places: dict[str, Place] = {}

    def live(self, lacking: str) -> None:
        """Serves until the socket closes."""
        _preload()
        self._tell(HELLO, {"missing": lacking, "thread": threading.get_native_id()})
        reader = Reader(_LARGEST)
        while data := os.read(self._number, _READ):
            for _, head, body in reader.feed(data):
                self._serve(orjson.loads(head), body)

    def _serve(self, asked: dict[str, object], body: bytes) -> None:
        sandbox.allow_cpu(float(str(asked["cpu"])))
        began, used = time.monotonic(), time.process_time()
        out = Sent(self._number)

        def cost() -> dict[str, float]:
            return {"seconds": time.monotonic() - began, "cpu": time.process_time() - used, "grown": _grown()}

        try:
            self._run(asked, body, out)
            out.end(**cost())
        except WenyuanError as error:
            self._fail(type(error).__name__, str(error), more=vars(error), **cost())
        except MemoryError:
            self._fail("WorkerLost", "the query needs more memory than one may have", **cost())
            raise
        except BrokenPipeError:
            raise
        except Exception as error:  # The door of the worker: whatever it is, the asker hears of it.
            traceback.print_exc()
            self._fail("QueryError", f"the worker failed: {error}", **cost())

    def _fail(self, error: str, message: str, **more: object) -> None:
        self._tell(ERROR, {"error": error, "message": message, **more})

    def _run(self, asked: dict[str, object], body: bytes, out: Out) -> None:
        run = TASKS[str(asked["task"])]
        head = asked["head"]
        run(self._place(str(asked["generation"])), head if isinstance(head, dict) else {}, body, out)

    def _place(self, generation: str) -> Place:
        """The place on that generation; those before it in the same folder are closed."""
        if not generation:
            return Place(None, self._base_iri)
        known = self._places.pop(generation, None)
        if known is None:
            folder = os.path.dirname(generation)
            for other in [each for each in self._places if os.path.dirname(each) == folder]:
                del self._places[other]
            known = Place(Path(generation), self._base_iri)
        self._places[generation] = known
        while len(self._places) > _OPEN:
            del self._places[next(iter(self._places))]
        return known

    def _tell(self, kind: int, head: dict[str, object]) -> None:
        text = orjson.dumps(head)
        send(self._number, HEADER.pack(kind, len(text), 0) + text)


def _preload() -> None:
    """Imports what nearly every task needs, so that the first one does not wait for it."""
    TASKS["query"]


def _grown() -> int:
    """The most bytes of memory that this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def main() -> None:
    """Confines the process, and lives in a thread with a stack that is deep enough."""
    given = orjson.loads(sys.argv[1])
    lacking = sandbox.confine(memory=given["memory"], parent=given["parent"])
    worker = Worker(given["socket"], given["base_iri"])
    threading.stack_size(_STACK)
    life = threading.Thread(target=worker.live, args=(lacking,), name="worker")
    life.start()
    life.join()


if __name__ == "__main__":
    main()
