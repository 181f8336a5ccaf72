"""Money at the start: posted once, spread over income, VAT and, between entities, clearing; in two currencies too."""

from datetime import date, timedelta

import pytest

from booking import reservations
from booking.ledger import Account, balance_of
from booking.pricing.models import ExchangeRate, VatRate
from booking.reservations import Reservation
from tests import make


async def books():
    """Every account with what it holds, by key."""
    return {
        each.key: held for each in await Account.all().order_by("key") if (held := await balance_of(each))
    }


async def test_it_works(db):
    room = await make.resource()
    alice = await make.member()
    booked = await make.reservation(room, alice)
    home = room.venue.entity_id
    number = (await booked.activity).number

    assert await reservations.post_started(booked.begins_at - timedelta(seconds=1)) == 0
    assert await reservations.post_started(booked.begins_at) == 1
    assert await reservations.post_started(booked.begins_at) == 0

    assert (await Reservation.get(id=booked.id)).posted_at == booked.begins_at
    assert await books() == {
        f"books:{home}:EUR": -100_000,
        f"budget:{number}": 97_580,
        f"income:{home}:EUR": 2000,
        f"vat:{home}:BE:2100:EUR": 420,
    }


async def test_between_two_entities_both_books_show_the_same_debt(db):
    german = await make.entity(key="de", country="DE", zone="Europe/Berlin")
    await VatRate.filter(country="DE").delete()
    await VatRate.create(
        country="DE", category="ROOM_SERVICED", from_on=date(2020, 1, 1), basis_points=1900, reason="standard"
    )
    room = await make.resource(at=await make.venue(of=german))
    belgian = await make.entity()
    alice = await make.member()
    money = await make.activity(alice, of=belgian)
    booked = await make.reservation(room, alice, on=money)
    await reservations.post_started(booked.begins_at)
    assert await books() == {
        f"books:{belgian.id}:EUR": -100_000,
        f"budget:{money.number}": 97_620,
        f"clearing:{belgian.id}:{german.id}:EUR": 2380,
        f"clearing:{german.id}:{belgian.id}:EUR": -2380,
        f"income:{german.id}:EUR": 2000,
        f"vat:{german.id}:DE:1900:EUR": 380,
    }


async def test_an_activity_in_euro_books_in_kronor(db):
    swedish = await make.entity(key="se", country="SE", currency="SEK", zone="Europe/Stockholm")
    room = await make.resource(
        at=await make.venue(of=swedish), hour_cents=10_000, half_day_cents=None, day_cents=None
    )
    belgian = await make.entity()
    alice = await make.member()
    money = await make.activity(alice, of=belgian)
    await ExchangeRate.create(currency="SEK", on_date=date(2026, 11, 20), per_euro="11.0000", source="test")
    booked = await make.reservation(room, alice, make.span(zone="Europe/Stockholm"), on=money)
    assert (booked.total_cents, booked.currency) == (24_200, "SEK")
    assert (booked.paid_cents, booked.paid_currency) == (2200, "EUR")
    assert "2026-11-20" in booked.rate
    await reservations.post_started(booked.begins_at)
    held = await books()
    assert held[f"budget:{money.number}"] == 97_800
    assert held[f"exchange:{belgian.id}:EUR"] == 2200
    assert held[f"exchange:{belgian.id}:SEK"] == -24_200
    assert held[f"clearing:{belgian.id}:{swedish.id}:SEK"] == 24_200
    assert held[f"income:{swedish.id}:SEK"] == 20_000


async def test_without_a_rate_the_activity_cannot_pay_and_nothing_happens(db):
    from booking.pricing import NoRate

    swedish = await make.entity(key="se", country="SE", currency="SEK", zone="Europe/Stockholm")
    room = await make.resource(at=await make.venue(of=swedish))
    alice = await make.member()
    money = await make.activity(alice, of=await make.entity())
    with pytest.raises(NoRate):
        await make.reservation(room, alice, make.span(zone="Europe/Stockholm"), on=money)
    assert await Reservation.all().count() == 0


async def test_free_bookings_move_no_money(db):
    room = await make.resource(hour_cents=0, half_day_cents=0, day_cents=0)
    alice = await make.member()
    booked = await make.reservation(room, alice)
    assert booked.pend_id is None
    assert await reservations.post_started(booked.begins_at) == 0
