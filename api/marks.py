"""The mark of each kind of thing: its shape, in a square of 26. Not its colour and letters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A closed outline (SVG path data) and the height at which its letters stand."""

    outline: str
    baseline: int = 17


_CIRCLE = "M13 1a12 12 0 1 1 0 24a12 12 0 1 1 0-24z"
_OCTAGON = "M8 1h10l7 7v10l-7 7H8l-7-7V8z"

MARKS = {
    "work": Mark("M13 0 26 13 13 26 0 13z"),
    "instance": Mark("M4 1h18v24H4z"),
    "item": Mark("M1 4h17l8 9-8 9H1z"),
    "person": Mark(_CIRCLE),
    "organization": Mark("M2 2h22v22H2z"),
    "place": Mark("M13 1 26 25H0z", baseline=21),
    "concept": Mark("M13 1 25.500 10 20.800 25H5.200L.5 10z", baseline=18),
    "scheme": Mark("M6.500 2h13L26 13l-6.500 11h-13L0 13z"),
    "collection": Mark("M2 8h22v17H2zM4 4.500h18v2H4zM6 1h14v2H6z", baseline=21),
    "event": Mark("M8 0h10v8h8v10h-8v8H8v-8H0V8h8z"),
    "library": Mark("M13 0 26 11h-2v14H2V11H0z", baseline=19),
    "cluster": Mark("M13 0 26 13 13 26 0 13z"),
    "source": Mark(_OCTAGON),
    "record": Mark(_OCTAGON),
    "thing": Mark(_CIRCLE),
}


def mark(kind: str) -> Mark:
    """The mark of that kind; that of a plain thing for others."""
    return MARKS.get(kind, MARKS["thing"])
