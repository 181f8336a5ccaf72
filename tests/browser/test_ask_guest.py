"""A host asks somebody without an account, in a real browser: the price follows the time, and nothing typed leaks."""

from __future__ import annotations

import re

import pytest

from tests.visiting import MANAGED, sign_in

pytestmark = pytest.mark.browser


def test_the_price_follows_the_time_and_the_mail_is_sent(new_page, home):
    page = new_page(1280)
    sign_in(page, home, "Stella")
    page.goto(f"{home}{MANAGED}/book")
    page.get_by_role("link", name="Ask somebody without an account").click()
    page.get_by_role("link", name=re.compile("Meeting room Quai")).click()
    page.get_by_label("Their name").fill("Greta")
    page.get_by_label("Their e-mail").fill("greta@guest.example")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "GET" else None)
    before = page.locator("#price").inner_text()
    ends = page.get_by_label("Until", exact=True)
    ends.select_option(ends.locator("option:has(+ option:checked)").get_attribute("value"))
    page.wait_for_function("before => document.querySelector('#price').innerText !== before", arg=before)
    assert asked
    assert not any("greta" in each or "name=" in each for each in asked), asked
    page.get_by_role("button", name=re.compile("Hold it and ask for")).click()
    page.get_by_text("Greta gets a mail with the way to pay").wait_for()
    row = page.locator("li, tr").filter(has_text="Greta").first
    row.get_by_text("To be paid").wait_for()
