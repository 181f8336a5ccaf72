"""The style guide in a real browser: every component, in both themes, from 320 px up, by mouse, keyboard and finger."""

import mimetypes
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FloatRect, Page, Route, expect

from booking.web.middleware import POLICY
from tests.browser.conftest import violations
from tests.test_front import DIST, guide

pytestmark = pytest.mark.browser

ORIGIN = "https://desk.example"
CONTROLS = (
    "button, .button, .chip, .tabbar a, .tabs a, .switch a, summary, select, .choice, .radio-card, "
    "input:not([type=checkbox], [type=radio], [type=hidden])"
)


def answer(route: Route, theme: str) -> None:
    """The guide, the built files, and for any other address a page that says nothing: no server is needed."""
    path = urlsplit(route.request.url).path
    if path == "/styleguide":
        body = guide(theme=theme, languages=[("en", "English"), ("sv", "Svenska")])
        route.fulfill(body=body, content_type="text/html", headers={"Content-Security-Policy": POLICY})
    elif path.startswith("/static/"):
        file = DIST / Path(path).name
        kind = "font/woff2" if file.suffix == ".woff2" else mimetypes.guess_type(file.name)[0]
        route.fulfill(body=file.read_bytes(), content_type=kind, headers={"Access-Control-Allow-Origin": "*"})
    else:
        route.fulfill(body="<!DOCTYPE html><title>Elsewhere</title>", content_type="text/html")


Opener = Callable[..., Page]


@pytest.fixture
def opened(browser) -> Iterator[Opener]:
    """opened(width, theme) shows the guide; whatever the console says at the end is a failure."""
    contexts = []
    said: list[str] = []

    def opened(width: int = 1440, theme: str = "light", **options) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, reduced_motion="reduce", locale="en-GB", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route("**/*", lambda route: answer(route, theme))
        page.goto(f"{ORIGIN}/styleguide")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not said


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_it_works(opened, width, theme):
    """Nothing for axe to find, nothing wider than the window, and a tap target for every control."""
    page = opened(width, theme)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = page.evaluate(
        """(wanted) => [...document.querySelectorAll(wanted)]
            .filter(found => found.checkVisibility() && found.getBoundingClientRect().height < 41)
            .map(found => found.outerHTML)""",
        CONTROLS,
    )
    assert small == []


def test_the_typefaces_are_ours(opened):
    page = opened()
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("document.fonts.check('700 20px \"Bricolage Grotesque Variable\"')")
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
    )
    assert set(loaded) == {"Bricolage Grotesque Variable", "Atkinson Hyperlegible Next Variable"}


# --- the timeline ------------------------------------------------------------------------------------


def asked_for(page: Page) -> tuple[str, str, str]:
    """Where a choice led: path, from and until."""
    page.wait_for_url("**/reserve?*")
    parts = urlsplit(page.url)
    query = parse_qs(parts.query)
    return parts.path, query["from"][0], query["until"][0]


def free_run(page: Page, number: int) -> FloatRect:
    """Where the run is on the screen, after it was scrolled there."""
    run = page.locator("a.run-free").nth(number)
    run.scroll_into_view_if_needed()
    box = run.bounding_box()
    assert box
    return box


def test_a_listener_hears_rooms_and_their_runs(opened):
    tree = opened().locator("desk-timeline").aria_snapshot()
    assert 'region "Tuesday 24 November, by the hour"' in tree
    assert 'heading "Quai" [level=3]' in tree
    assert 'link "Free 13:00–15:30, book"' in tree
    assert re.search("16:00–18:00 on hold ?: Waits for a payment until 12:20", tree)


def test_arrows_walk_the_timeline(opened):
    page = opened()
    stops = page.locator('.tl-lane .run[tabindex="0"]')
    assert stops.count() == 1
    stops.focus()
    told = page.locator(".tl-why")
    focused = "document.activeElement.querySelector('.run-text').textContent"
    for key, expected in [
        ("ArrowRight", "15:30–17:30 yours"),
        ("ArrowDown", "16:00–18:00 on hold"),
        ("Home", "Closed"),
        ("ArrowUp", "Closed"),
        ("End", "Closed"),
        ("ArrowLeft", "Free 17:30–20:00, book"),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected
    page.keyboard.press("ArrowRight")
    assert told.text_content() == "Closed: Closes at 20:00"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert asked_for(page) == ("/reserve", "2026-11-24T16:30Z", "2026-11-24T19:00Z")


def test_a_drag_chooses_a_span(opened):
    page = opened()
    box = free_run(page, 0)  # 13:00 to 15:30 in Brussels: ten quarters
    page.mouse.move(box["x"] + box["width"] * 0.32, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.78, box["y"] + 25, steps=4)
    assert page.locator(".tl-ghost").text_content() == "13:45–15:00"
    page.mouse.up()
    assert asked_for(page) == ("/reserve", "2026-11-24T12:45Z", "2026-11-24T14:00Z")


def test_a_drag_can_be_taken_back(opened):
    page = opened()
    box = free_run(page, 0)
    page.mouse.move(box["x"] + 10, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 20, steps=4)
    page.locator(".tl-scroll").focus()
    page.keyboard.press("Escape")
    assert page.locator(".tl-ghost").count() == 0
    page.mouse.move(box["x"] + 80, box["y"] - 200)
    page.mouse.up()
    assert urlsplit(page.url).path == "/styleguide"


def test_a_click_proposes_an_hour_on_the_raster(opened):
    page = opened()
    box = free_run(page, 2)  # 11:00 to 16:00, in steps of an hour
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 12)
    assert asked_for(page) == ("/reserve", "2026-11-24T12:00Z", "2026-11-24T13:00Z")


