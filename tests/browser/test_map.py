"""The interactive map: comes when asked for, has names and keys, follows the search, stays away where it must."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import listen, violations
from tests.demonstration import open_tuesday

pytestmark = pytest.mark.browser
WAIT_MS = 60_000  # without a graphics card, beside other tests


def start(page: Page) -> None:
    page.get_by_role("button", name="Interactive map").click()
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)


def pins(page: Page) -> Any:
    return page.locator("button.map-live-pin")


def test_it_works(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home)
    page.wait_for_timeout(1500)
    assert not [url for url in asked if "map-live" in url or "maplibre" in url or "/tiles-" in url]
    start(page)
    expect(page.get_by_role("region", name="Map", exact=True)).to_be_visible()
    expect(page.locator(".map-sheet")).to_be_hidden()
    expect(page.get_by_role("button", name="Interactive map")).to_be_hidden()
    expect(page.get_by_role("link", name="GeoNames").first).to_be_visible()
    assert pins(page).count() > 5
    names = [pin.get_attribute("aria-label") for pin in pins(page).all()]
    assert all(re.fullmatch(r".+: (\d+ places.*|.+)", name) for name in names)
    assert all(
        urlsplit(url).netloc == urlsplit(home).netloc
        for url in asked
        if not url.startswith(("blob:", "data:"))
    )
    assert any("/tiles-" in url for url in asked)
    assert not [url for url in asked if url.startswith("blob:") and url.endswith(".js")]


def test_a_cluster_opens_and_a_place_has_a_card(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(home)
    start(page)
    cluster = (
        page.get_by_role("button", name=re.compile(r"Lille.*|Liège.*|Brussels.*")).and_(pins(page)).first
    )
    before = cluster.get_attribute("aria-label")
    cluster.click()
    expect(page.get_by_role("button", name=before, exact=True)).to_have_count(0, timeout=WAIT_MS)
    for _step in range(6):
        single = pins(page).filter(has_not=page.locator("text.map-count"))
        if single.count():
            break
        pins(page).first.click()
        page.wait_for_timeout(500)
    name = single.first.get_attribute("aria-label").split(",")[0]
    single.first.focus()
    page.keyboard.press("Enter")
    card = page.locator(".map-card")
    expect(card).to_contain_text(name)
    link = card.get_by_role("link", name=f"See the place: {name}")
    assert "/venues/" in link.get_attribute("href")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(single.first).to_be_focused()


def test_it_works_by_keyboard(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(home)
    page.get_by_role("button", name="Interactive map").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
    here = page.locator(".map-here")
    land = page.get_by_role("region", name="Map", exact=True)
    expect(land).to_be_focused()
    first = here.get_attribute("href")
    page.keyboard.press("Equal")
    expect(here).not_to_have_attribute("href", first)
    closer = here.get_attribute("href")
    page.keyboard.press("ArrowRight")
    expect(here).not_to_have_attribute("href", closer)
    page.keyboard.press("Tab")
    expect(pins(page).first).to_be_focused()
    page.locator(".map").get_by_role("link", name="Skip the map").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "cities"


def test_search_this_area_keeps_the_rest_of_the_search(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(home)
    start(page)
    form = page.get_by_role("search")
    form.get_by_label("Where", exact=True).fill("Paris")
    form.get_by_label("Day", exact=True).fill(str(open_tuesday()))
    form.get_by_label("What", exact=True).select_option("rooms")
    page.get_by_role("link", name="Search this area").click()
    page.wait_for_url("**/search?**")
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["group"], asked["day"]) == (["rooms"], [str(open_tuesday())])
    assert "where" not in asked
    assert len(asked["box"][0].split(",")) == 4
    expect(page.get_by_role("heading", level=1)).to_contain_text("in this part of the map")
    # Who asked for the interactive map has it at once on the next page.
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name=re.compile("This part of the map")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in all of Europe")


def test_the_map_shows_what_was_searched_for(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    day = open_tuesday()
    page.goto(f"{home}/search?where=Lille&day={day}&radius=10")
    start(page)
    shown = {one.get_attribute("id") for one in page.locator("[id^=venue-]").all()}
    assert shown
    names = " ".join(pin.get_attribute("aria-label") for pin in pins(page).all())
    assert "Lille" in names
    assert "Berlin" not in names
    page.goto(f"{home}/search?where=Berlin&day={day}&radius=10")
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
    expect(pins(page).first).to_have_attribute("aria-label", re.compile("Berlin"))


def test_its_list_for_those_who_listen(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.goto(f"{home}/search?where=Berlin&day={open_tuesday()}&radius=10")
    start(page)
    expect(page.locator(".map")).to_match_aria_snapshot("""
        - group "Map":
          - link "Skip the map"
          - region "Map"
          - button /Berlin/
          - button "Closer"
          - button "Farther"
          - group:
            - link "Natural Earth"
            - link "GeoNames"
            - link "CC BY 4.0"
          - link "Search this area"
    """)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(home: str, new_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = new_page(width, color_scheme=scheme)
    for address in (home, f"{home}/search?where=Lille&day={open_tuesday()}"):
        page.goto(address)
        if address == home:
            start(page)
        page.locator(
            ".map"
        ).scroll_into_view_if_needed()  # it comes by itself on the second page, once in sight
        expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)
        if (single := pins(page).filter(has_not=page.locator("text.map-count"))).count():
            single.first.click()
            expect(page.locator(".map-card")).to_be_visible()
        # Where the tab bar happens to lie over half a field, axe measures the other half.
        page.evaluate("scrollTo(0, 0)")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_browser_that_draws_no_maps_keeps_the_drawn_one(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.add_init_script("""
        const own = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind.startsWith("webgl") ? null : own.call(this, kind, ...more);
        };""")
    page.goto(home)
    page.get_by_role("button", name="Interactive map").click()
    expect(page.locator("desk-map [role=status]")).to_contain_text("the same places")
    expect(page.locator(".map-sheet")).to_be_visible()
    expect(page.get_by_role("button", name="Interactive map")).to_be_hidden()
    assert page.locator(".map-live").count() == 0


def test_without_javascript_the_drawn_map_leads_everywhere(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440, java_script_enabled=False)
    page.goto(home)
    expect(page.locator(".map-sheet")).to_be_visible()
    expect(page.locator("[data-map-start]")).to_be_hidden()
    page.locator(".map-layer-middle a.map-pin, .map-layer-wide a.map-pin").locator(
        "visible=true"
    ).first.focus()
    assert page.locator("a.map-pin").count() > 5


def test_where_data_are_saved_it_comes_only_by_its_button(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(1440)
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    page.goto(home)
    start(page)
    page.goto(home)
    page.wait_for_timeout(2000)
    assert page.locator(".map-live").count() == 0
    expect(page.get_by_role("button", name="Interactive map")).to_be_visible()


def test_on_a_phone_a_tap_on_the_land_brings_it(home: str, new_page: Callable[..., Page]) -> None:
    page = new_page(390, has_touch=True, is_mobile=True)
    page.goto(home)
    sheet = page.locator(".map-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.06, box["y"] + box["height"] * 0.4)
    expect(page.locator(".map-live-shown")).to_be_visible(timeout=WAIT_MS)


def test_the_page_follows_what_happens(home: str, new_page: Callable[..., Page]) -> None:
    """The states on an open page come from the stream: here one that was told wrong is put right."""
    page = new_page(1440)
    page.goto(home)
    tag = page.locator("[data-live^='city-'] .tag").first
    right = tag.inner_text()
    expect(page.get_by_text("Load the page again")).to_be_hidden()
    page.evaluate("""() => {
        for (const place of document.querySelectorAll("[data-live^='city-']")) place.textContent = "Nobody knows";
        const live = document.querySelector("desk-live");
        live.remove();
        live.dataset.since = "0";
        document.body.append(live);
    }""")
    expect(page.locator("[data-live^='city-'] .tag").first).to_have_text(right, timeout=WAIT_MS)


def test_the_first_page_stays_light_and_its_largest_part_comes_from_the_server(
    home: str, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, float] = {}
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.add_init_script("""
        new PerformanceObserver((list) => { window.largest = list.getEntries().at(-1).element?.outerHTML; })
          .observe({ type: "largest-contentful-paint", buffered: true });""")
    page.goto(home)
    page.wait_for_timeout(2500)
    assert sum(sizes.values()) < 170_000, sizes
    largest = page.evaluate("window.largest")
    served = context.request.get(home).text()
    assert largest
    assert re.sub(r"\s+", " ", largest)[:40] in re.sub(r"\s+", " ", served)
    context.close()
    assert complaints == []
