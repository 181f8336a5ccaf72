"""Who was turned away, in words: by reason and by hour, as tables and as lines of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from booking import i18n
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.occupancy import Unmet

REASONS = {
    "taken": lazy("taken by somebody else"),
    "nothing_free": lazy("a search found nothing free"),
    "nothing_fits": lazy("nothing here is like what was searched"),
    "not_open": lazy("the house is not open then"),
    "shut": lazy("closed for a day or longer"),
    "too_soon": lazy("too little notice"),
    "too_far": lazy("too far ahead"),
    "too_short": lazy("shorter than bookings may be"),
    "too_long": lazy("longer than bookings may be"),
    "too_many_people": lazy("more people than fit"),
    "too_many_units": lazy("more pieces than there are"),
    "quota_reached": lazy("no more bookings at once for one person"),
    "skill_needed": lazy("no induction"),
    "role_needed": lazy("only for the staff"),
    "members_only": lazy("only for members"),
    "not_for_your_category": lazy("only for members"),
    "not_published": lazy("not let at the moment"),
    "others": lazy("other reasons, each under five times"),
}


def hour_words(hour: str) -> str:
    """'10:00–11:00', or what is not one hour."""
    if hour == "any":
        return _("any time of the day")
    if hour == "others":
        return _("other hours, each under five times")
    return f"{hour}:00–{(int(hour) + 1) % 24 or 24:02}:00"


def shown(unmet: Unmet | None) -> dict[str, Any] | None:
    """The tables; None where nothing of it may be shown."""
    if unmet is None or not unmet.reasons:
        return None
    return {
        "finding": _("%(some)s of %(all)s wishes ended with a no.")
        % {"some": i18n.number(unmet.turned_away), "all": i18n.number(unmet.asked)},
        "reasons": _rows([(str(REASONS[name]), count) for name, count in unmet.reasons], unmet.turned_away),
        "hours": _rows([(hour_words(name), count) for name, count in unmet.hours], unmet.turned_away),
    }


def _rows(cells: Sequence[tuple[str, int]], of: int) -> list[tuple[str, str, str, int]]:
    """(words, number, share, hundredths)."""
    return [
        (words, i18n.number(count), i18n.percent(count / of), round(100 * count / of))
        for words, count in cells
    ]


def lines(unmet: Unmet | None) -> list[tuple[str, str, int]]:
    """For spreadsheets: (about what, which, wishes)."""
    if unmet is None:
        return []
    return [
        *((_("Turned away, reason"), str(REASONS[name]), count) for name, count in unmet.reasons),
        *((_("Turned away, hour"), hour_words(name), count) for name, count in unmet.hours),
    ]
