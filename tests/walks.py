"""The ways to pages that need clicks: each starts from any page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page

from tests.demonstration import open_free_form, open_tuesday
from tests.pictures import picture
from tests.visiting import BOOKS, HOUSE, MANAGED, SET_UP, STELLA, go, sign_in


def first(page: Page, home: str, start: str, name: str) -> None:
    """Follow the first link of a page that is called so."""
    go(page, home, start)
    page.get_by_role("link", name=re.compile(name)).first.click()
    page.wait_for_load_state()


def asked_for_code(page: Page, home: str) -> None:
    go(page, home, "/sign-in")
    page.get_by_label("E-mail").fill("alice@demo.example")
    page.get_by_label("E-mail").press("Enter")
    page.wait_for_url("**/sign-in/*-*")


def wrong_code(page: Page, home: str) -> None:
    asked_for_code(page, home)
    page.locator("input[name=code]").fill("000000")
    page.locator("input[name=code]").press("Enter")
    page.locator(".refusal, .field-error, [aria-invalid]").first.wait_for()


def resource(page: Page, home: str) -> None:
    first(page, home, HOUSE, "Meeting room Quai")


def resource_month(page: Page, home: str) -> None:
    resource(page, home)
    page.goto(f"{page.url.partition('?')[0]}?day={open_tuesday()}&view=month")


def reserve(page: Page, home: str) -> None:
    go(page, home, "/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=desks")
    page.get_by_role("link", name=re.compile("^Book ")).first.click()
    page.wait_for_url("**/reserve?*")


def report(page: Page, home: str) -> None:
    """A busy machine answers at first that the figures are being counted, and comes back with them by itself."""
    address = MANAGED + "/occupancy?first=2021-04-01&last=2021-04-30"
    go(page, home, address)
    page.locator(".figure, .chart, table").first.wait_for(timeout=60_000)
    go(page, home, address)


def guest(page: Page, home: str) -> None:
    """The house in Lille takes cards."""
    resource(page, home)
    room = page.url.partition("?")[0]
    open_free_form(page, room)
    page.get_by_role("button", name="Book as a guest").click()
    page.wait_for_url("**/guest?*")


def guest_wrong(page: Page, home: str) -> None:
    guest(page, home)
    page.get_by_label("VAT number").fill("12345")
    page.get_by_role("button", name="Go on: confirm your e-mail").click()
    page.locator("[aria-invalid]").first.wait_for()


def guest_code(page: Page, home: str) -> None:
    guest(page, home)
    page.get_by_label("Your name").fill("Greta Guest")
    page.get_by_label("E-mail").fill("greta@guest.example")
    page.get_by_label("What for").fill("Rehearsal")
    page.get_by_role("button", name="Go on: confirm your e-mail").click()
    page.wait_for_url("**/guest-booking/*")


def refused(page: Page, home: str) -> None:
    """On a Sunday the house is closed."""
    reserve(page, home)
    page.get_by_label("Day", exact=True).fill(str(open_tuesday() - timedelta(days=2)))
    page.get_by_role("button", name="Book", exact=True).click()
    page.locator("main .refusal").first.wait_for()


def of_booking(what: str) -> Callable[[Page, str], None]:
    def way(page: Page, home: str) -> None:
        first(page, home, "/reservations", f"^{what} Showroom")

    return way


def reservation(page: Page, home: str) -> None:
    go(page, home, "/reservations")
    page.get_by_role("region", name="Upcoming").get_by_role("link").first.click()
    page.wait_for_url("**/reservations/*-*")


def reserve_several(page: Page, home: str) -> None:
    """The form with a series of which some date does not work, and what the house lends beside the room."""
    reserve(page, home)
    page.get_by_label("Repeat").select_option("week")
    page.locator("#quote").get_by_text("Every ").first.wait_for()
    page.get_by_label("How many times").fill("52")
    page.get_by_label("How many times").blur()
    page.locator("#quote .clash").first.wait_for()


def again(page: Page, home: str) -> None:
    """The short confirmation of the same booking next week."""
    go(page, home, "/again")
    page.locator(".again-card a").first.click()
    page.wait_for_url("**/again*")


def new_link(page: Page, home: str) -> None:
    go(page, home, "/calendar")
    page.get_by_role("button", name="Make a link").first.click()
    page.get_by_text("Your new link").wait_for()


def new_key(page: Page, home: str) -> None:
    go(page, home, "/settings/keys")
    page.get_by_label("Name").fill("Agenda")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Your new key").wait_for()


def new_webhook(page: Page, home: str) -> None:
    go(page, home, "/settings/webhooks")
    page.get_by_label("Name").fill("Agenda")
    page.locator("input[name=url]").fill("https://example.org/hook")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Its secret").wait_for()


def statement(page: Page, home: str) -> None:
    first(page, home, "/budgets", "Illustration")


def decline(page: Page, home: str) -> None:
    first(page, home, MANAGED, "Decline")


def manage_cancel(page: Page, home: str) -> None:
    go(page, home, MANAGED + "?day={day}")
    page.get_by_role("link", name=re.compile("^Cancel .*")).first.click()
    page.wait_for_url("**/cancel")


def closing(page: Page, home: str) -> None:
    """The next step of closing the house on the open day: whom it touches."""
    go(page, home, MANAGED + "/closures")
    page.get_by_label("First day").fill(str(open_tuesday()))
    page.get_by_label("Reason").fill("The heating is mended")
    page.get_by_role("button", name="See whom it touches").click()
    page.wait_for_url("**/closures/new*")


def code(what: str, more: str = "") -> Callable[[Page, str], None]:
    """The page behind a printed code, which only who manages the house can look up."""

    def way(page: Page, home: str) -> None:
        context = page.context.browser.new_context() if page.context.browser else page.context
        manager = context.new_page()
        sign_in(manager, home, STELLA)
        go(manager, home, MANAGED + "/codes")
        path = manager.get_by_role("link", name=f"Open its page: {what}", exact=True).get_attribute("href")
        context.close()
        page.goto(f"{home}{path}{more}")

    return way


def display(what: str) -> Callable[[Page, str], None]:
    """A screen, paired as the display of a space or of the house by the code that the manager gets."""

    def way(page: Page, home: str) -> None:
        context = page.context.browser.new_context() if page.context.browser else page.context
        manager = context.new_page()
        sign_in(manager, home, STELLA)
        go(manager, home, MANAGED + "/displays")
        manager.get_by_label("Name", exact=True).fill(f"Door: {what}")
        manager.get_by_label("What it shows").select_option(label=what)
        manager.get_by_role("button", name="Get a pairing code").click()
        code = manager.locator(".card-mine .big").inner_text()
        context.close()
        page.context.clear_cookies(name="desk_display")  # it may be a display already
        page.goto(home + "/display")
        page.get_by_label("Pairing code").fill(code)
        page.get_by_role("button", name="Pair this screen").click()
        page.locator(".board").wait_for()

    return way


def own_check_in(page: Page, home: str) -> None:
    go(page, home, "/reservations")
    href = page.get_by_role("region", name="Upcoming").get_by_role("link").first.get_attribute("href")
    page.goto(f"{home}{href}/check-in")


def photo(page: Page, home: str) -> None:
    """The page of one photo, after sending it."""
    go(page, home, MANAGED + "/photos")
    octets = picture(size=(1200, 800))
    page.get_by_label("Picture").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": octets}
    )
    page.get_by_label("What is to be seen").fill("Two walls, one red and one blue")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("The photo is on the page.").wait_for()
    page.get_by_role("link", name="Two walls").first.click()
    page.wait_for_url("**/photos/*-*")


def ask_guest(page: Page, home: str) -> None:
    go(page, home, MANAGED + "/book")
    page.get_by_role("link", name="Ask somebody without an account").click()
    page.get_by_role("link", name=re.compile("Meeting room Quai")).click()
    page.get_by_label("Their name").wait_for()


def book_for_alice(page: Page, home: str) -> None:
    go(page, home, MANAGED + "/book")
    page.get_by_role("searchbox").fill("Alice")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Alice", exact=True).click()
    page.get_by_role("link", name=re.compile("Meeting room Quai")).click()
    page.get_by_label("Title").wait_for()


def reserve_by_card(page: Page, home: str) -> None:
    first(page, home, HOUSE, "Meeting room")
    open_free_form(page, page.url)
    page.get_by_label("Bank card").check()
    page.get_by_role("button", name=re.compile("Book and pay")).wait_for()


def member(page: Page, home: str) -> None:
    first(page, home, "/admin/members?q=stella", "Stella$")


def space(page: Page, home: str) -> None:
    first(page, home, SET_UP + "/spaces", "^Meeting room Quai$")


def composed(page: Page, home: str) -> None:
    first(page, home, SET_UP + "/spaces", "^Units of Event hall, whole")


def plan(page: Page, home: str) -> None:
    """The editor, with something chosen."""
    first(page, home, SET_UP + "/plan", "^Ground floor$")
    page.get_by_role("button", name=re.compile("^Showroom:")).focus()
    page.locator("[data-chosen]").wait_for()


def plan_numbers(page: Page, home: str) -> None:
    """Numbers that lie beside the plan."""
    plan(page, home)
    page.get_by_text("By numbers, without dragging").click()
    form = page.get_by_role("form", name="Showroom")
    form.get_by_label("From the left, m").fill("199")
    form.get_by_role("button", name="Move: Showroom").click()
    page.get_by_text("does not lie on the plan").first.wait_for()


def price(page: Page, home: str) -> None:
    """With an answer of the tester."""
    first(page, home, SET_UP + "/prices", "^Meeting room Quai$")
    page.get_by_role("button", name="Show the price").click()
    page.get_by_text("Total").first.wait_for()
    page.evaluate("scrollTo(0, 0)")  # the answer's anchor leaves links half under the bar


def misfits(page: Page, home: str) -> None:
    """Hours that leave bookings outside."""
    go(page, home, SET_UP + "/hours")
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        page.get_by_label(weekday).fill("08:30-08:45")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save all the same").wait_for()


def kept_activity(page: Page, home: str) -> None:
    first(page, home, BOOKS, "^Podcast$")


def allotting(page: Page, home: str) -> None:
    kept_activity(page, home)
    page.get_by_label("Amount in EUR").fill("120")
    page.get_by_label("Reference of the books").fill("B-2026-1")
    page.get_by_role("button", name="See what it makes").click()
    page.wait_for_url("**/allot?*")


def closing_activity(page: Page, home: str) -> None:
    kept_activity(page, home)
    page.get_by_role("link", name="Look at it first").click()
    page.wait_for_url("**/close")


def income(page: Page, home: str) -> None:
    go(page, home, BOOKS + "/ledger?kind=income")
    page.locator("td a, th a").and_(page.locator("[href*='/ledger/']")).first.click()
    page.wait_for_url(re.compile(r"/ledger/\d+"))
