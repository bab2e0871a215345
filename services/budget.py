"""Budgets: what each client may cost in a minute, as buckets that fill again. Knows no HTTP.

The unit is the second of work that a client causes. What a request costs is known only when it is done, so a
bucket may go below nothing, and its client waits until that is paid back.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from kg.errors import OverBudget

LEAST = 0.1
"""Seconds that must be there for a request to be let in: who waits, waits for more than a drop."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may cost: seconds a minute (0: any), how many saved up, how many queries at once."""

    a_minute: float
    saved: float
    at_once: int = 0

    @property
    def least(self) -> float:
        """What must be there for a request to be let in."""
        return min(LEAST, self.saved / 2)


@dataclass(slots=True)
class _Bucket:
    """What was left at the moment *at*; since then it has filled."""

    allowance: Allowance
    left: float
    at: float
    running: int = 0

    def filled(self, now: float) -> float:
        """What is left now."""
        grown = self.left + (now - self.at) * self.allowance.a_minute / 60
        return min(self.allowance.saved, grown)


class Budgets:
    """A bucket for each client that has not got all of its allowance; others need none.

    most: how many buckets there can be. A bucket that is full again is the same as none, so it is dropped
    when it is looked at; only where *most* clients have cost something at once is one dropped that has. For
    that they would have to cost, together, most x a_minute in a minute: thousands of times what a server can
    do, so nobody gets rid of a debt by coming from many addresses.
    """

    def __init__(self, *, most: int = 20_000, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = most, clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._buckets)

    def admit(self, client: str, allowance: Allowance, *, refusal: float = 0) -> None:
        """Lets a request of *client* in; raises OverBudget, with the seconds after which it would be.

        refusal: what is charged where it is not let in, as long as this makes nobody wait over a minute.
        """
        if not allowance.a_minute:
            return
        with self._lock:
            bucket = self._bucket(client, allowance)
            is_in = bucket.left >= allowance.least
            if not is_in:
                bucket.left = max(bucket.left - refusal, min(bucket.left, -allowance.a_minute))
            left = bucket.left
        if not is_in:
            wait = (allowance.least - left) * 60 / allowance.a_minute
            raise OverBudget(
                f"{allowance.a_minute:g} seconds of work a minute are used up",
                retry_after=wait,
                hint=f"wait {wait:.0f} s, ask for less, or ask the library for a key",
            )

    def charge(self, client: str, allowance: Allowance, seconds: float) -> None:
        """Takes *seconds* from what *client* has left."""
        if allowance.a_minute:
            with self._lock:
                self._bucket(client, allowance).left -= seconds

    def begin(self, client: str, allowance: Allowance, *, seconds: float) -> None:
        """Counts a query of *client* that begins; raises OverBudget where too many run already.

        seconds: how long a query may take, after which those that run now will have ended.
        """
        if not allowance.at_once:
            return
        with self._lock:
            bucket = self._bucket(client, allowance)
            if bucket.running < allowance.at_once:
                bucket.running += 1
                return
        raise OverBudget(
            f"{allowance.at_once} queries run already", retry_after=seconds, hint="wait for an answer first"
        )

    def end(self, client: str, allowance: Allowance) -> None:
        """Counts a query that has ended."""
        if allowance.at_once:
            with self._lock:
                bucket = self._bucket(client, allowance)
                bucket.running = max(0, bucket.running - 1)

    def left(self, client: str, allowance: Allowance) -> float:
        """Seconds that *client* has left now; below 0: what it owes."""
        with self._lock:
            found = self._buckets.get(client)
            return found.filled(self._clock()) if found else allowance.saved

    def take(self, client: str, allowance: Allowance, seconds: float) -> float | None:
        """Lets a request in and charges it, in one; what is left then, None where it is not let in."""
        if not allowance.a_minute:
            return allowance.saved
        with self._lock:
            bucket = self._bucket(client, allowance)
            if bucket.left < allowance.least:
                return None
            bucket.left -= seconds
            return bucket.left

    def _bucket(self, client: str, allowance: Allowance) -> _Bucket:
        """The bucket of *client* as it is now."""
        now = self._clock()
        found = self._buckets.get(client)
        if found is None:
            self._make_room(now)
            found = self._buckets[client] = _Bucket(allowance, allowance.saved, now)
        self._buckets.move_to_end(client)
        found.allowance = allowance
        found.left, found.at = found.filled(now), now
        return found

    def _make_room(self, now: float) -> None:
        """Looks at the two that were not looked at for longest, so that the table shrinks as others come."""
        for _ in range(min(2, len(self._buckets))):
            client, bucket = next(iter(self._buckets.items()))
            if bucket.filled(now) >= bucket.allowance.saved and not bucket.running:
                del self._buckets[client]
            else:
                self._buckets.move_to_end(client)
        if len(self._buckets) >= self._most:
            self._buckets.popitem(last=False)
