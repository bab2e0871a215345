"""The records that could not be taken in: kept with their bytes and the reason, until they can.

One SQLite table, rejected.sqlite in the data folder. A record that is refused again for the same reason
is kept once; one that is taken in at last leaves.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from ingest.model import Raw, Rejected
from ontology.errors import NotFound

_TABLE = """
create table if not exists rejected (
    number integer primary key,
    stamp blob not null unique,
    at text not null,
    source text not null,
    file text not null,
    format text not null,
    mapping text not null,
    key text not null,
    place integer not null,
    step text not null,
    reason text not null,
    tries integer not null default 1,
    bytes blob not null,
    context blob not null
);
create index if not exists rejected_by_source on rejected (source, number);
"""
_COLUMNS = "number, at, source, file, format, mapping, key, place, step, reason, tries, bytes, context"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from: source name, file, format (a name of SOURCES), and the user's mapping file."""

    source: str
    file: str
    format: str
    mapping: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A refused record as it is kept. at: ISO 8601, UTC; tries: how often it has been refused."""

    number: int
    at: str
    origin: Origin
    tries: int
    rejected: Rejected


class Rejects:
    """The refused records of a data folder."""

    def __init__(self, path: Path | None) -> None:
        """path: the SQLite file, None for one in memory."""
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._database.executescript("pragma journal_mode = wal;" + _TABLE)

    def keep(self, origin: Origin, refused: Iterable[Rejected]) -> None:
        """Keeps the *refused* records, in one transaction."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database:
            self._database.executemany(
                "insert into rejected"
                " (stamp, at, source, file, format, mapping, key, place, step, reason, bytes, context)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " on conflict (stamp) do update set at = excluded.at, tries = tries + 1,"
                " reason = excluded.reason, step = excluded.step, file = excluded.file",
                (
                    (
                        _stamp(origin.source, entry.raw),
                        now,
                        origin.source,
                        origin.file,
                        origin.format,
                        origin.mapping,
                        entry.key,
                        entry.raw.offset,
                        entry.step,
                        entry.reason,
                        entry.raw.data,
                        entry.raw.context,
                    )
                    for entry in refused
                ),
            )

    def list(self, *, source: str = "", before: int | None = None, limit: int = 50) -> list[Entry]:
        """Refused records, newest first; *before*: only those with a smaller number."""
        rows = self._database.execute(
            f"select {_COLUMNS} from rejected where (? = '' or source = ?) and (? is null or number < ?)"
            " order by number desc limit ?",
            (source, source, before, before, limit),
        )
        return [_entry(row) for row in rows]

    def get(self, number: int) -> Entry:
        """The refused record of that number; raises NotFound."""
        found = self._database.execute(f"select {_COLUMNS} from rejected where number = ?", (number,))
        row = found.fetchone()
        if row is None:
            raise NotFound(f"no refused record {number}")
        return _entry(row)

    def count(self, *, source: str = "") -> int:
        """How many records are refused."""
        found = self._database.execute(
            "select count(*) from rejected where ? = '' or source = ?", (source, source)
        ).fetchone()
        return int(found[0])

    def accepted(self, source: str, raws: Iterable[Raw]) -> None:
        """Removes the records of *source* with these bytes, which have been taken in."""
        with self._database:
            self._database.executemany(
                "delete from rejected where stamp = ?", ((_stamp(source, raw),) for raw in raws)
            )

    def drop(self, numbers: Iterable[int]) -> None:
        """Removes refused records: they have been taken in, or nobody wants them."""
        with self._database:
            self._database.executemany(
                "delete from rejected where number = ?", ((number,) for number in numbers)
            )

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _stamp(source: str, raw: Raw) -> bytes:
    return blake2b(source.encode() + b"\0" + raw.data, digest_size=16).digest()


def _entry(row: tuple[int, str, str, str, str, str, str, int, str, str, int, bytes, bytes]) -> Entry:
    number, at, source, file, format_, mapping, key, place, step, reason, tries, data, context = row
    rejected = Rejected(Raw(data, place, context), step, reason, key)
    return Entry(number, at, Origin(source, file, format_, mapping), tries, rejected)
