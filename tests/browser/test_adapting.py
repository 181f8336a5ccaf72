"""Pages give way to what people set: bigger text, more space between letters, less motion, their own colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_all_pages import TOO_WIDE
from tests.screenshots import speak
from tests.visiting import BOOKS, HOUSE, MANAGED, SET_UP, go, sign_in

pytestmark = pytest.mark.browser

PLACES = [
    (
        "",
        [
            "/",
            "/search?where=Brussels&day={day}&begins=10:00&ends=12:00&group=rooms",
            HOUSE + "?day={day}",
            "/help",
        ],
    ),
    ("Alice", ["/reservations", "/budgets", "/calendar", "/settings", "/settings/keys"]),
    (
        "Stella",
        [
            MANAGED,
            MANAGED + "?day={day}&view=week",
            SET_UP + "/house",
            SET_UP + "/prices",
            MANAGED + "/codes",
        ],
    ),
    ("Theo", [BOOKS, BOOKS + "/ledger", BOOKS + "/checks"]),
]

# WCAG 1.4.12, word for word.
SPACED = """
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }
"""
# Text that is cut off: it does not fit its box, and the box hides what sticks out. Runs of the timeline may: their
# whole text is what is read out, and shows beside the timeline as soon as a run has the focus or the pointer.
# The name beside the logo gives way where there is no room, as on small phones: the drawing stays, and the ear
# still hears the name.
CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((one) => {
    if (!one.checkVisibility()) return false;
    if (one.closest('.hidden-visually, svg, .tl, .skip, .strip-runs, .logo, input, select')) return false;
    if (getComputedStyle(one).clipPath !== 'none') return false;
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) return false;
    for (let box = one; box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        const hides = (axis) => ['hidden', 'clip'].includes(style[axis]);
        if (hides('overflowY') && box.scrollHeight > box.clientHeight + 2) return true;
        if (hides('overflowX') && box.scrollWidth > box.clientWidth + 2) return true;
    }
    return false;
}).map((one) => one.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize(("who", "places"), PLACES, ids=[who or "anybody" for who, _places in PLACES])
def test_text_may_be_spaced_out(
    new_page: Callable[..., Page], home: str, who: str, places: list[str]
) -> None:
    """Nothing is lost, on a phone or on a desk, when letters, words and lines stand further apart (WCAG 1.4.12)."""
    page = new_page(1280, bypass_csp=True)
    if who:
        sign_in(page, home, who)
    for where in places:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            go(page, home, where)
            page.add_style_tag(content=SPACED)
            assert page.evaluate(TOO_WIDE) == [], where
            assert page.evaluate(CUT) == [], where


@pytest.mark.parametrize(("who", "places"), PLACES, ids=[who or "anybody" for who, _places in PLACES])
def test_text_may_be_twice_as_big(
    new_page: Callable[..., Page], home: str, who: str, places: list[str]
) -> None:
    """Zoomed to 200 %, a window of 1280 is one of 640, and one of 1440 is one of 720 (WCAG 1.4.4, 1.4.10)."""
    page = new_page(720, device_scale_factor=2)
    if who:
        sign_in(page, home, who)
    for where in places:
        for width in (720, 640):
            page.set_viewport_size({"width": width, "height": 450})
            go(page, home, where)
            assert page.evaluate(TOO_WIDE) == [], where
            assert page.evaluate(CUT) == [], where


def test_who_has_every_tab_sees_them_all_in_long_words(new_page: Callable[..., Page], home: str) -> None:
    """An administrator's seven tabs in the longest language and in the made-up one, in the windows of laptops."""
    page = new_page(1440)
    sign_in(page, home, "Ada")
    try:
        for language in ("it", "xx"):
            page.set_viewport_size({"width": 1440, "height": 900})
            speak(page, language)
            for width in (960, 1024, 1281, 1366, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{home}/settings")
                assert page.evaluate(TOO_WIDE) == [], (language, width)
    finally:
        page.set_extra_http_headers({})
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(home)
        speak(page, "en")


def test_bigger_letters_alone_fit_too(new_page: Callable[..., Page], home: str) -> None:
    """Whoever sets 32 px as the size of text instead of 16: everything is in rem and grows with it."""
    page = new_page(1280, bypass_csp=True)
    for where in PLACES[0][1]:
        go(page, home, where)
        page.add_style_tag(content="html { font-size: 200%; }")
        assert page.evaluate(TOO_WIDE) == [], where


def test_nothing_moves_for_those_who_asked(new_page: Callable[..., Page], home: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter((one) => {
        const style = getComputedStyle(one);
        const most = (text) => Math.max(...text.split(',').map(parseFloat));
        return most(style.transitionDuration) > 0.01 || style.scrollBehavior === 'smooth'
            || (style.animationName !== 'none' && most(style.animationDuration) > 0.01);
    }).length"""
    page = new_page(1280)
    go(page, home, "/")
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_their_own_colours_show_states_and_the_focus(new_page: Callable[..., Page], home: str) -> None:
    """In forced colours fills go away: what they told is told by borders, and the ring stays."""
    page = new_page(1280)
    page.emulate_media(forced_colors="active")
    go(page, home, "/styleguide")
    border = """one => {
        const style = getComputedStyle(one);
        return [style.borderTopStyle, style.borderTopWidth, style.borderLeftWidth].join(' ');
    }"""
    looks = {
        state: page.locator(f".run-{state}").first.evaluate(border)
        for state in ("free", "booked", "mine", "held", "closed")
    }
    assert len(set(looks.values())) >= 4, looks
    for what in (".button-primary", ".tag", ".field-input", ".radio-card", ".card"):
        style = page.locator(what).first.evaluate("one => getComputedStyle(one).borderTopStyle")
        assert style == "solid", what
    current = page.locator(".tabs [aria-current]").first
    assert current.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    focus = page.get_by_role("link", name="Skip to the content")
    expect(focus).to_be_focused()
    assert focus.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert focus.evaluate("one => parseFloat(getComputedStyle(one).outlineWidth)") >= 2
