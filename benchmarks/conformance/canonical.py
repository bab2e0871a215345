"""Judge of RDFC-1.0: the canonical form of a dataset, made by kg.canonical."""

import subprocess
import sys

from benchmarks.conformance.manifest import MF, Test
from benchmarks.conformance.outcome import Failed, Skipped
from kg.canonical import rdfc

SECONDS = 4
"""How long a dataset may take; hostile ones take for ever."""

_PROGRAM = """
import sys
from kg.canonical import rdfc
sys.stdout.buffer.write(rdfc(sys.stdin.buffer.read(), sha=sys.argv[1]))
"""
_VOCABULARY = "https://w3c.github.io/rdf-canon/tests/vocab#"


def judge(test: Test) -> None:
    """The canonical N-Quads must be those expected, byte for byte; raises Failed, Skipped."""
    if test.kind == "RDFC10MapTest":
        raise Skipped("the names that blank nodes had before are not given out")
    sha = test.about.text(f"{_VOCABULARY}hashAlgorithm").removeprefix("SHA") or "256"
    given = test.archive.read(test.about.text(f"{MF}action"))
    is_hard = test.about.text(f"{_VOCABULARY}computationalComplexity") == "high"
    is_negative = test.kind == "RDFC10NegativeEvalTest"
    found = _stoppable(given, sha) if is_hard or is_negative else rdfc(given, sha=sha)
    if is_negative and found is not None:
        raise Failed("not refused")
    if not is_negative and found != test.archive.read(test.about.text(f"{MF}result")):
        raise Failed("another form" if found else f"not done within {SECONDS} seconds")


def _stoppable(given: bytes, sha: str) -> bytes | None:
    """The canonical form made in another process; None where it fails or takes too long."""
    command = [sys.executable, "-c", _PROGRAM, sha]
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=True).stdout
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
