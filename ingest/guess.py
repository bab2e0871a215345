"""Guessing the format of a file: every source says how sure it is, the surest wins and says why."""

from dataclasses import dataclass
from pathlib import Path

from ingest import plugins
from ingest.opening import HEAD, opened, plain_name
from ontology.errors import UnknownFormat


@dataclass(frozen=True, slots=True)
class Guess:
    """A format, and the reason for it, for a person. sureness: in 0..1."""

    format: str
    reason: str
    sureness: float


def guess(path: Path) -> Guess:
    """The format of the file at *path*; raises UnknownFormat with the known ones where nobody claims it."""
    with opened(path) as stream:
        head = stream.read(HEAD)
    found = guesses(head, plain_name(path))
    if not found:
        known = ", ".join(plugins.SOURCES)
        what = "is empty" if not head else f"begins with {head[:24]!r}, which is no format known here"
        raise UnknownFormat(f"{path.name}: {what}; known: {known}", hint="say which with --format")
    return found[0]


def guesses(head: bytes, name: str) -> list[Guess]:
    """All claims to a file of this *name* that begins with *head*, the surest first."""
    claims = ((format_, plugins.source(format_).claims(head, name)) for format_ in plugins.SOURCES)
    made = [Guess(format_, claim.reason, claim.sureness) for format_, claim in claims if claim]
    return sorted(made, key=lambda guess: -guess.sureness)
