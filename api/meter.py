"""Meter: what each request costs whom. One call at the end of a query feeds the budget, the figures and the
slow-query log; requests that nobody charged are charged by api.access."""

import logging
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from api import visit
from api.figures import Figures
from api.lines import access, shown, write
from api.visit import Visit
from kg.errors import OverBudget
from kg.settings import Settings
from services.budget import Allowance, Budgets
from services.keys import OWNER
from services.slow import SlowLog

QUERIES = frozenset(("sparql", "update", "graphs", "explain"))
"""Doors behind which a request may take a worker for long: few of one client's may run at once."""

LEAST = {"hit": 0.002, "ok": 0.01, "error": 0.1, "refused": 0.02, "overload": 0.02}
"""Seconds charged at least, by what became of a request. Errors cost more than they take, so that a flood of
cheap ones ends; an answer that was kept costs nearly nothing."""

_REFUSALS = {
    "syntax": "syntax", "query-syntax": "syntax", "too-complex": "too-complex", "query-refused": "too-complex"
}  # fmt: skip
_CHEAP = ("static", "health", "metrics")

ERRORS = frozenset(("syntax", "too-complex", "refused", "timeout", "lost", "error", "left", "not-known"))


class Cost(Protocol):
    """What a worker spent: seconds by the clock and of a processor, bytes and rows that it gave."""

    @property
    def seconds(self) -> float: ...
    @property
    def cpu(self) -> float: ...
    @property
    def bytes(self) -> int: ...
    @property
    def rows(self) -> int: ...


