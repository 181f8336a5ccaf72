"""With the keyboard alone: what has the focus shows it and is in sight, the order follows the page, the focus is never
lost after something was swapped or opened, Escape closes, and whole tasks can be done.

The main job by keyboard stands in test_main_job; docs/accessibility.md lists all that was tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import Keyboard
from tests.demonstration import open_free_form
from tests.visiting import BOOKS, HOUSE, MANAGED, SET_UP, go, language_menu, sign_in

pytestmark = pytest.mark.browser

PLACES = [
    ("", "/"),
    ("", "/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=rooms"),
    ("", HOUSE + "?day={day}"),
    ("", "/sign-in"),
    ("Alice", "/reservations"),
    ("Alice", "/budgets"),
    ("Alice", "/settings"),
    ("Stella", MANAGED),
    ("Stella", SET_UP + "/house"),
    ("Stella", SET_UP + "/hours"),
    ("Theo", BOOKS),
    ("Theo", BOOKS + "/ledger"),
]
STOPS = 45

# What has the focus: its words, whether it shows a ring, whether it can be seen, and where it stands in the page.
STOP = """() => {
    const one = document.activeElement;
    if (one === document.body || one === document.documentElement) return null;
    const box = one.getBoundingClientRect();
    const looks = () => [one, ...one.querySelectorAll('*')].map((each) => {
        const style = getComputedStyle(each);
        return [style.outline, style.boxShadow, style.stroke, style.strokeWidth, style.fill].join();
    }).join(';') + (one.closest('label') ? getComputedStyle(one.closest('label')).outlineStyle : '');
    const within = (value, most) => Math.min(Math.max(value, 1), most - 1);
    const points = [.5, .1, .9].map((part) => document.elementFromPoint(
        within(box.left + box.width / 2, innerWidth), within(box.top + box.height * part, innerHeight)));
    const seen = box.width === 0 || one.closest('svg') !== null || points.some((on) => on !== null &&
        (one.contains(on) || on.contains(one) || Boolean(on.closest('label')?.contains(one))));
    const said = (one.getAttribute('aria-label') || one.textContent || one.name || one.tagName).trim().slice(0, 60);
    const place = [...document.querySelectorAll('*')].indexOf(one);
    const date = one.type === 'date';      // several stops in one, and the browser draws the rings of its parts
    const focused = looks();
    const shows = date || one.matches(':focus-visible') && (() => {
        one.blur();
        const without = looks();
        one.focus({ focusVisible: true, preventScroll: true });
        return focused !== without;
    })();
    return { said, seen, place, date, ring: shows, tabindex: one.tabIndex };
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("who", "where"), PLACES)
def test_it_works(new_page: Callable[..., Page], home: str, who: str, where: str, width: int) -> None:
    """Tab through the page: each stop has its ring and is not under the bars, and comes after the one before."""
    page = new_page(width)
    if who:
        sign_in(page, home, who)
    go(page, home, where)
    before = -1
    wrong: list[str] = []
    stops = 0
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stops and "Skip to" in stop["said"]):
            break  # round the page
        stops += 1
        if not stop["ring"]:
            wrong.append(f"no ring: {stop['said']}")
        if not stop["seen"]:
            wrong.append(f"covered: {stop['said']}")
        if stop["place"] < before + (not stop["date"]) or stop["tabindex"] > 0:
            wrong.append(f"out of order: {stop['said']}")
        before = stop["place"]
    assert stops > 8
    assert wrong == []


