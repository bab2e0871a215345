"""Reading a page as a person would: its text, its links, its language marks, and what could run in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Page:
    """What stands on a page. links: address → text; marks: text → lang; risks: what must not be there."""

    text: str = ""
    title: str = ""
    links: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    headings: list[tuple[str, str]] = field(default_factory=list)
    risks: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    VOID = ("meta", "link", "input", "br", "hr", "img", "path")

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in self.VOID:
            self._open.append((tag, given))
        self.page.risks += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        address = given.get("href", given.get("src", given.get("action", "")))
        if address.lower().lstrip().startswith(("javascript:", "data:", "vbscript:")):
            self.page.risks.append(f"{tag} {address}")
        if tag in ("img", "iframe", "object", "embed", "b ", "i ") or (
            tag == "script" and "src" not in given
        ):
            self.page.risks.append(tag)
        if tag == "a" and "href" in given:
            self.page.links.setdefault(given["href"], "")

    def handle_endtag(self, tag: str) -> None:
        while tag not in self.VOID and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "title" in tags:
            self.page.title += data
            return
        if any(given.get("aria-hidden") == "true" for _, given in self._open):
            return
        self.page.text += data
        for tag, given in reversed(self._open):
            if tag == "a" and "href" in given:
                self.page.links[given["href"]] += data
            if tag in ("h1", "h2", "h3") and data.strip():
                self.page.headings.append((tag, data.strip()))
        if data.strip():
            lang = next((given["lang"] for _, given in reversed(self._open) if "lang" in given), "")
            self.page.marks.setdefault(data.strip(), lang)


def read(html: str) -> Page:
    """The page that *html* makes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.text = " ".join(reader.page.text.split())
    reader.page.links = {address: " ".join(text.split()) for address, text in reader.page.links.items()}
    return reader.page