class Client(Protocol):
    """Who asks (api.asker.Asker), as far as a bill needs to know."""

    @property
    def name(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def budget(self) -> float: ...
    @property
    def rank(self) -> int: ...
    @property
    def is_key(self) -> bool: ...


class Meter:
    """The bills of all clients of one server. slow: its log of slow queries, where it has a folder."""

    def __init__(
        self,
        settings: Settings,
        *,
        budgets: Budgets | None = None,
        figures: Figures | None = None,
    ) -> None:
        self._settings = settings
        self.budgets = budgets or Budgets()
        self.figures = figures or Figures("")
        self.slow: SlowLog | None = None

    def admit(self, asker: Client) -> None:
        """Lets a request in; raises OverBudget, whose retry_after is true for a client that waits so long."""
        here = visit.current()
        if here is not None and here.is_admitted:
            return
        name, allowance = self._bill(asker)
        try:
            self.budgets.admit(name, allowance, refusal=LEAST["refused"])
            if here is not None and here.door in QUERIES:
                self.budgets.begin(name, allowance, seconds=asker.seconds or self._settings.query_seconds)
                here.at_end.append(lambda: self.budgets.end(name, allowance))
        except OverBudget:
            self.figures.over_budget.labels(self._kind(asker)).inc()
            raise
        if here is not None:
            here.is_admitted = True

    def charge(
        self,
        asker: Client,
        cost: Cost,
        *,
        door: str,
        outcome: str,
        query: str = "",
        path: str = "",
        steps: Sequence[object] = (),
    ) -> None:
        """Puts what a request cost on the bill of *asker*.

        outcome: "ok", "hit" (from the cache), or one of ERRORS. query, path, steps: what was asked and how it
        was answered (kg.sparql.plan), for the log of slow queries.
        """
        # Who was sent away has waited for nothing.
        spent = 0.0 if outcome == "overload" else max(cost.seconds, cost.cpu)
        seconds = max(spent, _least(outcome))
        self._take(asker, seconds)
        self.figures.query(path, outcome, seconds=cost.seconds, cpu=cost.cpu, rows=cost.rows)
        here = visit.current()
        if here is not None:
            here.cost = (here.cost or 0) + seconds
            here.outcome = outcome
        if self.slow is not None and query and spent >= self._settings.slow_query_seconds:
            self.slow.write(
                query,
                time=datetime.now(UTC).isoformat(timespec="seconds"),
                request=here.id if here is not None else "",
                kind=self._kind(asker),
                door=door,
                outcome=outcome,
                path=path,
                steps=list(map(_step, steps)),
                seconds=round(cost.seconds, 4),
                cpu=round(cost.cpu, 4),
                bytes=cost.bytes,
                rows=cost.rows,
            )

    def hit(self, asker: Client, generation: int, request: str, sent: int) -> bytes | None:
        """Charges an answer that was kept whole; gives the headers that say how its client stands now.

        None where that has nothing left. request: the id; sent: bytes.
        """
        name, allowance = self._bill(asker)
        left = self.budgets.take(name, allowance, LEAST["hit"])
        if left is None:
            return None
        kind = self._kind(asker)
        self.figures.hit(kind, LEAST["hit"], sent)
        if access.isEnabledFor(logging.INFO):
            client = shown(asker.name, is_whole=asker.is_key or self._settings.log_addresses)
            here = Visit(request, "GET", "/sparql", "sparql", client, status=200, sent=sent)
            here.cache, here.generation, here.cost, here.outcome = "lane", generation, LEAST["hit"], "hit"
            write(here)
        return b"".join(
            f"{header.lower()}: {value}\r\n".encode() for header, value in _headers(allowance, left).items()
        )

    def charge_visit(self, asker: Client, here: Visit) -> None:
        """Charges a request that no door has charged: for the time it took until its answer began."""
        outcome = (
            "error" if here.status >= 400 else "hit" if here.status == 304 or here.door in _CHEAP else "ok"
        )
        here.cost = max(0.0 if outcome == "hit" else here.seconds - here.waited, LEAST[outcome])
        self._take(asker, here.cost)

    def note(self, asker: Client, here: Visit) -> None:
        """Counts a request that is over."""
        self.figures.request(here.door, here.status, self._kind(asker), seconds=here.seconds, sent=here.sent)
        if here.cache:
            self.figures.cache.labels(here.cache).inc()
        if reason := _REFUSALS.get(here.outcome):
            self.figures.guarded.labels(reason).inc()

    def headers(self, asker: Client) -> dict[str, str]:
        """How a client stands, in milliseconds of work (RateLimit header fields for HTTP, draft 11).

        The quota is what can be saved up, and the window the time in which that comes together.
        """
        name, allowance = self._bill(asker)
        return _headers(allowance, self.budgets.left(name, allowance))

    def _take(self, asker: Client, seconds: float) -> None:
        name, allowance = self._bill(asker)
        self.budgets.charge(name, allowance, seconds)
        self.figures.charged.labels(self._kind(asker)).inc(seconds)

    def _kind(self, asker: Client) -> str:
        return "key" if asker.is_key else "crawler" if self._is_crawler(asker) else "person"

    def _bill(self, asker: Client) -> tuple[str, Allowance]:
        """Whose bill it is: a key's own, an address's own, or that of all crawlers of a family.

        The owner of the data folder, and so the command line of this machine, gets none.
        """
        given = self._settings
        if asker.is_key and asker.name == OWNER:
            return OWNER, Allowance(0, 0)
        a_minute = asker.budget or given.client_budget
        name = f"{'key' if asker.is_key else 'address'} {asker.name}"
        if not asker.is_key and self._is_crawler(asker):
            here = visit.current()
            name = f"crawler {here.crawler if here is not None else ''}"
            a_minute = given.crawler_budget or a_minute
        return name, Allowance(a_minute, a_minute * given.budget_minutes, given.queries_at_once)

    def _is_crawler(self, asker: Client) -> bool:
        here = visit.current()
        return asker.rank > 1 or (here is not None and bool(here.crawler))


def _headers(allowance: Allowance, left: float) -> dict[str, str]:
    if not allowance.a_minute:
        return {}
    a_second = allowance.a_minute / 60
    window, full_in = math.ceil(allowance.saved / a_second), math.ceil((allowance.saved - left) / a_second)
    return {
        "RateLimit-Policy": f'"work";q={int(allowance.saved * 1000)};w={window};qu="milliseconds"',
        "RateLimit": f'"work";r={max(0, int(left * 1000))};t={full_in}',
    }


def _step(step: object) -> str:
    """A step of a plan, by its name."""
    return str(getattr(step, "name", step))


def _least(outcome: str) -> float:
    return LEAST.get(outcome, LEAST["error"] if outcome in ERRORS else LEAST["ok"])
