"""A trial: a copy of a generation with a delta applied, for operations that must see those before them.

Made and written in the process of the library, since workers write nothing; all that goes in is plain quads.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat
from pyoxigraph import Store as Engine

from kg.border import guarded
from kg.canonical import write
from kg.sparql.update.delta import Delta

_AT_ONCE = 10_000


@contextmanager
def trial(generation: Path, delta: Delta) -> Iterator[Path]:
    """The folder of *generation* after *delta*, gone when the block ends. The generation stays as it is."""
    # Beside it, so that the files can be shared; the engine never alters a file that two stores share.
    folder = Path(tempfile.mkdtemp(prefix="trial-", dir=generation.parent))
    try:
        with guarded(f"generation {str(generation)!r}"):
            Engine.read_only(str(generation)).backup(str(folder / "store"))
            engine = Engine(str(folder / "store"))
            apply(engine, delta)
            engine.flush()
            del engine
        yield folder / "store"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def apply(engine: Engine, delta: Delta) -> None:
    """Makes in the engine what the delta says."""
    for iri, graph in delta.graphs.items():
        name = NamedNode(iri) if iri else DefaultGraph()
        if graph.is_cleared:
            engine.remove_graph(name)
        gone = sorted(graph.gone)
        for start in range(0, len(gone), _AT_ONCE):
            text = write("", gone[start : start + _AT_ONCE])
            engine.update(
                f"DELETE DATA {{ GRAPH <{iri}> {{ {text} }} }}" if iri else f"DELETE DATA {{ {text} }}"
            )
        engine.load(write(iri, graph.came).encode(), RdfFormat.N_QUADS)
