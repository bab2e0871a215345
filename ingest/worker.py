"""The part of a pass that needs no library: raw records in, described records out. Runs in any process."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ingest import collector, keys, mapping, plugins
from ingest.mapping import Mapping
from ingest.model import Raw, Record, Rejected
from kg.entries import Entry, entries
from kg.terms import Triple, iri, named, text
from ontology.errors import UnknownName
from ontology.validate import Finding, Validator, bundled_validator

_HASH = named("wy:contentHash")
_FLAG = named("wy:qualityFlag")


@dataclass(frozen=True, slots=True)
class Task:
    """How raw records are to be read: what a worker needs to know beside the records.

    mapping: the user's own mapping file, "" for the bundled mapping of each record's layout.
    """

    source: str
    format: str
    base: str
    mapping: str = ""


class Described(NamedTuple):
    """A record as it will be stored: its graph, its statements as N-Quads, and what search makes of it.

    digest: 16 bytes of the hash of the statements; flags: how many quality flags it carries.
    """

    raw: Raw
    key: str
    graph: str
    nquads: bytes
    statements: int
    digest: bytes
    flags: int
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class Outcome:
    """What became of some raw records, in their order; unmapped: fields no rule reads, counted."""

    results: list[Described | Rejected] = field(default_factory=list)
    unmapped: Counter[str] = field(default_factory=Counter)


def describe(raws: Sequence[Raw], task: Task) -> Outcome:
    """What becomes of *raws*: described records, and refused ones with the step and the reason."""
    source, outcome = plugins.source(task.format, task.mapping), Outcome()
    with collector.put_off():
        for raw in raws:
            record = source.read(raw)
            if isinstance(record, Record):
                outcome.results.append(_described(record, task, outcome.unmapped))
            else:
                outcome.results.append(record)
    return outcome


def mapped(record: Record, task: Task) -> list[Triple]:
    """The statements that the mapping for *record* gives, without hash and flags; for a dry run."""
    return _mapping(record.layout, task.mapping).describe(record, base=task.base, source=task.source)


def _described(record: Record, task: Task, unmapped: Counter[str]) -> Described | Rejected:
    try:
        rules = _mapping(record.layout, task.mapping)
    except UnknownName as error:
        return Rejected(record.raw, "map", str(error), record.key)
    for name in {found.name for found in record.fields}:
        if not rules.covers(name):
            unmapped[name] += 1
    triples = rules.describe(record, base=task.base, source=task.source)
    findings = _validator().check(triples)
    wrong = [finding for finding in findings if finding.severity == "violation"]
    if wrong:
        return Rejected(record.raw, "validate", _reason(wrong), record.key)
    return _sealed(record, triples, findings, task)


def _sealed(record: Record, triples: list[Triple], findings: Sequence[Finding], task: Task) -> Described:
    """The record with its quality flags and the hash of everything else it says."""
    graph = keys.graph(task.base, task.source, record.key)
    subject = iri(graph)
    if findings:
        flags = {(subject, _FLAG, text(finding.flag)) for finding in findings}
        triples = sorted({*triples, *flags})
    end = f" {subject} .\n"
    lines = [f"{s} {p} {o}{end}" for s, p, o in triples]
    nquads = "".join(lines).encode()
    hashed = sha256(nquads)
    seal = f'{subject} {_HASH} "sha256:{hashed.hexdigest()}"{end}'
    return Described(
        raw=record.raw,
        key=record.key,
        graph=graph,
        nquads=nquads + seal.encode(),
        statements=len(lines) + 1,
        digest=hashed.digest()[:16],
        flags=len(findings),
        entries=tuple(entries(graph, triples)),
    )


def _reason(findings: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(finding.message for finding in findings))


@cache
def _mapping(layout: str, file: str) -> Mapping:
    return mapping.read(Path(file)) if file else mapping.bundled(layout)


@cache
def _validator() -> Validator:
    return bundled_validator()
