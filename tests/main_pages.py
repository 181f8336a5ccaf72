"""The main pages, each with who looks at it and how to get there: for tests of all pages, and for pictures of them.

An address is relative; `{day}` in it is a day on which houses are open, `{sunday}` the Sunday before it. Where the
way there needs clicks, a function walks it, starting from any page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Locator, Page

from tests.demonstration import open_free_form, open_tuesday
from tests.pictures import picture

NOBODY, ALICE, STELLA, ADA, THEO = "", "Alice", "Stella", "Ada", "Theo"
HOUSE = "/venues/bazaar-st-so"
MANAGED = "/manage/bazaar-st-so"
SET_UP = MANAGED + "/set-up"
BOOKS = "/books/smartde"


@dataclass(frozen=True)
class Main:
    """One main page: its name for people, who looks, and its address or the way there."""

    name: str
    person: str
    way: str | Callable[[Page, str], None]
    status: int = 200


def go(page: Page, home: str, address: str) -> None:
    day = open_tuesday()
    page.goto(home + address.format(day=day, sunday=day - timedelta(days=2)))


def visit(page: Page, home: str, main: Main) -> None:
    """Show the page."""
    if isinstance(main.way, str):
        go(page, home, main.way)
    else:
        main.way(page, home)


def sign_in(page: Page, home: str, name: str) -> None:
    """As one of the demonstration's people, in English."""
    page.goto(f"{home}/sign-in")
    person(page, name).click()
    page.locator("summary", has_text=re.compile("EN|FR|DE")).first.wait_for()
    if page.locator("html").get_attribute("lang") != "en":
        language_menu(page).click()
        page.get_by_role("button", name="English").click()
        page.locator("html[lang=en]").wait_for()


def person(page: Page, name: str) -> Locator:
    """The button that signs in as one of the demonstration's people."""
    return page.get_by_role("button", name=re.compile(rf"\b{name}\b"))


def language_menu(page: Page) -> Locator:
    """What opens the choice of language and colours, whatever language it speaks."""
    return page.locator("desk-menu summary").first


def _first(page: Page, home: str, start: str, name: str) -> None:
    """Follow the first link of a page that is called so."""
    go(page, home, start)
    page.get_by_role("link", name=re.compile(name)).first.click()
    page.wait_for_load_state()


def _asked_for_code(page: Page, home: str) -> None:
    go(page, home, "/sign-in")
    page.get_by_label("E-mail").fill("alice@demo.example")
    page.get_by_label("E-mail").press("Enter")
    page.wait_for_url("**/sign-in/*-*")


def _wrong_code(page: Page, home: str) -> None:
    _asked_for_code(page, home)
    page.locator("input[name=code]").fill("000000")
    page.locator("input[name=code]").press("Enter")
    page.locator(".refusal, .field-error, [aria-invalid]").first.wait_for()


def _resource(page: Page, home: str) -> None:
    _first(page, home, HOUSE, "Meeting room Quai")


def _resource_month(page: Page, home: str) -> None:
    _resource(page, home)
    page.goto(f"{page.url.partition('?')[0]}?day={open_tuesday()}&view=month")


def _reserve(page: Page, home: str) -> None:
    go(page, home, "/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=desks")
    page.get_by_role("link", name=re.compile("^Book ")).first.click()
    page.wait_for_url("**/reserve?*")


def _report(page: Page, home: str) -> None:
    """A busy machine answers at first that the figures are being counted, and comes back with them by itself."""
    address = MANAGED + "/occupancy?first=2021-04-01&last=2021-04-30"
    go(page, home, address)
    page.locator(".figure, .chart, table").first.wait_for(timeout=60_000)
    go(page, home, address)


def _guest(page: Page, home: str) -> None:
    """The house in Lille takes cards."""
    _resource(page, home)
    room = page.url.partition("?")[0]
    open_free_form(page, room)
    page.get_by_role("button", name="Book as a guest").click()
    page.wait_for_url("**/guest?*")


def _guest_wrong(page: Page, home: str) -> None:
    _guest(page, home)
    page.get_by_label("VAT number").fill("12345")
    page.get_by_role("button", name="Go on: confirm your address").click()
    page.locator("[aria-invalid]").first.wait_for()


def _guest_code(page: Page, home: str) -> None:
    _guest(page, home)
    page.get_by_label("Your name").fill("Greta Guest")
    page.get_by_label("E-mail").fill("greta@guest.example")
    page.get_by_label("What for").fill("Rehearsal")
    page.get_by_role("button", name="Go on: confirm your address").click()
    page.wait_for_url("**/guest-booking/*")


