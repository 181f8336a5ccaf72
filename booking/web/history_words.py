"""A change of a house in words: what it was, and each value before and after. Pure; the events keep plain values."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel import dates

from booking import i18n
from booking.events import Event
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext
from booking.places import Venue, wording
from booking.web.plan_words import placements_changed, shapes_words

SAID = {
    "venue.added": lazy("The house was made"),
    "venue.changed": lazy("The house was changed"),
    "venue.imported": lazy("The house was imported"),
    "resource.added": lazy("New space: %(name)s"),
    "resource.changed": lazy("%(name)s was changed"),
    "resource.imported": lazy("%(name)s was imported"),
    "resource.composed": lazy("%(name)s takes other units"),
    "unit.renamed": lazy("The unit %(name)s has another name"),
    "hours.changed": lazy("Opening hours of %(name)s"),
    "holiday.switched": lazy("Public holiday, %(day)s"),
    "yearly.added": lazy("New yearly closure"),
    "yearly.removed": lazy("Yearly closure taken away"),
    "venue.closed": lazy("Closed for a time"),
    "venue.reopened": lazy("A closure was withdrawn"),
    "tariff.added": lazy("New prices of %(name)s: %(category)s, from %(day)s"),
    "tariff.withdrawn": lazy("Prices taken back of %(name)s: %(category)s, from %(day)s"),
    "plan.added": lazy("New plan: %(name)s"),
    "plan.changed": lazy("The plan %(name)s was changed"),
    "plan.removed": lazy("The plan %(name)s was taken off the pages"),
    "plan.arranged": lazy("The plans were put into another order"),
    "display.added": lazy("New display: %(name)s"),
    "display.code_made": lazy("New code to pair the display %(name)s"),
    "display.paired": lazy("The display %(name)s was paired"),
    "display.revoked": lazy("The display %(name)s was taken back"),
    "venue.proof_changed": lazy("Checking in asks for the code on the display"),
    "code.renewed": lazy("New printed code: %(name)s"),
    "role.granted": lazy("A role was given: %(role)s, %(name)s"),
    "role.revoked": lazy("A role was ended: %(role)s, %(name)s"),
}
FIELDS = {
    "name": lazy("Name"),
    "names": lazy("Names"),
    "descriptions": lazy("Description"),
    "street": lazy("Street"),
    "postal_code": lazy("Postal code"),
    "district": lazy("District"),
    "city": lazy("City"),
    "lat": lazy("Latitude"),
    "lon": lazy("Longitude"),
    "capacity_people": lazy("Room for how many people"),
    "contact_name": lazy("Contact"),
    "contact_email": lazy("E-mail"),
    "contact_phone": lazy("Phone"),
    "website": lazy("Website"),
    "features": lazy("Features"),
    "facts": lazy("Facts"),
    "access": lazy("How to get in"),
    "holidays_region": lazy("Region of public holidays"),
    "presence_proof": lazy("Checking in asks for the code on the display"),
    "status": lazy("State"),
    "status_note": lazy("Note on the state"),
    "zone": lazy("Time zone"),
    "currency": lazy("Currency"),
    "kind": lazy("Kind"),
    "takes": lazy("How it is taken"),
    "units": lazy("Units"),
    "area_m2": lazy("Floor area in m²"),
    "step_free": lazy("Step-free"),
    "located_in": lazy("Lies in"),
    "published": lazy("Published"),
    "position": lazy("Place in the list"),
    "vat_category": lazy("Kind of supply for VAT"),
    "raster_minutes": lazy("Steps"),
    "shortest_minutes": lazy("Shortest booking"),
    "longest_minutes": lazy("Longest booking"),
    "lead_minutes": lazy("Notice before it begins"),
    "horizon_days": lazy("Days ahead"),
    "buffer_before_minutes": lazy("Free before, to set up"),
    "buffer_after_minutes": lazy("Free after, to clear up"),
    "quota": lazy("Upcoming bookings per member"),
    "approval": lazy("A host confirms each booking"),
    "approval_hours": lazy("Time to answer a request"),
    "external": lazy("Outside hirers may book"),
    "role": lazy("Only for"),
    "skill_id": lazy("Induction needed"),
    "release_minutes": lazy("Released when nobody has checked in after"),
    "free_until_hours": lazy("Cancelling is free until so long before"),
    "late_fee_percent": lazy("Fee for cancelling late"),
    "no_show_fee_percent": lazy("Fee for not coming"),
    "deposit_cents": lazy("Deposit"),
    "hour_cents": lazy("An hour"),
    "half_day_cents": lazy("Half a day"),
    "day_cents": lazy("A day"),
    "hours": lazy("Hours"),
    "opening_hours": lazy("Hours"),
    "open": lazy("Open"),
    "first_day": lazy("First day"),
    "last_day": lazy("Last day"),
    "reason": lazy("Reason"),
    "reasons": lazy("Reason in other languages"),
    "ends_on": lazy("Last day"),
    "shapes": lazy("What is drawn"),
    "placements": lazy("Spaces on the plan"),
    "ground": lazy("What lies under it"),
    "sketch": lazy("Only a sketch"),
    "width_cm": lazy("Width"),
    "height_cm": lazy("Depth"),
}
HIDDEN = {"unit_ids", "revision"}
LETTERS_MAX = 160

Detail = tuple[str, str, str]  # what, before, after


def headline_of(event: Event, venue: Venue, name: str = "") -> str:
    """What happened, in one line. `name`: what the space, unit or person is called today."""
    from booking.web.setup_hosts import ROLE_NAMES
    from booking.web.setup_prices import CATEGORY_NAMES

    data = event.data
    on = data.get("day") or data.get("from_on")
    whose = event.subject.startswith("venue:") and event.name in ("hours.changed", "code.renewed")
    values = {
        "name": i18n.name_of(venue)
        if whose
        else name or data.get("name") or _after(event).get("name") or data.get("key") or "",
        "day": i18n.day(date.fromisoformat(on), style="medium") if on else "",
        "category": str(CATEGORY_NAMES.get(data.get("category") or "", "")),
        "role": str(ROLE_NAMES.get(data.get("kind") or "", "")),
    }
    said = str(SAID[event.name]) % values
    return _("%(what)s (undo)") % {"what": said} if data.get("undoes") else said


def _after(event: Event) -> dict[str, Any]:
    """What stands there after it, by name; of what is only on or off there are no names."""
    found = event.data.get("after")
    return found if isinstance(found, dict) else {}


def detail_of(event: Event, venue: Venue) -> list[Detail]:
    """Each value that changed, in words. What is new has nothing before, what is gone nothing after."""
    data = event.data
    currency = data.get("currency") if isinstance(data.get("currency"), str) else venue.currency
    if event.name.endswith(".imported"):
        changed = data.get("changed")
        pairs = {name: tuple(both) for name, both in changed.items()} if isinstance(changed, dict) else {}
    elif event.name in ("venue.closed", "role.granted", "role.revoked"):
        keys = ("reason",) if event.name == "venue.closed" else ("ends_on",)
        pairs = {key: (None, data.get(key)) for key in keys if data.get(key)}
    elif event.name == "venue.proof_changed":
        pairs = {"presence_proof": (not data.get("after"), bool(data.get("after")))}
    else:
        before, after = data.get("before") or {}, data.get("after") or {}
        pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    if "placements" in pairs and None not in (both := pairs["placements"]):
        moved = placements_changed(*both)
        rest = {name: each for name, each in pairs.items() if name != "placements"}
        return [(_name("placements"), "–", moved), *_details(rest, currency or "")]
    return _details(pairs, currency or "")


def _details(pairs: dict[str, tuple[Any, Any]], currency: str) -> list[Detail]:
    return [
        (_name(name), _value(name, old, currency), _value(name, new, currency))
        for name, (old, new) in pairs.items()
        if name not in HIDDEN and old != new
    ]


def _name(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def _value(name: str, value: Any, currency: str) -> str:
    """A plain value as people read it; '–' for nothing."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name.endswith("_cents"):
        return i18n.money(value, currency)
    if name.endswith("_minutes"):
        return wording.how_long(value)
    if name in ("free_until_hours", "approval_hours"):
        return wording.how_long(value * 60)
    if name.endswith("_percent"):
        return i18n.percent(value / 100)
    if name.endswith("_cm"):
        return _("%(metres)s m") % {"metres": i18n.number(value / 100)}
    if name == "shapes":
        return shapes_words(value)
    if name == "placements":
        number = len(value)
        return ngettext("%(number)s space", "%(number)s spaces", number) % {"number": i18n.number(number)}
    if name == "ground":
        return _("a picture") if value["kind"] == "picture" else _("a drawing")
    if name == "kind":
        return wording.kind_name(value)
    if name == "features":
        return ", ".join(wording.feature_name(key) for key in value)
    if name == "ends_on":
        return i18n.day(date.fromisoformat(value), style="medium")
    if name in ("hours", "opening_hours"):
        return _hours(value)
    if name == "takes":
        return _("all of them together") if value == "all" else _("any of them")
    if isinstance(value, dict):
        return _short("; ".join(f"{code}: {text}" for code, text in value.items()))
    if isinstance(value, list):
        return _short(", ".join(_fact(one) if isinstance(one, dict) else str(one) for one in value))
    return _short(str(value))


def _fact(fact: dict[str, Any]) -> str:
    return " ".join(
        str(part) for part in (fact.get("key"), fact.get("value"), fact.get("unit")) if part is not None
    )


def _hours(rows: list[list[Any]]) -> str:
    """'Mon 09:00–18:00, from 1 Jan 2027'."""
    names = dates.get_day_names("abbreviated", locale=i18n.locale(i18n.language()))
    said = []
    for weekday, opens, closes, first, last in rows:
        words = f"{names[weekday - 1]} {i18n.wall_clock(opens)}–{i18n.wall_clock(closes)}"
        if first:
            words += " " + _("from %(day)s") % {"day": i18n.day(date.fromisoformat(first), style="medium")}
        if last:
            words += " " + _("until %(day)s") % {"day": i18n.day(date.fromisoformat(last), style="medium")}
        said.append(words)
    return ", ".join(said)


def _short(text: str) -> str:
    return text if len(text) <= LETTERS_MAX else f"{text[: LETTERS_MAX - 1]}…"
