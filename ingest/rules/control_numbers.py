"""A rule for numbers of other systems: (OCoLC)ocm12345, (DE-599)BVB008865, as MARC 21 cites them in 035."""

import re

from ingest import keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text

_CITED = re.compile(r"\(([^()]+)\)\s*(\S.*)", re.DOTALL)
_OCLC = re.compile(r"(?:oc[mn]|on)?0*(\d+)", re.IGNORECASE)


def control_number_rule(options: Options) -> Apply:
    """A record's number in another system, as a wy:Identifier with the system as its scheme.

    parts; cancelled; default: the scheme of a number that names no system. Numbers of OCLC are reduced to
    their digits, so that the same number written in three ways is the same.
    """
    parts, cancelled = options.words("parts", "a"), options.words("cancelled", "z")
    default = options.text("default", "local")

    def apply(field: Field, description: Description) -> None:
        for code, value in field.parts:
            if code in parts or code in cancelled:
                scheme, number = _split(value.strip(), default)
                if number:
                    _say(description, scheme, number, is_cancelled=code in cancelled)

    return apply


def _split(written: str, default: str) -> tuple[str, str]:
    cited = _CITED.fullmatch(written)
    if cited is None:
        return default, written
    if cited[1] == "OCoLC" and (number := _OCLC.fullmatch(cited[2].strip())):
        return "oclc", number[1]
    return cited[1], " ".join(cited[2].split())


def _say(description: Description, scheme: str, number: str, *, is_cancelled: bool) -> None:
    owner = description.instance
    node = description.fragment(owner, "identifier", f"id-{keys.digest(scheme, number)}")
    node.say(named("wy:value"), text(number))
    node.say(named("wy:scheme"), text(scheme))
    if is_cancelled:
        node.say(named("wy:status"), text("cancelled"))
    owner.say(named("wy:identifier"), node)
