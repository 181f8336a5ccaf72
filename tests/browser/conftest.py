"""Chromium, a server of the demonstration for all these tests, and pages of people who look at it.

Everything lives as long as this folder's tests: Playwright's loop may not be running when other tests start theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.demonstration import ROOT, chromium, demonstration

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What can differ between the themes: they change nothing but colours.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Chromium complains so of each page that says no; the tests look at the status themselves.
OWN_STATUS = "the server responded with a status of 4"
# It also complains of its own drawing of maps, where there is no graphics card.
OWN_DRIVER = "GL Driver Message"

Complaints = list[str]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = chromium(playwright)
        yield made
        made.close()


@pytest.fixture(scope="package")
def home() -> Iterator[str]:
    """The address of the demonstration, made once for all these tests."""
    with demonstration() as address:
        yield address


@pytest.fixture
def complaints() -> Complaints:
    """What the console of the pages under test said: errors, warnings, scripts that broke, breaches of the policy."""
    return []


@pytest.fixture
def new_page(browser: Browser, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """new_page(width, **options) opens a page in a context of its own. What its console says is a failure."""
    contexts = []

    def new_page(width: int, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            reduced_motion="reduce",
            locale="en-GB",
            **options,
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        listen(page, complaints)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert complaints == []


def listen(page: Page, complaints: Complaints) -> None:
    """Write down what the console says from now on."""

    def heard(message: ConsoleMessage) -> None:
        own = OWN_STATUS in message.text or OWN_DRIVER in message.text
        if message.type in ("error", "warning") and not own:
            complaints.append(f"{page.url} {message.type}: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(f"{page.url} script: {error}"))


def violations(page: Page, rules: Any = EVERYTHING) -> list[Any]:
    """What axe finds against WCAG 2.0 to 2.2, A and AA, and good practice: [rule, [elements]]."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    script = """async (rules) => (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations
        .map(found => [found.id, found.nodes.map(node => node.html.slice(0, 300) + ' ' + node.failureSummary)])"""
    return page.evaluate(script, rules)
