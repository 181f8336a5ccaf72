"""Places in words: kinds, features, facts, hours, and the rules of booking a resource. Pure.

Everything is said in the language spoken here. The same sentences stand on the pages of a resource and beside its
reservation form, so that nobody has to learn a rule by being refused. A key that is not known here (another
network may bring its own) is shown as it was written, with blanks for underscores.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from babel import dates, units

from booking import i18n
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext

GROUPS = {
    "desks": lazy("Desks"),
    "rooms": lazy("Rooms"),
    "workshops": lazy("Workshops and studios"),
    "equipment": lazy("Equipment"),
}
GROUP_ICONS = {"desks": "monitor", "rooms": "users", "workshops": "hammer", "equipment": "projector"}

KINDS = {
    "desk": lazy("Desk"),
    "office": lazy("Office"),
    "meeting_room": lazy("Meeting room"),
    "phone_box": lazy("Phone box"),
    "training_room": lazy("Training room"),
    "rehearsal_room": lazy("Rehearsal room"),
    "studio": lazy("Studio"),
    "workshop": lazy("Workshop"),
    "kitchen": lazy("Kitchen"),
    "hall": lazy("Hall"),
    "exhibition": lazy("Exhibition space"),
    "machine": lazy("Machine"),
    "equipment": lazy("Equipment to borrow"),
    "vehicle": lazy("Vehicle"),
}

FEATURES = {
    "step_free": lazy("Step-free"),
    "wifi": lazy("Wi-Fi"),
    "screen": lazy("Screen"),
    "projector": lazy("Projector"),
    "video_conference": lazy("Video conference"),
    "whiteboard": lazy("Whiteboard"),
    "printer": lazy("Printer"),
    "locker": lazy("Locker"),
    "keys": lazy("Own keys"),
    "power": lazy("Power sockets"),
    "three_phase_power": lazy("Three-phase power"),
    "dust_extraction": lazy("Dust extraction"),
    "goods_door": lazy("Goods door"),
    "goods_lift": lazy("Goods lift"),
    "sink": lazy("Sink"),
    "kitchenette": lazy("Kitchenette"),
    "cafe": lazy("Café"),
    "stage": lazy("Stage"),
    "pa": lazy("Sound system"),
    "lights": lazy("Stage lights"),
    "blackout": lazy("Can be darkened"),
    "bar_point": lazy("Bar connection"),
    "sprung_floor": lazy("Sprung floor"),
    "mirrors": lazy("Mirrors"),
    "barre": lazy("Ballet barre"),
    "drum_kit": lazy("Drum kit"),
    "amplifiers": lazy("Amplifiers"),
    "sound_insulation": lazy("Sound insulation"),
    "natural_light": lazy("Daylight"),
    "cyclorama": lazy("Cyclorama"),
    "flash_kit": lazy("Flash kit"),
    "hanging_system": lazy("Hanging system"),
    "spots": lazy("Spotlights"),
    "workstation": lazy("Workstation"),
    "monitors": lazy("Studio monitors"),
    "microphone": lazy("Microphone"),
    "interface": lazy("Audio interface"),
    "rigging": lazy("Rigging points"),
    "hdmi": lazy("HDMI"),
    "tables": lazy("Movable tables"),
    "adults_only": lazy("From 18 years"),
    "two_people": lazy("Only with a second person present"),
    "supervised": lazy("Used under supervision"),
    "off_site": lazy("May leave the house"),
}
FEATURE_ICONS = {
    "step_free": "accessibility",
    "wifi": "wifi",
    "screen": "monitor",
    "projector": "projector",
    "video_conference": "presentation",
    "whiteboard": "pencil",
    "printer": "printer",
    "locker": "lock",
    "keys": "key-round",
    "power": "zap",
    "three_phase_power": "zap",
    "goods_door": "truck",
    "goods_lift": "truck",
    "cafe": "coffee",
    "kitchenette": "utensils",
    "stage": "theater",
    "pa": "volume-2",
    "microphone": "mic",
    "natural_light": "sun",
    "supervised": "eye",
    "two_people": "users",
    "adults_only": "shield-check",
}
# What a member looks for before anything else; the search offers these and whatever the venues add.
SOUGHT = (
    "step_free",
    "wifi",
    "screen",
    "projector",
    "video_conference",
    "whiteboard",
    "three_phase_power",
    "natural_light",
    "stage",
    "pa",
    "sprung_floor",
    "printer",
)

FACTS = {
    "area": lazy("Floor area"),
    "step_free": lazy("Step-free"),
    "noise_hours": lazy("Quiet hours"),
    "ceiling_height": lazy("Ceiling height"),
    "power": lazy("Power"),
    "workshops": lazy("Workshops in the house"),
    "resident_enterprises": lazy("Resident enterprises"),
    "rooms_for_hire": lazy("Rooms for hire"),
    "largest_audience": lazy("Largest audience"),
    "floor": lazy("Floor"),
}

Said = tuple[str, str]  # (name of an icon, words)


def kind_name(kind: str) -> str:
    """'Meeting room'."""
    return _known(KINDS, kind)


def group_name(group: str) -> str:
    """'Workshops and studios'."""
    return _known(GROUPS, group)


def feature_name(key: str) -> str:
    """'Three-phase power'."""
    return _known(FEATURES, key)


def features(keys: Iterable[str]) -> list[Said]:
    """Features with their icons, in the order given."""
    return [(FEATURE_ICONS.get(key, "check"), feature_name(key)) for key in keys]


def facts(venue: Any) -> list[tuple[str, str]]:
    """(what, how much) of a venue's facts, its capacity first."""
    said = []
    if venue.capacity_people:
        said.append((_("Room for"), people(venue.capacity_people)))
    for fact in venue.facts or ():
        said.append((_known(FACTS, fact["key"]), _amount(fact.get("value"), fact.get("unit"))))
    return said


