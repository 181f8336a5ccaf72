"""A host checks people in and out from today's list, takes a mistake back, and types how many are in the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, limits, members, occupancy, reservations
from booking.errors import NotFound, Refused
from booking.forms import Email, Form, Shape, blank, read
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.members import Member
from booking.occupancy import Presence
from booking.places import Venue
from booking.web import manage, session
from booking.web.manage import house_of
from booking.web.pages import flash, redirect

LOOKUPS_MAX, LOOKUPS_SECONDS = 60, 600


class Undone(Shape):
    """Which of the two is taken back."""

    what: Literal["check_in", "check_out"]


class WalkIn(Shape):
    """Who has come without a booking."""

    email: Email


class Count(Shape):
    """How many people a host counted in the house."""

    people: int = Field(ge=0, le=occupancy.PEOPLE_MAX)


async def check_in(request: Request) -> Response:
    """The member of this booking is here."""
    member, venue = await house_of(request)
    found = await reservations.visible(
        request.path_params["reservation_id"], by=member, at=session.at(request)
    )
    if found.venue_id != venue.id:
        raise NotFound

    async def act() -> str:
        await occupancy.check_in(found.id, by=member, at=session.at(request))
        return _("Checked in: %(name)s.") % {"name": found.member.name}

    return await _done(request, member, venue, blank(), act)


async def check_out(request: Request) -> Response:
    """The person of this stay has left."""
    member, venue, stay = await _stay_here(request)

    async def act() -> str:
        await occupancy.check_out_for(stay.id, by=member, at=session.at(request))
        return _("Checked out: %(name)s.") % {"name": stay.member.name if stay.member else ""}

    return await _done(request, member, venue, blank(), act)


async def undo(request: Request) -> Response:
    """It was the wrong line."""
    member, venue, stay = await _stay_here(request)
    form = await read(request, Undone)

    async def act() -> str:
        if form.value.what == "check_in":
            await occupancy.undo_check_in(stay.id, by=member, at=session.at(request))
        else:
            await occupancy.undo_check_out(stay.id, by=member, at=session.at(request))
        return _("Taken back: %(name)s.") % {"name": stay.member.name if stay.member else ""}

    return await _done(request, member, venue, form, act)


async def walk_in(request: Request) -> Response:
    """Somebody has come without a booking; where they have one that is due, they are checked in for it."""
    member, venue = await house_of(request)
    form = await read(request, WalkIn)
    person: Member | None = None
    if form.valid:
        # Addresses are not there to be tried out.
        await limits.count(
            f"walk-in:{member.id}", most=LOOKUPS_MAX, per_seconds=LOOKUPS_SECONDS, at=session.at(request)
        )
        person = await members.by_email(form.value.email)
        if person is None:
            form.wrong("email", _("Nobody here has this e-mail address."))

    async def act() -> str:
        stay = await occupancy.walk_in(venue, by=member, member=person, at=session.at(request))
        assert person is not None
        if stay.reservation_id:
            return _("Checked in for their booking: %(name)s.") % {"name": person.name}
        return _("Checked in: %(name)s.") % {"name": person.name}

    return await _done(request, member, venue, form, act, walk_in=form)


async def count(request: Request) -> Response:
    """How many people there are, as a host counted."""
    member, venue = await house_of(request)
    form = await read(request, Count)

    async def act() -> str:
        people = form.value.people
        await occupancy.count_people(venue, people, by=member, at=session.at(request))
        return ngettext(
            "Written down: %(number)s person in the house.",
            "Written down: %(number)s people in the house.",
            people,
        ) % {"number": i18n.number(people)}

    return await _done(request, member, venue, form, act, count=form)


async def _stay_here(request: Request) -> tuple[Member, Venue, Presence]:
    """The stay of this address, which must be one of this house."""
    member, venue = await house_of(request)
    stay = await Presence.get_or_none(id=request.path_params["stay_id"], venue_id=venue.id).select_related(
        "member"
    )
    if stay is None:
        raise NotFound
    return member, venue, stay


async def _done(
    request: Request,
    member: Member,
    venue: Venue,
    form: Form[Any],
    act: Callable[[], Awaitable[str]],
    **forms: Form[Any],
) -> Response:
    """Do it and go back to today; or show today with what is wrong, or with the rule that says no."""
    if not form.errors:
        try:
            flash(request, "success", await act())
            return redirect(request, "manage_venue", key=venue.key)
        except Refused as refusal:
            form.refuse(refusal)
    return await manage.day_page(request, member, venue, said=form, **forms)
