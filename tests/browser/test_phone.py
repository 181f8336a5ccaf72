"""What is laid out in another way on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import open_tuesday
from tests.visiting import HOUSE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_found_comes_first(new_page: Callable[..., Page], home: str, scripts: bool) -> None:
    """The form unfolds by a link, keeps what was asked, and is folded again over the next results."""
    page = new_page(width=390, java_script_enabled=scripts)
    page.goto(f"{home}/search?where=Lille&day={open_tuesday()}&group=rooms")
    where = page.get_by_label("Where")
    expect(where).to_be_hidden()
    assert page.locator(".list-row").first.bounding_box()["y"] < 844
    page.get_by_role("link", name="Change the search").click()
    expect(where).to_have_value("Lille")
    page.keyboard.press("Tab")
    expect(where).to_be_focused()
    page.get_by_label("People").fill("12")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**people=12**")
    expect(page.get_by_label("Where")).to_be_hidden()
    expect(page.get_by_role("link", name="Change the search")).to_be_visible()


def test_a_search_that_was_not_understood_shows_its_form(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(width=390)
    page.goto(f"{home}/search?where=Lille&day={open_tuesday()}&begins=12:00&ends=10:00&people=0")
    expect(page.get_by_label("Where")).to_be_visible()
    expect(page.get_by_role("link", name="Change the search")).to_have_count(0)


def test_a_cell_with_several_lines_stays_whole(new_page: Callable[..., Page], home: str) -> None:
    """In the list of a day: what is not free, and why, each on lines of its own beside the head."""
    page = new_page(width=390)
    page.goto(f"{home}{HOUSE}?day={open_tuesday()}&view=list")
    cells = page.locator("td[data-label='Not free'] > div")
    assert cells.count() > 10
    assert min(cells.nth(number).bounding_box()["width"] for number in range(10)) > 150
