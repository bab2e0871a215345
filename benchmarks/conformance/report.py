"""The report as a page of the handbook: a table of suites, and each failure with its cause."""

import os
import platform
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.conformance.outcome import Outcome
from benchmarks.conformance.running import Score

_CAUSES = Path(__file__).parent / "causes.toml"
_HEAD = """# Conformance

Made by `python -m benchmarks.conformance --report docs/conformance.md`; do not edit.

The suites are those of the W3C, put over HTTP to a server of its own (`wenyuan serve`) that runs through the
whole report: data go in by the Graph Store Protocol with a key, into a space whose default graph is a graph
of its own, and answers are compared as the suites say, up to the names of blank nodes.

Two things are made equal before answers are compared. The store names blank nodes when they come in
(`/.well-known/genid/…`, RDF 1.1 Concepts, § 3.5), so such a name counts as a blank node; and it keeps numbers
in their canonical form, so a number counts as its value. In tests of syntax, a query with SERVICE or an
update with LOAD that is read and then refused for where it would go counts as read.

"""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a test fails, or is not to be had. kind: engine, ours, test, choice; "" where nobody knows yet."""

    kind: str = ""
    why: str = ""


def causes() -> dict[str, Cause]:
    """The causes that are known, by the name of the test."""
    told = tomllib.loads(_CAUSES.read_text(encoding="utf-8"))
    return {name: Cause(each["cause"], each["why"]) for name, each in told.items()}


def cause(known: dict[str, Cause], suite: str, test: str) -> Cause:
    """The cause for a test: under its name, or under the longest beginning that is told with a star."""
    names = (test, *(f"{test[:end]}*" for end in range(len(test), 0, -1)), f"{suite}:*")
    return next((known[name] for name in names if name in known), Cause())


def report(scores: Sequence[Score]) -> str:
    """The page."""
    return _HEAD + "\n".join([*_summary(scores), "", *_failures(scores), *_skips(scores)]) + "\n"


def _summary(scores: Sequence[Score]) -> Iterator[str]:
    seconds = sum(score.seconds for score in scores)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = f"Wenyuan {version('wenyuan')}, pyoxigraph {version('pyoxigraph')}"
    yield (
        f"{date.today()} · {versions}, Python {platform.python_version()} · "
        f"{platform.machine()}, {cores} cores · {seconds:.0f} s"
    )
    yield from ("", "| suite | passed | failed | not run | part | aim |", "|---|---|---|---|---|---|")
    for score in scores:
        suite = score.suite
        aim = f"{suite.goal:.0%}" if suite.goal else ""
        counts = " | ".join(str(score.count(state)) for state in ("passed", "failed", "skipped"))
        title = f"[{suite.title}](https://www.w3.org/TR/{suite.standard}/)"
        yield f"| {title} | {counts} | {score.part:.1%} | {aim} |"


def _failures(scores: Sequence[Score]) -> Iterator[str]:
    known = causes()
    yield "## What fails, and why"
    for score in scores:
        failed = [each for each in score.outcomes if each.state == "failed"]
        if failed:
            yield from ("", f"### {score.suite.title}", "", "| test | cause | seen |", "|---|---|---|")
            yield from (_failure(each, cause(known, score.suite.key, each.test)) for each in failed)


def _failure(outcome: Outcome, found: Cause) -> str:
    told = f"**{found.kind}**: {found.why}" if found.kind else "**not looked into**"
    return f"| {outcome.test} | {told} | `{_cell(outcome.why)}` |"


def _skips(scores: Sequence[Score]) -> Iterator[str]:
    reasons = Counter(
        (score.suite.title, each.why)
        for score in scores
        for each in score.outcomes
        if each.state == "skipped"
    )
    if reasons:
        yield from ("", "## What is not run", "", "| suite | tests | reason |", "|---|---|---|")
        yield from (f"| {title} | {count} | {_cell(why)} |" for (title, why), count in reasons.items())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "¦").replace("`", "'").split())[:160]
