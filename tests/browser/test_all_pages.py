"""Every page, as those see it who may: valid HTML; nothing for axe to find, in both themes, at a phone's and a desk's
width; nothing wider than the smallest phone, even where words are a third longer; no word that nobody gave to be
translated; nothing in the console. And no page is left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response

from booking.web.routes import routes
from tests import pseudo
from tests.all_pages import ALL_PAGES, NOT_PAGES, route_of
from tests.browser.bare import bare_words
from tests.browser.conftest import COLOURS, EVERYTHING, Complaints, listen, violations
from tests.demonstration import Home
from tests.validator import Validator
from tests.visiting import Main, sign_in, visit

pytestmark = pytest.mark.browser

WIDTHS = (390, 1440)
NARROWEST = 320
ALL = [pytest.param(main, id=main.name) for main in ALL_PAGES]
# Displays are shown by a worker that asks for itself, without the header of the made-up language; the style guide is
# for developers; what mails say was said in the language of their reader. Pages of the help are whole texts, one for
# each language, and have a test of their own.
WITHOUT_PSEUDO = {"display-pair", "display-space", "display-house", "style-guide", "mails", "mail"}


class Visitors:
    """A page per person, who signs in once. `answered` is what came for the last address."""

    def __init__(self, browser: Browser, home: Home, validator: Validator) -> None:
        self.browser, self.home, self.validator = browser, home, validator
        self.pages: dict[str, Page] = {}
        self.complaints: Complaints = []
        self.answered: Response
        self.shown: dict[str, str] = {}

    def page(self, name: str) -> Page:
        if name not in self.pages:
            context = self.browser.new_context(reduced_motion="reduce", locale="en-GB")
            context.set_default_timeout(20_000)
            self.pages[name] = page = context.new_page()
            listen(page, self.complaints)
            page.on("response", self.note)
            if name:
                sign_in(page, self.home, name)
        return self.pages[name]

    def note(self, answer: Response) -> None:
        if answer.request.is_navigation_request():
            self.answered = answer


@pytest.fixture(scope="module")
def visitors(browser: Browser, home: Home) -> Iterator[Visitors]:
    with Validator() as validator:
        made = Visitors(browser, home, validator)
        yield made
        for page in made.pages.values():
            page.context.close()


@pytest.mark.parametrize("main", ALL)
def test_it_works(visitors: Visitors, main: Main) -> None:
    """One load of the page serves every look at it: styles follow the width and the theme by themselves."""
    visitors.complaints.clear()
    page = visitors.page(main.person)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")

    visit(page, visitors.home, main)

    assert visitors.answered.status == main.status
    visitors.shown[main.name] = route_of(page.url)
    assert visitors.validator.complaints(visitors.answered.text()) == []
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for theme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme)
            if what := violations(page, rules):
                found[f"{width} {theme}"] = what
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    assert page.evaluate(TOO_WIDE) == []
    assert found == {}
    assert visitors.complaints == []
    if main.name not in WITHOUT_PSEUDO and not main.name.startswith("help"):
        longer(visitors, page)


def longer(visitors: Visitors, page: Page) -> None:
    """The same page in the made-up language: it still fits, and has no text of its own."""
    page.set_extra_http_headers({pseudo.HEADER: "1"})
    try:
        page.reload()  # what answered a form is sent again
        assert pseudo.OPENS in page.locator("body").inner_text()
        assert page.evaluate(TOO_WIDE) == []
        assert bare_words(page, visitors.home.folder) == []
    finally:
        page.set_extra_http_headers({})


def test_each_has_a_name_of_its_own() -> None:
    """Two of one name would leave one of them unseen, and the next test out."""
    assert len({main.name for main in ALL_PAGES}) == len(ALL_PAGES)


def test_no_page_is_left_out(visitors: Visitors) -> None:
    """Each address that shows a page is in the list, or has a reason not to be."""
    if len(visitors.shown) < len(ALL_PAGES):
        pytest.skip("only after all pages were looked at")
    asked = {route.name for route in routes if "GET" in (getattr(route, "methods", None) or ())}
    asked = {name for name in asked if not name.endswith("_csv")}
    assert asked - set(visitors.shown.values()) - set(NOT_PAGES) == set()
    assert set(NOT_PAGES) <= asked


# Elements that stick out of the window and are not inside something that scrolls, when the page as a whole is too wide.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.body.querySelectorAll('*')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility())
        .slice(0, 8).map(one => one.outerHTML.slice(0, 200)).concat(document.documentElement.scrollWidth)"""