def fact_name(key: str) -> str:
    """'Floor area'."""
    return _known(FACTS, key)


@i18n.kept
def people(number: int) -> str:
    """'1 person', '12 people'."""
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": i18n.number(number)}


def pieces(resource: Any, quantity: int) -> str:
    """Its name, and how many of it where that is not one."""
    name = i18n.name_of(resource)
    return f"{name} × {quantity}" if quantity > 1 else name


def capacity(resource: Any) -> str:
    """How many people a booking is for, or how many pieces there are to borrow; empty where nothing is known."""
    return people(resource.capacity_people) if resource.capacity_people else ""


def hours(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """(days, times) of weekly hours, days with the same times together: ('Mon–Fri', '08:30–18:30').

    A row has weekday (1 to 7), opens_minute and closes_minute.
    """
    by_day: dict[int, list[tuple[int, int]]] = {weekday: [] for weekday in range(1, 8)}
    for row in rows:
        by_day[row.weekday].append((row.opens_minute, row.closes_minute))
    said = []
    for times, days in groupby(by_day, key=lambda weekday: sorted(by_day[weekday])):
        if times:
            listed = list(days)
            words = ", ".join(
                f"{i18n.wall_clock(opens)}–{i18n.wall_clock(closes)}" for opens, closes in times
            )
            said.append((_days(listed[0], listed[-1]), words))
    return said


def rules(resource: Any) -> list[Said]:
    """The rules of booking this resource, as sentences, the ones that surprise people first."""
    said: list[Said] = []
    if not resource.published:
        said.append(("eye", _("This is not published: members cannot see or book it.")))
    if resource.role:
        said.append(("lock", _("Only %(who)s can book this.") % {"who": _role(resource.role)}))
    elif not resource.external:
        said.append(("badge-check", _("For members of the cooperative only.")))
    if resource.skill_id:
        said.append(
            ("shield-check", _("You need an induction first: %(name)s.") % {"name": _skill_name(resource)})
        )
    if resource.approval:
        said.append(("hourglass", _("A host confirms each booking; until then it is on hold.")))
    lengths = (resource.shortest_minutes, resource.longest_minutes, resource.raster_minutes)
    said.append(("clock", _length(*lengths)))
    said.append(("calendar", _ahead(resource.horizon_days, resource.lead_minutes)))
    if buffers := _buffers(resource):
        said.append(("repeat", buffers))
    if resource.quota:
        said.append(
            (
                "list",
                ngettext(
                    "At most %(number)s upcoming booking of this per member.",
                    "At most %(number)s upcoming bookings of this per member.",
                    resource.quota,
                )
                % {"number": resource.quota},
            )
        )
    if resource.capacity_people:
        each = _("Each one is for %(people)s.") if resource.takes == "any" else _("For up to %(people)s.")
        said.append(("users", each % {"people": people(resource.capacity_people)}))
    return said


def terms(resource: Any) -> list[Said]:
    """What cancelling and not coming cost, and the deposit."""
    late = i18n.percent(resource.late_fee_percent / 100)
    said: list[Said] = []
    if not resource.late_fee_percent:
        said.append(("undo-2", _("Cancelling is free until the booking begins.")))
    elif resource.free_until_hours:
        until = how_long(resource.free_until_hours * 60)
        said.append(
            (
                "undo-2",
                _(
                    "Cancelling is free until %(time)s before it begins; after that it costs %(share)s of the price."
                )
                % {"time": until, "share": late},
            )
        )
    else:
        said.append(("undo-2", _("Cancelling costs %(share)s of the price.") % {"share": late}))
    if resource.no_show_fee_percent:
        share = i18n.percent(resource.no_show_fee_percent / 100)
        said.append(("calendar-x", _("Not coming costs %(share)s of the price.") % {"share": share}))
    if resource.deposit_cents:
        amount = i18n.money(resource.deposit_cents, resource.venue.currency)
        said.append(("wallet", _("A deposit of %(amount)s is asked for on the spot.") % {"amount": amount}))
    return said


def how_long(minutes: int) -> str:
    """A length in words: '2 h 30 min', and whole days as days."""
    if minutes < 1440 or minutes % 1440:
        return i18n.duration(minutes)
    # Babel has no long form where CLDR inherits it (Dutch, Italian); the short form is a whole word there.
    locale = i18n.locale(i18n.language())
    said = (
        units.format_unit(minutes // 1440, "duration-day", form, locale=locale) for form in ("long", "short")
    )
    return next(words for words in said if "duration" not in words)


def _known(names: dict[str, Any], key: str) -> str:
    return str(names[key]) if key in names else key.replace("_", " ").capitalize()


def _amount(value: Any, unit: str | None) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        number = i18n.number(value)
        if unit == "people":
            return people(int(value))
        return f"{number} {'m²' if unit == 'm2' else unit}" if unit else number
    return str(value)


def _days(first: int, last: int) -> str:
    names = dates.get_day_names("abbreviated", locale=i18n.locale(i18n.language()))
    return names[first - 1] if first == last else f"{names[first - 1]}–{names[last - 1]}"


def _role(role: str) -> str:
    return {"host": _("hosts of the house"), "manager": _("managers of the house")}.get(role, role)


def _skill_name(resource: Any) -> str:
    skill = resource.skill
    return i18n.name_of(skill) if hasattr(skill, "names") else _("see the host")


@i18n.kept
def _length(shortest: int, longest: int, raster: int) -> str:
    values = {"shortest": how_long(shortest), "longest": how_long(longest), "raster": how_long(raster)}
    if shortest == longest:
        return _("Booked for %(shortest)s, in steps of %(raster)s.") % values
    return _("Booked for %(shortest)s to %(longest)s, in steps of %(raster)s.") % values


@i18n.kept
def _ahead(horizon_days: int, lead_minutes: int) -> str:
    days = ngettext("up to %(number)s day ahead", "up to %(number)s days ahead", horizon_days) % {
        "number": horizon_days
    }
    if lead_minutes:
        values = {"lead": how_long(lead_minutes), "days": days}
        return _("Book at least %(lead)s before it begins, %(days)s.") % values
    return _("Book until the moment it begins, %(days)s.") % {"days": days}


def _buffers(resource: Any) -> str:
    before, after = resource.buffer_before_minutes, resource.buffer_after_minutes
    values = {"before": i18n.duration(before), "after": i18n.duration(after)}
    if before and after:
        return (
            _("%(before)s before and %(after)s after each booking stay free, to set up and clear up.")
            % values
        )
    if before:
        return _("%(before)s before each booking stay free, to set up.") % values
    if after:
        return _("%(after)s after each booking stay free, to clear up.") % values
    return ""
