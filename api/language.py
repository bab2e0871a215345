"""The reader's language: which one the pages speak, and the language mark of each text of the data."""

import re

LANGUAGES = ("zh-Hans", "en")
"""The languages of the interface; every message exists in each."""

COOKIE = "language"

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MOST_ACCEPTED = 32


def choose(*, asked: str = "", remembered: str = "", accepted: str = "", default: str = "zh") -> str:
    """The language of a page: `?lang=` → cookie → Accept-Language → setting, the first that we speak."""
    wanted = [asked, remembered, *_by_weight(accepted), default]
    return next((found for tag in wanted if (found := spoken(tag))), LANGUAGES[0])


def spoken(tag: str) -> str:
    """Our language for a BCP 47 tag: "zh-CN" → "zh-Hans", "en-GB" → "en"; "" where we have none."""
    primary = tag.lower().partition("-")[0]
    return {"zh": "zh-Hans", "en": "en"}.get(primary, "")


def is_plain(tag: str) -> bool:
    """Whether a text of that language needs no badge: Chinese and English are seen, a romanisation is not."""
    return bool(spoken(tag)) and "-latn" not in tag.lower()


def mark_of(text: str, language: str = "") -> str:
    """The `lang` attribute for a text of the data: its tag, or what its script gives away, or ""."""
    if _TAG.fullmatch(language):
        return language
    scripts = ((_KANA, "ja"), (_HAN, "zh"), (_HANGUL, "ko"), (_LATIN, "und-Latn"))
    return next((tag for script, tag in scripts if script.search(text)), "")


def _by_weight(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first (RFC 9110, § 12.5.4)."""
    weighted = []
    for place, part in enumerate(header.split(",")[:_MOST_ACCEPTED]):
        tag, _, parameter = part.strip().partition(";")
        try:
            weighted.append((-float(parameter.strip().removeprefix("q=") or 1), place, tag))
        except ValueError:
            continue
    return [tag for weight, _, tag in sorted(weighted) if weight < 0]
