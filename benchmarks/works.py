"""Works with agents, subjects and items as N-Quads of any size: test data for SPARQL, not real records."""

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from kg.change import Bulk, BulkGraph, Note
from kg.library import Library
from ontology.namespaces import PREFIXES, WY

BASE = "http://example.org/"
PER_WORK = 11
"""Statements for each work, about."""

_TYPE = f"<{PREFIXES['rdf']}type>"
_XSD = PREFIXES["xsd"]
_CHINESE = "中国文学历史研究论集明清社会经济思想艺术科学技术方法理论实践图书馆信息"
_ENGLISH = (
    "history", "china", "library", "science", "theory", "practice", "method", "art", "music", "law",
    "society", "economy",
)  # fmt: skip


def graphs(statements: int, seed: int = 1) -> Iterator[tuple[str, list[str]]]:
    """IRIs of graphs with their triples, about *statements* in all; a third of the titles is Chinese."""
    chance = random.Random(seed)
    works = max(statements // PER_WORK, 10)
    subjects, agents = max(works // 100, 10), max(works // 4, 5)
    for number in range(subjects):
        iri = f"<{BASE}subject/{number}>"
        made = [
            f"{iri} {_TYPE} <{PREFIXES['skos']}Concept>",
            f'{iri} <{PREFIXES["skos"]}prefLabel> "Subject {number}"@en',
        ]
        if number:
            broader = f"<{BASE}subject/{chance.randrange(number)}>"
            made.append(f"{iri} <{PREFIXES['skos']}broader> {broader}")
        yield f"{BASE}graph/subject/{number}", made
    for number in range(agents):
        iri = f"<{BASE}agent/{number}>"
        made = [f"{iri} {_TYPE} <{WY}Person>", f'{iri} <{WY}name> "Agent {number}"']
        yield f"{BASE}graph/agent/{number}", made
    for number in range(works):
        yield f"{BASE}graph/work/{number}", _work(number, chance, subjects, agents)


def _work(number: int, chance: random.Random, subjects: int, agents: int) -> list[str]:
    work, item = f"<{BASE}work/{number}>", f"<{BASE}item/{number}>"
    if number % 3:
        title = f'"{" ".join(chance.choices(_ENGLISH, k=5))} {number}"@en'
    else:
        title = f'"{"".join(chance.choices(_CHINESE, k=8))}{number}"@zh'
    # Squared, so that a few subjects and agents are frequent.
    about = {f"<{BASE}subject/{int(subjects * chance.random() ** 2)}>" for _ in range(2)}
    return [
        f"{work} {_TYPE} <{WY}Work>",
        f"{work} <{WY}title> {title}",
        f"{work} <{WY}creator> <{BASE}agent/{int(agents * chance.random() ** 2)}>",
        *(f"{work} <{WY}subject> {subject}" for subject in sorted(about)),
        f'{work} <{WY}issued> "{chance.randrange(1900, 2026)}"^^<{_XSD}gYear>',
        f'{work} <{WY}pages> "{chance.randrange(20, 900)}"^^<{_XSD}integer>',
        f"{item} {_TYPE} <{WY}Item>",
        f"{item} <{WY}itemOf> {work}",
        f"{item} <{WY}heldBy> <{BASE}library/{chance.randrange(20)}>",
    ]


def write(path: Path, statements: int) -> int:
    """Writes them all as N-Quads; gives their number."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for graph, triples in graphs(statements):
            file.writelines(f"{triple} <{graph}> .\n" for triple in triples)
            count += len(triples)
    return count


def load(library: Library, statements: int, *, portion: int = 20_000) -> None:
    """Takes them all into a library, so many graphs at a time."""
    coming = graphs(statements)
    while some := list(islice(coming, portion)):
        library.commit_bulk(Note("benchmark", "load"), _bulk(some))
    library.tidy()


def _bulk(some: Iterable[tuple[str, list[str]]]) -> Bulk:
    parts: list[bytes] = []
    listed: list[BulkGraph] = []
    start = count = 0
    for graph, triples in some:
        lines = "".join(f"{triple} <{graph}> .\n" for triple in triples).encode()
        listed.append(BulkGraph(graph, start, len(lines)))
        parts.append(lines)
        start, count = start + len(lines), count + len(triples)
    return Bulk(b"".join(parts), listed, count, ())
