"""A figure and what it says about itself: its formula in words with a version, its source, its n and its coverage.

A figure keeps its numerator and its denominator, so that figures of several rooms, or of two halves of a period, can
be added before they are divided. One that needs to know who came says how much of the time is known (coverage): under
60 % it is `thin` and shown with less weight. One about people is `withheld` in reports where it is about under five.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from booking.i18n import lazy

COVERAGE_MIN = Fraction(60, 100)
PERSONS_MIN = 5


@dataclass(frozen=True, slots=True)
class Formula:
    """What a figure means. `unit` is 'share', 'hours', 'people', 'minutes' or 'money'.

    `version` grows whenever the same rows would give another number. `about_people`: withheld under five persons.
    """

    label: Any
    sentence: Any
    unit: str
    version: int = 1
    about_people: bool = False


FORMULAS: dict[str, Formula] = {
    "booked_utilisation": Formula(
        lazy("Booked"), lazy("Hours booked and not cancelled ÷ bookable hours."), "share"
    ),
    "held_utilisation": Formula(
        lazy("Withheld from others"),
        lazy("Hours booked, of released bookings only those before the release ÷ bookable hours."),
        "share",
    ),
    "used_utilisation": Formula(
        lazy("Used"), lazy("Hours with a check-in or presence, booked or not ÷ bookable hours until now."), "share"
    ),
    "seat_fill": Formula(
        lazy("Seats filled while in use"),
        lazy("Hours of people ÷ (used hours × seats). People are counted, or else those expected."),
        "share",
    ),
    "seat_hours": Formula(
        lazy("Seats used over all hours"),
        lazy("Hours of people ÷ (bookable hours × seats)."),
        "share",
    ),
    "desk_occupancy": Formula(
        lazy("Desks taken on a day"), lazy("Desks booked at least once on a day ÷ desks bookable that day."), "share"
    ),
    "people_now": Formula(
        lazy("People in the house now"), lazy("Persons and counted people with an open stay."), "people"
    ),
    "daily_visitors": Formula(
        lazy("Visitors a day, mean"),
        lazy("Different persons of each open day, added up ÷ days open. Coming twice on a day counts once."),
        "people",
        about_people=True,
    ),
    "visitor_share": Formula(
        lazy("Visitors against places"),
        lazy("Different persons of each open day, added up ÷ (places of the house × days open)."),
        "share",
        about_people=True,
    ),
    "peak": Formula(
        lazy("Most people at once"),
        lazy("The highest number of people present at the same minute, over all spaces together."),
        "people",
        about_people=True,
    ),
    "peak_p95": Formula(
        lazy("Busy, without the odd event"),
        lazy("95 of 100 quarter-hours of the opening hours have at most so many people at one minute."),
        "people",
        about_people=True,
    ),
    "booked_peak": Formula(
        lazy("Most people booked at once"),
        lazy("The highest number of people booked for the same minute, over all spaces together."),
        "people",
    ),
    "empty_spots": Formula(
        lazy("Empty places, mean"),
        lazy("(Places of the house − people present) of each open hour, added up ÷ open hours until now."),
        "people",
    ),
    "empty_spots_min": Formula(
        lazy("Empty places, fewest"), lazy("Places of the house − most people at once in opening hours."), "people"
    ),
    "sold_out": Formula(
        lazy("Sold out"),
        lazy("Time with nothing free of a kind ÷ time in which something of it could be booked."),
        "share",
    ),
    "dwell": Formula(
        lazy("Length of a stay, mean"),
        lazy("Time of all stays that have ended ÷ their number."),
        "hours",
        about_people=True,
    ),
    "dwell_median": Formula(
        lazy("Length of a stay, median"),
        lazy("Half of the stays that have ended were shorter."),
        "hours",
        about_people=True,
    ),
    "no_show": Formula(
        lazy("No-shows"),
        lazy("Bookings nobody came for ÷ confirmed bookings that were due, where check-in is asked."),
        "share",
    ),
    "no_show_hours": Formula(
        lazy("No-shows, by hours"),
        lazy("Hours booked by who did not come ÷ hours of confirmed bookings that were due, where check-in is asked."),
        "share",
    ),
    "ghost": Formula(
        lazy("Ghost bookings"),
        lazy("Bookings in which no sensor saw anybody ÷ bookings of spaces with a sensor."),
        "share",
    ),
    "late_cancel": Formula(
        lazy("Cancelled late"),
        lazy("Bookings their member cancelled when it was no longer free ÷ all that were confirmed for the period."),
        "share",
    ),
    "cancel_notice": Formula(
        lazy("Notice of cancellations, median"), lazy("Beginning − moment of cancelling."), "hours"
    ),
    "unused": Formula(
        lazy("Booked and not used"),
        lazy("(Booked hours − those in which somebody was there) ÷ booked hours, where we know whether somebody came."),
        "share",
    ),
    "recovered": Formula(
        lazy("Hours that came free again"),
        lazy("Hours freed by releases, by ends before time and by late cancellations, added up."),
        "hours",
    ),
    "resold": Formula(
        lazy("Booked again"), lazy("Freed hours that somebody booked after they came free ÷ freed hours."), "share"
    ),
    "unbooked_use": Formula(
        lazy("Used without a booking"), lazy("Used hours outside of bookings ÷ used hours."), "share"
    ),
    "overrun": Formula(
        lazy("Stayed over time"),
        lazy("Minutes between the end of a booking and a later check-out, added up."),
        "minutes",
    ),
    "right_size": Formula(
        lazy("People against size"),
        lazy("Expected or counted people ÷ people the booked spaces hold, added up."),
        "share",
    ),
    "lead_time_low": Formula(
        lazy("Booked ahead, lower quartile"),
        lazy("Beginning − moment of booking: a quarter of the bookings had less."),
        "hours",
    ),
    "lead_time": Formula(
        lazy("Booked ahead, median"), lazy("Beginning − moment of booking."), "hours"
    ),
    "lead_time_high": Formula(
        lazy("Booked ahead, upper quartile"),
        lazy("Beginning − moment of booking: a quarter of the bookings had more."),
        "hours",
    ),
    "fragmentation": Formula(
        lazy("Too short to sell"),
        lazy("Free gaps shorter than the shortest booking, with its steps and buffers ÷ all free time."),
        "share",
    ),
    "income": Formula(
        lazy("Income"), lazy("Revenue without VAT of bookings that began, with fees, added up."), "money"
    ),
    "revpah": Formula(
        lazy("Revenue per bookable hour"),
        lazy("Revenue without VAT of bookings that began, with fees ÷ bookable hours until now."),
        "money",
    ),
    "revpash": Formula(
        lazy("Revenue per seat and hour"),
        lazy("Revenue without VAT of bookings that began, with fees ÷ (bookable hours until now × seats)."),
        "money",
    ),
    "revenue_per_desk": Formula(
        lazy("Revenue per desk"), lazy("Revenue of desks without VAT ÷ number of desks."), "money"
    ),
    "revenue_per_m2": Formula(
        lazy("Revenue per m²"), lazy("Revenue without VAT of spaces whose size is known ÷ their m²."), "money"
    ),
    "cash_occupancy": Formula(
        lazy("Revenue against a full house"),
        lazy("Revenue without VAT ÷ what members would pay by the list for all bookable hours until now."),
        "share",
    ),
    "commons_value": Formula(
        lazy("Given below the list"),
        lazy("What members would pay by the list − what was asked, where that was less, added up."),
        "money",
    ),
    "unmet": Formula(
        lazy("Turned away"),
        lazy("Wishes that ended with a no of the house or found nothing ÷ all wishes. Asking again is the same wish."),
        "share",
        about_people=True,
    ),
    "on_the_books": Formula(
        lazy("Booked ahead of now"), lazy("Hours of the period that are booked and have not begun."), "hours"
    ),
    "pick_up": Formula(
        lazy("Booked in the last seven days"),
        lazy("Hours ahead booked in the last seven days − those cancelled in them that were booked before."),
        "hours",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One number with its parts. `value` is nothing where there is nothing to divide by, or nothing to measure.

    `source` names where it was seen: booked, checked_in, presence, door, wifi, sensor, staff_count, counted, expected,
    price, wishes. `n` is the number of bookings, stays or days behind it. `parts` are numbers that make it up, by name.
    Amounts of money are minor units of `currency`.
    """

    name: str
    numerator: Fraction
    denominator: Fraction
    value: Fraction | None
    n: int
    source: tuple[str, ...]
    coverage: Fraction | None = None
    currency: str = ""
    parts: Mapping[str, Fraction] = field(default_factory=dict)
    persons: int | None = None

    @property
    def formula(self) -> Formula:
        return FORMULAS[self.name]

    @property
    def thin(self) -> bool:
        """Whether too little is known of who came to lean on it."""
        return self.coverage is not None and self.coverage < COVERAGE_MIN

    @property
    def withheld(self) -> bool:
        """Whether it is about too few people to be shown in a report."""
        return self.formula.about_people and self.persons is not None and 0 < self.persons < PERSONS_MIN

    def as_json(self) -> dict[str, Any]:
        """For programs: exact where whole, else rounded to six digits; a withheld figure keeps its numbers."""
        hidden = self.withheld
        return {
            "value": None if hidden else plain(self.value),
            "unit": self.formula.unit,
            **({"currency": self.currency} if self.currency else {}),
            "numerator": None if hidden else plain(self.numerator),
            "denominator": plain(self.denominator),
            "n": self.n,
            "coverage": plain(self.coverage),
            "thin": self.thin,
            "withheld": hidden,
            "source": list(self.source),
            "formula": str(self.formula.sentence),
            "version": self.formula.version,
            **(
                {"parts": {name: plain(part) for name, part in self.parts.items()}}
                if self.parts and not hidden
                else {}
            ),
        }


def figure(
    name: str,
    numerator: Fraction | int,
    denominator: Fraction | int = 1,
    *,
    n: int,
    source: tuple[str, ...],
    measured: bool = True,
    **values: Any,
) -> Figure:
    """A figure of FORMULAS. Its value is nothing when the denominator is 0, or when it was not `measured` at all."""
    above, below = Fraction(numerator), Fraction(denominator)
    value = above / below if below and measured else None
    return Figure(name, above, below, value, n, source, **values)


def plain(number: Fraction | None) -> int | float | None:
    """A number for JSON."""
    if number is None:
        return None
    return number.numerator if number.denominator == 1 else round(float(number), 6)


def median(numbers: list[Fraction]) -> Fraction | None:
    """The middle one, or the mean of the middle two."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
