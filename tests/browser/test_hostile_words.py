"""Hostile words typed into the forms of the demonstration, and looked at in a real browser: no script of theirs runs.

What other pages make of the words is read in `tests/permissions/test_injection.py`; here a browser is the judge,
with the policy of the pages. The console of each page is silent (`new_page`): a breach of the policy would stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.demonstration import open_free_form
from tests.visiting import HOUSE, MANAGED, sign_in

pytestmark = pytest.mark.browser

RUN = "document.title='owned'"
HOSTILE = f'"><img src=x onerror="{RUN}"><script>{RUN}</script>'


def looked_at(page: Page, address: str) -> str:
    """The text of a page on which no hostile word became anything but text."""
    page.goto(address)
    assert page.title() != "owned", address
    assert page.locator("img[src=x], main script:not([src]):not([type='application/json'])").count() == 0
    return page.locator("body").inner_text()


def saved(page: Page, to: str, **values: str) -> None:
    """Send a form as its page would, without its checks in the browser."""
    answer = page.request.post(to, form=dict(values))
    assert answer.ok, (to, answer.status, answer.text()[:300])


def test_a_browser_would_run_them(new_page: Callable[..., Page]) -> None:
    """The control: put bare into a page without our policy, they do run."""
    page = new_page(1280)
    page.set_content(f'<title>x</title><p title="{HOSTILE}"></p>')
    page.wait_for_function("document.title === 'owned'")


def test_it_works(new_page: Callable[..., Page], home: str) -> None:
    jonas, stella = new_page(1280), new_page(1280)
    sign_in(jonas, home, "Jonas")
    try:
        saved(jonas, f"{home}/settings", name=HOSTILE, language="en", home_city=HOSTILE[:80])
        saved(jonas, f"{home}/settings/keys", name=HOSTILE[:80], scopes="read", days="7")
        saved(jonas, f"{home}/settings/receipts", company=HOSTILE, address=HOSTILE)
        jonas.goto(home + HOUSE)
        jonas.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(2).click()
        open_free_form(jonas, jonas.url.partition("?")[0])
        jonas.get_by_label("What for").fill(HOSTILE)
        jonas.get_by_label("Note to the house").fill(HOSTILE)
        day = jonas.locator("input[name=day]").input_value()
        jonas.get_by_role("button", name=re.compile("^Book$")).click()
        jonas.wait_for_url(re.compile(r"/reservations/[0-9a-f-]{36}$"))
        booked = jonas.url
        for address in (
            booked,
            f"{booked}/change",
            f"{booked}/cancel",
            f"{home}/reservations",
            f"{home}/settings",
            f"{home}/settings/keys",
            f"{home}/settings/receipts",
            f"{home}{HOUSE}?day={day}",
        ):
            looked_at(jonas, address)
        assert "onerror" in looked_at(jonas, booked)
        sign_in(stella, home, "Stella")
        for address in (f"{home}{MANAGED}?day={day}", f"{home}{MANAGED}?day={day}&view=week", booked):
            assert "onerror" in looked_at(stella, address), address
        looked_at(stella, f"{home}/sign-in")
        jonas.request.post(f"{booked}/cancel", form={"reason": HOSTILE})
        assert "onerror" in looked_at(stella, booked)
    finally:
        saved(jonas, f"{home}/settings", name="Jonas", language="de", home_city="Vienna")
