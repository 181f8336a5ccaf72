"""The forms of prices, and the tester, which shows the real quote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from booking import i18n
from booking.forms import Shape, check
from booking.pricing.models import TariffRow
from booking.web import amounts
from tests import make


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(at=house, name="Quai")


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


def at(house: Any, room: Any) -> str:
    return f"/manage/{house.key}/set-up/prices/{room.id}"


NEW = {"category": "member", "from_on": "2027-01-01", "hour": "15,50", "day": "60"}


async def test_it_works(stella: Any, house: Any, room: Any) -> None:
    other = await make.resource(at=house, name="Fret")
    done = await stella.post(at(house, room), data={**NEW, "also": [str(other.id)]})
    assert (done.status_code, done.headers["location"]) == (303, at(house, room))
    rows = await TariffRow.filter(from_on="2027-01-01").order_by("resource_id")
    assert [(row.resource_id, row.hour_cents, row.half_day_cents, row.day_cents) for row in rows] == [
        (room.id, 1550, None, 6000),
        (other.id, 1550, None, 6000),
    ]
    seen = (await stella.get(at(house, room))).text
    for words in ("€15.50", "Coming", "Fri, 1 Jan 2027", "€10.00"):
        assert words in seen
    assert (
        "€10.00\N{NO-BREAK SPACE}an\N{NO-BREAK SPACE}hour"
        in (await stella.get(f"/manage/{house.key}/set-up/prices")).text
    )


async def test_what_would_they_pay(stella: Any, house: Any, room: Any) -> None:
    await stella.post(at(house, room), data=NEW)
    ask = {"who": "member", "on": "2026-11-24", "begins": "10:00", "ends": "12:00"}
    now = (await stella.get(at(house, room), params=ask)).text
    for words in ("2 hrs × €10.00", "€24.20", "VAT 21"):
        assert words in now
    then = (await stella.get(at(house, room), params=ask | {"on": "2027-01-04"})).text
    assert "€37.51" in then
    outside = (await stella.get(at(house, room), params=ask | {"who": "external"})).text
    assert "€36.30" in outside
    reversed_ = await stella.get(at(house, room), params=ask | {"ends": "09:00"})
    assert "The end must come after the beginning." in reversed_.text
    await TariffRow.filter(category="external").delete()
    assert (
        "for members of the cooperative only"
        in (await stella.get(at(house, room), params=ask | {"who": "external"})).text
    )


async def test_refused_and_wrong(stella: Any, house: Any, room: Any) -> None:
    before = await TariffRow.all().count()
    for wrong in ({"hour": "free"}, {"hour": "1.234"}, {"hour": "-5"}, {"category": "king"}, {"from_on": ""}):
        got = await stella.post(at(house, room), data=NEW | wrong)
        assert got.status_code == 422, wrong
        assert 'value="60"' in got.text
    for wrong in ({"from_on": "2026-11-22"}, {"hour": "", "day": ""}):
        assert (await stella.post(at(house, room), data=NEW | wrong)).status_code == 409, wrong
    assert (await stella.post(at(house, room), data=NEW | {"also": "999999"})).status_code == 404
    assert await TariffRow.all().count() == before
    await stella.post(at(house, room), data=NEW)
    again = await stella.post(at(house, room), data=NEW | {"hour": "16"})
    assert again.status_code == 409
    assert "never edited" in again.text


async def test_taking_back(stella: Any, house: Any, room: Any) -> None:
    await stella.post(at(house, room), data=NEW)
    row = await TariffRow.get(from_on="2027-01-01")
    assert (await stella.post(f"{at(house, room)}/{row.id}/withdraw")).status_code == 303
    assert not await TariffRow.exists(id=row.id)
    old = (await TariffRow.filter(resource_id=room.id))[0]
    assert (await stella.post(f"{at(house, room)}/{old.id}/withdraw")).status_code == 409
    assert await TariffRow.exists(id=old.id)


class Asked(Shape):
    amount: amounts.Amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,50", "12.50"),
        ("12.50", "12.50"),
        ("1 250", "1250"),
        ("1’250.5", "1250.5"),
        ("-3", "-3"),
        ("−3,00", "-3.00"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("12.345.678,9", "12345678.9"),
        ("1.23,50", None),
        ("1,2,3", None),
        ("1e5", None),
        ("12,", None),
        ("", None),
        ("twelve", None),
        ("9999999999", None),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str | None) -> None:
    form = check(Asked, {"amount": text})
    assert form.valid == (amount is not None)
    if amount is not None:
        assert form.value.amount == Decimal(amount)


def test_amounts_in_minor_units_and_back() -> None:
    assert amounts.cents(Decimal("12.50"), "EUR") == 1250
    assert amounts.cents(Decimal("12.505"), "EUR") is None
    assert amounts.cents(Decimal("12"), "JPY") == 12
    with i18n.speaking("nl"):
        assert amounts.typed(123456, "EUR") == "1234,56"
    assert amounts.typed(None, "EUR") == ""
    assert amounts.typed(-5, "EUR") == "-0.05"
