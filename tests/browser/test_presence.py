"""Scan the code, say "I am here", and the house sees it: on a phone and on the manager's screen."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import Home
from tests.visiting import MANAGED, go, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def open_today(home: Home) -> Iterator[None]:
    """The house is open all of this day, whatever day and hour it is: in the evening nobody may check in."""
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    path, house = home.folder / "demo.sqlite3", "(SELECT id FROM venue WHERE key = 'bazaar-st-so')"
    with closing(sqlite3.connect(path, timeout=30)) as line, line:
        hours = line.execute(
            "INSERT INTO opening_hours (venue_id, weekday, opens_minute, closes_minute, valid_from, valid_until)"
            f" VALUES ({house}, ?, 0, 1440, ?, ?)",
            (today.isoweekday(), str(today), str(today)),
        ).lastrowid
        holiday = line.execute(
            f"INSERT INTO open_holiday (venue_id, on_date) VALUES ({house}, ?)", (str(today),)
        ).lastrowid
    yield
    with closing(sqlite3.connect(path, timeout=30)) as line, line:
        line.execute("DELETE FROM opening_hours WHERE id = ?", (hours,))
        line.execute("DELETE FROM open_holiday WHERE id = ?", (holiday,))


def code_of_the_house(page: Page, home: str) -> str:
    """The path behind the code on the wall, as Stella prints it."""
    sign_in(page, home, "Stella")
    go(page, home, MANAGED + "/codes")
    path = page.get_by_role("link", name="Open its page: Bazaar St-So").get_attribute("href")
    assert path is not None
    return path


def in_the_house(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".house-people .big").inner_text()))


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.usefixtures("open_today")
def test_it_works(home: str, new_page: Callable[..., Page], script: bool) -> None:
    desk = new_page(1440)
    path = code_of_the_house(desk, home)
    go(desk, home, MANAGED)
    before = in_the_house(desk)

    phone = new_page(390, java_script_enabled=script)
    phone.goto(home + path)
    expect(phone.get_by_role("heading", name="All spaces, now and next")).to_be_visible()
    phone.get_by_role("link", name=re.compile("Sign in to check in")).click()
    phone.get_by_role("button", name=re.compile(r"\bBob\b")).click()
    # Back where the code led.
    expect(phone).to_have_url(home + path)
    if phone.locator("html").get_attribute("lang") != "en":
        phone.locator("form[action='/settings/language'] button[value=en]").dispatch_event("click")
        phone.locator("html[lang=en]").wait_for()
    phone.get_by_role("button", name="I am here").first.click()
    expect(phone.get_by_text("You are checked in.")).to_be_visible()
    expect(phone.get_by_text(re.compile("You are here since"))).to_be_visible()

    go(desk, home, MANAGED)
    bob = (
        desk.get_by_role("region", name="Without a booking")
        .get_by_role("listitem")
        .filter(has_text="Bob")
        .first
    )
    expect(bob).to_contain_text("Here since")
    assert in_the_house(desk) >= before

    phone.get_by_role("button", name="Check out").first.click()
    expect(phone.get_by_text("You are checked out.")).to_be_visible()
    go(desk, home, MANAGED)
    expect(
        desk.get_by_role("region", name="Without a booking")
        .get_by_role("listitem")
        .filter(has_text="Bob")
        .first
    ).not_to_contain_text("Here since")
