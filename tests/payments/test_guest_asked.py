"""A host asks somebody without an account: held, a mail to them, their private page, paid; or free again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import guests, notifications, payments, reservations
from booking.errors import Busy
from booking.events import Event
from booking.members import Member
from booking.notifications import Message
from booking.payments import Receipt
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW

GRETA = "greta@guest.example"


@pytest.fixture
async def stella(house):
    return await make.manager(house)


@pytest.fixture
async def host(house, client_of):
    hugo = await make.member("Hugo")
    await make.role("host", hugo, venue=house)
    return await client_of(hugo)


def typed(room, **values):
    return {
        "id": str(uuid4()),
        "resource": str(room.id),
        "name": "Greta",
        "email": GRETA,
        "language": "de",
        "company": "Greta Ltd",
        "vat_number": "BE 0456.789.123",
        "day": "2026-12-01",
        "begins": "10:00",
        "ends": "12:00",
        "people": "2",
        "pay_hours": "72",
        "title": "Workshop",
        **values,
    }


async def ask(client, house, room, **values):
    return await client.post(f"/manage/{house.key}/book/guest", data=typed(room, **values))


async def mails():
    while await notifications.write_messages(NOW):
        pass
    return await Message.all().order_by("created_at", "kind")


async def nothing_happened(people=0):
    assert await Reservation.all().count() == 0
    assert await Member.filter(guest=True).count() == people
    assert await Claim.all().count() == 0
    assert not await mails()


async def test_it_works(double, room, house, host, client):
    spaces = await host.get(f"/manage/{house.key}/book/guest")
    assert f"/manage/{house.key}/book/guest?resource={room.id}" in spaces.text
    form = await host.get(
        f"/manage/{house.key}/book/guest?resource={room.id}&from=2026-12-01T09:00Z&until=2026-12-01T11:00Z"
    )
    assert "Hold it and ask for €36.30" in form.text
    answer = await ask(host, house, room, seen="3630")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/manage/{house.key}?day=2026-12-01"
    made = await Reservation.get().select_related("member", "booked_by")
    assert (made.state, made.held_for, made.held_until) == ("held", "payment", NOW + timedelta(hours=72))
    assert (made.total_cents, made.card_cents) == (3630, 3630)  # the price for people outside
    assert (made.member.guest, made.member.category, made.member.language) == (True, "external", "de")
    assert (made.booked_by.name, made.company, made.vat_number) == ("Hugo", "Greta Ltd", "BE0456789123")
    day = await host.get(f"/manage/{house.key}?day=2026-12-01")
    assert "Greta" in day.text
    assert "To be paid" in day.text
    [mail] = await mails()
    assert (mail.kind, mail.to_email, mail.language) == ("guest_asked", GRETA, "de")
    page = await guests.page_path(made)
    assert page in mail.text
    assert str(made.id) not in mail.text
    # The mail's link shows, and does nothing; the button goes on to Stripe.
    shown = await client.get(page, headers={"Accept-Language": "en"})
    assert "Pay €36.30 now" in shown.text
    assert (await Reservation.get()).revised_at == made.revised_at
    double.pay((await client.post(f"{page}/pay")).headers["location"])
    await payments.settle_due(NOW + timedelta(minutes=2))
    assert (await Reservation.get()).state == "confirmed"
    receipt = await Receipt.get()
    assert (receipt.name, receipt.company, receipt.vat_number) == ("Greta", "Greta Ltd", "BE0456789123")
    assert receipt.language == "de"


async def test_nobody_answers(double, room, house, host):
    await ask(host, house, room, pay_hours="2")
    at = NOW + timedelta(hours=2)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    assert (await Reservation.get()).state == "expired"
    assert await Claim.all().count() == 0
    # Whoever never answered is forgotten after a month, and not before.
    greta = await Member.get(guest=True)
    await guests.forget(at + timedelta(days=29))
    assert (await Member.get(id=greta.id)).email == GRETA
    await guests.forget(at + timedelta(days=31))
    assert (await Member.get(id=greta.id)).name == "–"


async def test_a_guest_we_know_keeps_their_name(double, room, house, host):
    greta = await make.member("Greta Garbo", email=GRETA, guest=True, category="external", language="sv")
    assert (await ask(host, house, room)).status_code == 303
    assert (await Reservation.get()).member_id == greta.id
    kept = await Member.get(id=greta.id)
    assert (kept.name, kept.language) == ("Greta Garbo", "sv")


async def test_a_second_press_finds_the_first(double, room, house, host):
    body = typed(room)
    for _press in range(2):
        answer = await host.post(f"/manage/{house.key}/book/guest", data=body)
        assert answer.status_code == 303
    other = await host.post(f"/manage/{house.key}/book/guest", data=body | {"email": "other@guest.example"})
    assert other.status_code == 303
    assert await Reservation.all().count() == 1
    assert await Member.filter(guest=True).count() == 1
    assert len(await mails()) == 1


async def test_somebody_with_an_account(double, room, house, host):
    await make.member("Bob", email=GRETA)
    answer = await ask(host, house, room)
    assert answer.status_code == 409
    assert "There is an account with this address" in answer.text
    assert f"/manage/{house.key}/book?q=" in answer.text
    assert 'value="Greta Ltd"' in answer.text
    await nothing_happened()


async def test_every_wrong_field_is_told_and_kept(double, room, house, host):
    answer = await ask(
        host, house, room, email="greta", vat_number="12", name="", pay_hours="1000", language="xx"
    )
    assert answer.status_code == 422
    for name in ("email", "vat_number", "name", "pay_hours", "language"):
        assert f'id="f-{name}-error"' in answer.text or f'#f-{name}"' in answer.text, name
    assert 'value="Greta Ltd"' in answer.text
    await nothing_happened()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"begins": "12:00", "ends": "10:00"}, "The end must come after the beginning."),
        ({"day": "0001-01-01"}, "We cannot look that far"),
        ({"day": "0001-01-01", "begins": "later"}, "We cannot look that far"),
        ({"ends": "10:00", "instead": "² 2026-12-01T09:00Z 2026-12-01T11:00Z"}, "The end must come after"),
    ],
)
async def test_times_that_are_none_are_told(double, room, house, host, wrong, said):
    answer = await ask(host, house, room, **wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Workshop"' in answer.text
    await nothing_happened()


async def test_taken_with_what_would_work(double, room, house, host, alice):
    await reservations.reserve(uuid4(), room.id, make.span("10:00", "12:00", days=8), by=alice, at=NOW,
                               card=payments.by_card(room.venue.entity, "EUR"))  # fmt: skip
    answer = await ask(host, house, room)
    assert answer.status_code == 409
    assert 'name="instead"' in answer.text
    assert 'value="Greta Ltd"' in answer.text
    assert await Member.filter(guest=True).count() == 0
    assert await Event.filter(name="reservation.awaits_payment").count() == 1
    instead = answer.text.partition('name="instead" value="')[2].partition('"')[0]
    assert (await ask(host, house, room, instead=instead)).status_code == 303
    assert await Member.filter(guest=True).count() == 1


async def test_the_price_has_moved(double, room, house, host):
    answer = await ask(host, house, room, seen="3629")
    assert answer.status_code == 409
    assert "€36.30" in answer.text
    await nothing_happened()


async def test_a_manager_sets_a_rule_aside(double, room, house, stella, host, client_of):
    room.longest_minutes = 60
    await room.save()
    late = {"begins": "10:00", "ends": "12:00"}
    assert (await ask(host, house, room, **late)).status_code == 409
    refused = await ask(host, house, room, **late, overrides="longest", override_reason="They asked")
    assert refused.status_code == 409
    await nothing_happened()
    manager = await client_of(stella)
    offered = await ask(manager, house, room, **late)
    assert 'value="longest"' in offered.text
    assert (await ask(manager, house, room, **late, overrides="longest")).status_code == 422
    done = await ask(manager, house, room, **late, overrides="longest", override_reason="They asked")
    assert done.status_code == 303
    assert (await Reservation.get()).overrides == ["longest"]


async def test_without_cards_nothing_that_costs(double, room, house, host, monkeypatch):
    import settings

    monkeypatch.setattr(settings, "STRIPE_KEYS", "")
    form = await host.get(f"/manage/{house.key}/book/guest?resource={room.id}")
    assert "Cards are not taken here" in form.text
    answer = await ask(host, house, room)
    assert answer.status_code == 409
    assert "cannot be paid by card yet" in answer.text
    await nothing_happened()


async def test_so_many_mails_and_no_more(double, room, house, host):
    """Five in a quarter of an hour to one address, whatever becomes of them."""
    await make.member("Bob", email=GRETA)
    answers = [(await ask(host, house, room)).status_code for _each in range(6)]
    assert answers == [409] * 5 + [429]
    await nothing_happened()


async def test_who_cannot(double, room, house, alice, client, client_of):
    assert (await (await client_of(alice)).get(f"/manage/{house.key}/book/guest")).status_code == 404
    assert (await ask(await client_of(alice), house, room)).status_code == 404
    assert (await ask(client, house, room)).status_code == 303
    elsewhere = await make.resource(at=await make.venue(of=house.entity))
    hugo = await make.member("Hugo")
    await make.role("host", hugo, venue=house)
    assert (await ask(await client_of(hugo), house, elsewhere)).status_code in (200, 404, 422)
    await nothing_happened()


async def test_a_guest_whom_another_host_takes_back_meanwhile_is_no_mishap(double, room, house, host):
    """Two hosts ask the same new guest; the first is refused, and takes back the guest whom the second has found."""
    hugo = await Member.get(name="Hugo")
    greta = await make.member("Greta", guest=True, category="external", email=GRETA)
    await Member.filter(id=greta.id).delete()
    with pytest.raises(Busy):
        await reservations.reserve(
            uuid4(), room.id, make.span("10:00", "12:00"), by=hugo, for_member=greta, at=NOW
        )
    await nothing_happened()
