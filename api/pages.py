"""Pages: a template, the reader it is made for, and the HTML answer. Not what a page is about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined

from api import state
from api.addresses import document_path
from api.language import COOKIE, LANGUAGES, choose, is_plain, mark_of
from api.marks import mark
from api.words import Words, words

THEMES = ("light", "dark")
THEME_COOKIE = "theme"

_A_YEAR = 365 * 24 * 3600
_NOT_KEPT = ("lang", "theme")
# Characters that turn the direction of text or hide; harmless inside <bdi>, not in a title or a message.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is made: language, theme ("" as the system says), and the address asked for.

    root: the path under which a proxy has put us, without a slash at its end.
    """

    words: Words
    theme: str
    base_iri: str
    root: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def language(self) -> str:
        """The language of the page: one of LANGUAGES."""
        return self.words.language

    def to(self, path: str, **parameters: object) -> str:
        """The address of a page of ours: to("/search", q="王力")."""
        query = urlencode({name: value for name, value in parameters.items() if value}, doseq=True)
        return self.root + path + (f"?{query}" if query else "")

    def here(self, **changes: object) -> str:
        """This page's address with some parameters changed; None drops one."""
        kept = [(name, value) for name, value in self.query if name not in changes and name not in _NOT_KEPT]
        added = [(name, str(value)) for name, value in changes.items() if value is not None]
        return self.root + self.path + (f"?{urlencode(kept + added)}" if kept or added else "")

    def page(self, iri: str, suffix: str = "") -> str:
        """Where our page about *iri* is, or with *suffix* its data; a sub-node is on its owner's page."""
        owner = iri.partition("#")[0] if iri.startswith(self.base_iri) else iri
        return self.root + document_path(owner, self.base_iri, suffix)

    def outside(self, iri: str) -> str:
        """Where a link to a thing elsewhere leads; "" where it would lead nowhere or not be safe."""
        return iri if iri.lower().startswith(("http://", "https://")) else ""


def reader(request: Request) -> Reader:
    """For whom the page is made that *request* asks for."""
    settings = state.settings(request)
    asked = request.query_params
    language = choose(
        asked=asked.get("lang", ""),
        remembered=request.cookies.get(COOKIE, ""),
        accepted=request.headers.get("accept-language", ""),
        default=settings.language,
    )
    theme = asked.get("theme", request.cookies.get(THEME_COOKIE, ""))
    return Reader(
        words(language),
        theme if theme in THEMES else "",
        settings.base_iri,
        request.scope.get("root_path", "").rstrip("/"),
        request.url.path.removeprefix(request.scope.get("root_path", "").rstrip("/")),
        tuple(asked.multi_items()),
    )


def render(request: Request, template: str, *, status_code: int = 200, **context: object) -> HTMLResponse:
    """The page made of *template* for whoever asks; `?lang=` and `?theme=` are remembered in cookies."""
    who = reader(request)
    latest = next(iter(state.library(request).changes(limit=1)), None)
    html = (
        _environment()
        .get_template(template)
        .render(reader=who, t=who.words, site=state.settings(request).title, latest=latest, **context)
    )
    answer = HTMLResponse(html, status_code, headers=page_headers(who))
    _remember(answer, request)
    return answer


def page_headers(who: Reader) -> dict[str, str]:
    """The headers that every page carries: its language, and on what it depends."""
    return {"Content-Language": who.language, "Vary": "Accept, Accept-Language, Cookie"}


def _remember(answer: HTMLResponse, request: Request) -> None:
    """Keep a choice made in the address for the pages that follow."""
    choices = (("lang", COOKIE, LANGUAGES), ("theme", THEME_COOKIE, (*THEMES, "auto")))
    for parameter, cookie, allowed in choices:
        chosen = request.query_params.get(parameter, "")
        if chosen in allowed:
            answer.set_cookie(cookie, chosen, max_age=_A_YEAR, samesite="lax", httponly=True, path="/")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plain": plain, "host": host, "utc": utc}
    made.globals |= {"mark_of": mark_of, "mark": mark, "is_plain": is_plain}
    made.globals |= {"LANGUAGES": LANGUAGES, "THEMES": THEMES}
    return made


def _source(name: str) -> str:
    return files("api").joinpath("templates", name).read_text(encoding="utf-8")


def plain(text: str) -> str:
    """*text* without characters that turn or hide others: for titles and messages, which cannot isolate."""
    return _UNSEEN.sub("", text)


def host(iri: str) -> str:
    """The host of a web address, for people: "id.loc.gov"; "" where it has none."""
    try:
        return (urlsplit(iri).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def utc(moment: datetime) -> datetime:
    """*moment* in UTC."""
    return moment.astimezone(UTC)
