"""The line that the log has for each request. Not how logs are written: see api.logs."""

import logging
from contextlib import suppress
from ipaddress import ip_address, ip_network

from api.logs import FIELDS
from api.visit import Visit

access = logging.getLogger(__name__)


def shown(client: str, *, is_whole: bool) -> str:
    """How the log names a client; where not *is_whole*, an address only by its first 24 bits (IPv6: 48)."""
    if is_whole:
        return client
    with suppress(ValueError):
        found = ip_address(client.partition("/")[0])
        return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
    return "unknown"


def write(here: Visit) -> None:
    """Writes the line of a request that is over."""
    if not access.isEnabledFor(logging.INFO):
        return
    told = {
        "request": here.id,
        "client": here.client,
        "door": here.door,
        "method": here.method,
        "path": here.path,
        "status": here.status,
        "bytes": here.sent,
        "seconds": round(here.seconds, 4),
        "cost": round(here.cost or 0, 4),
        "outcome": here.outcome,
        "generation": here.generation or None,
        "cache": here.cache,
        "crawler": here.crawler,
    }
    access.info(
        "%s %s %s %d %d bytes %.3f s %s",
        here.client, here.method, here.path, here.status, here.sent, here.seconds, here.cache or here.outcome,
        extra={FIELDS: told},
    )  # fmt: skip
