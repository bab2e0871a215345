"""The suites from the command line: `python -m benchmarks.conformance [--suite NAME ...] [--report FILE]`."""

import argparse
import sys
from pathlib import Path

from benchmarks.conformance.endpoint import oxigraph, wenyuan
from benchmarks.conformance.loaded import Loaded
from benchmarks.conformance.report import report
from benchmarks.conformance.running import Score, run
from benchmarks.conformance.suites import SUITES


def main() -> int:
    """Runs what is asked for; 1 where a suite stays below its target."""
    asked = _arguments()
    suites = [suite for suite in SUITES if not asked.suite or suite.key in asked.suite]
    with {"wenyuan": wenyuan, "oxigraph": oxigraph}[asked.peer]() as endpoints:
        scores = run(
            suites,
            [Loaded(each) for each in endpoints],
            tell=lambda score: _tell(score, is_long=asked.failures),
        )
    if asked.report:
        asked.report.write_text(report(scores), encoding="utf-8")
    return int(any(score.part < score.suite.goal for score in scores))


def _tell(score: Score, *, is_long: bool) -> None:
    counts = " ".join(f"{score.count(state):5} {state}" for state in ("passed", "failed", "skipped"))
    print(f"{score.suite.title:36}{counts} {score.part:7.1%} {score.seconds:6.1f} s", flush=True)
    for outcome in score.outcomes if is_long else ():
        if outcome.state == "failed":
            print(f"    {outcome.test}: {outcome.why}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conformance", description=__doc__)
    parser.add_argument("--suite", action="append", choices=[suite.key for suite in SUITES])
    parser.add_argument("--report", type=Path)
    parser.add_argument("--peer", choices=("wenyuan", "oxigraph"), default="wenyuan", help="whom to ask")
    parser.add_argument("--failures", action="store_true", help="tell each failure as it comes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