def test_a_long_press_and_drag_by_finger(opened):
    page = opened(390, has_touch=True, is_mobile=True)
    box = free_run(page, 0)
    finger = page.context.new_cdp_session(page)
    x, y = box["x"] + 10, box["y"] + 30

    def touch(kind: str, at: float | None = None) -> None:
        points = [] if at is None else [{"x": at, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", x)
    page.locator(".tl-ghost").wait_for()
    for step in range(1, 7):
        touch("touchMove", x + step * 15)
    touch("touchEnd")
    assert asked_for(page) == ("/reserve", "2026-11-24T12:00Z", "2026-11-24T13:30Z")


def test_without_a_script_a_free_run_is_a_link(opened):
    page = opened(java_script_enabled=False)
    page.get_by_role("link", name="Free 13:00–15:30, book").click()
    assert asked_for(page) == ("/reserve", "2026-11-24T12:00Z", "2026-11-24T14:30Z")


# --- menus, messages, dialog -------------------------------------------------------------------------


def test_the_theme_changes_at_once(opened):
    page = opened()
    page.locator("summary", has_text="Language and colours").click()
    with page.expect_request("**/set_theme") as asked:
        page.get_by_role("button", name="Dark").click()
    assert parse_qs(asked.value.post_data or "") == {"theme": ["dark"], "next": ["/styleguide"]}
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert urlsplit(page.url).path == "/styleguide"
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Dark").is_visible()


def test_the_theme_changes_without_a_script(opened):
    page = opened(java_script_enabled=False)
    page.locator("summary", has_text="Language and colours").click()
    page.get_by_role("button", name="Dark").click()
    assert urlsplit(page.url).path == "/set_theme"


def test_a_message_can_be_put_away(opened):
    page = opened()
    messages = page.locator("desk-flash")
    before = messages.count()
    messages.first.get_by_role("button", name="Dismiss").click()
    assert messages.count() == before - 1


@pytest.mark.parametrize("scripts", [True, False])
def test_the_dialog_opens_and_closes(opened, scripts):
    page = opened(java_script_enabled=scripts)
    box = page.get_by_role("dialog", name="Cancel this booking?")
    opener = page.get_by_role("button", name="Cancel this booking")
    opener.click()
    assert box.is_visible()
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    opener.click()
    box.get_by_role("button", name="Close").click()
    box.wait_for(state="hidden")


def test_near_me_fills_the_form(opened):
    page = opened(geolocation={"latitude": 50.846557, "longitude": 4.351697}, permissions=["geolocation"])
    page.get_by_role("button", name="Near me").click()
    page.get_by_text("Sorted from where you are.").wait_for()
    # About a kilometre is enough to sort venues, and all that leaves the device.
    assert page.locator("[name=lat]").input_value() == "50.85"
    assert page.locator("[name=lon]").input_value() == "4.35"


def test_near_me_says_when_the_device_does_not_tell(opened):
    page = opened(permissions=[])
    page.get_by_role("button", name="Near me").click()
    page.get_by_text("Choose a city instead.").wait_for()
    assert page.locator("[name=lat]").input_value() == ""


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Paris", False), ("Europe/Brussels", False), ("Europe/Lisbon", True)]
)
def test_the_zone_is_told_where_the_clocks_differ(opened, zone, shown):
    """Paris keeps the time of Brussels; Lisbon does not. Without scripts it stands there always."""
    page = opened(390, timezone_id=zone)
    expect(page.get_by_text("Times are those of the house (Europe/Brussels)")).to_be_visible(visible=shown)
    page = opened(390, timezone_id=zone, java_script_enabled=False)
    expect(page.get_by_text("Times are those of the house (Europe/Brussels)")).to_be_visible()
