"""The operator's own tiles (MAP_SOURCE=pmtiles:FILE): read by ranges from this server, drawn, and nobody else asked."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, Response, expect

from tests import pmtiles
from tests.browser.conftest import violations
from tests.browser.test_map import WAIT_MS, pins, start
from tests.demonstration import ROOT, serving

pytestmark = pytest.mark.browser
# What the library's light and dark flavours draw land and water in.
LAND = {"light": (226, 223, 218), "dark": (31, 31, 31)}
WATER = {"light": (128, 222, 234), "dark": (49, 53, 63)}


@pytest.fixture(scope="module")
def tiled() -> Iterator[str]:
    """A server with twenty houses and tiles of its own."""
    folder = Path(tempfile.mkdtemp(prefix="desk-tiles-"))
    try:
        (folder / "own.pmtiles").write_bytes(pmtiles.archive("Ruritania"))
        database = f"sqlite://{folder}/many.sqlite3"
        subprocess.run(
            [sys.executable, "-m", "tests.networks", database, "20", "80"], cwd=ROOT, check=True, timeout=300
        )
        source = f"pmtiles:{folder}/own.pmtiles"
        with serving(folder, MAP_SOURCE=source, MAP_ATTRIBUTION="© Surveyors of Ruritania") as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def share(page: Page, colour: tuple[int, int, int]) -> float:
    """How much of the map has about this colour."""
    seen = Image.open(io.BytesIO(page.locator(".map-live").screenshot())).convert("RGB")
    near = [
        all(abs(a - b) < 8 for a, b in zip(one, colour, strict=True)) for one in seen.get_flattened_data()
    ]
    return sum(near) / len(near)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works(tiled: str, new_page: Callable[..., Page], scheme: str) -> None:
    page = new_page(1440, color_scheme=scheme)
    asked: list[Response] = []
    page.on("response", lambda answer: asked.append(answer))
    page.goto(tiled)
    start(page)
    page.wait_for_timeout(1000)
    read = [one for one in asked if one.url.endswith("/map/tiles.pmtiles")]
    assert read
    assert {one.status for one in read} == {206}
    assert all(one.request.headers["range"].startswith("bytes=") for one in read)
    hosts = {urlsplit(one.url).netloc for one in asked if not one.url.startswith(("blob:", "data:"))}
    assert hosts == {urlsplit(tiled).netloc}
    policy = asked[0].headers["content-security-policy"]
    assert "connect-src 'self';" in policy
    assert "worker-src 'self';" in policy
    assert not [one for one in asked if "/tiles-" in one.url]  # ours are not asked for
    assert share(page, LAND[scheme]) > 0.3
    assert share(page, WATER[scheme]) > 0.02
    expect(page.get_by_text("© Surveyors of Ruritania")).to_be_visible()
    assert pins(page).count() > 2


def test_it_answers_the_hand_and_has_cards(tiled: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(tiled)
    start(page)
    here = page.locator(".map-here")
    before = here.get_attribute("href") or ""
    page.get_by_role("button", name="Closer").click()
    expect(here).not_to_have_attribute("href", before, timeout=WAIT_MS)
    single = page.get_by_role("button", name=re.compile(r"^House \d+, ")).first
    single.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-card")).to_contain_text("House")
    assert violations(page) == []
