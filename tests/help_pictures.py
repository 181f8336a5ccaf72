"""The pictures of the help, taken from the running demonstration: `make pictures`.

Each picture that a page of docs/help names is a part of a page of the demonstration, as somebody sees it, in each
language in which that page is written. WebP files in static/src/help, named by language and picture, and `sizes.json`
beside them. Arguments choose pictures by name.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from booking.i18n import LANGUAGES
from booking.web import help_texts
from tests.demonstration import FLAGS, chromium, demonstration, open_tuesday
from tests.main_pages import MAIN_PAGES as WAYS
from tests.visiting import ALICE, BOOKS, MANAGED, NOBODY, STELLA, THEO
from tests.visiting import person as sign_in_button

FOLDER = help_texts.PICTURES
QUALITY = 72
# Drawn at so many pixels for one of the page's, so that letters stay sharp.
DENSITY = 1.25


@dataclass(frozen=True)
class Picture:
    """Who looks, the way there in any language, the size of the part taken, and the element at whose top it begins."""

    name: str
    person: str
    way: Callable[[Page, str], None]
    width: int = 900
    height: int = 600
    top: str = ""


def at(address: str) -> Callable[[Page, str], None]:
    def way(page: Page, home: str) -> None:
        page.goto(home + address.format(day=open_tuesday()))

    return way


def _reserve(page: Page, home: str) -> None:
    at("/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=rooms")(page, home)
    page.locator("main a[href*='/reserve?']").first.click()
    page.locator("#booking").wait_for()


def _guest(page: Page, home: str) -> None:
    at("/search?where=Lille&day={day}&begins=10:00&ends=12:00&group=rooms")(page, home)
    address = page.locator("main a[href*='/reserve?']").first.get_attribute("href") or ""
    page.goto(home + re.sub(r"/reserve\?", "/guest?", address))
    page.locator("input[name=email]").wait_for()


def _calendar(page: Page, home: str) -> None:
    page.goto(home + "/calendar")
    if page.locator("main form button").count():
        page.locator("main form button").first.click()
        page.locator("main").wait_for()


def _door(page: Page, home: str) -> None:
    next(each for each in WAYS if each.name == "code-member").way(page, home)  # type: ignore[operator]


def _activity(page: Page, home: str) -> None:
    page.goto(home + BOOKS)
    page.locator("main a[href*='/activities/']:not([href$='/new'])").first.click()
    page.locator("h1").wait_for()


PICTURES = [
    Picture(
        "find",
        NOBODY,
        at("/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=rooms"),
        1040,
        620,
        ".found",
    ),
    Picture("book", ALICE, _reserve, 1040, 620),
    Picture("pay", ALICE, at("/budgets"), height=480),
    Picture("change", ALICE, at("/reservations"), 800, 460, "#upcoming"),
    Picture("door", ALICE, _door, 480, 620),
    Picture("calendar", ALICE, _calendar, 800, 520),
    Picture("guests", NOBODY, _guest, 600, 640),
    Picture("house", STELLA, at(MANAGED)),
    Picture("books", THEO, _activity),
]


def named(language: str) -> set[str]:
    """The pictures that the pages of this language show."""
    pages = (help_texts.DOCS / "help" / language).glob("*.md")
    texts = "".join(path.read_text(encoding="utf-8") for path in pages)
    return set(re.findall(rf"/{language}-([a-z-]+)\.webp", texts))


def browser_in(playwright: Playwright, language: str) -> Browser:
    """A browser that writes dates as this language does."""
    flags = [flag for flag in FLAGS if not flag.startswith("--lang")]
    return chromium(playwright, [*flags, f"--lang={'en-GB' if language == 'en' else language}"])


def enter(page: Page, home: str, name: str) -> None:
    """Sign in as one of the demonstration's people, whatever language they speak by now."""
    page.goto(f"{home}/sign-in")
    sign_in_button(page, name).click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def speak(page: Page, language: str) -> None:
    """The same page in this language, without what was said once."""
    if page.locator("html").get_attribute("lang") != language:
        page.locator("desk-menu summary").first.click()
        page.locator(f"button[name=language][value={language}]").click()
        page.locator(f"html[lang={language}]").wait_for()
        page.goto(page.url)


def take(page: Page, home: str, one: Picture, language: str) -> int:
    """Take one. Returns how many octets it has."""
    page.set_viewport_size({"width": one.width, "height": one.height + 300})
    one.way(page, home)
    speak(page, language)
    page.wait_for_timeout(400)  # letters and the map are there
    # Above a page stand the demonstration's own words and the bar of the site, which every page has.
    hide = "document.querySelectorAll('.demo-banner, .topbar, .tabbar, .flashes').forEach((each) => each.remove())"
    page.evaluate(hide)
    top = page.locator(one.top).bounding_box() if one.top else None
    clip = {"x": 0, "y": max(0, top["y"] - 16) if top else 0, "width": one.width, "height": one.height}
    shot = page.screenshot(clip=clip, full_page=True)  # type: ignore[arg-type]
    target = FOLDER / f"{language}-{one.name}.webp"
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)
    return target.stat().st_size


def main(names: set[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    octets = number = 0
    with demonstration() as home, sync_playwright() as playwright:
        for language in LANGUAGES:
            browser = browser_in(playwright, language)
            wanted = [
                one for one in PICTURES if one.name in named(language) and one.name in (names or {one.name})
            ]
            for person in dict.fromkeys(one.person for one in wanted):
                context = browser.new_context(
                    locale="en-GB", reduced_motion="reduce", color_scheme="light", device_scale_factor=DENSITY
                )
                page = context.new_page()
                if person:
                    enter(page, home, person)
                for one in wanted:
                    if one.person == person:
                        octets, number = octets + take(page, home, one, language), number + 1
                page.goto(home)  # which speaks English again, as the ways of others expect
                speak(page, "en")
                context.close()
            browser.close()
    sizes = {one.name: [one.width, one.height] for one in PICTURES}
    (FOLDER / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n")
    sys.stdout.write(f"{number} pictures in {FOLDER}, {octets // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
