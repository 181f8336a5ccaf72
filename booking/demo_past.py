"""The weeks before the demonstration began: invented bookings of invented people, imported as anybody's history is.

The last week and those to come are booked by the same function as everybody's (`booking/demo.py`); that is too slow for
two months. So the weeks before come from rows like those of another system's export, and the report says so. Who came,
and when, is drawn as in `demo_presence`. How many were turned away is invented too, as counters.
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from booking import demo_weeks, importing, places, pricing, reservations
from booking.demo_presence import course
from booking.demo_weeks import SEED
from booking.events import Event, Unread
from booking.importing.past import ReservationShape
from booking.members import Member
from booking.occupancy import BOOKED, FOUND, HISTORY_EVENT, Demand
from booking.places import Venue
from booking.timespan import TimeSpan, local_day

WEEKS = 8
# Wishes on a working day, and how many of ten are turned away: where the rooms are full, and where they are not.
ASKED = {"bazaar-st-so": (14, 4), "lavallee-brussels": (6, 1)}
SOURCE = {
    "en": "Bookings of these weeks are invented, like everybody in this demonstration.",
    "nl": "De boekingen van deze weken zijn verzonnen, zoals iedereen in deze demonstratie.",
    "fr": "Les réservations de ces semaines sont inventées, comme tout le monde dans cette démonstration.",
    "de": "Die Buchungen dieser Wochen sind erfunden, wie alle in dieser Vorführung.",
    "es": "Las reservas de estas semanas son inventadas, como todas las personas de esta demostración.",
    "it": "Le prenotazioni di queste settimane sono inventate, come tutte le persone di questa dimostrazione.",
    "sv": "Bokningarna de här veckorna är påhittade, liksom alla i den här demonstrationen.",
}


async def fill(
    resources: Sequence[Any], people: Sequence[Member], first: date, last: date, at: datetime
) -> int:
    """The bookings between these two days, the last one excluded. Returns how many."""
    window = TimeSpan(_utc(first), _utc(last))
    plans = await reservations.plans(resources, window)
    prices = await pricing.tariff_history([each.id for each in resources], "member")
    chance = random.Random(f"{SEED}:past:{first}")  # noqa: S311 - the same bookings on every machine, not a secret
    units = await places.units_of([each.id for each in resources])
    held: dict[int, list[TimeSpan]] = {}
    wanted = []
    for resource in resources:
        for span, quantity in demo_weeks.wishes(resource, plans[resource.id], chance):
            # Half of a hall, and the whole of it, are not both booked.
            whole = units[resource.id] if resource.takes == "all" else ()
            clash = any(span.overlaps(other) for unit in whole for other in held.get(unit, ()))
            if clash or span.ends_at > at - timedelta(hours=1):
                continue
            for unit in whole:
                held.setdefault(unit, []).append(span)
            wanted.append((resource, span, quantity))
    rows = [
        _row(
            f"{first}-{number}",
            resource,
            span,
            quantity,
            chance.choice(people),
            prices.get(resource.id, []),
            chance,
        )
        for number, (resource, span, quantity) in enumerate(wanted)
    ]
    before = await Event.filter(name=HISTORY_EVENT).values_list("id", flat=True)
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "reservations.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*ReservationShape.model_fields])
            writer.writeheader()
            writer.writerows(rows)
        (Path(folder) / "source.json").write_text(json.dumps({"source": SOURCE}), encoding="utf-8")
        await importing.history(Path(folder), at=at)
    told = await Event.filter(name=HISTORY_EVENT).exclude(id__in=before).values_list("id", flat=True)
    await Unread.filter(event_id__in=told).delete()
    return len(rows)


def _row(
    number: str,
    resource: Any,
    span: TimeSpan,
    quantity: int,
    person: Member,
    prices: Sequence[tuple[date, Any]],
    chance: random.Random,
) -> dict[str, Any]:
    """A line of a file of the past: most came, some did not, some had cancelled, a few of these too late."""
    zone = resource.venue.zone
    tariff = next(
        (tariff for from_on, tariff in reversed(prices) if from_on <= local_day(span.begins_at, zone)), None
    )
    cents = (
        pricing.quote(tariff, span, zone, quantity=quantity, vat_basis_points=0, vat_reason="").net_cents
        if tariff
        else 0
    )
    key = f"demo-{resource.key}-{number}"
    booked_at = span.begins_at - timedelta(days=chance.randint(1, 20), minutes=chance.randint(0, 600))
    row: dict[str, Any] = {
        "key": key,
        "resource": resource.key,
        "begins": _moment(span.begins_at),
        "ends": _moment(span.ends_at),
        "member": person.email,
        "people": demo_weeks.party(resource, quantity, chance),
        "quantity": quantity,
        "title": demo_weeks.title(chance),
        "booked": _moment(booked_at),
        "net_cents": cents,
    }
    if chance.random() < 0.06:
        late = chance.random() < 0.3
        notice = timedelta(hours=chance.randint(1, 12) if late else chance.randint(30, 70))
        cancelled_at = max(span.begins_at - notice, booked_at + timedelta(minutes=10))
        return row | {
            "state": "cancelled",
            "cancelled": _moment(cancelled_at),
            "fee_cents": cents // 2 if late else 0,
        }
    plan = course(ReservationShape.model_construct(key=key).id, span)
    if plan.comes_at is None:
        if resource.release_minutes is None:
            return row
        missed_at = min(span.begins_at + timedelta(minutes=resource.release_minutes), span.ends_at)
        return row | {"no_show": "true", "released": _moment(missed_at)}
    row["checked_in"] = _moment(plan.comes_at)
    if plan.leaves_at is not None:
        row["checked_out"] = _moment(plan.leaves_at)
    return row


async def turn_away(first: date, last: date) -> None:
    """Counters of wishes, as the doors of the product would have counted them."""
    found = []
    for venue in await Venue.filter(key__in=list(ASKED)).order_by("id"):
        asked, away = ASKED[venue.key]
        for number in range((last - first).days):
            day = first + timedelta(days=number)
            if day.isoweekday() > 5:
                continue
            chance = random.Random(f"{SEED}:wishes:{venue.key}:{day}")  # noqa: S311 - as above
            counted: dict[tuple[int, str], int] = {}
            for _ in range(max(1, round(chance.gauss(asked, asked / 4)))):
                hour = chance.choice((9, 10, 10, 11, 13, 14, 14, 15, 16))
                outcome = BOOKED if chance.random() < 0.7 else FOUND
                if chance.randint(1, 10) <= away:
                    outcome = chance.choice(
                        ("taken", "taken", "taken", "nothing_free", "too_many_people", "not_open")
                    )
                counted[hour, outcome] = counted.get((hour, outcome), 0) + 1
            found += [
                Demand(
                    venue_id=venue.id,
                    kind="meeting_room",
                    wanted_on=day,
                    hour=hour,
                    outcome=outcome,
                    wishes=wishes,
                    since_at=_utc(first),
                )
                for (hour, outcome), wishes in sorted(counted.items())
            ]
    await Demand.bulk_create(found, batch_size=500)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


def _utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
