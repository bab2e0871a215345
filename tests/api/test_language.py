"""Which language a page speaks, and how texts of the data are marked."""

import pytest

from api.language import choose, is_plain, mark_of


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "default", "language"),
    [
        pytest.param("en", "zh-Hans", "zh-CN", "zh", "en", id="address before cookie"),
        pytest.param("", "en", "zh-CN,zh;q=0.9", "zh", "en", id="cookie before header"),
        pytest.param("", "", "fr, en;q=0.5, zh;q=0.7", "en", "zh-Hans", id="header by weight"),
        pytest.param("", "", "zh-TW", "en", "zh-Hans", id="traditional readers get Chinese"),
        pytest.param("", "", "fr", "en", "en", id="setting last"),
        pytest.param("xx", "yy", "zz;q=nonsense, en;q=0", "zh", "zh-Hans", id="nonsense is passed over"),
        pytest.param("", "", "", "", "zh-Hans", id="nothing known"),
    ],
)
def test_the_first_language_that_we_speak_is_chosen(asked, remembered, accepted, default, language):
    assert choose(asked=asked, remembered=remembered, accepted=accepted, default=default) == language


@pytest.mark.parametrize(
    ("text", "tag", "mark"),
    [
        ("几何原本", "zh-hans", "zh-hans"),
        ("几何原本", "", "zh"),
        ("源氏物語の世界", "", "ja"),
        ("한국", "", "ko"),
        ("Elementa", "", "und-Latn"),
        ("1990", "", ""),
        ("x", '"><script>', "und-Latn"),
    ],
)
def test_a_text_is_marked_with_its_language_or_what_its_script_shows(text, tag, mark):
    assert mark_of(text, tag) == mark


def test_romanisations_and_other_languages_carry_a_badge_and_chinese_and_english_do_not():
    assert [is_plain(tag) for tag in ("zh-hant", "en", "zh-latn-pinyin", "de")] == [True, True, False, False]
