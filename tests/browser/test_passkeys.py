"""Passkeys in a real browser with a virtual device: made, used to sign in, and asked for before a manager writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import violations
from tests.visiting import MANAGED, sign_in

pytestmark = pytest.mark.browser

MAIL_WITHIN_MS = 60_000
FAR = date.today() + timedelta(days=390)


def device(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """A device that asks its person, who always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    wish = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **options,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": wish})
    return session, made["authenticatorId"]


def sign_in_by_mail(page: Page, home: str, email: str) -> None:
    """As anybody does: a code by mail, typed in."""
    mails = page.context.new_page()
    mails.goto(f"{home}/demo/mails")
    before = mails.get_by_role("link", name=re.compile("Your way in")).count()
    page.goto(f"{home}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a link and a code").click()
    page.wait_for_url("**/sign-in/*-*")
    expect(mails.locator("main")).to_be_visible()
    for _try in range(60):
        mails.goto(f"{home}/demo/mails")
        if mails.get_by_role("link", name=re.compile("Your way in")).count() > before:
            break
        mails.wait_for_timeout(200)
    mails.get_by_role("link", name=re.compile("Your way in")).first.click()
    code = re.search(r"\b(\d{6})\b", mails.locator("main").inner_text())
    assert code
    mails.close()
    page.get_by_label("Code of six digits").fill(code[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Hello ").first.wait_for()


def close_the_house(page: Page, home: str, reason: str) -> None:
    """Far away, where nobody books; up to the last press."""
    page.goto(f"{home}{MANAGED}/closures")
    page.get_by_label("First day").fill(FAR.isoformat())
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="See whom it touches").click()
    page.get_by_role("button", name=re.compile("^Close")).click()


def open_again(page: Page, home: str) -> None:
    page.goto(f"{home}{MANAGED}/closures")
    while (button := page.get_by_role("button", name=re.compile("^Open again"))).count():
        button.first.click()
        page.wait_for_load_state()


def test_a_managers_way(new_page: Callable[..., Page], home: str) -> None:
    """By mail, without a passkey: asked for one, and what was typed is sent. Then in by the passkey, and not asked."""
    page = new_page(1440)
    sign_in(page, home, "Stella")  # so that her pages are in English
    page.get_by_text("Stella").first.click()
    page.get_by_role("button", name="Sign out").click()
    email = "stella@demo.example"
    sign_in_by_mail(page, home, email)
    device(page)
    close_the_house(page, home, "The lift is <mended>")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make your passkey first")
    assert violations(page) == []
    page.get_by_label("What to call it").fill("Stella's laptop")
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/closures")
    expect(page.get_by_text("Your passkey is kept.")).to_be_visible()
    expect(page.get_by_text("The lift is <mended>").first).to_be_visible()
    open_again(page, home)

    page.get_by_text("Stella").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home}/sign-in?next={MANAGED}/closures")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("Hello ").first.wait_for()
    close_the_house(page, home, "The lift again")
    expect(page.get_by_text("Closed:").first).to_be_visible()
    open_again(page, home)

    # By mail once more: only to be looked at, until she shows it.
    page.get_by_text("Stella").first.click()
    page.get_by_role("button", name="Sign out").click()
    sign_in_by_mail(page, home, email)
    close_the_house(page, home, "The lift, third time")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm with your passkey")
    assert violations(page) == []
    page.get_by_role("button", name="Show your passkey").click()
    expect(page.get_by_text("Confirmed for 12 hours in this browser.")).to_be_visible()
    expect(page.get_by_text("The lift, third time").first).to_be_visible()
    open_again(page, home)

    page.goto(f"{home}/settings")
    page.get_by_role("link", name="Rename or remove Stella's laptop").click()
    assert violations(page) == []
    page.get_by_role("button", name="Remove this passkey").click()
    expect(page.get_by_text("Stella's laptop is removed.")).to_be_visible()


def test_what_a_device_may_answer(new_page: Callable[..., Page], home: str) -> None:
    """No device, a person who says no, a second passkey on one device, one that was removed."""
    page = new_page(390)
    sign_in(page, home, "Alice")
    session, id = device(page, isUserVerified=False)
    page.goto(f"{home}/settings")
    add = page.get_by_role("button", name="Add a passkey")
    said = page.locator("desk-passkey [data-state]")
    add.click()
    expect(said).to_contain_text("Nothing was done")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": id, "isUserVerified": True})
    page.get_by_label("What to call it").fill("Phone")
    page.get_by_label("What to call it").press("Enter")
    expect(page.get_by_text("Your passkey is kept.")).to_be_visible()
    page.get_by_role("button", name="Add a passkey").click()
    expect(said).to_contain_text("This device has a passkey for you already.")
    page.get_by_role("link", name="Rename or remove Phone").click()
    page.get_by_role("button", name="Remove this passkey").click()
    expect(page.get_by_text("Phone is removed.")).to_be_visible()
    page.goto(f"{home}/")
    page.locator("desk-menu summary").nth(1).click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(said).to_contain_text("We do not know this passkey")
    assert page.get_by_role("button", name="Sign in with a passkey").is_enabled()


def test_without_scripts(new_page: Callable[..., Page], home: str) -> None:
    page = new_page(390, java_script_enabled=False)
    page.goto(f"{home}/sign-in")
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_role("button", name="Send me a link and a code")).to_be_visible()
