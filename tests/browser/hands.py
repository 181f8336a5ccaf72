"""Ways to use a page: with the mouse, or with the keyboard alone. Whatever is found on the page is used by either."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Locator, Page, expect

STOPS_MAX = 400


class Mouse:
    """Clicks, types and chooses."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, what: Locator) -> None:
        """A link or a button."""
        what.click()

    def tick(self, what: Locator) -> None:
        """A checkbox or one of several radio buttons."""
        what.check()

    def write(self, what: Locator, text: str) -> None:
        """Into a field, in place of what stands there."""
        what.fill(text)

    def choose(self, what: Locator, label: str) -> None:
        """An option of a select."""
        what.select_option(label=label)

    def set_day(self, what: Locator, day: date) -> None:
        """Into a date field."""
        what.fill(day.isoformat())


class Keyboard(Mouse):
    """Walks from one control to the next, and never touches anything that cannot be reached so."""

    def reach(self, what: Locator) -> None:
        """Tab until it has the focus, which then must show."""
        expect(what).to_be_visible()
        is_there = "one => one === document.activeElement"
        for _ in range(STOPS_MAX):
            if what.evaluate(is_there):
                assert what.evaluate("one => one.matches(':focus-visible')")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by the keyboard: {what}")

    def press(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Enter")

    def tick(self, what: Locator) -> None:
        """Tab stops once at a group of radio buttons; arrows walk on from there."""
        if what.get_attribute("type") == "radio":
            group = self.page.locator(f"[type=radio][name={what.get_attribute('name')}]")
            checked = group.and_(self.page.locator(":checked"))
            self.reach(checked if checked.count() else group.first)
            for _ in range(group.count()):
                if what.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
            self.page.keyboard.press("Space")
        else:
            self.reach(what)
            if not what.is_checked():
                self.page.keyboard.press("Space")
        expect(what).to_be_checked()

    def write(self, what: Locator, text: str) -> None:
        self.reach(what)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, what: Locator, label: str) -> None:
        """What is typed on a select jumps to the option that begins so."""
        self.reach(what)
        self.page.keyboard.type(label)
        expect(what.locator("option:checked")).to_have_text(label)

    def set_day(self, what: Locator, day: date) -> None:
        """Month, day, year, as Chromium shows them in its own language."""
        self.reach(what)
        self.page.keyboard.type(f"{day:%m%d%Y}")
        expect(what).to_have_value(day.isoformat())
