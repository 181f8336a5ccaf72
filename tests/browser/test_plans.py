"""A manager draws a floor by mouse and by keyboard, or by numbers without a script; a member books from the plan."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import open_tuesday
from tests.visiting import HOUSE, SET_UP, sign_in

pytestmark = pytest.mark.browser
ROOM = "Meeting room Quai"
CANVAS = "desk-plan-editor .sheet-svg"


def new_plan(page: Page, home: str, name: str) -> None:
    page.goto(home + SET_UP + "/plan")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Width in metres").fill("20")
    page.get_by_label("Depth in metres").fill("10")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def remove_plan(page: Page, home: str, name: str) -> None:
    page.goto(home + SET_UP + "/plan")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_text("Save as a file, or remove").click()
    page.get_by_role("button", name="Remove this plan").click()
    expect(page.get_by_text("The plan is off the pages.")).to_be_visible()


def drawing(page: Page) -> dict[str, Any]:
    """What the saved page says is there."""
    text = page.locator("script[data-plan]").text_content()
    assert text is not None
    return json.loads(text)["drawing"]


def drag(page: Page, begins: tuple[float, float], ends: tuple[float, float]) -> None:
    """From one place of the sheet to another, in metres."""
    page.locator(CANVAS).scroll_into_view_if_needed()
    places = page.locator(CANVAS).evaluate(
        """(sheet, points) => points.map(([x, y]) => {
            const place = new DOMPoint(x * 100, y * 100).matrixTransform(sheet.getScreenCTM());
            return [place.x, place.y];
        })""",
        [begins, ends],
    )
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def item(page: Page, name: str) -> Any:
    return page.locator(CANVAS).get_by_role("button", name=re.compile(f"^{re.escape(name)}:"))


def test_it_works(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    sign_in(page, home, "Stella")
    new_plan(page, home, "Mezzanine")

    # A room and a wall by dragging; a space by choosing it and dragging.
    page.get_by_role("button", name="Room", exact=True).click()
    drag(page, (1, 1), (9, 6))
    page.get_by_role("button", name="Wall", exact=True).click()
    drag(page, (10, 1), (10, 6))
    page.locator("[data-spaces]").get_by_role("button", name=ROOM).click()
    drag(page, (2, 2), (6, 5))
    expect(item(page, ROOM)).to_have_attribute(
        "aria-label", re.compile("4 × 3 m, 2 m from the left, 2 m from the top")
    )
    expect(page.locator("[data-spaces]").get_by_role("button", name=ROOM)).to_have_count(0)

    # Taken hold of in the middle it moves; at a corner it grows.
    drag(page, (4, 3.5), (5, 4))
    expect(item(page, ROOM)).to_have_attribute(
        "aria-label", re.compile("3 m from the left, 2.5 m from the top")
    )
    drag(page, (7, 5.5), (8, 6))
    expect(item(page, ROOM)).to_have_attribute("aria-label", re.compile("5 × 3.5 m"))

    # The keyboard does the same: place, move, resize, turn, undo, redo.
    other = page.locator("[data-spaces]").get_by_role("button").first
    name = (other.text_content() or "").split("Poste")[0]
    other.focus()
    page.keyboard.press("Enter")
    fresh = page.locator(f"{CANVAS} [data-key^=p][aria-pressed=true]")
    expect(fresh).to_be_focused()
    assert name
    before = fresh.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(fresh).to_have_attribute("aria-label", re.compile("9 m from the left, 4.5 m from the top"))
    page.keyboard.press("Shift+ArrowRight")
    expect(fresh).to_have_attribute("aria-label", re.compile("3.5 × 2 m"))
    expect(page.locator("[data-said]")).to_contain_text("3.5 × 2 m")
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert page.locator(f"{CANVAS} [data-key^=p]").last.get_attribute("aria-label")
    expect(page.locator(f'{CANVAS} [aria-label="{before}"]')).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    fresh.focus()
    page.keyboard.press("Delete")
    expect(page.locator(f"{CANVAS} [data-key^=p]")).to_have_count(1)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    saved = drawing(page)
    assert [each["kind"] for each in saved["shapes"]] == ["room", "wall"]
    assert saved["shapes"][1] == {
        "kind": "wall",
        "x": 1000,
        "y": 100,
        "w": 0,
        "h": 500,
        "turn": 0,
        "text": "",
    }
    [placed] = saved["placements"]
    assert [placed[side] for side in ("x", "y", "w", "h", "turn")] == [300, 250, 500, 350, 0]

    # A member finds it, and books from the plan.
    member = new_page(1440)
    sign_in(member, home, "Alice")
    member.goto(f"{home}{HOUSE}?day={open_tuesday()}")
    member.get_by_role("navigation", name="View").get_by_role("link", name="Plan").click()
    member.get_by_role("link", name="Mezzanine").click()
    member.get_by_label("From", exact=True).select_option("10:00")
    member.get_by_label("Until", exact=True).select_option("12:00")
    member.get_by_role("button", name="Show", exact=True).click()
    spot = member.locator("a.spot")
    expect(spot).to_have_count(1)
    row = member.locator(".plan-list li[data-spot]").first
    said = spot.get_attribute("aria-label") or ""
    assert (row.locator(".spot-row-state").inner_text()).strip() in said
    spot.focus()
    expect(row).to_have_class(re.compile("spot-twin"))
    remove_plan(page, home, "Mezzanine")


def test_a_member_books_what_the_plan_shows_as_free(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(390, java_script_enabled=False)
    page.goto(f"{home}/sign-in")
    page.get_by_role("button", name=re.compile("Alice")).click()
    page.goto(f"{home}{HOUSE}/plan?day={open_tuesday()}&begins=10:00&ends=12:00")
    free = page.locator("a.spot-free").first
    name = re.sub(r"^\d+ ", "", (free.get_attribute("aria-label") or "").partition(":")[0])
    free.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_by_numbers_without_a_script(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(390, java_script_enabled=False)
    sign_in(page, home, "Stella")
    new_plan(page, home, "Attic")
    page.get_by_text("By numbers, without dragging").click()
    form = page.get_by_role("form", name=ROOM)
    for label, metres in (
        ("From the left, m", "2"),
        ("From the top, m", "1,5"),
        ("Width, m", "4"),
        ("Depth, m", "3"),
    ):
        form.get_by_label(label).fill(metres)
    form.get_by_role("button", name=f"Place it: {ROOM}").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    [placed] = drawing(page)["placements"]
    assert [placed[side] for side in ("x", "y", "w", "h")] == [200, 150, 400, 300]
    expect(page.locator(".sheet-svg .spot-floor")).to_have_count(1)
    page.get_by_role("button", name="Place the rest in a grid and save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    remove_plan(page, home, "Attic")


def test_a_finger_moves_things_too(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(390, has_touch=True)
    sign_in(page, home, "Stella")
    new_plan(page, home, "Roof")
    page.locator("[data-spaces]").get_by_role("button", name=ROOM).tap()
    page.locator(CANVAS).scroll_into_view_if_needed()
    page.locator(CANVAS).evaluate(
        """sheet => {
            const at = (name, x, y) => {
                const place = new DOMPoint(x, y).matrixTransform(sheet.getScreenCTM());
                sheet.dispatchEvent(new PointerEvent(name, {bubbles: true, pointerId: 1, pointerType: "touch",
                    clientX: place.x, clientY: place.y}));
            };
            sheet.setPointerCapture = () => {};
            at("pointerdown", 100, 100); at("pointermove", 500, 400); at("pointerup", 500, 400);
        }"""
    )
    expect(item(page, ROOM)).to_have_attribute("aria-label", re.compile("4 × 3 m, 1 m from the left"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    remove_plan(page, home, "Roof")


def test_who_is_second_keeps_what_they_drew(home: str, new_page: Callable[..., Page]) -> None:
    stella, again = new_page(1440), new_page(1440)
    for page in (stella, again):
        sign_in(page, home, "Stella")
    new_plan(stella, home, "Cellar")
    again.goto(stella.url)
    for page, begins in ((stella, (1, 1)), (again, (5, 1))):
        page.get_by_role("button", name="Room", exact=True).click()
        drag(page, begins, (begins[0] + 3, 4))
        page.get_by_role("button", name="Save", exact=True).click()
    expect(again.get_by_text("This plan has been changed since you opened it.")).to_be_visible()
    expect(again.locator(f"{CANVAS} [data-key^=s]")).to_have_count(1)
    again.get_by_role("button", name="Save mine over theirs").click()
    expect(again.get_by_text("Saved.")).to_be_visible()
    assert [each["x"] for each in drawing(again)["shapes"]] == [500]
    remove_plan(again, home, "Cellar")