def _refused(page: Page, home: str) -> None:
    """On a Sunday the house is closed."""
    _reserve(page, home)
    page.get_by_label("Day", exact=True).fill(str(open_tuesday() - timedelta(days=2)))
    page.get_by_role("button", name="Book", exact=True).click()
    page.locator("main .refusal").first.wait_for()


def _of_booking(what: str) -> Callable[[Page, str], None]:
    def way(page: Page, home: str) -> None:
        _first(page, home, "/reservations", f"^{what} Showroom")

    return way


def _reservation(page: Page, home: str) -> None:
    go(page, home, "/reservations")
    page.get_by_role("region", name="Upcoming").get_by_role("link").first.click()
    page.wait_for_url("**/reservations/*-*")


def _again(page: Page, home: str) -> None:
    """The short confirmation of the same booking next week."""
    go(page, home, "/again")
    page.locator(".again-card a").first.click()
    page.wait_for_url("**/again*")


def _new_link(page: Page, home: str) -> None:
    go(page, home, "/calendar")
    page.get_by_role("button", name="Make a link").first.click()
    page.get_by_text("Your new link").wait_for()


def _new_key(page: Page, home: str) -> None:
    go(page, home, "/settings/keys")
    page.get_by_label("Name").fill("Agenda")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Your new key").wait_for()


def _new_webhook(page: Page, home: str) -> None:
    go(page, home, "/settings/webhooks")
    page.get_by_label("Name").fill("Agenda")
    page.locator("input[name=url]").fill("https://example.org/hook")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Its secret").wait_for()


def _statement(page: Page, home: str) -> None:
    _first(page, home, "/budgets", "Illustration")


def _decline(page: Page, home: str) -> None:
    _first(page, home, MANAGED, "Decline")


def _manage_cancel(page: Page, home: str) -> None:
    go(page, home, MANAGED + "?day={day}")
    page.get_by_role("link", name=re.compile("^Cancel .*")).first.click()
    page.wait_for_url("**/cancel")


def _closing(page: Page, home: str) -> None:
    """The next step of closing the house on the open day: whom it touches."""
    go(page, home, MANAGED + "/closures")
    page.get_by_label("First day").fill(str(open_tuesday()))
    page.get_by_label("Reason").fill("The heating is mended")
    page.get_by_role("button", name="See whom it touches").click()
    page.wait_for_url("**/closures/new*")


def _code(what: str, more: str = "") -> Callable[[Page, str], None]:
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


def _display(what: str) -> Callable[[Page, str], None]:
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


def _own_check_in(page: Page, home: str) -> None:
    go(page, home, "/reservations")
    href = page.get_by_role("region", name="Upcoming").get_by_role("link").first.get_attribute("href")
    page.goto(f"{home}{href}/check-in")


def _photo(page: Page, home: str) -> None:
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


def _ask_guest(page: Page, home: str) -> None:
    go(page, home, MANAGED + "/book")
    page.get_by_role("link", name="Ask somebody without an account").click()
    page.get_by_role("link", name=re.compile("Meeting room Quai")).click()
    page.get_by_label("Their name").wait_for()


def _book_for_alice(page: Page, home: str) -> None:
    go(page, home, MANAGED + "/book")
    page.get_by_role("searchbox").fill("Alice")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Alice", exact=True).click()
    page.get_by_role("link", name=re.compile("Meeting room Quai")).click()
    page.get_by_label("Title").wait_for()


def _reserve_by_card(page: Page, home: str) -> None:
    _first(page, home, HOUSE, "Meeting room")
    open_free_form(page, page.url)
    page.get_by_label("Bank card").check()
    page.get_by_role("button", name=re.compile("Book and pay")).wait_for()


def _member(page: Page, home: str) -> None:
    _first(page, home, "/admin/members?q=stella", "Stella$")


def _space(page: Page, home: str) -> None:
    _first(page, home, SET_UP + "/spaces", "^Meeting room Quai$")


def _composed(page: Page, home: str) -> None:
    _first(page, home, SET_UP + "/spaces", "^Units of Event hall, whole")


def _plan(page: Page, home: str) -> None:
    """The editor, with something chosen."""
    _first(page, home, SET_UP + "/plan", "^Ground floor$")
    page.get_by_role("button", name=re.compile("^Showroom:")).focus()
    page.locator("[data-chosen]").wait_for()


