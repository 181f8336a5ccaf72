"""A main page, and how to get there; signing in as one of the people of the demonstration."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Locator, Page

from tests.demonstration import open_tuesday

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
