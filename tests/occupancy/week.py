"""The worked example: a room for eight, open Monday to Friday from 9 to 19, Tuesday a holiday, Wednesday shut until 13.

A booking that came, one that nobody came for, people without a booking, a booking that fewer came for and that ended an
hour early, one cancelled late, and one of a whole day. Monday is 4 May 2026, in Brussels.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.occupancy.figures_facts import Booking, Facts, Room, Stay
from booking.timespan import TimeSpan

ZONE = "Europe/Brussels"
MONDAY, SUNDAY = date(2026, 5, 4), date(2026, 5, 10)
LATER = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)

# What each figure must be, to the digit.
EXPECTED = {
    "booked_utilisation": "47.2 %",
    "held_utilisation": "42.4 %",
    "used_utilisation": "40.3 %",
    "seat_fill": "84.5 %",
    "seat_hours": "34.0 %",
    "no_show": "25.0 %",
    "no_show_hours": "11.8 %",
    "late_cancel": "20.0 %",
    "unused": "17.6 %",
    "unbooked_use": "3.4 %",
    "revpah": "9.44",
    "revpash": "1.18",
}


def at(day: int, hour: float) -> datetime:
    """So many days after the Monday, by the clock of Brussels."""
    midnight = datetime(2026, 5, 4, tzinfo=ZoneInfo(ZONE)) + timedelta(days=day)
    return (midnight + timedelta(hours=hour)).astimezone(UTC)


def span(day: int, begins: float, ends: float) -> TimeSpan:
    return TimeSpan(at(day, begins), at(day, ends))


def facts() -> Facts:
    """The week as plain values."""
    room = Room(
        id=1,
        bookable=[span(0, 9, 19), span(2, 13, 19), span(3, 9, 19), span(4, 9, 19)],
        capacity=8,
        asks_check_in=True,
    )
    bookings = [
        Booking("team", 1, span(0, 9, 12), people=6, checked_in_at=at(0, 9), net_cents=6000),
        Booking(
            "nobody", 1, span(0, 14, 16), people=4, no_show_at=at(0, 14.25), released_at=at(0, 14.25), net_cents=4000
        ),
        Booking(
            "fewer", 1, span(2, 15, 19), people=8, checked_in_at=at(2, 15), checked_out_at=at(2, 18), net_cents=8000
        ),
        Booking(
            "late", 1, span(3, 10, 11), state="cancelled", cancelled_at=at(3, 8), free_until=at(2, 10), net_cents=2000,
            fee_cents=1000,
        ),
        Booking("course", 1, span(4, 9, 17), people=8, checked_in_at=at(4, 9), net_cents=15000),
    ]  # fmt: skip
    stays = [
        Stay(span(0, 9, 12), "staff_count", people=6, room_id=1, booking_id="team"),
        Stay(span(0, 16.5, 17), "staff_count", people=2, room_id=1),
        Stay(span(2, 15, 18), "staff_count", people=5, room_id=1, booking_id="fewer"),
        Stay(span(4, 9, 17), "staff_count", people=8, room_id=1, booking_id="course"),
    ]
    window = TimeSpan(at(0, 0), at(7, 0))
    return Facts(window, LATER, ZONE, "EUR", None, room.bookable, [room], bookings, stays)


def shown(figure) -> str:
    """A value as the example writes it."""
    if figure.formula.unit == "share":
        return f"{float(figure.value) * 100:.1f} %"
    if figure.formula.unit == "money":
        return f"{float(figure.value) / 100:.2f}"
    return str(figure.value)
