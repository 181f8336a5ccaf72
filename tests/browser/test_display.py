"""The display at a door: it goes on without a connection, over a restart too, and ends when it is taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import walks
from tests.visiting import MANAGED, go, sign_in

pytestmark = pytest.mark.browser


def test_it_works(home: str, new_page: Callable[..., Page], complaints: list[str]) -> None:
    tablet = new_page(1280)
    walks.display("Meeting room Quai")(tablet, home)
    said = tablet.locator("[data-said]").inner_text()
    tablet.locator("desk-display[data-kept]").wait_for()
    tablet.context.set_offline(True)
    tablet.reload()
    expect(tablet.locator("[data-said]")).to_have_text(said)
    expect(tablet.locator("[data-stale]")).to_be_visible()
    tablet.context.set_offline(False)
    tablet.reload()
    expect(tablet.locator("[data-stale]")).to_be_hidden()

    desk = new_page(1280)
    sign_in(desk, home, "Stella")
    go(desk, home, MANAGED + "/displays")
    # The newest: other tests pair displays of this room too.
    desk.get_by_role("button", name="Take back: Door: Meeting room Quai").last.click()
    desk.get_by_text("is taken back.").wait_for()
    tablet.reload()
    expect(tablet.get_by_label("Pairing code")).to_be_visible()
    # Without a connection the browser itself complains of what it could not load.
    complaints[:] = [each for each in complaints if "ERR_INTERNET_DISCONNECTED" not in each]
