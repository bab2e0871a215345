"""A worker process as the pool holds it: begun, sent a task, listened to, killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import orjson

from kg.errors import WorkerLost
from kg.pool import frames
from kg.pool.task import Task

_SAID = 2_000
_LAST_BREATH = 0.5
_SIGNALS = {
    signal.SIGSEGV: "it overflowed the stack: the query is nested too deeply",
    signal.SIGBUS: "it overflowed the stack: the query is nested too deeply",
    signal.SIGXCPU: "it used up its processor time",
    signal.SIGKILL: "the system ended it, likely for want of memory",
}
_SAYINGS = {
    "overflowed its stack": "it overflowed the stack: the query is nested too deeply",
    "memory allocation of": "the query needs more memory than one may have",
    "MemoryError": "the query needs more memory than one may have",
    "cannot allocate memory": "the query needs more memory than one may have",
}


class Listener(Protocol):
    """Who hears what a worker says about its task."""

    def hear(self, kind: int, head: bytes, body: bytes) -> None:
        """Takes a frame."""

    def lose(self, error: WorkerLost) -> None:
        """Learns that no more comes."""


class Process(asyncio.Protocol):
    """One worker. generation: the one it read last. tasks: how many it was sent. missing: what it lacks.

    missing is None until the worker has said that it is ready; ready: when, by the clock of the loop.
    """

    def __init__(self, *, memory: int, base_iri: str, on_end: Callable[["Process"], None]) -> None:
        self.tasks = 0
        self.generation = ""
        self.missing: str | None = None
        self.listener: Listener | None = None
        self.is_alive, self.is_killed = True, False
        self.last_words = ""
        self.ready = self.ready_cpu = 0.0
        self._thread = 0
        self._closed = 0.0
        self._on_end = on_end
        self._reader = frames.Reader()
        self._transport: asyncio.Transport | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed when the process ends)
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        given = {"socket": theirs.fileno(), "memory": memory, "parent": os.getpid(), "base_iri": base_iri}
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-P", "-m", "kg.pool.worker", orjson.dumps(given).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            pass_fds=(theirs.fileno(),),
            env=_environment(),
        )
        theirs.close()

    async def connect(self) -> None:
        """Begins to listen."""
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=self._ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, task: Task, listener: Listener, *, cpu: float) -> None:
        """Sends a task; *listener* hears of it until it ends. cpu: seconds of a processor it may use."""
        self.listener = listener
        self.tasks += 1
        self.generation = str(task.generation or "")
        asked = {"task": task.name, "generation": self.generation, "head": task.head, "cpu": cpu}
        head = orjson.dumps(asked)
        assert_open(self._transport).write(
            frames.HEADER.pack(frames.TASK, len(head), len(task.body)) + head + task.body
        )

    def pause(self) -> None:
        """Lets the worker wait with what it has to say."""
        assert_open(self._transport).pause_reading()

    def resume(self) -> None:
        """Listens again."""
        if self.is_alive:
            assert_open(self._transport).resume_reading()

    def give_way(self, is_slow: bool) -> bool:
        """Lets the system prefer other processes, or not any more; whether that could be done."""
        try:
            os.setpriority(os.PRIO_PROCESS, self._thread, 10 if is_slow else 0)
        except OSError:
            return False
        return True

    def cpu(self) -> float:
        """Seconds of a processor that it has used; 0 where the system does not tell."""
        if sys.platform != "linux":
            return 0
        try:
            # The number of another process's clock, as clock_getcpuclockid(3) makes it.
            return time.clock_gettime((~self._process.pid << 3) | 2)
        except OSError:
            return 0

    def stop(self) -> None:
        """Lets it stand still."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends its standing still."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it at once, in whatever it is doing."""
        self.is_alive, self.is_killed = False, True
        if self._process.returncode is None:
            self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # A socket's transport reads and writes.

    def data_received(self, data: bytes) -> None:
        try:
            for kind, head, body in self._reader.feed(data):
                self._hear(kind, head, body)
        except ValueError:
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_alive = False
        self._closed = asyncio.get_running_loop().time()
        self._reap()

    def _reap(self) -> None:
        """Learns of what it died. It may take a moment to die: much memory takes long to give back."""
        code = self._process.poll()
        loop = asyncio.get_running_loop()
        if code is None:
            if loop.time() - self._closed > _LAST_BREATH:
                self._process.kill()
            loop.call_later(0.005, self._reap)
            return
        self.last_words = self._said_last()
        self._said.close()
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.lose(WorkerLost(f"the query was not answered: {self._cause(code)}"))
        self._on_end(self)

    def _hear(self, kind: int, head: bytes, body: bytes) -> None:
        if kind == frames.HELLO:
            told = orjson.loads(head)
            self.ready, self.ready_cpu = asyncio.get_running_loop().time(), self.cpu()
            self.missing, self._thread = str(told["missing"]), int(told["thread"])
            return
        listener = self.listener
        if kind in (frames.END, frames.ERROR):
            self.listener = None
        if listener is not None:
            listener.hear(kind, head, body)

    def _cause(self, code: int) -> str:
        """Why it died, as far as it is known."""
        for sign, cause in _SAYINGS.items():
            if sign in self.last_words:
                return cause
        with suppress(ValueError):
            return _SIGNALS.get(signal.Signals(-code), f"the worker died of {signal.Signals(-code).name}")
        return f"the worker ended with code {code}"

    def _said_last(self) -> str:
        """The end of what it wrote on its way out."""
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - _SAID))
        return self._said.read().decode("utf-8", "replace")


def assert_open(transport: asyncio.Transport | None) -> asyncio.Transport:
    """The transport, if the process was connected."""
    if transport is None:
        raise WorkerLost("the worker was not connected")
    return transport


def _environment() -> dict[str, str]:
    """What a worker learns of this machine: where our code is, and nothing else."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
        # The engine asks for very many small pieces of memory: a tenth less time, measured.
        "GLIBC_TUNABLES": "glibc.malloc.tcache_count=2000:glibc.malloc.hugetlb=1",
        "LC_ALL": "C.UTF-8",
    }
