"""The main job in a real browser: a member finds, books, sees it in the calendar, changes and cancels; a manager sees
who comes, and cancels. At a phone's and at a desk's width, by mouse, by keyboard alone, and without any script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import Keyboard, Mouse
from tests.demonstration import open_tuesday
from tests.visiting import MANAGED, language_menu, person

pytestmark = pytest.mark.browser

BRUSSELS = ZoneInfo("Europe/Brussels")
MAIL_WITHIN_MS = 60_000
WAYS = [
    pytest.param((Mouse, 390, True), id="mouse-phone"),
    pytest.param((Mouse, 1440, True), id="mouse-desktop"),
    pytest.param((Keyboard, 390, True), id="keyboard-phone"),
    pytest.param((Keyboard, 1440, True), id="keyboard-desktop"),
    pytest.param((Mouse, 390, False), id="no-script-phone"),
    pytest.param((Mouse, 1440, False), id="no-script-desktop"),
]


@pytest.fixture(params=WAYS)
def hand(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Mouse:
    kind, width, scripts = request.param
    return kind(new_page(width, java_script_enabled=scripts))


def signed_in(hand: Mouse, home: str, name: str) -> None:
    page = hand.page
    page.goto(home)
    hand.press(page.get_by_role("link", name="Sign in"))
    hand.press(person(page, name))
    page.wait_for_url(lambda url: urlsplit(url).path != "/sign-in")
    if page.locator("html").get_attribute("lang") != "en":
        hand.press(language_menu(page))
        hand.press(page.get_by_role("button", name="English"))
        expect(page.locator("html")).to_have_attribute("lang", "en")


def go_to(hand: Mouse, name: str) -> None:
    """By the main navigation."""
    hand.press(hand.page.get_by_role("navigation", name="Main").get_by_role("link", name=name))
    expect(hand.page.get_by_role("heading", level=1)).to_be_visible()


def main_part(page: Page) -> Locator:
    return page.get_by_role("main")


def find_a_desk(hand: Mouse, where: str) -> None:
    """Search from the home page, and take the first desk that is free from ten to twelve."""
    page = hand.page
    page.goto(urlsplit(page.url)._replace(path="/", query="").geturl())
    form = page.get_by_role("search")
    hand.write(form.get_by_label("Where"), where)
    hand.set_day(form.get_by_label("Day", exact=True), open_tuesday())
    hand.choose(form.get_by_label("From", exact=True), "10:00")
    hand.choose(form.get_by_label("Until", exact=True), "12:00")
    hand.choose(form.get_by_label("What", exact=True), "Desks")
    hand.press(form.get_by_role("button", name="Search"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(where)
    hand.press(page.get_by_role("link", name=re.compile("^Book Coworking desk")).first)
    page.wait_for_url("**/reserve?*")


def book(hand: Mouse, title: str) -> str:
    """Fill in the form that is open and press the button. Returns the address of the reservation."""
    page = hand.page
    hand.tick(page.get_by_role("radio", name=re.compile("^Illustration")))
    hand.write(page.get_by_label("What for"), title)
    hand.press(page.get_by_role("button", name="Book", exact=True))
    page.wait_for_url("**/reservations/*-*")
    expect(page.get_by_text("Booked. It is in your calendar feed")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(main_part(page).get_by_text("Confirmed").first).to_be_visible()
    return page.url


def event(feed: str, title: str) -> Any:
    """The event of that title, as a calendar program without any cookie of ours reads it; None without one."""
    with urlopen(feed, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/calendar")
        events = Calendar.from_ical(answer.read()).walk("VEVENT")
    found = [
        each for each in events if title in str(each.get("SUMMARY", "")) + str(each.get("DESCRIPTION", ""))
    ]
    assert len(found) <= 1
    return found[0] if found else None


def at(hour: int) -> datetime:
    return datetime.combine(open_tuesday(), time(hour), BRUSSELS)


def row_of(page: Page, title: str) -> Locator:
    return main_part(page).get_by_role("row").filter(has_text=title)


def test_it_works(hand: Mouse, home: str, request: pytest.FixtureRequest) -> None:
    page, title = hand.page, f"Ink {request.node.callspec.id}"
    signed_in(hand, home, "Alice")
    find_a_desk(hand, "Brussels")
    aside = page.get_by_role("complementary").filter(has_text="What it costs")
    expect(aside.get_by_text("VAT")).to_be_visible()

    reservation = book(hand, title)

    go_to(hand, "My bookings")
    upcoming = page.get_by_role("region", name="Upcoming").get_by_role("listitem").filter(has_text=title)
    expect(upcoming).to_contain_text("10:00–12:00")
    expect(upcoming).to_contain_text("Confirmed")

    go_to(hand, "Budgets")
    hand.press(page.get_by_role("link", name="Illustration"))
    link = page.locator(f"a[href='{urlsplit(reservation).path}']")
    expect(main_part(page).get_by_role("row").filter(has=link).first).to_contain_text("Reserved")

    go_to(hand, "My bookings")
    hand.press(page.get_by_role("link", name="In your own calendar"))
    hand.press(page.get_by_role("button", name="Make a link").first)
    feed = page.get_by_label("Address for every other program").input_value()
    first = event(feed, title)
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (at(10), at(12))
    assert first["STATUS"] == "CONFIRMED"

    page.goto(reservation)
    hand.press(main_part(page).get_by_role("link", name="Change"))
    hand.choose(page.get_by_label("From", exact=True), "11:00")
    hand.press(page.get_by_role("button", name="Save the change"))
    page.wait_for_url(reservation)
    expect(main_part(page).get_by_text("11:00–12:00").first).to_be_visible()
    moved = event(feed, title)
    assert (moved["UID"], moved["DTSTART"].dt, moved["DTEND"].dt) == (first["UID"], at(11), at(12))
    assert moved["SEQUENCE"] > first["SEQUENCE"]

    hand.press(main_part(page).get_by_role("link", name="Cancel"))
    hand.press(page.get_by_role("button", name="Cancel the booking"))
    page.wait_for_url(reservation)
    expect(main_part(page).get_by_text("Cancelled").first).to_be_visible()
    ended = event(feed, title)
    assert (ended["UID"], ended["STATUS"]) == (first["UID"], "CANCELLED")
    assert ended["SEQUENCE"] > moved["SEQUENCE"]


def test_a_manager_sees_who_comes_and_cancels(
    hand: Mouse, home: str, new_page: Callable[..., Page], request: pytest.FixtureRequest
) -> None:
    title = f"Lino {request.node.callspec.id}"
    member = Mouse(new_page(1440))
    signed_in(member, home, "Alice")
    find_a_desk(member, "Lille")
    reservation = book(member, title)

    page, why = hand.page, f"The heating is off: {title}"
    signed_in(hand, home, "Stella")
    go_to(hand, "My house")
    expect(
        page.get_by_role("region", name=re.compile(f"{datetime.now(BRUSSELS):%B %Y}")).first
    ).to_be_visible()
    hand.set_day(page.get_by_label("Another day"), open_tuesday())
    hand.press(page.get_by_role("button", name="Show"))
    assert page.url.startswith(home + MANAGED)
    line = row_of(page, title)
    expect(line).to_contain_text("Alice")
    expect(line).to_contain_text("10:00–12:00")
    hand.press(line.get_by_role("link", name="Cancel"))
    hand.write(page.get_by_label("Message to the member"), why)
    hand.press(page.get_by_role("button", name="Cancel the booking"))
    page.wait_for_url(re.compile(re.escape(home + MANAGED) + r"(\?.*)?$"))
    expect(row_of(page, title)).to_have_count(0)

    member.page.goto(reservation)
    expect(main_part(member.page).get_by_text("Cancelled").first).to_be_visible()
    assert why in mail_to(member.page, home, "alice@demo.example", why)


def mail_to(page: Page, home: str, address: str, text: str) -> str:
    """The newest mail to somebody that says so, from the demonstration's page of mails."""
    waited = 0
    while waited < MAIL_WITHIN_MS:
        page.goto(f"{home}/demo/mails")
        rows = main_part(page).get_by_role("listitem").filter(has_text=address)
        for each in range(min(3, rows.count())):
            rows.nth(each).get_by_role("link").click()
            page.wait_for_url("**/demo/mails/*")
            said = main_part(page).inner_text()
            if text in said:
                return said
            page.go_back()
        page.wait_for_timeout(1000)
        waited += 1000
    return ""
