"""The timeline in a real browser: by mouse, finger and keyboard one books, moves and makes longer. Each way leads to
the form that a link leads to as well, and only the form saves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import EVERYTHING, violations
from tests.demonstration import open_tuesday
from tests.visiting import ALICE, HOUSE, MANAGED, STELLA, sign_in

pytestmark = pytest.mark.browser

ROOM = "Phone box"  # free all day in the demonstration, in steps of a quarter of an hour or of half an hour


def opened(page: Page, home: str, *, days: int = 0, view: str = "day") -> Page:
    """The house on an open day, some days after the one that the demonstration has filled."""
    page.goto(f"{home}{HOUSE}?day={open_tuesday() + timedelta(days=days)}&view={view}")
    page.locator("desk-timeline .run[tabindex='0'], desk-month a[tabindex='0']").first.wait_for()
    return page


def lane(page: Page, name: str = ROOM) -> Locator:
    return page.locator(".tl-row").filter(has=page.get_by_role("heading", name=name, exact=True))


WHERE = """(lane, hours) => {
    lane.scrollIntoView({block: 'center'});
    const frame = lane.closest('.tl-scroll'), timeline = lane.closest('desk-timeline');
    const [a, b] = ['a', 'b'].map(name => Number(timeline.className.match(`(?:^| )${name}([0-9]+)`)[1]));
    const at = (hour) => {
        const box = lane.getBoundingClientRect();
        return box.left + (hour * 4 - a) / (b - a) * box.width;
    };
    frame.scrollLeft += at(hours[0]) - frame.getBoundingClientRect().left - frame.clientWidth * 0.4;
    const box = lane.getBoundingClientRect();
    return hours.map(hour => [at(hour), box.top + box.height / 2]);
}"""


def places_of(row: Locator, *hours: float) -> list[tuple[float, float]]:
    """Where these hours of the day lie on the screen, on a day of 24 hours."""
    return [(x, y) for x, y in row.locator(".tl-lane").evaluate(WHERE, list(hours))]


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(begin[0] + 12, begin[1], steps=2)
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def book(page: Page, home: str, title: str, days: int, begins: str, ends: str) -> None:
    """By the form alone, so that there is something to move."""
    opened(page, home, days=days)
    lane(page).locator("a.run-free").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reserve?*")
    page.get_by_label("From", exact=True).select_option(label=begins)
    page.get_by_label("Until", exact=True).select_option(label=ends)
    page.get_by_role("radio", name=re.compile("^Illustration")).check()
    page.get_by_label("What for").fill(title)
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/reservations/*-*")


@pytest.fixture
def alice(new_page: Callable[..., Page], home: str) -> Page:
    page = new_page(1440)
    sign_in(page, home, ALICE)
    return page


def test_a_mouse_draws_a_span_and_the_form_has_it(new_page, home):
    page = opened(new_page(1440), home)
    row = lane(page)
    drag(page, *places_of(row, 10.05, 11.9))
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("10:00")
    expect(page.get_by_label("Until", exact=True)).to_have_value("12:00")


def test_escape_drops_what_the_mouse_drags(new_page, home):
    """The button comes up afterwards, over a link."""
    page = opened(new_page(1440), home)
    begin, end = places_of(lane(page), 10.05, 11.9)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    expect(page.locator(".tl-ghost")).to_have_text("10:00–12:00")
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.url.endswith("view=day")


def test_a_finger_holds_then_draws(new_page, home):
    page = opened(new_page(390, has_touch=True, is_mobile=True), home)
    finger = page.context.new_cdp_session(page)
    ((x, y),) = places_of(lane(page), 10.05)

    def touch(kind: str, at: float | None = None) -> None:
        points = [] if at is None else [{"x": at, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", x)
    page.locator(".tl-ghost").wait_for()
    for step in range(1, 8):
        touch("touchMove", x + step * 17)
    touch("touchEnd")
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("10:00")
    assert page.get_by_label("Until", exact=True).input_value() in ("11:45", "12:00")


def test_the_keyboard_picks_up_and_says_what_it_does(new_page, home):
    page = opened(new_page(1440), home)
    free = lane(page).locator("a.run-free").first
    free.focus()
    said = page.locator(".tl-said")
    page.keyboard.press("Space")
    expect(said).to_have_text(re.compile(r"^08:30–09:30\. Arrows move it"))
    expect(page.locator(".tl-ghost")).to_have_text("08:30–09:30")
    page.keyboard.press("ArrowRight")
    first = said.inner_text()
    page.keyboard.press("Shift+ArrowRight")
    assert said.inner_text() != first
    page.keyboard.press("Escape")
    expect(said).to_have_text("Left as it was.")
    expect(page.locator(".tl-ghost")).to_have_count(0)
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    wanted = said.inner_text().split("–")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_label("From", exact=True)).to_have_value(wanted[0])
    expect(page.get_by_label("Until", exact=True)).to_have_value(wanted[1])


def test_a_mouse_stops_at_the_longest_and_the_shortest_booking(new_page, home):
    page = opened(new_page(1440), home)
    why = page.locator(".tl-why")
    begin, far = places_of(lane(page), 10.05, 15.4)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*far, steps=6)
    expect(page.locator(".tl-ghost")).to_have_text("10:00–12:00")
    expect(why).to_have_text("10:00–12:00, the longest booking of this space")
    page.mouse.move(begin[0] + 30, begin[1], steps=3)
    expect(why).not_to_contain_text("longest")
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(500)
    # To the left it is the end that stays.
    begin, back = places_of(lane(page), 12.9, 9.1)
    drag(page, begin, back)
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("11:00")
    expect(page.get_by_label("Until", exact=True)).to_have_value("13:00")
    page.go_back()
    hall = lane(opened(page, home), "Event hall, part A")
    begin, near = places_of(hall, 10.05, 10.9)
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*near, steps=6)
    expect(why).to_have_text("10:00–14:00, the shortest booking of this space")
    page.keyboard.press("Escape")
    page.mouse.up()


def test_a_finger_stops_there_too(new_page, home):
    page = opened(new_page(390, has_touch=True, is_mobile=True), home)
    finger = page.context.new_cdp_session(page)
    ((x, y),) = places_of(lane(page), 10.05)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    page.locator(".tl-ghost").wait_for()
    for step in range(1, 12):
        moved = [{"x": min(x + step * 17, 350), "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": moved})
    expect(page.locator(".tl-why")).to_have_text("10:00–12:00, the longest booking of this space")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_url("**/reserve?*")
    expect(page.get_by_label("Until", exact=True)).to_have_value("12:00")


def test_the_keyboard_stops_there_too(new_page, home):
    page = opened(new_page(1440), home)
    said = page.locator(".tl-said")
    lane(page).locator("a.run-free").first.focus()
    page.keyboard.press("Space")
    for _press in range(8):
        page.keyboard.press("Shift+ArrowRight")
    expect(said).to_have_text("08:30–10:30, the longest booking of this space")
    page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_have_text("08:30–10:15")
    page.keyboard.press("Escape")
    lane(page, "Event hall, part A").locator("a.run-free").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".tl-ghost")).to_have_text("09:00–13:00")
    page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_have_text("09:00–13:00, the shortest booking of this space")


def test_a_booking_is_moved_and_made_longer(alice, home):
    page = alice
    book(page, home, "Drag me", 7, "10:00", "11:00")
    opened(page, home, days=7)
    row = lane(page)
    drag(page, *places_of(row, 10.5, 13.5))
    page.wait_for_url("**/change?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("13:00")
    expect(page.get_by_label("Until", exact=True)).to_have_value("14:00")
    expect(page.get_by_text("Price after")).to_be_visible()
    page.get_by_role("link", name="Leave it as it is").click()
    page.wait_for_url("**/reservations/*-*")
    expect(page.get_by_text("10:00–11:00").first).to_be_visible()  # nothing was saved

    opened(page, home, days=7)
    row = lane(page)
    (x, y), there = places_of(row, 11, 12)
    drag(page, (x - 5, y), there)
    page.wait_for_url("**/change?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("10:00")
    expect(page.get_by_label("Until", exact=True)).to_have_value("12:00")
    page.get_by_role("button", name="Save the change").click()
    page.wait_for_url("**/reservations/*-*")
    expect(page.get_by_text("10:00–12:00").first).to_be_visible()

    opened(page, home, days=7)  # and by the keyboard
    lane(page).locator("a[data-moves]").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".tl-said")).to_have_text(
        re.compile("^10:00–12:00. Arrows move it.*what the change costs")
    )
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change?*")
    assert page.get_by_label("Until", exact=True).input_value() < "12:00"


def test_what_cannot_be_says_why_and_what_can(alice, home):
    """Dragged into the evening, when the house is closed."""
    page = alice
    book(page, home, "Too late", 14, "16:00", "18:00")
    opened(page, home, days=14)
    row = lane(page)
    drag(page, *places_of(row, 17, 21))
    page.wait_for_url("**/change?*")
    refusal = page.locator(".refusal")
    expect(refusal).to_contain_text("is not open all that time")
    expect(refusal).to_contain_text("Open that day: 08:30–18:30.")
    refusal.get_by_role("link").first.click()
    page.wait_for_url("**/change?*")
    expect(page.get_by_text("Price after")).to_be_visible()


def test_a_host_moves_a_members_booking(alice, new_page, home):
    book(alice, home, "Shift it", 21, "10:00", "11:00")
    page = new_page(1440)
    sign_in(page, home, STELLA)
    page.goto(f"{home}{MANAGED}?day={open_tuesday() + timedelta(days=21)}")
    row = lane(page)
    run = row.locator("a[data-moves]")
    run.wait_for()
    drag(page, *places_of(row, 10.5, 12.5))
    page.wait_for_url("**/change?*")
    expect(page.get_by_label("From", exact=True)).to_have_value("12:00")
    page.get_by_role("button", name="Save the change").click()
    page.wait_for_url("**/reservations/*-*")
    expect(page.get_by_text("12:00–13:00").first).to_be_visible()


def test_a_touch_says_why_it_is_grey(new_page, home):
    page = opened(new_page(390, has_touch=True, is_mobile=True), home)
    grey = lane(page).locator(".run-closed").last
    grey.scroll_into_view_if_needed()
    grey.tap()
    why = page.locator(".tl-why")
    expect(why).to_have_text("Closed: Open that day: 08:30–18:30.")
    expect(why).to_be_in_viewport()


def test_a_listener_hears_the_day(new_page, home):
    page = opened(new_page(1440), home)
    tree = lane(page).aria_snapshot()
    assert re.fullmatch(
        r"""- heading "Phone box" \[level=3\]:
  - link "Phone box":
    - /url: /resources/\d+\?day=\d{4}-\d\d-\d\d
