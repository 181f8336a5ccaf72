"""Setting up a house, for its managers: the first page with what is still missing, and what all its pages share.

Everything under /manage/{key}/set-up is there for those who manage the venue; for all others there is no such page.
Each page has a module of its own: `setup_venue`, `setup_spaces`, `setup_units`, `setup_plans`, `setup_hours`,
`setup_days`, `setup_rules`, `setup_prices`, `setup_hosts`, `setup_history`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, members, places
from booking.errors import Refused
from booking.forms import Form, Ticked
from booking.houses import NoLongerFit
from booking.houses.checking import UnitsHeld
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.places import Resource, Venue, plans, wording
from booking.reservations import Reservation
from booking.timespan import local_day
from booking.web import session
from booking.web.manage import house_of, tabs
from booking.web.manage_rows import times_on
from booking.web.pages import flash, page, redirect, url
from booking.web.places import reservation_url

CHOOSE = "choose"  # the button that saves and goes on to cancelling


def _sure(value: Any) -> Any:
    return "yes" if value == CHOOSE else value


# Said by the button below the bookings in the way.
Confirmed = Annotated[Ticked, BeforeValidator(_sure)]
SHOWN = 50  # bookings in the way that are listed; the sentence says how many there are


def parts(venue: Venue, current: str) -> list[tuple[str, str, bool]]:
    """The pages of setting up as links: (words, address, whether it is this one)."""
    entries = [
        ("setup", _("Overview")),
        ("setup_venue", _("The house")),
        ("setup_spaces", _("Spaces")),
        ("setup_units", _("Units")),
        ("setup_plans", _("Plan")),
        ("setup_hours", _("Hours")),
        ("setup_days", _("Holidays")),
        ("setup_rules", _("Rules")),
        ("setup_prices", _("Prices")),
        ("setup_hosts", _("Hosts")),
        ("setup_history", _("History")),
    ]
    return [(words, url(name, key=venue.key), name == current) for name, words in entries]


def shown(
    request: Request, template: str, venue: Venue, part: str, form: Form[Any] | None = None, **context: Any
) -> Response:
    """A page of setting up."""
    return page(
        request,
        template,
        form.status if form else 200,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "setup"),
        parts=parts(venue, part),
        form=form,
        **context,
    )


def refuse(form: Form[Any], refusal: Refused, venue: Venue) -> dict[str, Any]:
    """Show a refusal above the form; returns what the page lists beside it: the bookings in the way.

    `touched` are bookings that would no longer fit (the form may be sent again, confirmed); `held` those that must go
    first.
    """
    if isinstance(refusal, UnitsHeld):
        form.refuse(refusal, [(_("Close it first"), url("manage_closures", key=venue.key))])
        return {"held": [booking_row(each, venue) for each in refusal.bookings[:SHOWN]]}
    form.refuse(refusal)
    if isinstance(refusal, NoLongerFit):
        return {
            "touched": [
                booking_row(each.reservation, venue, each.refusal.sentence)
                for each in refusal.touched[:SHOWN]
            ]
        }
    return {}


def saved(request: Request, form: Form[Any], venue: Venue, name: str, **params: Any) -> Response:
    """On to the page, or to the bookings that no longer fit, where the manager wanted to choose among them."""
    if form.values.get("confirmed") == CHOOSE:
        return redirect(request, "setup_misfits", key=venue.key)
    return redirect(request, name, key=venue.key, **params)


async def tell(request: Request, venue: Venue, text: str) -> None:
    """Say that it is saved, with a button that takes it back where one click can."""
    visit = session.visit_of(request)
    event_id = await houses.just_done(venue.id, by_id=visit.member.id if visit.member else 0, at=visit.at)
    flash(
        request, "success", text, undo=url("setup_undo", key=venue.key, event_id=event_id) if event_id else ""
    )


def booking_row(each: Reservation, venue: Venue, why: str = "") -> dict[str, Any]:
    """A booking that stands in the way of a change."""
    day = local_day(each.begins_at, venue.zone)
    return {
        "url": reservation_url(each.id),
        "when": f"{i18n.day(day, style='medium')}, {times_on(each.span, day, venue.zone)}",
        "who": each.member.name,
        "resource": i18n.name_of(each.resource),
        "why": why,
    }


def name_links(venue: Venue, resources: Iterable[Resource]) -> list[tuple[str, str]]:
    return [
        (i18n.name_of(each), url("setup_space", key=venue.key, resource_id=each.id)) for each in resources
    ]


async def overview(request: Request) -> Response:
    """What there is, and what is still missing before somebody can book."""
    _member, venue = await house_of(request, managing=True)
    at = session.at(request)
    today = local_day(at, venue.zone)
    resources = await Resource.filter(venue_id=venue.id).order_by("position", "id")
    prices = await houses.price_history([each.id for each in resources])
    hours = await houses.timetable(venue.id, None, today=today)
    hosts = await members.roles.at_venue(venue, at)
    units = await places.units_of([each.id for each in resources])
    missing: list[tuple[str, str]] = []
    if venue.status == "closed":
        missing.append((_("The house is closed for good."), url("setup_venue", key=venue.key)))
    if not hours:
        missing.append((_("The house has no opening hours yet."), url("setup_hours", key=venue.key)))
    if not resources:
        missing.append((_("There is nothing to book yet."), url("setup_space_new", key=venue.key)))
    for each in resources:
        if not any(row.from_on <= today for row in prices.get(each.id, [])):
            said = _("%(name)s has no price yet, so nobody can book it.") % {"name": i18n.name_of(each)}
            missing.append((said, url("setup_price", key=venue.key, resource_id=each.id)))
        if not each.published:
            said = _("%(name)s is not published.") % {"name": i18n.name_of(each)}
            missing.append((said, url("setup_space", key=venue.key, resource_id=each.id)))
    floors = len(await plans.of_venue(venue.id, drafts=True))
    if misfits := len(await houses.all_misfits(venue.id, at)):
        said = ngettext(
            "%(number)s booking no longer fits the rules.",
            "%(number)s bookings no longer fit the rules.",
            misfits,
        )
        missing.append((said % {"number": i18n.number(misfits)}, url("setup_misfits", key=venue.key)))
    number = len({unit for ids in units.values() for unit in ids})
    now = next((each for each in hours if each.first is None or each.first <= today), None)
    return shown(
        request,
        "setup/overview.html",
        venue,
        "setup",
        missing=missing,
        facts=[
            (
                _("Spaces"),
                ngettext("%(number)s space", "%(number)s spaces", len(resources))
                % {"number": i18n.number(len(resources))},
                url("setup_spaces", key=venue.key),
            ),
            (
                _("Units"),
                ngettext("%(number)s unit", "%(number)s units", number) % {"number": i18n.number(number)},
                url("setup_units", key=venue.key),
            ),
            (
                _("Plan"),
                ngettext("%(number)s floor", "%(number)s floors", floors) % {"number": i18n.number(floors)}
                if floors
                else _("none yet"),
                url("setup_plans", key=venue.key),
            ),
            (
                _("Hours"),
                "; ".join(f"{days} {times}" for days, times in wording.hours(now.rows))
                if now
                else _("none yet"),
                url("setup_hours", key=venue.key),
            ),
            (
                _("Hosts"),
                ", ".join(dict.fromkeys(role.member.name for role in hosts)) or _("nobody yet"),
                url("setup_hosts", key=venue.key),
            ),
        ],
        changes=await houses.count(venue.id),
    )
