"""Visit: one request from its arrival to the last byte of its answer, for whoever writes logs and bills."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:\-]{8,64}")


@dataclass(slots=True)
class Visit:
    """What is known of a request so far; those who serve it add to it.

    client: who asks, as the log may name it. cache: "hit" or "miss" where an answer could have been kept.
    cost: seconds charged by the door itself; None where it left that to the end of the request.
    at_end: what is to be done when the answer is out, or its client gone.
    """

    id: str
    method: str = ""
    path: str = ""
    door: str = ""
    client: str = ""
    crawler: str = ""
    began: float = field(default_factory=perf_counter)
    waited: float = 0
    status: int = 0
    sent: int = 0
    outcome: str = ""
    cache: str = ""
    generation: int = 0
    cost: float | None = None
    is_admitted: bool = False
    at_end: list[Callable[[], None]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return perf_counter() - self.began


_VISIT: ContextVar[Visit | None] = ContextVar("visit", default=None)

enter = _VISIT.set
leave = _VISIT.reset


def current() -> Visit | None:
    """The request that is being served; None outside of any."""
    return _VISIT.get()


def request_id(given: str = "") -> str:
    """The id that a proxy or a client has *given*, where it is a plain one, else a new one."""
    return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