def test_the_first_stop_leads_past_the_bars(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(1280)
    go(page, home, HOUSE + "?day={day}")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    assert skip.evaluate("one => one.getBoundingClientRect().width") > 44
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_escape_closes_a_menu_and_the_focus_stays(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(1280)
    hand = Keyboard(page)
    go(page, home, "/")
    menu = language_menu(page)
    hand.press(menu)
    swedish = page.get_by_role("button", name="Svenska")
    hand.reach(swedish)
    page.keyboard.press("Escape")
    expect(swedish).not_to_be_visible()
    expect(menu).to_be_focused()


def test_escape_closes_a_dialog_and_the_focus_goes_back(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(1280)
    hand = Keyboard(page)
    go(page, home, "/styleguide")
    opener = page.get_by_role("button", name="Cancel this booking").first
    opener.focus()
    hand.press(opener)
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#cancel-box').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    expect(opener).to_be_focused()


def test_the_price_follows_and_the_focus_stays(new_page: Callable[..., Page], home: str) -> None:
    """Choosing another end swaps the price beside the form; who chose it is still there, and hears the new price."""
    page = new_page(1280)
    hand = Keyboard(page)
    sign_in(page, home, "Alice")
    go(page, home, "/search?where=Brussels&day={day}&begins=10:00&ends=11:00&group=desks")
    hand.press(page.get_by_role("link", name=re.compile("^Book Coworking desk")).first)
    page.wait_for_url("**/reserve?*")
    total = page.get_by_role("complementary").locator("[aria-live] , [role=status]").first
    before = total.inner_text()
    until = page.get_by_label("Until", exact=True)
    hand.choose(until, "12:00")
    expect(total).not_to_have_text(before, use_inner_text=True)
    expect(until).to_be_focused()


def test_a_refusal_is_where_one_is(new_page: Callable[..., Page], home: str) -> None:
    """After a no, the focus stands on the reason; each complaint names its field and leads to it."""
    page = new_page(390)
    hand = Keyboard(page)
    go(page, home, HOUSE)
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).first.click()
    open_free_form(page, page.url.partition("?")[0])
    hand.press(page.get_by_role("button", name="Book as a guest"))
    page.wait_for_url("**/guest?*")
    page.locator("form").last.evaluate("one => one.noValidate = true")
    hand.press(page.get_by_role("button", name="Go on: confirm your e-mail"))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    complaint = summary.get_by_role("link", name=re.compile("^Your name: "))
    hand.press(complaint)
    expect(page.get_by_label("Your name")).to_be_focused()


def test_a_manager_sets_up_a_space(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(1280)
    hand = Keyboard(page)
    sign_in(page, home, "Stella")
    page.goto(home + SET_UP)
    hand.press(page.get_by_role("main").get_by_role("link", name="New space"))
    hand.write(page.get_by_label("Name", exact=True), "Salle des touches")
    hand.write(page.get_by_label("For how many people"), "4")
    hand.press(page.get_by_role("button", name="Make the space"))
    expect(page.get_by_text("Salle des touches is there. Now its price.")).to_be_visible()
    hand.write(page.get_by_label("An hour"), "9")
    hand.press(page.get_by_role("button", name="Save"))
    hand.press(page.get_by_role("button", name="Show the price"))
    expect(page.get_by_text("Total").first).to_be_visible()


def test_a_manager_looks_after_the_day(new_page: Callable[..., Page], home: str) -> None:
    """Counts, lets somebody in, and lets them out again."""
    page = new_page(1280)
    hand = Keyboard(page)
    sign_in(page, home, "Stella")
    page.goto(home + MANAGED)
    hand.write(page.get_by_label("How many people did you count?"), "31")
    hand.press(page.get_by_role("button", name="Write it down"))
    expect(page.get_by_text("31").first).to_be_visible()
    hand.write(page.get_by_label("Check somebody in by e-mail address"), "bob@demo.example")
    hand.press(page.get_by_role("button", name="Check in").last)
    row = (
        page.get_by_role("region", name="Without a booking")
        .get_by_role("listitem")
        .filter(has_text="Bob")
        .first
    )
    expect(row).to_contain_text("Here since")
    hand.press(row.get_by_role("button", name=re.compile("Check out")))
    expect(
        page.get_by_role("region", name="Without a booking")
        .get_by_role("listitem")
        .filter(has_text="Bob")
        .first
    ).not_to_contain_text("Here since")


def test_a_treasurer_allots(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(1280)
    hand = Keyboard(page)
    sign_in(page, home, "Theo")
    page.goto(home + BOOKS)
    hand.press(page.get_by_role("main").get_by_role("link", name="Podcast", exact=True))
    hand.write(page.get_by_label("Amount in EUR"), "12")
    hand.write(page.get_by_label("Reference of the books"), "KEYS-1")
    hand.press(page.get_by_role("button", name="See what it makes"))
    page.wait_for_url("**/allot?*")
    hand.press(page.get_by_role("main").get_by_role("button").first)
    page.wait_for_url(re.compile(r"/activities/\d+$"))
    expect(page.get_by_text("€16.50").first).to_be_visible()
