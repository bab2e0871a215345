"""A writer to be killed: makes the changes of a fixed plan and prints each number it was given.

python crash_writer.py FOLDER
"""

import sys
from pathlib import Path

from kg.canonical import write
from kg.change import Bulk, BulkGraph, Edit, Note
from kg.entries import entries
from kg.library import Library
from kg.terms import Triple

BASE = "http://localhost:8000/"
BULK_GRAPHS = 60


def graph(number: int, part: int = 0) -> str:
    return f"{BASE}graph/src/nlc/{number}-{part}"


def record(number: int, part: int) -> list[Triple]:
    work = f"<{BASE}id/work/{number}-{part}>"
    titles = [f'"第{number}变第{part}部第{line}回"@zh' for line in range(30)]
    return [(work, "<https://w3id.org/wenyuan/ns#title>", text) for text in titles]


def step(library: Library, number: int) -> int:
    """Makes change *number* of the plan; the number it was given."""
    if number % 5 == 0:
        change = library.commit_bulk(Note("程序", "load"), bulk(number))
    elif number % 5 == 3:
        change = library.undo([number - 2], Note("馆员", "undo"))
    else:
        edits = [
            Edit(graph(number), "replace", record(number, 0)),
            Edit(graph(0), "replace", record(number, 1)),
        ]
        change = library.commit(Note("馆员", "edit"), edits)
    return change.number if change else 0


def bulk(number: int) -> Bulk:
    parts = {graph(number, part): record(number, part) for part in range(BULK_GRAPHS)}
    nquads, graphs, found = b"", [], []
    for name, statements in parts.items():
        piece = write(name, statements).encode()
        graphs.append(BulkGraph(name, len(nquads), len(piece)))
        nquads += piece
        found += entries(name, statements)
    return Bulk(nquads, graphs, sum(map(len, parts.values())), found)


def main(folder: Path) -> None:
    with Library.open(folder) as library:
        print("open", flush=True)
        while True:
            print(step(library, library.generation + 1), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
