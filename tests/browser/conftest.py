"""A server of the test library, and Chromium to look at it. Without a browser these tests are skipped."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from kg.change import Note
from kg.library import Library
from kg.settings import Settings
from tests.api.conftest import edits

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT = 20
"""Seconds for the server to start."""

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server of tests/data/library.trig, without a slash at its end."""
    with Library.in_memory() as library:
        library.commit(Note("tester", "ingest", "first load", source="shanghai", batch="first"), edits())
        config = uvicorn.Config(create_app(Settings(), library=library), port=0, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + WAIT
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(WAIT)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; on a machine without it the tests are skipped, but never in CI."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens a page of the server: open_page("/search", width=390, theme="dark", script=False)."""
    contexts = []

    def open_page(
        path: str, *, language: str = "en", width: int = 1280, theme: str = "light", script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
