"""One written form for statements: checked, comparable, hashed and sorted. Knows no store."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from heapq import merge
from itertools import islice
from typing import IO

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from kg.stored import as_stored
from kg.terms import Triple

DIGEST_BYTES = 16
_LINES_IN_MEMORY = 1_000_000
_GRAPH = re.compile(r" <[^<> ]*>$")


def digest(statements: Iterable[Triple]) -> bytes:
    """16 bytes that stand for a set of statements, whatever their order (BLAKE2b of the sorted lines)."""
    lines = sorted({f"{subject} {predicate} {value}" for subject, predicate, value in statements})
    return blake2b("\n".join(lines).encode(), digest_size=DIGEST_BYTES).digest()


def write(graph: str, statements: Iterable[Triple]) -> str:
    """The statements as N-Quads lines in the graph of that IRI, in the order given; "": the default graph."""
    end = f"{ending(graph)}\n"
    return "".join([f"{subject} {predicate} {value}{end}" for subject, predicate, value in statements])


def read(nquads: str, *, about: str = "") -> list[Triple]:
    """The statements of N-Quads lines that `write` wrote, all of one graph.

    about: an IRI; only statements about it and its sub-nodes (`{about}#…`) are given.
    """
    lines = nquads.split("\n")  # Not splitlines(): literals hold U+2028 and U+0085 unescaped.
    lines.pop()
    if about:
        lines = [line for line in lines if line.startswith((f"<{about}>", f"<{about}#"))]
    if not lines:
        return []
    end = _end(lines[0]) - len(lines[0])
    return [_triple(line[:end]) for line in lines]


def check(graph: str, statements: Iterable[Triple]) -> list[Triple]:
    """The statements as the store would give them back: escapes, language tags, numbers in their one form.

    Raises ValueError for what is not RDF and for blank nodes: a change must do the same when it is
    applied twice, so every node has a name.
    """
    given = list(statements)
    if not given:
        return []
    try:
        quads = parse(write(graph, given).encode(), format=RdfFormat.N_QUADS)
        lines = as_stored((serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()).split("\n")[:-1]
    except SyntaxError as error:
        raise ValueError(f"graph {graph!r} holds a statement that is not RDF: {error.msg}") from error
    end = ending(graph)
    if len(lines) != len(given) or not all(line.endswith(end) for line in lines):
        raise ValueError(f"graph {graph!r} holds terms that are more than a term")
    checked = [_triple(line.removesuffix(end)) for line in lines]
    for subject, _, value in checked:
        if subject.startswith("_:") or value.startswith("_:") or _quotes_blank_node(value):
            raise ValueError(f"graph {graph!r} holds a blank node near {subject} {value}; name it first")
    return checked


def ending(graph: str) -> str:
    """What the N-Quads line of a statement in *graph* ends with; "" is the default graph, without a name."""
    return f" <{graph}> ." if graph else " ."


def rdfc(nquads: bytes, *, sha: str = "256") -> bytes:
    """The canonical N-Quads of a dataset with blank nodes (RDF Dataset Canonicalization, RDFC-1.0).

    sha: 256 or 384. Raises SyntaxError. A dataset made to be hard takes for ever: those of strangers belong
    into a worker that can be stopped.
    """
    algorithm = getattr(CanonicalizationAlgorithm, f"RDFC_1_0_SHA_{sha}")
    dataset = Dataset(parse(nquads, format=RdfFormat.N_QUADS))
    dataset.canonicalize(algorithm)
    return b"".join(sorted(f"{quad} .\n".encode() for quad in dataset))


def sort(lines: Iterable[bytes], *, in_memory: int = _LINES_IN_MEMORY) -> Iterator[bytes]:
    """The lines in byte order, sorted through temporary files so that memory stays bounded."""
    source = iter(lines)
    with ExitStack() as files:
        runs: list[IO[bytes]] = []
        while run := sorted(islice(source, in_memory)):
            if not runs and len(run) < in_memory:
                yield from run
                return
            runs.append(files.enter_context(tempfile.TemporaryFile()))
            runs[-1].writelines(run)
            runs[-1].seek(0)
        yield from merge(*runs)


def _end(line: str) -> int:
    """Where the triple of an N-Quads line ends and, if it is in a named graph, the name begins.

    `<s> <p> <o> .` and `<s> <p> "o" <g> .` end alike; an IRI as object has no blank inside.
    """
    rest = line.split(" ", 2)[2]
    bare = rest.removesuffix(" .")
    is_iri = rest.startswith("<") and not rest.startswith("<<")
    if bare.endswith(">") and (" " in bare if is_iri else _GRAPH.search(bare)):
        return line.rindex(" <")
    return len(line) - 2


def _triple(line: str) -> Triple:
    subject, predicate, value = line.split(" ", 2)
    return subject, predicate, value


def _quotes_blank_node(value: str) -> bool:
    return value.startswith("<<") and ("(_:" in value or " _:" in value)
