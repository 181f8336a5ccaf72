"""A manager sets up a room in a real browser, and a member books it: space, units, hours, prices, history."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import Mouse
from tests.demonstration import open_tuesday
from tests.visiting import SET_UP, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "scripts"), [(390, False), (1440, True)], ids=["no-script-phone", "desktop"]
)
def test_it_works(home: str, new_page: Callable[..., Page], width: int, scripts: bool) -> None:
    page = new_page(width, java_script_enabled=scripts)
    hand: Any = Mouse(page)
    name = f"Salle {width}"
    sign_in(page, home, "Stella")

    # A new room for six, made of one new unit.
    page.goto(home + SET_UP)
    hand.press(page.get_by_role("main").get_by_role("link", name="New space"))
    hand.write(page.get_by_label("Name", exact=True), name)
    hand.write(page.get_by_label("For how many people"), "6")
    hand.press(page.get_by_role("button", name="Make the space"))

    # Its price, and what somebody would pay.
    expect(page.get_by_text(f"{name} is there. Now its price.")).to_be_visible()
    hand.write(page.get_by_label("An hour"), "12,50")
    hand.press(page.get_by_role("button", name="Save"))
    hand.press(page.get_by_role("button", name="Show the price"))
    expect(page.get_by_text("€37.50").first).to_be_visible()
    address = page.url.partition("?")[0]
    resource_id = address.rpartition("/")[2]

    # One more unit would make it a pool; here the one it has gets a name.
    page.goto(f"{home}{SET_UP}/units?space={resource_id}")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name, exact=True)).first
    hand.write(row.get_by_role("textbox", name="Name"), f"{name}, first floor")
    hand.press(row.get_by_role("button", name=re.compile("^Rename")))
    expect(page.get_by_text("Saved.")).to_be_visible()

    # Its own hours: longer than the house's.
    page.goto(f"{home}{SET_UP}/hours?resource={resource_id}")
    hand.write(page.get_by_label("Monday"), "08:00-12:00, 13:00-23:00")
    hand.press(page.get_by_role("button", name="Copy", exact=True))
    expect(page.get_by_text("Copied. Nothing is saved yet.")).to_be_visible()
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        expect(page.get_by_label(weekday)).to_have_value("08:00-12:00, 13:00-23:00")
    expect(page.get_by_label("Saturday")).to_have_value("")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("08:00–12:00, 13:00–23:00").first).to_be_visible()

    # Enter in a day means saving, not the button that stands nearer.
    page.goto(f"{home}{SET_UP}/hours?resource={resource_id}")
    hand.write(page.get_by_label("Sunday"), "whenever")
    page.get_by_label("Sunday").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Write times like 09:00-12:30")
    expect(page.get_by_label("Sunday")).to_have_value("whenever")

    # The history tells it, and undo takes a slip back.
    page.goto(f"{home}{SET_UP}/history")
    expect(page.get_by_role("heading", name=f"New space: {name}")).to_be_visible()
    hand.press(page.get_by_role("button", name=re.compile("^Undo: The unit")).first)
    expect(page.get_by_text(re.compile("^Undone: The unit"))).to_be_visible()

    # A member books it in the evening, when the house itself is closed.
    page.context.clear_cookies()
    sign_in(page, home, "Alice")
    page.goto(f"{home}/resources/{resource_id}/reserve?day={open_tuesday()}&begins=20:00&ends=21:00")
    hand.tick(page.get_by_role("radio", name=re.compile("^Illustration")))
    hand.press(page.get_by_role("button", name="Book", exact=True))
    page.wait_for_url("**/reservations/*-*")
    expect(page.get_by_text("Booked. It is in your calendar feed")).to_be_visible()
