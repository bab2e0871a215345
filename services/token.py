"""Tokens: the secret text that is a key's proof. Made, recognised, hashed, and kept out of logs.

A token is "wy_", 43 letters and digits of chance (256 bits) and 6 that are its checksum. The prefix lets
scanners of published code find it; the checksum tells a slip of the hand without a look-up.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "wy_"

_LETTERS = string.digits + string.ascii_letters
_CHANCE, _CHECK = 43, 6
_TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_CHANCE + _CHECK}}}")


def new() -> str:
    """A token that nobody can guess."""
    body = _written(secrets.randbits(256), _CHANCE)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_token(text: str) -> bool:
    """Whether *text* can be a token at all."""
    return bool(_TOKEN.fullmatch(text)) and _checksum(text[len(PREFIX) : -_CHECK]) == text[-_CHECK:]


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal.

    A slow hash, as for passwords, makes guessing from a list dear; 256 bits of chance are on no list. It
    would only make every request dear, and so be a way to keep the server busy.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def holds_token(text: str) -> bool:
    """Whether a token stands anywhere in *text*."""
    return any(is_token(found) for found in _TOKEN.findall(text))


def redacted(text: str) -> str:
    """*text* for a log: with "wy_…" in place of what looks like a token."""
    return _TOKEN.sub(f"{PREFIX}…", text)


def _checksum(body: str) -> str:
    return _written(zlib.crc32(body.encode()), _CHECK)


def _written(number: int, length: int) -> str:
    """*number* in base 62, filled up with zeros."""
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(reversed(letters))
