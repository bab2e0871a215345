"""Crawlers, by what they say of themselves. Says nothing of those who say nothing."""

import re
from functools import lru_cache

_KNOWN = (
    "ahrefsbot", "amazonbot", "applebot", "archive.org_bot", "baiduspider", "barkrowler", "bingbot",
    "bingpreview", "bytespider", "ccbot", "chatgpt-user", "claudebot", "dataforseobot", "dotbot",
    "duckduckbot", "facebookexternalhit", "googlebot", "google-extended", "gptbot", "heritrix",
    "ia_archiver", "mediapartners", "meta-externalagent", "mj12bot", "oai-searchbot", "perplexitybot",
    "petalbot", "qwantbot", "seekportbot", "semrushbot", "serpstatbot", "seznambot", "sogou", "turnitin",
    "yandex", "yisouspider", "360spider",
)  # fmt: skip
_NAMED = re.compile("|".join(map(re.escape, _KNOWN)))
# Telephones of the make Cubot say so in every request.
_LIKELY = re.compile(r"(?<!cu)bot\b|crawl|spider|slurp|harvest|scrapy|\barchiver")
_READ = 400
OTHERS = "other crawlers"


def family(user_agent: str) -> str:
    """The family of the crawler that calls itself *user_agent*; "" for anyone else.

    There are only as many families as are named here: nobody makes a new one.
    """
    return _family(user_agent[:_READ].lower())


@lru_cache(maxsize=1024)
def _family(said: str) -> str:
    if found := _NAMED.search(said):
        return found[0]
    return OTHERS if _LIKELY.search(said) else ""
