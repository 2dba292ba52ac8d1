"""A real browser for tests: the system's Chromium, driven by Playwright.

Playwright's own browsers are not used: Debian's is kept up to date by the system, and nothing is
downloaded.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Names that distributions give it.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

ARGUMENTS = (
    # Root may not have a sandbox, and neither do most containers.
    "--no-sandbox",
    "--disable-gpu",
    # Containers have a small /dev/shm, where a page would crash.
    "--disable-dev-shm-usage",
    # Tests talk to the loopback address and to nobody else.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """The path of the installed browser, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextlib.contextmanager
def browser(*, headless: bool = True) -> Iterator[Browser | None]:
    """Chromium for the length of a block; None where it or Playwright is not installed.

    Make a fresh context per test (``browser.new_context(locale="ru-RU", viewport=…)``): cookies
    and storage are its own, and starting one takes milliseconds where the browser takes a second.
    """
    path = find_chromium()
    if path is None or find_spec("playwright") is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), headless=headless
        )
        try:
            yield running
        finally:
            running.close()
