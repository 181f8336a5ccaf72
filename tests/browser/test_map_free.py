"""The switch in the interactive map that leaves only the places where something is free now."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import violations
from tests.browser.test_map import pins, start
from tests.demonstration import open_tuesday

pytestmark = pytest.mark.browser

TELL = """([ids, state]) => document.dispatchEvent(new CustomEvent("desk:live", {detail: {
    states: [[state, "told so"]], venues: ids.map((id) => [id, 0])}}))"""


def switch(page: Page) -> Any:
    return page.get_by_role("checkbox", name="Only what is free now")


def told(page: Page) -> Any:
    return page.locator(".map-free").get_by_role("status")


def counted(page: Page) -> int:
    """Places behind all pins in sight: clusters count as many as they say."""
    many = 0
    for name in pins(page).evaluate_all("all => all.map((pin) => pin.getAttribute('aria-label'))"):
        found = re.search(r": (\d+) places", name)
        many += int(found[1]) if found else 1
    return many


def shown(page: Page, home: str) -> tuple[list[int], int]:
    """The map of the first page, where the first three places alone are free; the ids of all, and how many they are."""
    page.goto(home)
    start(page)
    # The stream would tell what is true at this moment; here we tell.
    page.evaluate("document.querySelector('desk-live').remove()")
    answer = page.request.get(home + (page.locator("desk-map").get_attribute("data-venues") or "")).json()
    ids = [row[0] for row in answer["venues"]]
    tell(page, ids, "full")
    tell(page, ids[:3], "free")
    return ids, len(ids)


def tell(page: Page, ids: list[int], state: str) -> None:
    page.evaluate(TELL, [ids, state])


def test_it_works(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    _ids, many = shown(page, home)
    before = counted(page)
    assert before > 3
    expect(told(page)).to_have_text("")
    switch(page).check()
    expect(told(page)).to_have_text(f"3 of {many} places shown")
    assert counted(page) == 3
    assert all(
        "told so" in name or "free now" in name
        for name in pins(page).evaluate_all("all => all.map((pin) => pin.getAttribute('aria-label'))")
    )
    switch(page).uncheck()
    expect(told(page)).to_have_text("")
    assert counted(page) == before


def test_by_keyboard(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    _ids, many = shown(page, home)
    switch(page).focus()
    page.keyboard.press("Space")
    expect(switch(page)).to_be_checked()
    expect(switch(page)).to_be_focused()
    expect(told(page)).to_have_text(f"3 of {many} places shown")
    page.keyboard.press("Space")
    expect(switch(page)).not_to_be_checked()


def test_it_follows_what_happens(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    ids, many = shown(page, home)
    switch(page).check()
    tell(page, ids[3:5], "free")
    expect(told(page)).to_have_text(f"5 of {many} places shown")
    assert counted(page) == 5
    tell(page, ids[1:5], "later")
    expect(told(page)).to_have_text(f"1 of {many} places shown")
    assert counted(page) == 1
    # Whoever stands on a pin that goes does not fall out of the page.
    pins(page).first.focus()
    tell(page, ids, "full")
    expect(told(page)).to_have_text(f"0 of {many} places shown")
    assert pins(page).count() == 0
    expect(page.get_by_role("region", name="Map", exact=True)).to_be_focused()


def test_the_card_of_a_place_that_went_goes(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    ids, _many = shown(page, home)
    tell(page, ids[1:3], "full")
    switch(page).check()
    pins(page).first.click()
    expect(page.locator(".map-card")).to_be_visible()
    tell(page, ids[:1], "full")
    expect(page.locator(".map-card")).to_have_count(0)


def test_it_is_not_remembered(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    shown(page, home)
    switch(page).check()
    page.reload()
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=60_000)
    expect(switch(page)).not_to_be_checked()


def test_not_on_the_map_of_a_search(home: str, new_page: Callable[..., Page]) -> None:
    """Its pins say what was asked for, and not this moment."""
    page = new_page(1440)
    page.goto(f"{home}/search?day={open_tuesday()}&what=rooms")
    start(page)
    assert switch(page).count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1440, "dark")])
def test_axe_finds_nothing(home: str, new_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = new_page(width, color_scheme=scheme)
    shown(page, home)
    switch(page).check()
    expect(told(page)).to_contain_text("places shown")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
