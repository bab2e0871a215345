"""Addresses of other endpoints: which are allowed, and which machines on the network they may lead to."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from kg.errors import EndpointFailed, QueryRefused

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → the addresses that the host has now."""

# No userinfo, no fragment, no escapes in the host: what is read here is what is connected to.
_URL = re.compile(r"(https?)://([a-z0-9.\-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(/[!-~]*)?", re.IGNORECASE)
_NAT64, _NAT64_LOCAL = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")
_COMPATIBLE, _TRANSLATED = IPv6Network("::/96"), IPv6Network("::ffff:0:0:0/96")
# Registered for special purposes (RFC 6890 and after), which older versions of Python take for global.
_SPECIAL_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_SPECIAL_V6 = (IPv6Network("3fff::/20"), IPv6Network("5f00::/16"))
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of the URL of an endpoint. path: with the query string."""

    url: str
    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which endpoints may be asked.

    endpoints: URLs, each exact, or with a * at its end: all that begin so. private: those that may lead to
    private addresses, exact.
    """

    endpoints: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    @classmethod
    def of(cls, endpoints: str, private: str) -> "Allowed":
        """From two settings: URLs with blanks or commas between them."""
        return cls(tuple(endpoints.replace(",", " ").split()), tuple(private.replace(",", " ").split()))

    def __bool__(self) -> bool:
        return bool(self.endpoints or self.private)

    def admits(self, url: str) -> bool:
        """Whether the endpoint at *url* may be asked."""
        return url in self.private or any(_fits(url, pattern) for pattern in self.endpoints)

    def target(self, url: str) -> Target:
        """The parts of *url*; raises QueryRefused where it is not allowed or is no plain http address."""
        if not self.admits(url):
            raise QueryRefused(
                f"SERVICE <{url}> is not among the endpoints that may be asked", hint=self.told()
            )
        found = _URL.fullmatch(url)
        if found is None or int(found[3] or 80) > 65_535:
            raise QueryRefused(f"SERVICE <{url}>: this is no plain http or https address")
        scheme = found[1].lower()
        return Target(
            url, scheme, found[2].strip("[]").lower(), int(found[3] or _PORTS[scheme]), found[4] or "/"
        )

    def told(self) -> str:
        """Which endpoints may be asked, in words."""
        return f"allowed are {', '.join((*self.endpoints, *self.private))}"


async def locate(target: Target, *, is_private: bool, resolve: Resolve) -> str:
    """The one address to connect to. is_private: it may be any.

    Raises EndpointFailed where one of the addresses that the host has is not public: who answers with both
    kinds would be asked again and answer otherwise.
    """
    try:
        addresses = await resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise EndpointFailed(f"SERVICE <{target.url}>: the host {target.host!r} is not known") from error
    if not addresses:
        raise EndpointFailed(f"SERVICE <{target.url}>: the host {target.host!r} has no address")
    if not is_private and not all(map(is_public, addresses)):
        raise EndpointFailed(f"SERVICE <{target.url}> leads to a private address, and this is not allowed")
    return addresses[0]


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system knows of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also where it is hidden in one of IPv6."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        return _is_public_v6(found)
    return _is_public_v4(found)


def _is_public_v4(address: IPv4Address) -> bool:
    # is_global leaves out private, loopback, link-local, CGNAT and documentation (RFC 6890).
    is_special = any(address in network for network in _SPECIAL_V4)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_special


def _is_public_v6(address: IPv6Address) -> bool:
    hidden = address.ipv4_mapped or address.sixtofour
    if hidden is None and any(address in network for network in (_NAT64, _TRANSLATED, _COMPATIBLE)):
        hidden = IPv4Address(int(address) & 0xFFFF_FFFF)
    if hidden is not None:
        return _is_public_v4(hidden)
    is_odd = address.teredo is not None or address.is_site_local or address in _NAT64_LOCAL
    is_odd = is_odd or any(address in network for network in _SPECIAL_V6)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_odd


def _fits(url: str, pattern: str) -> bool:
    if not pattern.endswith("*"):
        return url == pattern
    beginning = pattern[:-1]
    # A beginning must name its host whole: https://a.org* would also admit https://a.org.evil.net/.
    return beginning.count("/") >= 3 and url.startswith(beginning) and not _climbs(url[len(beginning) :])


def _climbs(rest: str) -> bool:
    """Whether the rest of a path leads out of its beginning."""
    lowered = rest.lower().replace("%2e", ".").replace("%2f", "/").replace("\\", "/").replace("%5c", "/")
    return ".." in lowered
