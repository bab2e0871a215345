"""A task for a worker, and what it cost. Not how it is done: see kg.pool.tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to do.

    name: one of kg.pool.tasks.TASKS. generation: the one that the worker opens, or none. head: small, as
    JSON. seconds: its own deadline, 0 for the pool's. rank: lower is served first (0 keys, 1 people,
    2 crawlers). asker: who asks, so that nobody takes all the places; "" is in nobody's way.
    """

    name: str
    generation: Path | None
    head: Mapping[str, object] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0
    rank: int = 0
    asker: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task took: seconds on the clock and of a processor, while it held a worker; bytes and rows."""

    seconds: float = 0
    cpu: float = 0
    bytes: int = 0
    rows: int = 0
