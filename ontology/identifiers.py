"""Identifiers with a check digit: ISBN, ISSN, ORCID, ISNI; and the 统一书号 that has none. Not look-ups.

Every reader takes what stands in a record and gives the one normal form, or "" where it is not a valid
identifier of its kind: a wrong check digit is never mended.
"""

import re

_DASHES = "-‐‑‒–—―−－﹣"
_SEPARATORS = str.maketrans("", "", _DASHES + " \u00a0\u3000")
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
_GROUPED = rf"[0-9](?:[{_DASHES} \u00a0]{{0,2}}[0-9]){{%s}}(?:[{_DASHES} \u00a0]{{0,2}}[0-9Xx])?(?![0-9Xx·])"
_ISBN = re.compile(rf"(?<![0-9·.]){_GROUPED % '8,11'}")
_ISSN = re.compile(rf"(?<![0-9{_DASHES}])[0-9]{{4}}[{_DASHES} ]?[0-9]{{3}}[0-9Xx](?![0-9{_DASHES}])")
_SIXTEEN = re.compile(rf"(?<![0-9])(?:[0-9]{{4}}[{_DASHES} ]?){{3}}[0-9]{{3}}[0-9Xx](?![0-9])")
_CSBN = re.compile(r"(?<![0-9])([0-9]{4,5})\s*[·•・.．]\s*([0-9]{1,5})(?![0-9])")
_MUSIC = "9790"
_ORCID_BLOCKS = (("0000000150000007", "0000000350000001"), ("0009000000000000", "0009001100000000"))


def isbn13(written: str) -> str:
    """The ISBN in *written* as thirteen digits: "7-5037-1744-0 (精装)" → "9787503717444".

    "" where there is none, where its check digit is wrong, and for a 统一书号 or an ISMN (979-0).
    """
    # Most values are thirteen bare digits already; the pattern is for the rest.
    found = None if len(written) in (10, 13) and written.isascii() else _ISBN.search(written.translate(_WIDE))
    number = (found[0] if found else written).translate(_SEPARATORS)
    if len(number) == 10:
        return _from_ten(number)
    if len(number) == 13 and _is_digits(number) and number[:3] in ("978", "979"):
        return number if number[12] == _ean_digit(number) and not number.startswith(_MUSIC) else ""
    return ""


def isbn10(written: str) -> str:
    """The ten-digit form of the ISBN in *written*; "" for one that begins with 979, which has none."""
    number = isbn13(written)
    if not number.startswith("978"):
        return ""
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), number[3:12], strict=True))
    return number[3:12] + _eleven(total)


def issn(written: str) -> str:
    """The ISSN in *written* as "1234-567X" (ISO 3297); "" where there is none or it is wrong."""
    found = _ISSN.search(written.translate(_WIDE))
    number = found[0].translate(_SEPARATORS).upper() if found else ""
    if not number:
        return ""
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), number[:7], strict=True))
    return f"{number[:4]}-{number[4:]}" if number[7] == _eleven(total) else ""


def orcid(written: str) -> str:
    """The ORCID iD in *written*, an address or not, as "0000-0002-1825-0097"; "" where there is none.

    ORCID iDs are a block of ISNI numbers (support.orcid.org, "Structure of the ORCID Identifier").
    """
    number = isni(written)
    in_block = any(first <= number <= last for first, last in _ORCID_BLOCKS)
    return "-".join(number[at : at + 4] for at in (0, 4, 8, 12)) if in_block else ""


def isni(written: str) -> str:
    """The ISNI in *written* as sixteen characters (ISO 27729); "" where there is none or it is wrong."""
    found = _SIXTEEN.search(written.translate(_WIDE))
    number = found[0].translate(_SEPARATORS).upper() if found else ""
    if not number:
        return ""
    total = 0
    for digit in number[:15]:
        total = (total + int(digit)) * 2
    # ISO 7064, MOD 11-2.
    check = (12 - total % 11) % 11
    return number if number[15] == ("X" if check == 10 else str(check)) else ""


def csbn(written: str) -> str:
    """The 统一书号 in *written* as "10019·1979"; "" where there is none.

    China's book number before ISBN (1956 to 1986): class (1 to 17) and publisher (three digits), a raised
    dot, and a running number. It has no check digit.
    """
    found = _CSBN.search(written.translate(_WIDE))
    if found is None or not 1 <= int(found[1][:-3]) <= 17:
        return ""
    return f"{found[1]}·{found[2]}"


def _from_ten(number: str) -> str:
    """Ten characters as an ISBN of thirteen digits; "" where the check digit is wrong."""
    if not _is_digits(number[:9]):
        return ""
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), number[:9], strict=True))
    if number[9].upper() != _eleven(total):
        return ""
    stem = f"978{number[:9]}"
    return stem + _ean_digit(stem)


def _ean_digit(number: str) -> str:
    """The check digit for the first twelve digits of *number* (ISO 2108, annex A)."""
    digits = [ord(digit) - 48 for digit in number[:12]]
    return str(-(sum(digits[::2]) + 3 * sum(digits[1::2])) % 10)


def _eleven(total: int) -> str:
    """The check character that makes a weighted sum divisible by eleven; ten is written X."""
    return "0123456789X"[-total % 11]


def _is_digits(number: str) -> bool:
    """Whether *number* is ASCII digits only; str.isdigit also takes ² and ٣."""
    return number.isascii() and number.isdigit()
