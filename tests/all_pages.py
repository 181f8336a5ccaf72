"""Every page there is, for tests and pictures: the main pages, and those that take a longer way.

A page that answers HTML and is not here is named in NOT_PAGES with the reason; `test_all_pages` says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from playwright.sync_api import Page
from starlette.routing import Match, Route

from tests.demonstration import open_free_form
from tests.main_pages import MAIN_PAGES
from tests.visiting import ADA, ALICE, BOOKS, HOUSE, MANAGED, NOBODY, STELLA, THEO, Main, go, sign_in

MAILS_WITHIN_MS = 60_000

# Routes that are asked by a browser and show no page of their own.
NOT_PAGES = {
    "quote": "a part of the booking form, which asks for it while one types",
    "sign_in_oidc_back": "leads on; the provider sends people there",
    "display_now": "a part of a display, which asks for it each minute",
    "display_worker": "a script",
    "photo": "a picture",
    "plan_picture": "a picture",
    "setup_plan_file": "a drawing, to keep",
    "map_drawing": "a part of the first page, which fetches it",
    "map_settings": "for the interactive map",
    "map_venues": "for the interactive map",
    "map_found": "for the interactive map",
    "map_tiles": "for the interactive map",
    "live": "a stream of what changes",
    "manage_live": "a stream of what changes in a house",
    "manage_photo_whole": "a picture",
    "own_data": "a file",
    "receipt": "a PDF",
    "budget_pdf": "a PDF",
    "guest_receipt": "a PDF",
    "guest_reservation_ics": "a calendar",
    "reservation_ics": "a calendar",
    "feed": "a calendar",
    "health": "for machines",
    "ready": "for machines",
    "robots": "for machines",
    "manifest": "for machines",
}


def mailed(page: Page, home: str, address: str, pattern: str) -> str:
    """What a pattern finds in the newest mail to somebody, which may still be on its way."""
    waited = 0
    while waited < MAILS_WITHIN_MS:
        page.goto(f"{home}/demo/mails")
        rows = page.locator("main").get_by_role("listitem").filter(has_text=address)
        for number in range(min(3, rows.count())):
            href = rows.nth(number).get_by_role("link").get_attribute("href")
            page.goto(f"{home}{href}")
            if found := re.search(pattern, page.locator("main").inner_text(), re.MULTILINE):
                return found[1] if found.groups() else found[0]
            page.go_back()
        page.wait_for_timeout(500)
        waited += 500
    raise AssertionError(f"no mail to {address} says {pattern}")


def pay_with(page: Page, number: str = "4242424242424242") -> None:
    """On the payment page of the double."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("G. Guest")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/paid")


def ask_as_guest(page: Page, home: str, address: str) -> None:
    """From a room of the house in Lille to the page that asks for the code."""
    go(page, home, HOUSE)
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(1).click()
    room = page.url.partition("?")[0]
    open_free_form(page, room)
    page.get_by_role("button", name="Book as a guest").click()
    page.wait_for_url("**/guest?*")
    page.get_by_label("Your name").fill("Greta Guest")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("What for").fill("Rehearsal")
    page.get_by_role("button", name="Go on: confirm your e-mail").click()
    page.wait_for_url("**/guest-booking/*")


@cache
def _guests_page(page: Page, home: str) -> str:
    """A guest's booking, made and paid once: the address of its page."""
    ask_as_guest(page, home, "gerd@guest.example")
    confirm = page.url
    code = mailed(page, home, "gerd@guest.example", r"^\s*(\d{6})\s*$")
    page.goto(confirm)
    page.get_by_label("Code of six digits").fill(code)
    page.get_by_role("button", name=re.compile("Book and pay")).click()
    page.wait_for_url("**/c/pay/**")
    pay_with(page)
    page.get_by_role("link", name="See your booking").click()
    page.wait_for_url(re.compile(r"/guest/[\w-]{43}$"))
    return page.url


def _guest(more: str = "") -> Callable[[Page, str], None]:
    def way(page: Page, home: str) -> None:
        page.goto(_guests_page(page, home) + more)

    return way


def _guest_link(page: Page, home: str) -> None:
    ask_as_guest(page, home, "gisela@guest.example")
    page.goto(mailed(page, home, "gisela@guest.example", r"http\S+/guest-booking/link/\S+"))


def _sign_in_link(page: Page, home: str) -> None:
    go(page, home, "/sign-in")
    page.get_by_label("E-mail").fill("bob@demo.example")
    page.get_by_label("E-mail").press("Enter")
    page.wait_for_url("**/sign-in/*-*")
    page.goto(mailed(page, home, "bob@demo.example", r"http\S+/sign-in/link/\S+"))


def _mail(page: Page, home: str) -> None:
    mailed(page, home, "bob@demo.example", r"http\S+/sign-in/link/\S+")


def _unpaid(page: Page, home: str) -> None:
    """Alice goes to the payment page and comes back without paying."""
    go(page, home, HOUSE)
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(2).click()
    open_free_form(page, page.url.partition("?")[0])
    page.get_by_label("Bank card").check()
    page.get_by_role("button", name=re.compile("Book and pay")).click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("link", name="Go back without paying").click()
    page.get_by_role("heading", name="Not paid yet").wait_for()


