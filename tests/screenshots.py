"""Pictures of one page of each kind, as several people see it, for people to look at: `make screenshots`.

Starts the demonstration on a database of its own, follows links from the home page, and takes each kind of page once
(a kind is a name in the route table): phone and desktop, light and dark. Says what a
picture does not show: answers that are not 200, complaints in the console, pages wider than the phone. Ends with 1
if there was any. PNG files in screenshots/, or the folder named as the argument.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright
from starlette.routing import Match, Route

from tests.postgres import free_port

ROOT = Path(__file__).parent.parent
PEOPLE = ("", "Alice", "Stella", "Ada")
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
THEMES = ("light", "dark")
PAGES_MAX = 60
READY_WITHIN_SECONDS = 180
# Files, secrets, and what a click would change are not pages.
NO_PAGES = re.compile(
    r"^/(static|feeds|sign-in/link|robots|manifest|health|ready|sign-out)|\.(csv|ics|json|png|svg)$"
)


@contextmanager
def demonstration() -> Iterator[str]:
    """The address of a server of the demonstration, on a database that goes away with it."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="desk-screenshots-"))
    # For the server, and for the route table that this process reads.
    os.environ |= {
        "SECRET_KEY": "only-for-pictures",
        "DEMO": "true",
        "DATABASE_URL": f"sqlite://{folder}/demo.sqlite3",
        "MAIL_DIR": str(folder / "mails"),
        "BASE_URL": f"http://localhost:{port}",
    }
    booking = [sys.executable, "-m", "booking"]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL}
    subprocess.run([*booking, "migrate"], check=True, **quiet)
    subprocess.run([*booking, "demo"], check=True, **quiet)
    server = subprocess.Popen([*booking, "serve", "--port", str(port)], **quiet)
    try:
        wait_for(f"http://localhost:{port}/health", server)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def wait_for(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            urlopen(url, timeout=5).close()
            return
        except (URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def kind_of(address: str) -> str:
    """The name of the route that answers this address, or '' where none does."""
    from booking.web.routes import routes

    for route in routes:
        match, _ = route.matches({"type": "http", "method": "GET", "path": urlsplit(address).path})
        if match == Match.FULL and isinstance(route, Route):
            return route.name
    return ""


def links(page: Page) -> list[str]:
    """The pages of ours that this page links to, in its order."""
    # Links of the map are SVG: their href is an object, so read the attribute.
    said = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    found = [urljoin(page.url, each.split("#")[0]) for each in said]
    ours = urlsplit(page.url).netloc
    return [
        each for each in found if urlsplit(each).netloc == ours and not NO_PAGES.search(urlsplit(each).path)
    ]


def sign_in(page: Page, home: str, name: str) -> None:
    page.goto(urljoin(home, "/sign-in"))
    page.get_by_role("button", name=re.compile(rf"\b{name}\b")).first.click()
    page.wait_for_load_state()


def walk(browser: Browser, home: str, name: str, folder: Path) -> list[str]:
    """Pictures of all that this person finds. Returns the complaints."""
    complaints: list[str] = []
    context = browser.new_context(locale="en-GB", reduced_motion="reduce", viewport=SIZES["desktop"])
    page = context.new_page()
    page.on(
        "console", lambda said: said.type == "error" and complaints.append(f"{page.url} console: {said.text}")
    )
    page.on("pageerror", lambda error: complaints.append(f"{page.url} script: {error}"))
    if name:
        sign_in(page, home, name)
    waiting, seen = [f"{home}/"], set[str]()
    while waiting and len(seen) < PAGES_MAX:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            complaints.append(f"{address} answered {answer.status if answer else 'nothing'}")
        waiting += links(page)
        shoot(page, folder / (name.lower() or "nobody") / kind, complaints)
    context.close()
    return complaints


def shoot(page: Page, stem: Path, complaints: list[str]) -> None:
    """One picture of the whole page per size and theme."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > viewport["width"]:
            complaints.append(f"{page.url} is {wide} pixels wide on a {size} of {viewport['width']}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{stem}-{size}-{theme}.png", full_page=True)


def main(folder: Path) -> int:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("Chromium is needed: make browser")
    # The sandbox does not work for root; nothing but our own pages is opened.
    flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--no-sandbox"]
    complaints: list[str] = []
    with demonstration() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for name in PEOPLE:
            complaints += walk(browser, home, name, folder)
        browser.close()
    sys.stdout.write(f"{len(list(folder.rglob('*.png')))} pictures in {folder}\n")
    sys.stdout.write("".join(f"{complaint}\n" for complaint in dict.fromkeys(complaints)))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "screenshots")))
