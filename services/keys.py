"""Keys: who may do what, beyond what strangers may. Kept in ops.sqlite, as hashes only."""

import hmac
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Connection, Row, insert, select, update

from kg.errors import StoreError
from ontology.errors import NotFound, UnknownName
from services import token
from services.ops import KEY, Ops
from services.roles import Role, by_word
from services.watched import Watched

log = logging.getLogger(__name__)

MAIN = "main"
"""What people call the main library where the name of a space is asked for."""
ALL = "all"
"""Stands for every space, those to come included."""
OWNER = "this-machine"
"""Who asks with the key that a running server leaves in its data folder; no key here has this name."""

_NAME = re.compile(r"\w[\w.@+-]{0,99}")
_BEGINNING = 8
_USE = 60.0
"""Seconds between two notes that a key was used."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept. Times are UTC.

    spaces: names, MAIN for the main library, ALL for all; seconds: how long its queries may run, budget:
    seconds of queries a minute; 0 is what the settings say for everybody.
    """

    name: str
    role: Role
    spaces: tuple[str, ...] = (MAIN,)
    seconds: float = 0
    budget: float = 0
    created: datetime | None = None
    used: datetime | None = None
    expires: datetime | None = None
    revoked: datetime | None = None

    def is_for(self, space: str) -> bool:
        """Whether the key means anything in the space of that name; "" is the main library."""
        return ALL in self.spaces or (space or MAIN) in self.spaces

    def is_valid(self, now: datetime | None = None) -> bool:
        """Whether the key opens anything *now*."""
        return self.revoked is None and (self.expires is None or (now or datetime.now(UTC)) < self.expires)


class Keys:
    """The keys of a data folder. What another process alters is seen within half a second."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops
        self._known: Watched[Mapping[str, list[tuple[str, Key]]]] = Watched(ops, _by_beginning, {})
        self._lock = Lock()
        self._noted: dict[str, float] = {}

    def add(
        self, name: str, role: Role, *, spaces: Sequence[str] = (), seconds: float = 0, budget: float = 0,
        expires: datetime | None = None,
    ) -> str:  # fmt: skip
        """A new key; gives its token, which cannot be had again.

        Raises UnknownName for a name that cannot be one or is taken, even by a revoked key: the history
        names people by their keys.
        """
        if not _NAME.fullmatch(name) or name == OWNER:
            raise UnknownName(
                f"{name!r} cannot name a key", hint="letters, digits and . _ @ + - only, at most 100"
            )
        made = token.new()
        row = {
            "name": name,
            "digest": token.digest(made),
            "role": role.word,
            "spaces": " ".join(dict.fromkeys(spaces)) or MAIN,
            "seconds": seconds,
            "budget": budget,
            "created": time.time(),
            "expires": expires.timestamp() if expires else None,
        }
        with self._ops.writing() as connection:
            if connection.execute(select(KEY.c.id).where(KEY.c.name == name)).first():
                raise UnknownName(f"there is a key called {name!r} already", hint="choose another name")
            connection.execute(insert(KEY).values(row))
        self._known.forget()
        return made

    def all(self) -> list[Key]:
        """All keys, revoked ones too, in the order in which they were made."""
        if not self._ops.exists():
            return []
        with self._ops.reading() as connection:
            return [_key(row) for row in connection.execute(select(KEY).order_by(KEY.c.id))]

    def revoke(self, name: str) -> Key:
        """Ends the key of that name for good; twice is the same as once. Raises NotFound."""
        if not self._ops.exists():
            raise _unknown(name)
        with self._ops.writing() as connection:
            ended = update(KEY).where(KEY.c.name == name, KEY.c.revoked.is_(None))
            connection.execute(ended.values(revoked=time.time()))
            row = connection.execute(select(KEY).where(KEY.c.name == name)).first()
        if row is None:
            raise _unknown(name)
        self._known.forget()
        return _key(row)

    def find(self, text: str) -> Key | None:
        """The key whose token *text* is, where it is valid now; None else. Notes that it was used."""
        if not token.is_token(text):
            return None
        found = self._known_by(text)
        if found is None:  # It may have been made a moment ago.
            self._known.forget()
            found = self._known_by(text)
        if found is None or not found.is_valid():
            return None
        self._note(found.name)
        return found

    def _known_by(self, text: str) -> Key | None:
        wanted = token.digest(text)
        for digest, key in self._known.now().get(wanted[:_BEGINNING], ()):
            if hmac.compare_digest(digest, wanted):
                return key
        return None

    def _note(self, name: str) -> None:
        """Writes down that the key was used, once in a while."""
        now = time.time()
        with self._lock:
            if now - self._noted.get(name, 0.0) < _USE:
                return
            self._noted[name] = now
        try:
            with self._ops.noting() as connection:
                connection.execute(update(KEY).where(KEY.c.name == name).values(used=now))
        except StoreError as error:
            log.debug("the use of key %s was not noted: %s", name, error)


def _by_beginning(connection: Connection) -> dict[str, list[tuple[str, Key]]]:
    """The keys with their hashes, by the beginnings of those."""
    known: dict[str, list[tuple[str, Key]]] = {}
    for row in connection.execute(select(KEY)):
        known.setdefault(row.digest[:_BEGINNING], []).append((row.digest, _key(row)))
    return known


def _unknown(name: str) -> NotFound:
    return NotFound(f"no key called {name!r}", hint="`wenyuan key list` shows them")


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        row.name,
        by_word(row.role),
        tuple(row.spaces.split()),
        row.seconds,
        row.budget,
        _moment(row.created),
        _moment(row.used),
        _moment(row.expires),
        _moment(row.revoked),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
