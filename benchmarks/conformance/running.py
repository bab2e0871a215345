"""Running suites against an endpoint, one test after another, and counting what came of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException

from benchmarks.conformance.loaded import Loaded
from benchmarks.conformance.outcome import Failed, Outcome, Skipped
from benchmarks.conformance.suites import Case, Suite


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
    suites: Iterable[Suite], loaded: Loaded, *, tell: Callable[[Score], None] = lambda score: None
) -> list[Score]:
    """Runs the suites; tell: what is done with each score as it comes."""
    scores = []
    for suite in suites:
        before = time.monotonic()
        outcomes = tuple(_outcome(case, loaded) for case in suite.cases())
        scores.append(Score(suite, outcomes, time.monotonic() - before))
        tell(scores[-1])
    return scores


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
