"""Answering our own user's query inside this process: for the command line and trials, not for strangers."""

import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pyoxigraph import Store

from kg.pool.place import Place
from kg.sparql.query import Question, run

_STACK = 64 * 1024 * 1024
_STARTING = threading.Lock()
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its media type and its bytes."""

    media_type: str
    body: bytes


class _Held:
    """An output that is held in memory."""

    def __init__(self) -> None:
        self.rows = 0
        self.media_type = ""
        self.body = bytearray()

    def begin(self, head: Mapping[str, object]) -> None:
        """Says what comes."""
        self.media_type = str(head["media_type"])

    def write(self, data: bytes) -> int:
        """Takes the next bytes."""
        self.body += data
        return len(data)


def answer(question: Question, engine: Store, *, base_iri: str, rows: int = 100_000) -> Answer:
    """The answer, whole; nothing stops one that takes too long. Raises what kg.sparql.query.run raises."""
    task = question.task(Path(), rows=rows)

    def work() -> Answer:
        held = _Held()
        run(Place(None, base_iri, engine), dict(task.head), task.body, held)
        return Answer(held.media_type, bytes(held.body))

    return _in_deep_thread(work)


def _in_deep_thread(work: Callable[[], _Made]) -> _Made:
    """What *work* gives, done where the stack is deep enough for any query that the guard lets through.

    The engine recurses, and the stack of a thread is 8 MB on Linux, 512 KB on a Mac.
    """
    done: Future[_Made] = Future()

    def run_it() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # Handed to the caller, whatever it is.
            _let_go(error)
            done.set_exception(error)

    with _STARTING:
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=run_it, daemon=True, name="query").start()
        finally:
            threading.stack_size(before)
    return done.result()


def _let_go(error: BaseException) -> None:
    """Drops what the frames of *error* and of its causes hold.

    Results of the engine must end in the thread that began them, or they are never freed; an error that
    goes to another thread would take them along.
    """
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__
