import re
import pytest
from tests.browser.test_cards import to_the_page
from tests.browser.test_cards_dearer import paid, to_the_second_page
from tests.demonstration import open_free_form
from tests.main_pages import sign_in
pytestmark = pytest.mark.browser
def test_debug(new_page, home):
    page = new_page(390)
    booking = paid(page, home, 1)
    to_the_second_page(page)
    page.goto(booking)
    page.get_by_role("button", name="Leave it as it is").click()
    page.get_by_text("Left as it was.").wait_for()
    page = new_page(390)
    sign_in(page, home, "Alice")
    page.goto(f"{home}/venues/bazaar-st-so")
    page.get_by_role("link", name=re.compile("Meeting room", re.I)).nth(1).click()
    room = re.search(r"/resources/(\d+)", page.url)
    open_free_form(page, f"{home}/resources/{room[1]}")
    print(page.url, page.locator("main").inner_text()[:300], page.locator("#f-begins option:checked").inner_text(), page.locator("#f-ends option:checked").inner_text())
    page.get_by_label("Bank card").check()
    page.get_by_role("button", name=re.compile("Book and pay")).click()
    page.wait_for_timeout(3000)
    print(page.url, page.locator("body").inner_text()[:2500])
    assert 0
