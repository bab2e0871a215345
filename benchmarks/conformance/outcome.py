"""What came of a test, and the exceptions by which a judge says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test's end. state: passed, failed, skipped; why: what was seen, or the reason for not running it."""

    test: str
    name: str
    state: str
    why: str = ""


class Failed(Exception):
    """The server answered otherwise than the test asks; the message says how."""


class Skipped(Exception):
    """The test asks for what is not offered; the message says what."""
