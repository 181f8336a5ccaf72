"""The double's Checkout and 3-D Secure pages in a browser: with the mouse, with the keyboard, on a phone, for axe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import violations
from tests.browser.hands import Keyboard, Mouse
from tests.stripe import DECLINED, KEY, NEEDS_3DS, OK, Double, running

pytestmark = pytest.mark.browser
NOT_STRIPE = "This is not Stripe: a stand-in for demonstrations and tests, no card is charged."


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with running() as started:
        yield started


@pytest.fixture
def checkout(double: Double) -> dict[str, Any]:
    """A session whose shop is the double's own list of payments."""
    form = {
        "mode": "payment",
        "success_url": f"{double.url}/_double/?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{double.url}/_double/?given=up",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "3025",
        "line_items[0][price_data][product_data][name]": "Meeting room, two hours",
    }
    answer = httpx.post(f"{double.url}/v1/checkout/sessions", data=form, auth=(KEY, ""), trust_env=False)
    return answer.json()


def state(double: Double, checkout: dict[str, Any]) -> str:
    url = f"{double.url}/v1/checkout/sessions/{checkout['id']}"
    return httpx.get(url, auth=(KEY, ""), trust_env=False).json()["status"]


def fill(hands: Mouse, page: Page, number: str) -> None:
    for label, text in (
        ("E-mail", "ada@example.org"),
        ("Card number", number),
        ("Expiry", "12 / 34"),
        ("Security code", "123"),
        ("Name on the card", "Ada"),
    ):
        hands.write(page.get_by_label(label), text)


@pytest.mark.parametrize("hands", [Mouse, Keyboard])
def test_it_works(
    hands: Callable[[Page], Mouse], double: Double, checkout: dict[str, Any], new_page: Callable[..., Page]
) -> None:
    page = new_page(1280)
    use = hands(page)
    page.goto(checkout["url"])
    expect(page.get_by_text(NOT_STRIPE)).to_be_visible()
    fill(use, page, DECLINED)
    use.press(page.get_by_role("button", name="Pay EUR 30.25"))
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    expect(page.get_by_label("Card number")).to_have_value("")
    expect(page.get_by_label("Name on the card")).to_have_value("Ada")
    fill(use, page, OK)
    use.press(page.get_by_role("button", name="Pay EUR 30.25"))
    expect(page).to_have_url(re.compile(f"session={checkout['id']}$"))
    assert state(double, checkout) == "complete"


def test_three_d_secure(double: Double, checkout: dict[str, Any], new_page: Callable[..., Page]) -> None:
    page = new_page(390)
    page.goto(checkout["url"])
    fill(Mouse(page), page, NEEDS_3DS)
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    expect(page.get_by_text(NOT_STRIPE)).to_be_visible()
    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("unable to authenticate")
    fill(Mouse(page), page, NEEDS_3DS)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Complete").click()
    expect(page).to_have_url(re.compile(f"session={checkout['id']}$"))
    page.go_back()
    assert state(double, checkout) == "complete"


def test_giving_up(double: Double, checkout: dict[str, Any], new_page: Callable[..., Page]) -> None:
    page = new_page(390)
    page.goto(checkout["url"])
    page.get_by_role("link", name="Go back without paying").click()
    expect(page).to_have_url(re.compile("given=up"))
    page.goto(checkout["url"])
    fill(Mouse(page), page, NEEDS_3DS)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("link", name="Walk away").click()
    expect(page).to_have_url(re.compile("given=up"))
    assert state(double, checkout) == "open"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_everybody_can_use_it(
    double: Double, checkout: dict[str, Any], new_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = new_page(width, color_scheme=scheme)
    page.goto(checkout["url"])
    looked_at(page)
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_contain_text("fields need another look")
    looked_at(page)
    fill(Mouse(page), page, NEEDS_3DS)
    page.get_by_role("button", name="Pay").click()
    looked_at(page)
    page.goto(f"{double.url}/_double/")
    looked_at(page)
    page.get_by_role("link", name="payment_intent.created").first.click()
    looked_at(page)
    page.goto(f"{double.url}/c/pay/cs_test_nothing")
    looked_at(page)


def looked_at(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
