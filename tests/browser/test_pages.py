"""The pages in a browser: readable for all, without a script, at any width, and nothing hostile runs."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.slow

PATHS = (
    "/", "/search", "/search?q=%E5%87%A0%E4%BD%95&kind=work", "/search?q=nothing-here&kind=work&type=book",
    "/doc/work/jihe", "/doc/work/poison", "/doc/instance/jihe-2011", "/doc/person/xu-guangqi",
    "/doc/concept/geometry", "/doc/library/shanghai", "/doc/scheme/subjects",
    "/doc?iri=http%3A%2F%2Flocalhost%3A8000%2Fgraph%2Fsrc%2Fshanghai%2F000123",
    "/sparql", "/sparql?query=SELECT+%3Fs+%3Ft+%7B+%3Fs+wy%3Atitle+%3Ft+%7D+LIMIT+3",
    "/sparql?query=SELECT+many",
    "/sparql/explain?query=SELECT+%3Fk+(COUNT(*)+AS+%3Fn)+%7B+%3Fs+a+%3Fk+%7D+GROUP+BY+%3Fk",
    "/spaces", "/changes", "/changes/1", "/help", "/developers", "/doc/work/nothing-here",
)  # fmt: skip
WEIGHTY = ("serious", "critical")
WIDTHS = (1280, 640, 390, 320)
"""640 is a page of 1280 at 200 %, 320 one at 400 % (WCAG 2.2, 1.4.4 and 1.4.10)."""


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(open_page, path, language, theme):
    page = open_page(path, language=language, theme=theme)
    for details in page.locator("details").all()[:3]:
        details.locator("summary").first.click()

    found = Axe().run(page).response["violations"]

    assert [_told(each) for each in found if each["impact"] in WEIGHTY] == []


def test_axe_would_find_what_is_wrong(open_page):
    page = open_page("/help")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")

    found = Axe().run(page).response["violations"]

    assert ("button-name", "critical") in [(each["id"], each["impact"]) for each in found]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_scrolls_sideways(open_page, path):
    page = open_page(path)
    widths = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        widths[width] = page.evaluate("document.documentElement.scrollWidth")

    assert {width: wide for width, wide in widths.items() if wide > width} == {}


@pytest.mark.parametrize("path", PATHS)
def test_nothing_hostile_runs_and_nothing_is_fetched_from_elsewhere(open_page, address, path):
    page = open_page("/help")
    dialogs, errors, requests = [], [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))

    page.goto(address + path)
    page.wait_for_load_state("networkidle")

    assert dialogs == []
    assert [error for error in errors if not re.search("status of 40[04]", error)] == []
    assert [url for url in requests if not url.startswith(address)] == []


def test_everything_works_without_a_script(open_page):
    page = open_page("/", script=False)

    page.get_by_role("searchbox").fill("幾何原本")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ji he yuan ben").click()
    page.locator("details.source summary").first.click()
    page.get_by_role("link", name="中文").first.click()

    assert page.locator("h1").inner_text() == "几何原本"
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_the_theme_switch_works_without_a_script_and_lasts(open_page):
    page = open_page("/", script=False)
    light = _paper(page)

    page.get_by_role("link", name="Dark", exact=True).click()
    page.get_by_role("link", name="Help", exact=True).click()

    assert (light, _paper(page)) == ("rgb(251, 250, 247)", "rgb(21, 24, 26)")


def test_dark_follows_the_system_until_light_is_chosen(open_page):
    page = open_page("/", theme="dark")
    dark = _paper(page)

    page.get_by_role("link", name="Light", exact=True).click()

    assert (dark, _paper(page)) == ("rgb(21, 24, 26)", "rgb(251, 250, 247)")


def test_the_keyboard_reaches_the_content_first(open_page):
    page = open_page("/doc/work/jihe")

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")

    assert skip == "skip"
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_slash_goes_to_the_search_box_but_not_out_of_one(open_page):
    page = open_page("/doc/work/jihe")

    page.keyboard.press("/")
    page.keyboard.type("a/b")

    assert page.get_by_role("combobox").input_value() == "a/b"


def test_suggestions_are_chosen_with_the_keyboard(open_page):
    page = open_page("/")
    box = page.get_by_role("combobox")

    box.press_sequentially("xu guang")
    page.get_by_role("option", name=re.compile("Xu Guangqi")).wait_for()
    box.press("ArrowDown")
    chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")

    assert chosen.get_attribute("aria-selected") == "true"
    box.press("Enter")
    page.wait_for_url("**/doc/person/xu-guangqi")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(open_page):
    page = open_page("/")
    box = page.get_by_role("combobox")

    box.press_sequentially("xu")
    page.get_by_role("option").first.wait_for()
    box.press("Escape")

    assert page.get_by_role("listbox").count() == 0
    assert (box.input_value(), box.get_attribute("aria-expanded")) == ("xu", "false")


def test_evidence_opens_with_the_keyboard_and_says_the_source(open_page):
    page = open_page("/doc/work/jihe")
    evidence = page.locator("details.source").first

    evidence.locator("summary").focus()
    page.keyboard.press("Enter")

    assert "Shanghai Library catalogue" in evidence.inner_text()


def test_the_focus_is_always_visible(open_page):
    page = open_page("/doc/work/jihe")
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])"
            "(getComputedStyle(document.activeElement))"
        )
        if style[0] == "none" or style[1] < 2:
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))

    assert unseen == []


def test_every_control_is_large_enough_to_touch(open_page):
    page = open_page("/search", width=390)

    small = page.evaluate(
        "[...document.querySelectorAll('button, .chip, .values a, nav a, input')]"
        ".map(e => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])"
        ".filter(([, box]) => box.width && box.height < 24).map(([html]) => html)"
    )

    assert small == []


def _paper(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def _told(violation):
    return violation["id"], violation["help"], [node["html"][:160] for node in violation["nodes"][:3]]