def _plan_numbers(page: Page, home: str) -> None:
    """Numbers that lie beside the plan."""
    _plan(page, home)
    page.get_by_text("By numbers, without dragging").click()
    form = page.get_by_role("form", name="Showroom")
    form.get_by_label("From the left, m").fill("199")
    form.get_by_role("button", name="Move: Showroom").click()
    page.get_by_text("does not lie on the plan").first.wait_for()


def _price(page: Page, home: str) -> None:
    """With an answer of the tester."""
    _first(page, home, SET_UP + "/prices", "^Meeting room Quai$")
    page.get_by_role("button", name="Show the price").click()
    page.get_by_text("Total").first.wait_for()
    page.evaluate("scrollTo(0, 0)")  # the answer's anchor leaves links half under the bar


def _misfits(page: Page, home: str) -> None:
    """Hours that leave bookings outside."""
    go(page, home, SET_UP + "/hours")
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        page.get_by_label(weekday).fill("08:30-08:45")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save all the same").wait_for()


def _kept_activity(page: Page, home: str) -> None:
    _first(page, home, BOOKS, "^Podcast$")


def _allotting(page: Page, home: str) -> None:
    _kept_activity(page, home)
    page.get_by_label("Amount in EUR").fill("120")
    page.get_by_label("Reference of the books").fill("B-2026-1")
    page.get_by_role("button", name="See what it makes").click()
    page.wait_for_url("**/allot?*")


def _closing_activity(page: Page, home: str) -> None:
    _kept_activity(page, home)
    page.get_by_role("link", name="Look at it first").click()
    page.wait_for_url("**/close")


def _income(page: Page, home: str) -> None:
    go(page, home, BOOKS + "/ledger?kind=income")
    page.locator("td a, th a").and_(page.locator("[href*='/ledger/']")).first.click()
    page.wait_for_url(re.compile(r"/ledger/\d+"))


