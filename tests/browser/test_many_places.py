"""The interactive map with 5 000 houses: they come, cluster, follow the hand, open, and are filtered by a search."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_map import WAIT_MS, pins, start
from tests.demonstration import ROOT, open_tuesday, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOUSES = 5_000
SINGLE = re.compile(r"^House \d+, \w+: ")


@pytest.fixture(scope="module")
def many() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="desk-many-"))
    try:
        # By another process: a loop runs in this one.
        command = [sys.executable, "-m", "tests.networks", f"sqlite://{folder}/many.sqlite3"]
        subprocess.run([*command, str(HOUSES), str(HOUSES + 100)], cwd=ROOT, check=True, timeout=600)
        with serving(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def took(record_property: Callable[[str, object], None]) -> Callable[[str, float], None]:
    """Say how long something took, for docs/performance.md; nothing fails for it."""

    def took(what: str, since: float) -> None:
        seconds = time.monotonic() - since
        record_property(what, round(seconds, 2))
        print(f"{what}: {seconds:.2f} s")

    return took


def standing(page: Page) -> int:
    """How many houses the pins in sight stand for."""
    counts = page.locator("button.map-live-pin text.map-count").all_text_contents()
    return sum(map(int, counts)) + pins(page).count() - len(counts)


def until_single(page: Page) -> None:
    """Closer and closer, into the largest cluster in sight, until a house stands alone."""
    for _step in range(12):
        if page.get_by_role("button", name=SINGLE).count():
            return
        before = page.locator(".map-here").get_attribute("href")
        pins(page).first.click()
        expect(page.locator(".map-here")).not_to_have_attribute("href", before or "", timeout=WAIT_MS)
    raise AssertionError("no house stands alone")


def test_they_cluster_follow_and_open(
    many: str, new_page: Callable[..., Page], took: Callable[[str, float], None]
) -> None:
    page = new_page(1440)
    since = time.monotonic()
    page.goto(many)
    took("the first page with the drawn map", since)
    since = time.monotonic()
    start(page)
    expect(pins(page).first).to_be_visible(timeout=WAIT_MS)
    took("the interactive map with its clusters", since)
    assert standing(page) == HOUSES
    assert pins(page).count() < 150
    here = page.locator(".map-here")
    land = page.get_by_role("region", name="Map", exact=True)
    land.focus()
    for key, what in (("Equal", "one step closer"), ("ArrowRight", "a step aside")):
        before = here.get_attribute("href") or ""
        since = time.monotonic()
        page.keyboard.press(key)
        expect(here).not_to_have_attribute("href", before, timeout=WAIT_MS)
        took(what, since)
    before = here.get_attribute("href") or ""
    box = land.bounding_box()
    assert box
    page.mouse.move(box["x"] + 300, box["y"] + 500)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, box["y"] + 560, steps=6)
    since = time.monotonic()
    page.mouse.up()
    expect(here).not_to_have_attribute("href", before, timeout=WAIT_MS)
    took("after it was dragged", since)
    until_single(page)
    single = page.get_by_role("button", name=SINGLE).first
    name = (single.get_attribute("aria-label") or "").split(",")[0]
    since = time.monotonic()
    single.focus()
    page.keyboard.press("Enter")
    card = page.locator(".map-card")
    expect(card).to_contain_text(name)
    took("the card of a house", since)
    card.get_by_role("link", name=f"See the place: {name}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_search_filters_them(
    many: str, new_page: Callable[..., Page], took: Callable[[str, float], None]
) -> None:
    page = new_page(1440)
    day = open_tuesday()
    since = time.monotonic()
    page.goto(f"{many}/search?day={day}&begins=10:00&ends=12:00")
    took("a search of all of Europe", since)
    expect(page.locator(".map-first")).to_contain_text("the first 100 houses")
    since = time.monotonic()
    start(page)
    expect(pins(page).first).to_be_visible(timeout=WAIT_MS)
    took("all of its houses on the interactive map", since)
    expect(page.locator(".map-first")).to_be_hidden()
    assert standing(page) == HOUSES
    since = time.monotonic()
    page.goto(f"{many}/search?day={day}&begins=10:00&ends=12:00&features=projector&people=6")
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
    expect(pins(page).first).to_be_visible(timeout=WAIT_MS)
    took("the same with a projector for six", since)
    assert 100 < standing(page) < HOUSES * 0.8
    page.goto(f"{many}/search?day={day}&begins=10:00&ends=12:00&where=Brussels")
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
    expect(pins(page).first).to_be_visible(timeout=WAIT_MS)
    listed = page.locator("[id^=venue-]").count()
    assert listed <= 20 < standing(page) < 150
    # A house that the list on this page has leads there, another one to its own page on that day.
    until_single(page)
    pin = page.get_by_role("button", name=SINGLE).first
    pin.focus()
    page.keyboard.press("Enter")
    address = page.locator(".map-card a").first.get_attribute("href") or ""
    assert re.fullmatch(rf"#venue-\d+|/venues/house-\d+\?day={day}", address)
