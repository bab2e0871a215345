"""Running suites against an endpoint, one test after another, and counting what came of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException

from benchmarks.conformance.loaded import Loaded
from benchmarks.conformance.outcome import Failed, Outcome, Skipped
from benchmarks.conformance.suites import Case, Suite

_FEW = 20
"""Cases below which a part of its own gains nothing."""


@dataclass(frozen=True, slots=True)
class Score:
    """What came of a suite."""

    suite: Suite
    outcomes: tuple[Outcome, ...]
    seconds: float

    def count(self, state: str) -> int:
        """How many ended so."""
        return Counter(outcome.state for outcome in self.outcomes)[state]

    @property
    def part(self) -> float:
        """The part of those that ran which passed."""
        ran = self.count("passed") + self.count("failed")
        return self.count("passed") / ran if ran else 0


def run(
    suites: Iterable[Suite], lanes: Sequence[Loaded], *, tell: Callable[[Score], None] = lambda score: None
) -> list[Score]:
    """Runs the suites, the larger ones in parts beside each other, one in each of *lanes*.

    tell: what is done with each score as it comes.
    """
    scores = []
    with ThreadPoolExecutor(len(lanes)) as threads:
        for suite in suites:
            before = time.monotonic()
            parts = _parts(list(suite.cases()), len(lanes))
            found = threads.map(_outcomes, parts, lanes[: len(parts)])
            outcomes = tuple(outcome for part in found for outcome in part)
            scores.append(Score(suite, outcomes, time.monotonic() - before))
            tell(scores[-1])
    return scores


def _parts(cases: Sequence[Case], most: int) -> list[Sequence[Case]]:
    """The cases in as many parts as are worth it; neighbours stay together, since they share data."""
    count = min(most, max(1, len(cases) // _FEW))
    size = -(-len(cases) // count)
    return [cases[start : start + size] for start in range(0, len(cases), size)]


def _outcomes(cases: Sequence[Case], loaded: Loaded) -> list[Outcome]:
    return [_outcome(case, loaded) for case in cases]


def _outcome(case: Case, loaded: Loaded) -> Outcome:
    try:
        case.run(loaded)
    except Failed as error:
        return Outcome(case.iri, case.name, "failed", str(error))
    except Skipped as error:
        return Outcome(case.iri, case.name, "skipped", str(error))
    except (OSError, HTTPException) as error:
        loaded.endpoint.close()
        loaded.forget()
        return Outcome(case.iri, case.name, "failed", f"no answer: {error!r}")
    return Outcome(case.iri, case.name, "passed")
