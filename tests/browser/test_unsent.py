"""Signed out elsewhere while a booking form is filled in: sign in again, and what was typed stands there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import open_free_form
from tests.visiting import ALICE, HOUSE, person, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_what_was_typed_comes_back(home: str, new_page: Callable[..., Page], scripts: bool) -> None:
    page = new_page(1440, java_script_enabled=scripts)
    if scripts:
        sign_in(page, home, ALICE)
    else:
        page.goto(f"{home}/sign-in")
        person(page, ALICE).click()
    page.goto(f"{home}{HOUSE}")
    room = page.get_by_role("link", name="Meeting room Quai", exact=True).first.get_attribute("href") or ""
    open_free_form(page, home + room.partition("?")[0])
    page.get_by_label("What for").fill("Lost and found")
    page.get_by_label("Note to the house").fill("We bring a dog.")
    page.get_by_label("How many people").fill("3")
    page.get_by_role("radio", name=re.compile("^Illustration")).check()
    begins = page.get_by_label("From", exact=True).input_value()
    kept = [one for one in page.context.cookies() if not one["name"].endswith("session")]
    page.context.clear_cookies()
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/sign-in?*")
    assert "dog" not in page.url
    assert "Lost" not in page.url
    person(page, ALICE).click()
    page.wait_for_url("**/reserve**")
    assert "dog" not in page.url
    expect(page.get_by_text("What you typed is here again")).to_be_visible()
    expect(page.get_by_label("What for")).to_have_value("Lost and found")
    expect(page.get_by_label("Note to the house")).to_have_value("We bring a dog.")
    expect(page.get_by_label("How many people")).to_have_value("3")
    expect(page.get_by_label("From", exact=True)).to_have_value(begins)
    expect(page.get_by_role("radio", name=re.compile("^Illustration"))).to_be_checked()
    if scripts:  # once is enough: a second booking of hers at this time would be refused
        page.get_by_role("button", name="Book", exact=True).click()
        page.wait_for_url("**/reservations/*-*")
        expect(page.get_by_text("Lost and found")).to_be_visible()
