"""Pictures of every main page, at a phone's and a desk's width, light and dark, to look at: `make screenshots`.

PNG files in screenshots/, or in the folder named as the argument; further arguments choose pages by name. Also says
what a picture does not show: other answers than expected, complaints in the console, pages wider than the window.
Ends with 1 if there was any.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.demonstration import ROOT, chromium, demonstration
from tests.main_pages import MAIN_PAGES, Main, sign_in, visit

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
THEMES = ("light", "dark")
# Chromium complains so of each page that says no.
OWN_STATUS = "the server responded with a status of 4"


def look(browser: Browser, home: str, person: str, pages: list[Main], folder: Path) -> list[str]:
    """Take the pictures of what one person sees. Returns the complaints."""
    complaints: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and OWN_STATUS not in said.text:
            complaints.append(f"{page.url} console: {said.text}")

    context = browser.new_context(locale="en-GB", reduced_motion="reduce", viewport=SIZES["desktop"])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{page.url} script: {error}"))
    page.on("console", heard)
    if person:
        sign_in(page, home, person)
    for main in pages:
        page.set_viewport_size(SIZES["desktop"])
        visit(page, home, main)
        shoot(page, folder, main.name, complaints)
    context.close()
    return complaints


def shoot(page: Page, folder: Path, name: str, complaints: list[str]) -> None:
    """One picture of the whole page per size and theme."""
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > viewport["width"]:
            complaints.append(f"{name} is {wide} pixels wide on a {size} of {viewport['width']}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)


def main(folder: Path, names: set[str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in MAIN_PAGES if not names or each.name in names]
    complaints: list[str] = []
    with demonstration() as home, sync_playwright() as playwright:
        browser = chromium(playwright)
        for person in dict.fromkeys(each.person for each in wanted):
            complaints += look(
                browser, home, person, [each for each in wanted if each.person == person], folder
            )
        browser.close()
    sys.stdout.write(f"{len(wanted) * len(SIZES) * len(THEMES)} pictures in {folder}\n")
    sys.stdout.write("".join(f"{complaint}\n" for complaint in dict.fromkeys(complaints)))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "screenshots"), set(sys.argv[2:])))
