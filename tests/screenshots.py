"""Pictures of every page, to look at: `make screenshots`.

    make screenshots                                          every page at four widths, light and dark; a few in every
                                                              language; forced colours; what people print
    make screenshots ARGS="home search --widths 320,390"      some pages, at some widths
    make screenshots ARGS="--themes forced,print"             light, dark, forced, print
    make screenshots ARGS="--languages de,xx"                 a few pages in these; xx is the language of `pseudo`

PNG files in screenshots/, and index.html beside them with all of them small, page by page. Also says what a picture
does not show: other answers than expected, complaints in the console, pages wider than the window. Ends with 1 if
there was any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from booking.i18n import LANGUAGES
from tests import pseudo
from tests.all_pages import ALL_PAGES
from tests.contact_sheet import write_sheet
from tests.demonstration import ROOT, chromium, demonstration
from tests.visiting import Main, language_menu, sign_in, visit

WIDTHS = {320: 640, 390: 844, 768: 1024, 1440: 900}
# The width of A4 between the margins that print.css gives it.
PAPER = {"width": 688, "height": 971}
THEMES = ("light", "dark", "forced", "print")
# Forced colours repaint the same layout: one width is enough to look at.
FORCED_WIDTH = 1440
DESK = {"width": 1440, "height": 900}
# What people print.
PRINTED = {
    "statement", "receipts", "reservation", "guest-reservation", "manage-today", "manage-day", "manage-codes",
    "occupancy", "venue-day", "venue-week", "ledger", "ledger-account", "books", "books-activity", "set-up-history",
    "code-house",
}  # fmt: skip
# What is looked at in every language: plain addresses, since a way there by clicks speaks English.
SPOKEN = {
    "home",
    "search-member",
    "reservations",
    "budgets",
    "settings",
    "manage-today",
    "set-up-hours",
    "books",
}
# Chromium complains so of each page that says no.
OWN_STATUS = "the server responded with a status of 4"


@dataclass
class Shoot:
    """What is to be photographed, where to, and what was wrong."""

    folder: Path
    widths: list[int]
    themes: list[str]
    languages: list[str]
    taken: list[Path] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def picture(self, page: Page, name: str) -> None:
        path = self.folder / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        self.taken.append(path)

    def page(self, page: Page, main: Main) -> None:
        """The page as it stands, in every size and theme asked for."""
        for width in self.widths:
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            self.measure(page, main.name, width)
            for theme in self.themes:
                if theme in ("light", "dark"):
                    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                    self.picture(page, f"{main.name}-{width}-{theme}")
        if "forced" in self.themes:
            page.set_viewport_size({"width": FORCED_WIDTH, "height": WIDTHS[FORCED_WIDTH]})
            page.emulate_media(color_scheme="dark", forced_colors="active")
            self.picture(page, f"{main.name}-{FORCED_WIDTH}-forced")
            page.emulate_media(color_scheme="light", forced_colors="none")
        if "print" in self.themes and main.name in PRINTED:
            page.set_viewport_size(PAPER)
            page.emulate_media(color_scheme="light", media="print")
            self.picture(page, f"{main.name}-paper-print")
            page.emulate_media(media="screen")

    def measure(self, page: Page, name: str, width: int) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.complaints.append(f"{name} is {wide} pixels wide in a window of {width}")


@contextmanager
def person_at(browser: Browser, home: str, person: str, shoot: Shoot) -> Iterator[Page]:
    """A page of somebody who signed in; what its console says is a complaint."""

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and OWN_STATUS not in said.text:
            shoot.complaints.append(f"{page.url} console: {said.text}")

    context = browser.new_context(locale="en-GB", reduced_motion="reduce", viewport=DESK)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("pageerror", lambda error: shoot.complaints.append(f"{page.url} script: {error}"))
    page.on("console", heard)
    if person:
        sign_in(page, home, person)
    yield page
    context.close()


def look(browser: Browser, home: str, person: str, pages: list[Main], shoot: Shoot) -> None:
    """Take the pictures of what one person sees. A page that cannot be reached is a complaint, not the end."""
    with person_at(browser, home, person, shoot) as page:
        for main in pages:
            page.set_viewport_size(DESK)  # type: ignore[arg-type]
            try:
                visit(page, home, main)
            except Exception as wrong:
                shoot.complaints.append(f"{main.name} could not be reached: {str(wrong).splitlines()[0]}")
            else:
                shoot.page(page, main)


def speak(page: Page, code: str) -> None:
    """Choose a language from the menu, or the made-up one by its header."""
    if code == "xx":
        page.set_extra_http_headers({pseudo.HEADER: "1"})
        return
    language_menu(page).click()
    page.locator(f"button[name=language][value={code}]").click()
    page.locator(f"html[lang={code}]").wait_for()


def listen(browser: Browser, home: str, person: str, pages: list[Main], shoot: Shoot) -> None:
    """The same pages in other languages, on a phone and on a desk."""
    with person_at(browser, home, person, shoot) as page:
        if not person:
            page.goto(home)
        for code in shoot.languages:
            page.set_viewport_size(DESK)  # type: ignore[arg-type]
            speak(page, code)
            for main in pages:
                visit(page, home, main)
                for width in (320, 1440):
                    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
                    shoot.measure(page, f"{main.name} ({code})", width)
                    shoot.picture(page, f"{main.name}-{width}-{code}")
        if person:
            page.set_extra_http_headers({})
            page.goto(home)
            speak(page, "en")


def wishes(arguments: list[str]) -> argparse.Namespace:
    def several(allowed: list[str]):  # type: ignore[no-untyped-def]
        def read(text: str) -> list[str]:
            wanted = [each for each in text.split(",") if each]
            if unknown := set(wanted) - set(allowed):
                raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not of {', '.join(allowed)}")
            return wanted

        return read

    names = [main.name for main in ALL_PAGES]
    reader = argparse.ArgumentParser(prog="make screenshots", description="Pictures of every page.")
    reader.add_argument("names", nargs="*", metavar="PAGE", help=f"of: {', '.join(names)}")
    reader.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    reader.add_argument(
        "--widths", type=several([str(width) for width in WIDTHS]), default=[str(width) for width in WIDTHS]
    )
    reader.add_argument("--themes", type=several(list(THEMES)), default=list(THEMES))
    reader.add_argument(
        "--languages",
        type=several([*LANGUAGES, "xx"]),
        help="of a few pages; without pages named, all of them",
    )
    reader.add_argument(
        "--home", default="", help="a demonstration that runs already, instead of one of its own"
    )
    wish = reader.parse_args(arguments)
    if unknown := set(wish.names) - set(names):
        reader.error(f"no such page: {', '.join(sorted(unknown))}")
    if wish.languages is None:
        wish.languages = [] if wish.names else [code for code in LANGUAGES if code != "en"]
    return wish


def take(home: str, wish: argparse.Namespace, shoot: Shoot) -> None:
    wanted = [each for each in ALL_PAGES if not wish.names or each.name in wish.names]
    spoken = [each for each in wanted if each.name in SPOKEN or (wish.names and isinstance(each.way, str))]
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for person in dict.fromkeys(each.person for each in wanted):
            look(browser, home, person, [each for each in wanted if each.person == person], shoot)
        if shoot.languages:
            for person in dict.fromkeys(each.person for each in spoken):
                listen(browser, home, person, [each for each in spoken if each.person == person], shoot)
        browser.close()


def main(arguments: list[str]) -> int:
    wish = wishes(arguments)
    wish.folder.mkdir(parents=True, exist_ok=True)
    shoot = Shoot(wish.folder, [int(width) for width in wish.widths], wish.themes, wish.languages)
    started = time.monotonic()
    if wish.home:
        take(wish.home, wish, shoot)
    else:
        with demonstration() as home:
            take(home, wish, shoot)
    sheet = write_sheet(wish.folder)
    took = round(time.monotonic() - started)
    sys.stdout.write(f"{len(shoot.taken)} pictures in {took} s, all of them small in {sheet}\n")
    sys.stdout.write("".join(f"{complaint}\n" for complaint in dict.fromkeys(shoot.complaints)))
    return 1 if shoot.complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
