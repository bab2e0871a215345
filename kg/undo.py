"""Undo: which changes count. Holds no contents.

A change counts unless a later one that counts undoes it; so an undone undo is a redo.
"""

import sqlite3
from collections.abc import Iterable

from kg.tables import Rows


def flip(db: sqlite3.Connection, undo: int, numbers: Iterable[int]) -> list[int]:
    """Marks *numbers* as undone by the change *undo*; the changes that began or ceased to count thereby.

    Undos themselves are not among them: they hold no edits of their own.
    """
    wanted = sorted(set(numbers), reverse=True)
    db.executemany("INSERT INTO undoing VALUES (?, ?)", ((undo, number) for number in wanted))
    was: dict[int, bool] = {}
    for number in wanted:
        _refresh(db, number, was)
    return sorted(number for number, counted in was.items() if counted != _counts(db, number))


def _refresh(db: sqlite3.Connection, number: int, was: dict[int, bool]) -> None:
    """Sets undone_by of the change anew, and of those it undoes; *was* notes which edits counted before."""
    # An undo is later than what it undoes, so this walks down the numbers and ends.
    open_numbers = [number]
    while open_numbers:
        current = open_numbers.pop()
        old, is_undo = db.execute(
            "SELECT undone_by, is_undo FROM change WHERE number = ?", (current,)
        ).fetchone()
        (new,) = db.execute(
            "SELECT MAX(undo) FROM undoing JOIN change ON number = undo"
            " WHERE undone = ? AND undone_by IS NULL",
            (current,),
        ).fetchone()
        if old == new:
            continue
        db.execute("UPDATE change SET undone_by = ? WHERE number = ?", (new, current))
        if is_undo:
            open_numbers += undoes(db, current)
        else:
            was.setdefault(current, old is None)


def undoes(db: Rows, undo: int) -> list[int]:
    """The changes that *undo* takes back, in order."""
    return [
        row[0] for row in db.execute("SELECT undone FROM undoing WHERE undo = ? ORDER BY undone", (undo,))
    ]


def _counts(db: sqlite3.Connection, number: int) -> bool:
    return bool(db.execute("SELECT undone_by IS NULL FROM change WHERE number = ?", (number,)).fetchone()[0])