- paragraph: Phone box, 1 person
- list:
  - listitem: .Closed ?: Open that day: 08:30–18:30\..
  - listitem:
    - link "Free 08:30–18:30, book":
      - /url: /resources/\d+/reserve\?from=\S+&until=\S+
  - listitem: .Closed ?: Open that day: 08:30–18:30\..""",
        tree,
    ), tree


def test_the_month_is_a_table_of_links(new_page, home):
    page = opened(new_page(1440), home, view="month")
    spaces = page.get_by_role("table", name=re.compile("how much of each day is free, by space"))
    tree = spaces.get_by_role("row", name=re.compile(f"^{ROOM}")).aria_snapshot()
    assert f'rowheader "{ROOM}"' in tree
    assert re.search(r'cell "\d+h free":\s+- link "\d+h free":\s+- /url: /venues/bazaar-st-so\?day=', tree), (
        tree
    )
    assert 'cell "– Closed: Closed on Sundays."' in tree
    whole = page.get_by_role("table", name=re.compile("how much of each day is free$"))
    assert 'columnheader "Monday"' in whole.aria_snapshot() or 'columnheader "Mon"' in whole.aria_snapshot()
    day = whole.locator("a").nth(7)
    day.focus()
    page.keyboard.press("ArrowRight")
    expect(whole.locator("a").nth(8)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(whole.locator("a").nth(15)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("desk-timeline, .calendar-day").first).to_be_visible()


def test_the_day_bar_swaps_the_calendar_alone(new_page, home):
    page = opened(new_page(1440), home)
    page.evaluate("document.body.dataset.kept = 'yes'")
    page.get_by_role("navigation", name="View").get_by_role("link", name="Month").click()
    page.wait_for_url("**view=month*")
    expect(page.locator("desk-month").first).to_be_visible()
    expect(page.locator("#day")).to_be_focused()
    assert page.evaluate("document.body.dataset.kept") == "yes"
    page.get_by_role("navigation", name="View").get_by_role("link", name="Day").click()
    expect(page.locator("desk-timeline .run[tabindex='0']").first).to_be_visible()
    page.go_back()
    expect(page.locator("desk-month").first).to_be_visible()


def test_the_now_line_moves(new_page, home):
    page = new_page(1440)
    page.clock.install()
    page.goto(home + HOUSE)
    line = page.locator(".tl-now")
    if not line.count():
        pytest.skip("the house is not open at this hour")
    place = "one => Number(getComputedStyle(one).getPropertyValue('--f'))"
    before = line.evaluate(place)
    page.clock.fast_forward("15:00")
    assert line.evaluate(place) - before == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("view", ["day", "month"])
def test_help_and_drag_are_accessible(new_page, home, view):
    page = opened(new_page(1440), home, view=view)
    if view == "day":
        page.get_by_role("button", name="How to use the timeline").click()
        expect(page.get_by_role("dialog")).to_contain_text("Space picks a time up")
    assert violations(page, EVERYTHING) == []
