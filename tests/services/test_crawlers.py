"""Crawlers by what they call themselves; people by what their browsers do."""

import pytest

from services.crawlers import OTHERS, family


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "googlebot"),
        (
            "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
            "baiduspider",
        ),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)", "gptbot"),
        ("Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)", "sogou"),
        ("my-little-crawler/0.1", OTHERS),
        ("SomethingBot", OTHERS),
        ("Scrapy/2.11", OTHERS),
        ("x" * 10_000 + "bot", ""),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ""),
        ("Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36", ""),
        ("curl/8.5.0", ""),
        ("sparqlwrapper 2.0.0 (rdflib.github.io/sparqlwrapper)", ""),
        ("", ""),
    ],
)
def test_a_client_is_put_where_it_belongs(agent, found):
    assert family(agent) == found
