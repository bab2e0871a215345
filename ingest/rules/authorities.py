"""Identifiers from authority files, as records cite them: (DE-588)118540238, https://orcid.org/0000-..."""

import re
from functools import lru_cache

_PREFIXES = {
    "DE-588": "https://d-nb.info/gnd/",
    "DLC": "http://id.loc.gov/authorities/names/",
    "uri": "",
    "viaf": "http://viaf.org/viaf/",
    "VIAF": "http://viaf.org/viaf/",
    "orcid": "https://orcid.org/",
    "ORCID": "https://orcid.org/",
    "isni": "https://isni.org/isni/",
    "wikidata": "http://www.wikidata.org/entity/",
    "OCoLC": "http://www.worldcat.org/oclc/",
    "fast": "http://id.worldcat.org/fast/",
    "idref": "http://www.idref.fr/",
    "IDREF": "http://www.idref.fr/",
    "BNF": "http://data.bnf.fr/ark:/12148/cb",
    "ror": "https://ror.org/",
}
_ISNI = re.compile(
    r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?|ISNI\s*)(\d{4})\s?(\d{4})\s?(\d{4})\s?(\d{3}[\dX])"
)
_CITED = re.compile(r"\(([A-Za-z][\w-]*)\)\s*(\S+)")
_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", re.IGNORECASE)
_ROR = re.compile(r"https?://ror\.org/(0[a-z0-9]{8})")


@lru_cache(maxsize=16_384)
def address_of(identifier: str) -> str:
    """The IRI that an identifier in a record stands for, "" where it stands for none that we know."""
    identifier = identifier.strip()
    if isni := _ISNI.fullmatch(identifier):
        return f"https://isni.org/isni/{''.join(isni.groups())}"
    if identifier.startswith(("http://", "https://")) and " " not in identifier:
        return identifier
    if _ORCID.fullmatch(identifier):
        return f"https://orcid.org/{identifier.upper()}"
    cited = _CITED.fullmatch(identifier)
    if cited is None or cited[1] not in _PREFIXES:
        return ""
    scheme, number = cited[1], cited[2]
    if number.startswith("fst") and scheme in ("OCoLC", "fast"):
        # OCLC writes (OCoLC)fst00853344 for http://id.worldcat.org/fast/853344.
        scheme, number = "fast", number.removeprefix("fst").lstrip("0")
    return _PREFIXES[scheme] + number


def own_key(kind: str, identifier: str) -> str:
    """The key of one of our things made from an identifier that names it for good: ORCID, ROR; else ""."""
    if kind == "person" and (found := _ORCID.fullmatch(identifier.strip())):
        return f"orcid-{found[1].upper()}"
    if kind == "organization" and (found := _ROR.fullmatch(identifier.strip())):
        return f"ror-{found[1]}"
    return ""
