"""ops.sqlite: what an operator sets up, keys and spaces. Not the graph, and no personal data in it.

It may be written while a server runs: every use is one short transaction on a connection of its own, and
a counter says whether anything was altered since one looked.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    NullPool,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from kg.border import guarded
from kg.errors import StoreError
from kg.folder import make_folder

FILE_NAME = "ops.sqlite"
VERSION = 1

_WAIT = 5.0
"""Seconds to wait for another process that is writing."""
_METADATA = MetaData()

ABOUT = Table("about", _METADATA, Column("version", Integer), Column("alterations", Integer))
KEY = Table(
    "key",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("digest", String, nullable=False, unique=True),
    Column("role", String, nullable=False),
    Column("spaces", String, nullable=False),  # Names with blanks between them; see services.keys.
    Column("seconds", Float, nullable=False),
    Column("budget", Float, nullable=False),
    Column("created", Float, nullable=False),  # Times are seconds since 1970, UTC.
    Column("expires", Float),
    Column("revoked", Float),
    Column("used", Float),
)
SPACE = Table(
    "space",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("is_union", Boolean, nullable=False),
    Column("created", Float, nullable=False),
)


class Ops:
    """The database of one data folder. Nothing is made on disk before something is written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.absolute() / FILE_NAME

    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self.path.is_file()

    def alterations(self) -> int:
        """A number that grows with every alteration of keys or spaces; 0 where there is no database."""
        if not self.exists():
            return 0
        with self.reading() as connection:
            return int(connection.execute(select(ABOUT.c.alterations)).scalar_one())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for looking, which sees one state."""
        with self._guarded(), _engine(self.path).connect() as connection, connection.begin():
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose block is one transaction, done when it ends and undone when it raises."""
        with self._guarded():
            self._make()
            with _engine(self.path).connect() as connection:
                connection.info["is_writing"] = True
                with connection.begin():
                    self._check(connection)
                    yield connection
                    connection.execute(update(ABOUT).values(alterations=ABOUT.c.alterations + 1))

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """A connection for what nobody waits for: not made, where another one writes just now."""
        with self._guarded(), _engine(self.path).connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            connection.rollback()
            with connection.begin():
                yield connection

    def _make(self) -> None:
        """The file with its tables, readable by its owner only, where it is not there yet."""
        if self.exists():
            return
        make_folder(self.path.parent)
        # Made under another name: of two that make it at the same time, one finds the other's.
        draft = self.path.with_name(f"{self.path.name}.{token_hex(4)}.new")
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with _engine(draft).connect() as connection:
                connection.info["is_writing"] = True
                with connection.begin():
                    _METADATA.create_all(connection)
                    connection.execute(insert(ABOUT).values(version=VERSION, alterations=1))
            with closing(sqlite3.connect(draft)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")  # It stays so; to change it others must be away.
            with suppress(FileExistsError):
                os.link(draft, self.path)
        finally:
            draft.unlink()

    def _check(self, connection: Connection) -> None:
        version = connection.execute(select(ABOUT.c.version)).scalar()
        if version != VERSION:
            raise StoreError(
                f"{str(self.path)!r} has version {version}, this program knows {VERSION}",
                hint="use the version of Wenyuan that wrote it, or a later one",
            )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with guarded(f"{str(self.path)!r}"):
            try:
                yield
            except DBAPIError as error:
                # What SQLite itself said is what the border knows how to tell.
                raise (error.orig if isinstance(error.orig, sqlite3.Error) else error) from error


@lru_cache(64)
def _engine(path: Path) -> Engine:
    # No pool: connections are few, and none that lingers keeps the file open or crosses threads.
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"timeout": _WAIT, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    # The driver's own transactions begin too late to see one state, and as readers that cannot turn writers.
    kind = "IMMEDIATE" if connection.info.pop("is_writing", False) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")
