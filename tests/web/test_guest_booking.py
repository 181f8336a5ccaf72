"""Booking without an account: typed, proved by a code or a link, paid by card, held on a private page."""

import email
import email.policy
import re
from uuid import uuid4

import pytest

import settings
from booking.guests import GuestKey, GuestWish
from booking.members import Member
from booking.payments import Receipt
from booking.reservations import Claim, Reservation
from booking.web import sign_in
from tests import make
from tests.make import NOW
from tests.payments.conftest import alice, double, double_base, house, room  # noqa: F401
from tests.payments.double import Double

WHEN = {"since": "2026-11-24T09:00Z", "until": "2026-11-24T11:00Z"}


def filled(**values):
    return {
        "id": str(uuid4()),
        **WHEN,
        "people": "2",
        "quantity": "1",
        "name": "Greta Guest",
        "email": "greta@guest.example",
        "company": "Atelier Guest",
        "vat_number": "BE 0123.456.789",
        "title": "Rehearsal",
        "seen": "3630",
        **values,
    }


@pytest.fixture
def mails(tmp_path, monkeypatch):
    """The mails that were sent, oldest first, as texts."""
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)

    async def read() -> list[str]:
        await sign_in.finish_sending()
        found = []
        for path in sorted(tmp_path.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found.append(f"{mail['To']}\n{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}")
        return found

    return read


async def code_of(mails) -> str:
    return re.search(r"^\s+(\d{6})\s*$", (await mails())[-1], re.MULTILINE)[1]


async def booked(browser, mails, double: Double, room, **values) -> str:
    """The path of the private page of a paid booking."""
    answer = await browser.post(f"/resources/{room.id}/guest", data=filled(**values))
    assert answer.status_code == 303, answer.text
    page = answer.headers["location"]
    answer = await browser.post(page, data={"code": await code_of(mails), "seen": "3630"})
    assert answer.status_code == 303, answer.text
    double.pay(answer.headers["location"])
    made = await Reservation.get(member__email=values.get("email", "greta@guest.example"), state="held")
    session = double.get("checkout/sessions")["data"][0]
    back = session["success_url"].removeprefix(settings.BASE_URL)
    assert f"{made.id}" not in back
    assert "Paid and booked" in (await browser.get(back)).text
    return back.removesuffix("/paid")


async def test_it_works(double, room, client, mails):
    form = await client.get(f"/resources/{room.id}/reserve?from={WHEN['since']}&until={WHEN['until']}")
    assert "Book as a guest" in form.text
    who = await client.get(
        f"/resources/{room.id}/guest?day=2026-11-24&begins=10:00&ends=12:00&people=2&shown_day=2026-11-24"
    )
    assert who.status_code == 200
    assert "€36.30" in who.text
    answer = await client.post(f"/resources/{room.id}/guest", data=filled())
    assert answer.status_code == 303
    page = answer.headers["location"]
    assert re.fullmatch(r"/guest-booking/[0-9a-f-]{36}", page)
    assert await Reservation.all().count() == await Member.filter(guest=True).count() == 0
    shown = await client.get(page)
    assert "Look into your mail" in shown.text
    assert "Book and pay €36.30" in shown.text
    answer = await client.post(page, data={"code": await code_of(mails), "seen": "3630"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{double.base}/c/pay/")
    made = await Reservation.get().select_related("member")
    assert (made.state, made.total_cents, made.title, made.people) == ("held", 3630, "Rehearsal", 2)
    assert (made.company, made.vat_number) == ("Atelier Guest", "BE0123456789")
    assert (made.member.category, made.member.guest, made.member.name) == ("external", True, "Greta Guest")
    again = await client.post(page, data={"seen": "3630"})
    assert again.headers["location"] == answer.headers["location"]
    double.pay(answer.headers["location"])
    page = (await client.get(page)).headers["location"]
    assert page.startswith("/guest/")
    assert "Pay €36.30 now" in (await client.get(page)).text
    assert "Paid and booked" in (await client.get(f"{page}/paid")).text
    mine = await client.get(page)
    assert (mine.headers["referrer-policy"], mine.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "€36.30 was paid by card" in mine.text
    receipt = await Receipt.get()
    assert (receipt.company, receipt.vat_number, receipt.gross_cents) == (
        "Atelier Guest",
        "BE0123456789",
        3630,
    )
    pdf = await client.get(f"{page}/receipts/{receipt.id}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    file = await client.get(f"{page}/calendar.ics")
    assert "BEGIN:VEVENT" in file.text
    assert page not in file.text


async def test_change_and_cancel(double, room, client, mails):
    page = await booked(client, mails, double, room)
    form = await client.get(f"{page}/change")
    assert form.status_code == 200
    assert "/reservations/" not in form.text.partition("<main")[2]
    answer = await client.post(
        f"{page}/change",
        data={"day": "2026-11-24", "begins": "10:00", "ends": "11:00", "people": "2", "title": "Rehearsal"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (await Reservation.get()).total_cents == 1815
    assert "nothing" not in (await client.get(f"{page}/cancel")).headers
    answer = await client.post(f"{page}/cancel", data={"fee": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (await Reservation.get()).state == "cancelled"
    assert await Claim.all().count() == 0
    kinds = [each.kind for each in await Receipt.all().order_by("number")]
    assert kinds == ["payment", "refund", "refund"]


async def test_the_link_works_in_another_browser(double, room, client_of, mails):
    first, other = await client_of(), await client_of()
    await first.post(f"/resources/{room.id}/guest", data=filled())
    address = re.search(r"/guest-booking/link/\S+", (await mails())[-1])[0]
    assert (await other.get(address)).status_code == 200
    assert (await GuestWish.get()).verified_at is None
    answer = await other.post(address)
    page = answer.headers["location"]
    shown = await other.get(page)
    assert "Your address is confirmed." in shown.text
    assert (await first.get(page)).status_code == 404
    assert (await other.post(page, data={"seen": "3630"})).headers["location"].startswith(double.base)
    assert (await other.post(address)).status_code == 410


async def test_a_wrong_code_books_nothing(double, room, client, mails):
    page = (await client.post(f"/resources/{room.id}/guest", data=filled())).headers["location"]
    right = await code_of(mails)
    wrong = "000000" if right != "000000" else "111111"
    answer = await client.post(page, data={"code": wrong})
    assert answer.status_code == 409
    assert "This is not the code" in answer.text
    assert await Reservation.all().count() == 0
    # Without one, and from another place, neither.
    assert (await client.post(page, data={})).status_code == 409
    assert await Member.filter(guest=True).count() == 0


async def test_the_code_of_a_guest_signs_nobody_in(double, room, client, mails):
    await make.member("Greta", email="greta@guest.example", guest=True, category="external")
    page = (await client.post(f"/resources/{room.id}/guest", data=filled())).headers["location"]
    answer = await client.post(
        page.replace("/guest-booking/", "/sign-in/"), data={"code": await code_of(mails)}
    )
    assert answer.status_code == 409
    assert "desk_session" not in answer.headers.get("set-cookie", "")


async def test_a_members_address_is_neither_told_nor_taken(double, room, alice, client, mails):
    mine = filled(email=alice.email)
    answer = await client.post(f"/resources/{room.id}/guest", data=mine)
    other = filled(email="nobody@guest.example", since="2026-11-25T09:00Z", until="2026-11-25T11:00Z")
    stranger = await client.post(f"/resources/{room.id}/guest", data=other)
    pages = [(await client.get(each.headers["location"])).text for each in (answer, stranger)]
    assert [page.count("is on its way") for page in pages] == [1, 1]
    told = await mails()
    mail = next(each for each in told if each.startswith(f"Alice <{alice.email}>"))
    assert "sign in to book" in mail
    assert not re.search(r"^\s+\d{6}\s*$", mail, re.MULTILINE)
    assert (await Member.get(id=alice.id)).guest is False
    assert await Reservation.all().count() == 0


async def test_every_wrong_field_at_once_and_what_was_typed_stays(room, client, mails):
    wrong = {"name": "", "email": "greta", "vat_number": "12345", "title": "", "company": "Atelier <b>"}
    answer = await client.post(f"/resources/{room.id}/guest", data=filled(**wrong))
    assert answer.status_code == 422
    for name in ("name", "email", "vat_number", "title"):
        assert f'id="f-{name}-error"' in answer.text
    assert "Atelier &lt;b&gt;" in answer.text
    assert 'name="people" value="2"' in answer.text
    assert await GuestWish.all().count() == 0
    assert await mails() == []


async def test_a_space_for_members_says_where_else(room, client):
    shut = await make.resource(at=room.venue, external=False)
    form = await client.get(f"/resources/{shut.id}/reserve?from={WHEN['since']}&until={WHEN['until']}")
    assert "Book as a guest" not in form.text
    answer = await client.post(f"/resources/{shut.id}/guest", data=filled())
    assert answer.status_code == 409
    assert "is for members of the cooperative only" in answer.text
    assert "Find another space" in answer.text
    assert await GuestWish.all().count() == 0


async def test_without_cards_it_says_so(db, client):
    free_of_cards = await make.resource()
    answer = await client.get(
        f"/resources/{free_of_cards.id}/guest?from={WHEN['since']}&until={WHEN['until']}"
    )
    assert "cannot be paid by card yet" in answer.text
    assert "Ask the house" in answer.text


async def test_gone_meanwhile_another_time_is_one_press_away(double, room, alice, client, mails):
    page = (await client.post(f"/resources/{room.id}/guest", data=filled())).headers["location"]
    await make.reservation(room, alice, make.span("10:00", "12:00"))
    answer = await client.post(page, data={"code": await code_of(mails), "seen": "3630"})
    assert answer.status_code == 409
    assert "is no longer free at that time" in answer.text
    other = re.search(r'name="instead" value="([^"]+)"', answer.text)[1]
    answer = await client.post(page, data={"seen": "3630", "instead": other})
    assert answer.status_code == 303
    made = await Reservation.get(state="held")
    assert made.begins_at != make.span("10:00", "12:00").begins_at


async def test_a_dearer_price_is_told_first(double, room, client, mails):
    page = (await client.post(f"/resources/{room.id}/guest", data=filled())).headers["location"]
    answer = await client.post(page, data={"code": await code_of(mails), "seen": "3000"})
    assert answer.status_code == 409
    assert "This costs €36.30 now" in answer.text
    assert await Reservation.all().count() == 0
    assert (await client.post(page, data={"seen": "3630"})).status_code == 303


async def test_a_second_press_mails_once(double, room, client, mails):
    sent = filled()
    first = await client.post(f"/resources/{room.id}/guest", data=sent)
    second = await client.post(f"/resources/{room.id}/guest", data=sent)
    assert first.headers["location"] == second.headers["location"]
    assert len(await mails()) == 1


async def test_found_again_by_mail(double, room, alice, client, mails):
    page = await booked(client, mails, double, room)
    before = len(await mails())
    for address in (alice.email, "nobody@guest.example"):
        answer = await client.post("/guest", data={"email": address})
        assert answer.status_code == 200
        assert "is on its way" in answer.text
    assert len(await mails()) == before
    await client.post("/guest", data={"email": "GRETA@guest.example"})
    told = (await mails())[-1]
    assert f"{settings.BASE_URL}{page}" in told
    from booking.notifications import Message

    assert not await Message.filter(text__contains=page).exists()


async def test_a_secret_that_is_none_finds_nothing(double, room, client, mails):
    page = await booked(client, mails, double, room)
    for address in (page[:-1] + ("A" if page[-1] != "A" else "B"), "/guest/x", "/guest/" + "x" * 300):
        assert (await client.get(address)).status_code == 404
        assert (await client.post(f"{address}/cancel")).status_code == 404
    key = await GuestKey.get()
    assert key.salt not in page
    assert key.secret_hash not in page
    assert (await Reservation.get()).state == "confirmed"


async def test_a_member_is_led_to_the_form(room, alice, client_of):
    browser = await client_of(alice)
    answer = await browser.get(f"/resources/{room.id}/guest?from={WHEN['since']}&until={WHEN['until']}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/resources/{room.id}/reserve?")


async def test_forgotten_after_two_years(double, room, client, mails):
    from datetime import timedelta

    from booking import guests

    page = await booked(client, mails, double, room)
    assert await guests.forget(NOW + timedelta(days=700)) == 1  # the wish alone
    assert await guests.forget(NOW + timedelta(days=740)) == 1
    made = await Reservation.get().select_related("member")
    assert (made.member.name, made.title, made.company) == ("–", "", "")
    assert (await client.get(page)).status_code == 404
    assert (await Receipt.get()).company == "Atelier Guest"
    assert await guests.forget(NOW + timedelta(days=741)) == 0