MAIN_PAGES = [
    Main("home", NOBODY, "/"),
    Main("search", NOBODY, "/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=rooms"),
    Main(
        "search-empty", NOBODY, "/search?where=Brussels&day={sunday}&begins=22:00&ends=23:30&group=workshops"
    ),
    Main("search-wrong", NOBODY, "/search?where=Lille&day={day}&begins=12:00&ends=10:00&people=0", 422),
    Main("venues", NOBODY, "/venues"),
    Main("venue-day", NOBODY, HOUSE + "?day={day}"),
    Main("venue-week", NOBODY, HOUSE + "?day={day}&view=week"),
    Main("venue-month", NOBODY, HOUSE + "?day={day}&view=month"),
    Main("venue-list", NOBODY, HOUSE + "?day={day}&view=list"),
    Main("venue-plan", NOBODY, HOUSE + "/plan?day={day}&begins=10:00&ends=12:00"),
    Main("venue-plan-wrong", NOBODY, HOUSE + "/plan?day={day}&begins=12:00&ends=10:00", 422),
    Main("venue-closed-for-good", NOBODY, "/venues/office-paris"),
    Main("resource", NOBODY, _resource),
    Main("resource-month", NOBODY, _resource_month),
    Main("reserve-guest", NOBODY, _reserve),
    Main("guest", NOBODY, _guest),
    Main("guest-wrong", NOBODY, _guest_wrong, 422),
    Main("guest-code", NOBODY, _guest_code),
    Main("guest-find", NOBODY, "/guest"),
    Main("guest-link-used", NOBODY, "/guest-booking/link/never-made", 410),
    Main("sign-in", NOBODY, "/sign-in"),
    Main("sign-in-code", NOBODY, _asked_for_code),
    Main("sign-in-wrong-code", NOBODY, _wrong_code, 409),
    Main("sign-in-link-used", NOBODY, "/sign-in/link/never-made", 410),
    Main("code-house", NOBODY, _code("Bazaar St-So")),
    Main("code-space", NOBODY, _code("Meeting room Quai")),
    Main("display-pair", NOBODY, "/display"),
    Main("display-space", NOBODY, _display("Meeting room Quai")),
    Main("display-house", NOBODY, _display("The whole house")),
    Main("help", NOBODY, "/help"),
    Main("help-search", NOBODY, "/help?q=passkey"),
    Main("help-page", NOBODY, "/help/book"),
    Main("help-long-page", NOBODY, "/help/managers"),
    Main("accessibility", NOBODY, "/accessibility"),
    Main("privacy", NOBODY, "/privacy"),
    Main("sources", NOBODY, "/sources"),
    Main("not-found", NOBODY, "/nowhere", 404),
    Main("mails", NOBODY, "/demo/mails"),
    Main("search-member", ALICE, "/search?where=Lille&day={day}&people=4"),
    Main("venue-member", ALICE, HOUSE + "?day={day}"),
    Main("venue-plan-member", ALICE, HOUSE + "/plan?day={day}&begins=14:00&ends=16:00"),
    Main("reserve", ALICE, _reserve),
    Main("refused", ALICE, _refused, 409),
    Main("again-list", ALICE, "/again"),
    Main("again", ALICE, _again),
    Main("reservations", ALICE, "/reservations"),
    Main("reservation", ALICE, _reservation),
    Main("change", ALICE, _of_booking("Change")),
    Main("cancel", ALICE, _of_booking("Cancel")),
    Main("reserve-by-card", ALICE, _reserve_by_card),
    Main("check-in", ALICE, _own_check_in),
    Main("code-member", ALICE, _code("Bazaar St-So")),
    Main("take-rest", ALICE, _code("3-D printer", "/take")),
    Main("budgets", ALICE, "/budgets"),
    Main("statement", ALICE, _statement),
    Main("calendar", ALICE, "/calendar"),
    Main("calendar-new-link", ALICE, _new_link),
    Main("settings", ALICE, "/settings"),
    Main("settings-receipts", ALICE, "/settings/receipts"),
    Main("keys", ALICE, "/settings/keys"),
    Main("keys-new", ALICE, _new_key),
    Main("webhooks", STELLA, "/settings/webhooks"),
    Main("webhook", STELLA, _new_webhook),
    Main("manage-day", STELLA, MANAGED + "?day={day}"),
    Main("manage-today", STELLA, MANAGED),
    Main("manage-codes", STELLA, MANAGED + "/codes"),
    Main("manage-displays", STELLA, MANAGED + "/displays"),
    Main("manage-week", STELLA, MANAGED + "?day={day}&view=week"),
    Main("manage-cancel", STELLA, _manage_cancel),
    Main("manage-decline", STELLA, _decline),
    Main("photos-none", STELLA, MANAGED + "/photos"),
    Main("photo", STELLA, _photo),
    Main("photos", STELLA, MANAGED + "/photos"),
    Main("closures", STELLA, MANAGED + "/closures"),
    Main("closing", STELLA, _closing),
    Main("occupancy", STELLA, _report),
    Main("manage-book", STELLA, MANAGED + "/book"),
    Main("manage-book-for", STELLA, _book_for_alice),
    Main("manage-ask-guest", STELLA, _ask_guest),
    Main("card-payments", ADA, "/books/cards"),
    Main("set-up", STELLA, SET_UP),
    Main("set-up-bookings", STELLA, SET_UP + "/bookings"),
    Main("set-up-house", STELLA, SET_UP + "/house"),
    Main("set-up-spaces", STELLA, SET_UP + "/spaces"),
    Main("set-up-space", STELLA, _space),
    Main("set-up-new-space", STELLA, SET_UP + "/spaces/new"),
    Main("set-up-units", STELLA, SET_UP + "/units"),
    Main("set-up-composed", STELLA, _composed),
    Main("set-up-plans", STELLA, SET_UP + "/plan"),
    Main("set-up-plan", STELLA, _plan),
    Main("set-up-plan-numbers", STELLA, _plan_numbers, 422),
    Main("set-up-hours", STELLA, SET_UP + "/hours"),
    Main("set-up-hours-asked", STELLA, _misfits, 409),
    Main("set-up-holidays", STELLA, SET_UP + "/holidays"),
    Main("set-up-prices", STELLA, SET_UP + "/prices"),
    Main("set-up-price", STELLA, _price),
    Main("set-up-hosts", STELLA, SET_UP + "/hosts"),
    Main("set-up-history", STELLA, SET_UP + "/history"),
    Main("books", THEO, BOOKS),
    Main("books-activity", THEO, _kept_activity),
    Main("books-allot", THEO, _allotting),
    Main("books-close", THEO, _closing_activity),
    Main("books-new", THEO, BOOKS + "/activities/new"),
    Main("ledger", THEO, BOOKS + "/ledger"),
    Main("ledger-account", THEO, _income),
    Main("checks", THEO, BOOKS + "/checks"),
    Main("houses", ADA, "/manage"),
    Main("receipts", ADA, "/books/receipts"),
    Main("confirm", STELLA, "/confirm?next=/manage"),
    Main("members", ADA, "/admin/members?q=ste"),
    Main("member", ADA, _member),
    Main("new-house", ADA, "/manage/new"),
    Main("roles", ADA, "/admin/roles"),
]
