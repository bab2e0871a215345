"""Meter: what each request costs whom. One call at the end of a query feeds the budget, the figures and the
slow-query log; requests that nobody charged are charged by api.access."""

from collections.abc import Sequence
from typing import Protocol

from api import visit
from kg.settings import Settings
from services.budget import Allowance, Budgets, Standing

QUERIES = frozenset(("sparql", "update", "graphs", "explain"))
"""Doors behind which a request may take a worker for long: few of one client's may run at once."""

LEAST = {"hit": 0.002, "ok": 0.01, "error": 0.1, "refused": 0.02}
"""Seconds charged at least, by what became of a request. Errors cost more than they take, so that a flood of
cheap ones ends; an answer that was kept costs nearly nothing."""

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
    """The bills of all clients of one server."""

    def __init__(self, settings: Settings, *, budgets: Budgets | None = None) -> None:
        self._settings = settings
        self.budgets = budgets or Budgets()

    def admit(self, asker: Client) -> None:
        """Lets a request in; raises OverBudget, whose retry_after is true for a client that waits so long."""
        name, allowance = self._bill(asker)
        self.budgets.admit(name, allowance, refusal=LEAST["refused"])
        here = visit.current()
        if here is not None and here.door in QUERIES and not here.at_end:
            self.budgets.begin(name, allowance, seconds=asker.seconds)
            here.at_end.append(lambda: self.budgets.end(name, allowance))

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
        here = visit.current()
        seconds = max(cost.seconds, cost.cpu, _least(outcome))
        name, allowance = self._bill(asker)
        self.budgets.charge(name, allowance, seconds)
        if here is not None:
            here.cost = (here.cost or 0) + seconds
            here.outcome = outcome

    def standing(self, asker: Client) -> tuple[Allowance, Standing]:
        """What *asker* may cost, and how it stands."""
        name, allowance = self._bill(asker)
        return allowance, self.budgets.standing(name, allowance)

    def _bill(self, asker: Client) -> tuple[str, Allowance]:
        """Whose bill it is: a key's own, an address's own, or that of all crawlers of a family."""
        given = self._settings
        here = visit.current()
        family = here.crawler if here is not None else ""
        if asker.is_key or not (family or asker.rank > 1):
            kind = "key" if asker.is_key else "address"
            return f"{kind} {asker.name}", _allowance(given, asker.budget)
        most = min(asker.budget, given.crawler_budget) if given.crawler_budget else asker.budget
        return f"crawler {family}", _allowance(given, most)


def _allowance(settings: Settings, a_minute: float) -> Allowance:
    return Allowance(a_minute, a_minute * settings.budget_minutes, settings.queries_at_once)


def _least(outcome: str) -> float:
    return LEAST.get(outcome, LEAST["error"] if outcome in ERRORS else LEAST["ok"])
