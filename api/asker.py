"""Who asks: a key's holder or a stranger, with what they may. Not what they have used up (api.meter)."""

import base64
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from api import state
from kg.errors import NotAllowed, NotKnown
from ontology.errors import SettingsError
from services.crawlers import family
from services.keys import OWNER
from services.roles import Role

KEYED, PERSON, CRAWLER = 0, 1, 2
"""Ranks: who has a lower one is served first."""
SPACE = "wenyuan.space"
"""Where the scope of a request names its space, if that is not the main library."""

_KEPT = "wenyuan.asker"
_HINT = "send it as `Authorization: Bearer wy_…`, or as the password of HTTP Basic"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in the space that is asked.

    name: the key's, or the address of a stranger (of IPv6 the first 64 bits, which one household has).
    seconds: how long a query may run, budget: seconds of queries a minute; 0 is what the settings say.
    rank: KEYED, PERSON or CRAWLER.
    """

    name: str
    role: Role = Role.STRANGER
    seconds: float = 0
    budget: float = 0
    rank: int = PERSON
    is_key: bool = False


def asker(request: Request) -> Asker:
    """Who sent *request*. Raises NotKnown where a key is shown that is none, or none any more."""
    space = request.scope.get(SPACE, "")
    kept: tuple[str, Asker] | None = request.scope.get(_KEPT)
    if kept is None or kept[0] != space:
        kept = request.scope[_KEPT] = (space, _asker(request))
    return kept[1]


def require(request: Request, role: Role) -> Asker:
    """Who sent *request*, where they have at least *role*.

    Raises NotKnown where no key, or none that is known, is shown; NotAllowed where the key is not enough.
    """
    found = asker(request)
    if found.role >= role:
        return found
    if not found.is_key:
        raise NotKnown(f"this needs a key of a {role.word}", hint=_HINT)
    raise NotAllowed(
        f"the key {found.name!r} is that of a {found.role.word} here; this needs a {role.word}",
        hint="ask an administrator of this library for another key",
    )


def shown_key(request: Request) -> str | None:
    """The text that is shown as a key, with Bearer or as the password of Basic; None where nothing is.

    Raises NotKnown where it cannot be read, and for other schemes.
    """
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except ValueError as error:
            raise NotKnown("what follows Basic is not base64", hint=_HINT) from error
    raise NotKnown("only Bearer and Basic are understood", hint=_HINT)


def address(request: Request) -> str:
    """The address of the client: that of the connection, or the one that a trusted proxy passes on.

    Of X-Forwarded-For the last address counts that is no proxy of ours: whatever stands before it could be
    the client's own invention.
    """
    peer = request.client.host if request.client else ""
    proxies = _proxies(state.settings(request).trusted_proxies)
    passed_on = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while _is_among(peer, proxies) and passed_on:
        before = passed_on.pop().strip()
        if _parsed(before) is None:
            break
        peer = before
    return peer


def is_crawler(user_agent: str) -> bool:
    """Whether a client that calls itself so is a program that reads the whole web."""
    return bool(family(user_agent))


def household(text: str) -> str:
    """An address as a client is named by it: of IPv6 the first 64 bits, IPv4 within IPv6 as IPv4."""
    found = _parsed(text)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return str(found or text or "unknown")


def _asker(request: Request) -> Asker:
    shown = shown_key(request)
    if shown is None:
        is_program = is_crawler(request.headers.get("user-agent", ""))
        return Asker(household(address(request)), rank=CRAWLER if is_program else PERSON)
    if state.is_own_key(request, shown) and _is_near(request):
        return Asker(OWNER, Role.ADMINISTRATOR, rank=KEYED, is_key=True)
    key = state.keys(request).find(shown)
    if key is None:
        raise NotKnown("that key is not known, or not valid any more", hint=_HINT)
    role = key.role if key.is_for(request.scope.get(SPACE, "")) else Role.STRANGER
    return Asker(key.name, role, key.seconds, key.budget, KEYED, is_key=True)


def _is_near(request: Request) -> bool:
    """Whether it comes from this machine: from its own address, or by a socket that has none."""
    found = _parsed(address(request))
    return found is None or found.is_loopback


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address in *text*, which may carry a port or a zone; None where there is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_among(text: str, networks: tuple[str, ...]) -> bool:
    found = _parsed(text)
    return found is not None and any(found in ip_network(each) for each in networks)


@lru_cache(8)
def _proxies(setting: str) -> tuple[str, ...]:
    """The networks in the setting trusted_proxies; raises SettingsError for what is none."""
    given = tuple(setting.replace(",", " ").split())
    for each in given:
        try:
            ip_network(each)
        except ValueError as error:
            raise SettingsError(
                f"setting 'trusted_proxies' holds {each!r}, which is no network: {error}",
                hint="addresses or networks with blanks between them: 127.0.0.1 10.0.0.0/8",
            ) from error
    return given
