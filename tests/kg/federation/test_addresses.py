"""Addresses of endpoints: what is allowed, and no way into the local network."""

import asyncio

import pytest

from kg.errors import EndpointFailed, QueryRefused
from kg.federation.addresses import Allowed, is_public, locate

PRIVATE = {
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.8.8.8",
    "this host": "0.0.0.0",
    "private 10": "10.1.2.3",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.1",
    "link-local": "169.254.169.254",
    "carrier-grade": "100.64.0.1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "benchmark": "198.18.0.1",
    "documentation": "192.0.2.1",
    "loopback v6": "::1",
    "any v6": "::",
    "link-local v6": "fe80::1",
    "link-local with a zone": "fe80::1%eth0",
    "unique local": "fc00::1",
    "unique local fd": "fd12:3456::1",
    "multicast v6": "ff02::1",
    "site-local": "fec0::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "compatible": "::127.0.0.1",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64 loopback": "64:ff9b::127.0.0.1",
    "NAT64 private": "64:ff9b::a00:1",
    "NAT64 local": "64:ff9b:1::808:808",
    "6to4 private": "2002:a00:1::",
    "6to4 loopback": "2002:7f00:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "documentation v6": "2001:db8::1",
    "documentation v6, the newer": "3fff::1",
    "segment routing": "5f00::1",
    "6to4 relay": "192.88.99.1",
    "dummy": "192.0.0.8",
    "no address": "localhost",
    "nothing": "",
}
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
def test_an_address_that_is_not_of_the_open_internet_is_told(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_told(address):
    assert is_public(address)


def found(*addresses):
    """A resolver that knows one answer."""

    async def resolve(host, port):
        return list(addresses)

    return resolve


def located(url, *addresses, is_private=False):
    target = Allowed((url,)).target(url)
    return asyncio.run(locate(target, is_private=is_private, resolve=found(*addresses)))


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::ffff:10.0.0.1", "8.8.8.8"), ()]
)
def test_a_host_that_leads_to_a_private_address_is_not_asked(addresses):
    with pytest.raises(EndpointFailed):
        located("https://rebind.example/sparql", *addresses)


def test_the_address_that_was_looked_at_is_the_one_that_is_asked():
    assert located("https://a.example/sparql", "8.8.8.8", "1.1.1.1") == "8.8.8.8"


def test_an_endpoint_of_ones_own_may_be_private():
    assert located("http://10.0.0.5/sparql", "10.0.0.5", is_private=True) == "10.0.0.5"


async def unknown(host, port):
    raise OSError("no such host")


def test_a_host_that_nobody_knows_is_told():
    with pytest.raises(EndpointFailed, match="not known"):
        asyncio.run(
            locate(
                Allowed(("http://a.example/",)).target("http://a.example/"), is_private=False, resolve=unknown
            )
        )


REFUSED = {
    "nothing": "",
    "another host": "https://evil.example/sparql",
    "a longer host": "https://data.example.evil.net/sparql",
    "userinfo": "https://data.example@127.0.0.1/sparql",
    "userinfo with a password": "https://data.example:443@127.0.0.1/sparql",
    "another port": "https://data.example:8443/sparql",
    "another scheme": "http://data.example/sparql",
    "a file": "file:///etc/passwd",
    "a climb": "https://data.example/open/../admin",
    "an encoded climb": "https://data.example/open/%2e%2e/admin",
    "a climb with backslashes": "https://data.example/open/..\\admin",
    "a doubly encoded slash": "https://data.example/open/..%2fadmin",
    "small changes": "https://data.example/sparql/",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_an_endpoint_that_is_not_on_the_list_is_refused(url):
    allowed = Allowed.of("https://data.example/sparql, https://data.example/open/*", "")

    with pytest.raises(QueryRefused, match=r"may be asked|no plain"):
        allowed.target(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://data.example/open/a b",
        "https://data.example/open/\n",
        "https://data.example/open/#x\u00a0",
        "https://data.example:99999/",
        "gopher://data.example/",
        "https://[::1%25eth0]/",
        "https://a\\@b/",
        "//a/",
    ],
)
def test_what_is_no_plain_address_is_refused_even_on_the_list(url):
    with pytest.raises(QueryRefused):
        Allowed((url,)).target(url)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_odd_ways_to_write_an_address_lead_where_the_system_says(host):
    """The host is only looked up; what counts is the address that comes of it."""
    with pytest.raises(EndpointFailed, match="private"):
        located(f"http://{host}/", "127.0.0.1")


def test_a_beginning_admits_what_begins_so():
    allowed = Allowed.of("https://data.example/open/*", "")

    assert allowed.target("https://data.example/open/wine?x=1").path == "/open/wine?x=1"


def test_a_beginning_without_a_whole_host_admits_nothing():
    assert not Allowed.of("https://data.example*", "").admits("https://data.example.evil.net/")


def test_no_endpoints_are_allowed_by_default():
    assert not Allowed.of("", "")
