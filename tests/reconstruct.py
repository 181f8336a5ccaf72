"""Writes the reconstructed history of Bazaar St-So, April 2021, into booking/demo_network/history/.

    python -m tests.reconstruct

The annual report of 2020 tells two figures of that month: 190 people on site a day, of 250 places, and meeting rooms
occupied at 80 %. Nobody has the rows behind them. These here are made up so that they add up to just that: visitors of
21 working days (Easter Monday is a holiday) and hours of five rooms, different each day, with a fixed seed. The product
never sees the sums: it counts the rows. docs/sources.md says so too, and tests/test_demo_history.py counts them.
"""

from __future__ import annotations

import csv
import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

from booking.pricing import Tariff, quote
from booking.timespan import TimeSpan, wall_to_utc

FOLDER = Path(__file__).parents[1] / "booking" / "demo_network"
ZONE, VENUE = "Europe/Paris", "bazaar-st-so"
DAYS = [
    day
    for day in (date(2021, 4, 1) + timedelta(days=number) for number in range(30))
    if day.isoweekday() <= 5 and day != date(2021, 4, 5)
]
VISITOR_DAYS = 190 * len(DAYS)
FEWEST, MOST = 157, 223
RESIDENTS = 350
OPENS, CLOSES = 8 * 60 + 30, 18 * 60 + 30
HALVES = (CLOSES - OPENS) // 30
# Half-hours of each room in the month: 840 hours in all.
ROOMS = {"room-quai": 372, "room-fret": 356, "room-wagon": 342, "room-halle": 320, "room-aiguillage": 290}
CANCELLED = 9  # of each room
BUSY = {1: 0, 2: 1, 3: 0, 4: 1, 5: -1}  # Tuesdays and Thursdays are fuller


def spread(total: int, least: int, most: int, chance: random.Random, lean: list[int]) -> list[int]:
    """Whole numbers between two, one per lean, leaning as they say, that add up to the total."""
    width = (most - least) // 4
    numbers = [
        min(max(round(chance.gauss(total / len(lean) + each * width / 2, width)), least), most)
        for each in lean
    ]
    while (rest := total - sum(numbers)) != 0:
        place = chance.randrange(len(numbers))
        step = 1 if rest > 0 else -1
        if least <= numbers[place] + step <= most:
            numbers[place] += step
    return numbers


def at(day: date, minutes: int) -> str:
    return f"{day} {minutes // 60:02}:{minutes % 60:02}"


def pieces(halves: int, chance: random.Random) -> list[tuple[int, int]]:
    """Bookings of one day: (begins, lasts) in half-hours, at least an hour each, with room for the buffer between."""
    most = min(4, halves // 2, HALVES - halves + 1)
    number = max(1, min(most, chance.choice((1, 2, 2, 3, 3, 4))))
    lengths = [2] * number
    for _ in range(halves - 2 * number):
        lengths[chance.randrange(number)] += 1
    idle = HALVES - halves - (number - 1)
    gaps = [0] * (number + 1)
    for _ in range(idle):
        gaps[chance.randrange(number + 1)] += 1
    found, begins = [], 0
    for place, length in enumerate(lengths):
        begins += gaps[place]
        found.append((begins, length))
        begins += length + 1
    return found


def reservations(chance: random.Random) -> list[dict[str, object]]:
    network = json.loads((FOLDER / "network.json").read_text(encoding="utf-8"))
    known = {each["key"]: each for each in network["resources"]}
    rows: list[dict[str, object]] = []

    def add(room: str, day: date, begins: int, lasts: int, cancelled: bool) -> None:
        resource = known[f"{VENUE}--{room}"]
        price = next(each for each in resource["tariffs"] if each["category"] == "member")
        tariff = Tariff("EUR", price["hour_cents"], price["half_day_cents"], price["day_cents"])
        first, last = OPENS + 30 * begins, OPENS + 30 * (begins + lasts)
        span = TimeSpan(wall_to_utc(day, first, ZONE), wall_to_utc(day, last, ZONE))
        cents = quote(tariff, span, ZONE, vat_basis_points=0, vat_reason="").net_cents
        if chance.random() < 0.08:
            cents = 0  # lent to a neighbours' association
        ahead = chance.choice((0, 1, 1, 2, 3, 5, 7, 9, 14, 21))
        opening = datetime(day.year, day.month, day.day) + timedelta(minutes=first)
        booked = opening - timedelta(days=ahead, minutes=chance.randrange(5, 300, 5))
        notice = timedelta(hours=chance.choice((3, 6, 30, 50, 90)))
        late = cancelled and notice < timedelta(hours=24)
        if cancelled:
            booked = min(booked, opening - notice - timedelta(hours=5))
        seats = resource["capacity_people"]
        rows.append(
            {
                "key": f"{VENUE}-2021-04-r{len(rows) + 1:04}",
                "resource": resource["key"],
                "begins": at(day, first),
                "ends": at(day, last),
                "state": "cancelled" if cancelled else "",
                "people": min(seats, max(1, round(chance.gauss(seats * 0.45, seats * 0.2)))),
                "booked": f"{booked:%Y-%m-%d %H:%M}",
                "cancelled": f"{opening - notice:%Y-%m-%d %H:%M}" if cancelled else "",
                "net_cents": cents,
                "fee_cents": cents // 2 if late else "",
            }
        )

    for room, halves in ROOMS.items():
        lean = [BUSY[day.isoweekday()] for day in DAYS]
        for day, number in zip(DAYS, spread(halves, 8, 19, chance, lean), strict=True):
            for begins, lasts in pieces(number, chance):
                add(room, day, begins, lasts, False)
        for day in sorted(chance.sample(DAYS, CANCELLED)):
            add(room, day, chance.randrange(0, 14), chance.choice((2, 3, 4, 6)), True)
    return rows


def presences(chance: random.Random) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []

    def add(day: date, person: int, comes: int, goes: int, *, estimated: bool = False) -> None:
        rows.append(
            {
                "key": f"{VENUE}-2021-04-p{len(rows) + 1:05}",
                "venue": VENUE,
                "person": f"v{person:03}",
                "begins": at(day, comes),
                "ends": at(day, goes),
                "source": "door",
                "estimated": "true" if estimated else "",
            }
        )

    lean = [BUSY[day.isoweekday()] for day in DAYS]
    for day, number in zip(DAYS, spread(VISITOR_DAYS, FEWEST, MOST, chance, lean), strict=True):
        for person in sorted(chance.sample(range(1, RESIDENTS + 1), number)):
            comes = min(CLOSES - 60, OPENS + round(chance.triangular(0, 330, 40)))
            if chance.random() < 0.15:
                comes = 13 * 60 + chance.randrange(0, 90)
            if chance.random() < 0.04:
                add(day, person, comes, CLOSES, estimated=True)
                continue
            goes = max(comes + 30, CLOSES - round(chance.triangular(0, 330, 50)))
            if comes < 11 * 60 and goes > 15 * 60 and chance.random() < 0.09:
                lunch = 12 * 60 + chance.randrange(0, 45)
                add(day, person, comes, lunch)
                comes = lunch + chance.randrange(35, 80)
            add(day, person, comes, min(goes, CLOSES))
    return rows


def write(folder: Path) -> None:
    """Both files, the same on every machine."""
    folder.mkdir(exist_ok=True)
    chance = random.Random("Bazaar St-So, April 2021")
    for name, rows in (("reservations", reservations(chance)), ("presences", presences(chance))):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write(FOLDER / "history")