@cache
def _dated(page: Page, home: str) -> str:
    """Four dates of a room in Lille, booked once: the address of the first one's page."""
    go(page, home, HOUSE)
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(3).click()
    open_free_form(page, page.url.partition("?")[0])
    page.get_by_label("Repeat").select_option("week")
    page.get_by_label("How many times").fill("4")
    page.get_by_label("How many times").blur()
    page.get_by_text(re.compile(r"Every .*day, \d dates")).wait_for()
    for _date in range(page.locator("#quote .clash").count()):
        before = page.locator("#quote .clash input:checked").count()
        page.locator("#quote .clash").nth(before).get_by_label("Leave this date out").check()
        page.wait_for_timeout(800)
    page.get_by_role("button", name="Book all of it").click()
    page.wait_for_url(re.compile(r"/reservations/[0-9a-f-]{36}$"))
    return page.url


def _asked_series(page: Page, home: str) -> None:
    """Alice asks for two dates of a space whose host answers; from the host's page to one answer for both."""
    go(page, home, MANAGED)
    all_of_it = page.get_by_role("link", name="Decline all")
    if not all_of_it.count():
        assert page.context.browser is not None
        context = page.context.browser.new_context(locale="en-GB")
        asking = context.new_page()
        sign_in(asking, home, ALICE)
        go(asking, home, HOUSE)
        asking.get_by_role("link", name=re.compile("Team office", re.I)).first.click()
        open_free_form(asking, asking.url.partition("?")[0])
        asking.get_by_label("Repeat").select_option("week")
        asking.get_by_label("How many times").fill("2")
        asking.get_by_label("How many times").blur()
        asking.get_by_text(re.compile(r"Every .*day, \d dates?")).wait_for()
        asking.get_by_role("button", name="Ask for all of it").click()
        asking.wait_for_url(re.compile(r"/reservations/[0-9a-f-]{36}$"))
        context.close()
        page.reload()
    all_of_it.first.click()
    page.wait_for_url("**/decline")


def _series(more: str = "") -> Callable[[Page, str], None]:
    def way(page: Page, home: str) -> None:
        page.goto(_dated(page, home) + more)

    return way


def _passkey(page: Page, home: str) -> None:
    """A passkey of a device that always says yes; the one of an earlier run, where there is one."""
    go(page, home, "/settings")
    page.get_by_role("heading", name="Passkeys").wait_for()
    laptop = page.get_by_role("link", name="Rename or remove Laptop").first
    if laptop.count():
        laptop.click()
        return
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    says_yes = ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation")
    wish = {"protocol": "ctap2", "transport": "internal"} | dict.fromkeys(says_yes, True)
    session.send("WebAuthn.addVirtualAuthenticator", {"options": wish})
    page.get_by_label("What to call it").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("Your passkey is kept.").wait_for()
    page.goto(f"{home}/settings")
    laptop.click()


def _mails(page: Page, home: str) -> None:
    """What the link in a mail leads to, as this server signs it."""
    said = "1.reminders"
    made = hmac.new(b"mails only-for-browsers", said.encode(), hashlib.sha256).digest()
    page.goto(f"{home}/mails/{said}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}")


def _books_reservation(page: Page, home: str) -> None:
    go(page, home, BOOKS + "/ledger?kind=income")
    page.locator("td a, th a").and_(page.locator("[href*='/ledger/']")).first.click()
    page.wait_for_url(re.compile(r"/ledger/\d+"))
    page.locator("td a").first.click()
    page.wait_for_url("**/reservations/*-*")


ALL_PAGES = [
    *MAIN_PAGES,
    Main("guest-link", NOBODY, _guest_link),
    Main("guest-reservation", NOBODY, _guest()),
    Main("guest-paid", NOBODY, _guest("/paid")),
    Main("guest-change", NOBODY, _guest("/change")),
    Main("guest-cancel", NOBODY, _guest("/cancel")),
    Main("sign-in-link", NOBODY, _sign_in_link),
    Main("mail", NOBODY, _mail),
    Main("mails-less", NOBODY, _mails),
    Main("style-guide", NOBODY, "/styleguide"),
    Main("not-paid", ALICE, _unpaid),
    Main("series", ALICE, _series()),
    Main("series-change", ALICE, _series("/series/change")),
    Main("series-cancel", ALICE, _series("/series/cancel")),
    Main("series-decline", STELLA, _asked_series),
    # Not of a manager: who has one is asked for it from then on, here and in every test that follows.
    Main("settings-passkey", ALICE, _passkey),
    Main("books-reservation", THEO, _books_reservation),
    Main("all-books", ADA, "/books"),
    Main("books-seller", THEO, "/books/smartde/seller"),
]


def route_of(address: str) -> str:
    """The name of the route that answers an address with GET, or ""."""
    from booking.web.routes import routes

    path = urlsplit(address).path
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] == Match.FULL:
            return route.name or ""
    return ""
