"""A rule for where in its host a part stands: volume, issue and pages out of one line of text."""

import re

from ingest.clean import space
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text

_VOLUME = re.compile(
    r"(?:\b(?:vol(?:ume)?s?|v|bd|jg|t)\b\.?\s*|第\s*)(\d[\w/-]*)(?:\s*卷)?|^(\d+)\s*[(:]", re.IGNORECASE
)
_ISSUE = re.compile(
    r"\b(?:no|nr|issue|n|h|heft|iss)\b\.?\s*°?\s*(\d[\w/-]*)|第?\s*(\d+)\s*期|^\d+\s*[:(]\s*(\d+)\b",
    re.IGNORECASE,
)
_PAGES = re.compile(
    r"(?:\b(?:pp?|pages?|s|seiten?)\b\.?\s*|<)(\[?\w+\]?(?:\s*[-–—]\s*\w+)?)|第?\s*(\d+(?:\s*[-–—～~]\s*\d+)?)\s*页",
    re.IGNORECASE,
)
_PROPERTIES = ((_VOLUME, "wy:volume"), (_ISSUE, "wy:issue"), (_PAGES, "wy:pages"))


def enumeration_rule(options: Options) -> Apply:
    """Volume, issue and pages from a line such as "Vol. 12, no. 3 (2004), p. 1-20" (773 $g) or "12:3<1" ($q).

    parts; on ("instance"). What cannot be told is left out.
    """
    parts, nodes = options.words("parts", "g"), options.words("on", "instance")

    def apply(field: Field, description: Description) -> None:
        for value in field.all(parts):
            written = space(value)
            for pattern, property_ in _PROPERTIES:
                if found := pattern.search(written):
                    said = next(filter(None, found.groups()))
                    for node in map(description.named, nodes):
                        if not node.has(named(property_)):
                            node.say(named(property_), text(said))

    return apply
