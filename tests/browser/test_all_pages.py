"""Every main page, as those see it who may: nothing for axe to find, in both themes, at a phone's and a desk's width;
nothing wider than the smallest phone; nothing in the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import COLOURS, EVERYTHING, Complaints, listen, violations
from tests.main_pages import MAIN_PAGES, Main, sign_in, visit

pytestmark = pytest.mark.browser

WIDTHS = (390, 1440)
NARROWEST = 320
ALL = [pytest.param(main, id=main.name) for main in MAIN_PAGES]


class Visitors:
    """A page per person, who signs in once."""

    def __init__(self, browser: Browser, home: str) -> None:
        self.browser, self.home = browser, home
        self.pages: dict[str, Page] = {}
        self.complaints: Complaints = []

    def page(self, name: str) -> Page:
        if name not in self.pages:
            context = self.browser.new_context(reduced_motion="reduce", locale="en-GB")
            context.set_default_timeout(20_000)
            self.pages[name] = page = context.new_page()
            listen(page, self.complaints)
            if name:
                sign_in(page, self.home, name)
        return self.pages[name]


@pytest.fixture(scope="module")
def visitors(browser: Browser, home: str) -> Iterator[Visitors]:
    made = Visitors(browser, home)
    yield made
    for page in made.pages.values():
        page.context.close()


@pytest.mark.parametrize("main", ALL)
def test_it_works(visitors: Visitors, main: Main) -> None:
    """One load of the page serves every look at it: styles follow the width and the theme by themselves."""
    visitors.complaints.clear()
    page = visitors.page(main.person)
    statuses: list[int] = []
    page.on(
        "response", lambda answer: answer.request.is_navigation_request() and statuses.append(answer.status)
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")

    visit(page, visitors.home, main)

    assert statuses[-1] == main.status
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


# Elements that stick out of the window and are not inside something that scrolls, when the page as a whole is too wide.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.body.querySelectorAll('*')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility())
        .slice(0, 8).map(one => one.outerHTML.slice(0, 200)).concat(document.documentElement.scrollWidth)"""
