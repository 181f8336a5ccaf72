"""What people print: no more sheets than it takes, and no empty one. Chromium makes the PDF; its pages are counted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.demonstration import open_tuesday
from tests.visiting import HOUSE, MANAGED, STELLA, THEO, sign_in

pytestmark = pytest.mark.browser
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
SPACES_ON_A_SHEET = 22
BOX = re.compile(rb"/MediaBox\s*\[([^\]]*)\]")


def sheets(page: Page) -> list[bool]:
    """Whether each sheet of the page on paper lies on its side."""
    made = page.pdf(prefer_css_page_size=True)
    boxes = [[float(number) for number in found.split()] for found in BOX.findall(made)]
    assert len(PAGE.findall(made)) == len(boxes)
    return [right - left > upper - lower for left, lower, right, upper in boxes]


@pytest.fixture
def stella(new_page: Callable[..., Page], home: str) -> Page:
    page = new_page(1440)
    sign_in(page, home, STELLA)
    return page


def test_the_list_of_a_day_is_one_sheet(stella: Page, home: str) -> None:
    stella.goto(f"{home}{MANAGED}?day={open_tuesday()}")
    assert sheets(stella) == [False]
    stella.emulate_media(media="print")
    assert stella.get_by_role("table").first.is_visible()


@pytest.mark.parametrize("view", ["day", "week"])
def test_a_large_house_fits_on_one_sheet_on_its_side(
    home: str, new_page: Callable[..., Page], view: str
) -> None:
    page = new_page(1440)
    page.goto(f"{home}{HOUSE}?day={open_tuesday()}&view={view}")
    names = page.locator(".tl-title, .calendar tbody th")
    assert names.count() >= SPACES_ON_A_SHEET
    # Other tests may have given the house more spaces than it has at first.
    found = sheets(page)
    assert all(found)
    assert len(found) <= -(-names.count() // SPACES_ON_A_SHEET)
    page.emulate_media(media="print")
    for name in names.all():
        assert name.is_visible()
        assert name.evaluate("one => one.getClientRects().length") == 1, "its name is cut into lines"
    assert page.get_by_text("Spaces, prices and rules").is_hidden()


def test_the_list_view_prints_the_whole_page(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(f"{home}{HOUSE}?day={open_tuesday()}&view=list")
    page.emulate_media(media="print")
    assert page.get_by_text("Spaces, prices and rules").is_visible()
    assert page.get_by_text("Opening hours").is_visible()


@pytest.mark.parametrize(
    "address", ["/books/smartde", "/books/smartde/ledger", "/books/receipts"], ids=lambda address: address
)
def test_a_short_page_is_one_sheet(home: str, new_page: Callable[..., Page], address: str) -> None:
    page = new_page(1440)
    sign_in(page, home, THEO)
    page.goto(f"{home}{address}")
    assert sheets(page) == [False]
