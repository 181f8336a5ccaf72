"""The pages behind the printed codes: now and next for everybody; for members "I am here", leaving, taking the rest.

And the same "I am here" for one's own booking, from its page and the list of bookings.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, i18n, limits, occupancy, places, reservations
from booking.errors import NotFound, Refused
from booking.forms import Form, Line, Shape, Text, blank, read, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member
from booking.occupancy import Place, Presence
from booking.reservations.refusals import TooShort, TooSoon
from booking.timespan import TimeSpan, local_day, step_from, step_until
from booking.web import doors, offering, session
from booking.web.offering import Asked, Rule
from booking.web.pages import flash, page, redirect, redirect_to, url
from booking.web.wall_times import dial_of

# Whoever stands at the door before their time is told when they can check in.
TOLD_AHEAD = timedelta(hours=6)
STEPS_MAX = 200  # of a raster of five minutes, more than sixteen hours


def _instant(value: Any) -> Any:
    """'2026-11-24T13:00Z', as the form's own options say it."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else value
    except ValueError:
        found = None
    if not isinstance(found, datetime) or found.tzinfo is None or not 2000 <= found.year <= 2199:
        raise wrong(lazy("Choose until when."))
    return found


class Coming(Shape):
    """“I am here”: for one's booking, or just so. `proof` are the digits on the display."""

    reservation: UUID | None = None
    proof: Line = Field("", max_length=20)


class Leaving(Shape):
    """`stay`: those who came along keep the room."""

    stay: bool = False


class Rest(Shape):
    """The rest of a free slot. Has what the quote beside a booking form reads, too."""

    id: UUID
    until: Annotated[datetime, BeforeValidator(_instant)]
    activity: int | None = Field(None, ge=1, le=2**31 - 1)
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=1)
    title: Line = Field("", max_length=120)
    note: Text = ""
    aside: list[Rule] = Field(default_factory=list, max_length=0)
    proof: Line = Field("", max_length=20)
    seen: int | None = Field(None, ge=0, le=10**12)


# --- the page of a code ------------------------------------------------------------------------------


async def code(request: Request) -> Response:
    """Now and next of a resource, or of every resource of a house; what this member can do here."""
    place = await occupancy.place_of(request.path_params["token"])
    return await _code_page(request, place, blank(proof=request.query_params.get("proof", "")[:20]))


async def check_in(request: Request) -> Response:
    """I am here: for the booking that is due, or in the house without one."""
    by, at = await _signed_in(request), session.at(request)
    place = await occupancy.place_of(request.path_params["token"])
    form = await read(request, Coming)
    if form.valid:
        try:
            if form.value.reservation:
                await occupancy.check_in(form.value.reservation, by=by, at=at, proof=form.value.proof)
            else:
                await occupancy.walk_in(place.venue, by=by, at=at, proof=form.value.proof)
            flash(request, "success", _("You are checked in."))
            return _back(request)
        except Refused as refusal:
            form.refuse(refusal)
    return await _code_page(request, place, form)


async def check_out(request: Request) -> Response:
    """I leave; and what is left of my booking is free, unless others stay."""
    by, at = await _signed_in(request), session.at(request)
    place = await occupancy.place_of(request.path_params["token"])
    form = await read(request, Leaving)
    if form.valid:
        try:
            stay = await occupancy.check_out(by=by, at=at, venue=place.venue, give_back=not form.value.stay)
            await _say_left(request, stay)
            return _back(request)
        except Refused as refusal:
            form.refuse(refusal)
    return await _code_page(request, place, form)


async def _code_page(request: Request, place: Place, form: Form[Any]) -> Response:
    at, member, venue = session.at(request), await session.visitor(request), place.venue
    resources = [place.resource] if place.resource else await places.published([venue.id])
    listed = await occupancy.doors(resources if venue.status != "closed" else [], at)
    stay = await occupancy.open_stay(member.id) if member else None
    own = await reservations.due_at(member.id, venue.id, at=at, early=TOLD_AHEAD) if member else []
    if place.resource:
        own = [each for each in own if each.resource_id == place.resource.id]
    due = [each for each in own if occupancy.can_check_in(each, at)]
    soon = next((each for each in own if each.begins_at - occupancy.EARLY > at), None)
    token = request.path_params["token"]
    here = stay is not None and stay.venue_id == venue.id
    return page(
        request,
        "presence/code.html",
        form.status,
        form=form,
        venue=venue,
        resource=place.resource,
        title=i18n.name_of(place.resource or venue),
        token=token,
        doors=[doors.shown(each, at) for each in listed],
        due=[
            (each, i18n.name_of(each.resource), _times(each, at))
            for each in due
            if not (here and stay and stay.reservation_id == each.id)
        ],
        soon=None
        if soon is None or due
        else (
            url("reservation", reservation_id=soon.id),
            i18n.name_of(soon.resource),
            _times(soon, at),
            i18n.clock(soon.begins_at - occupancy.EARLY, venue.zone),
        ),
        stay=await _stay_words(stay, venue) if here and stay else None,
        elsewhere=stay is not None and not here,
        house=await occupancy.now(venue, at) if member else None,
        asks_proof=venue.presence_proof and not session.roles(request).hosts(venue),
        rest=_rest_words(listed[0]) if place.resource and listed and not due else None,
        why_not=_why_not(listed[0], at) if member and place.resource and listed and not due else None,
        take_url=url("take_rest", token=token, proof=request.query_params.get("proof")),
        walks_in=place.resource is None and not here and not due and venue.status != "closed",
        here_again=session.here(request) if request.method == "GET" else url("code", token=token),
    )


async def _stay_words(stay: Presence, venue: Any) -> dict[str, Any]:
    """The open stay of this member in this house."""
    await stay.fetch_related("reservation__resource")
    booking = stay.reservation
    return {
        "since": i18n.clock(stay.begins_at, venue.zone),
        "what": i18n.name_of(booking.resource) if booking else "",
        "until": i18n.clock(booking.ends_at, venue.zone) if booking else "",
        "begun": bool(booking and booking.begins_at <= stay.begins_at) or booking is None,
        "with_others": bool(booking and booking.people > 1),
        "gives_back": bool(booking and booking.released_at is None),
    }


def _rest_words(door: occupancy.Door) -> str | None:
    if door.rest is None:
        return None
    ends = _ends(door.resource, door.rest)
    return i18n.clock(ends[-1], door.resource.venue.zone) if ends else None


def _why_not(door: occupancy.Door, at: datetime) -> str | None:
    """What is free now and still cannot be taken needs notice, or is too short; None where it can, or is not free."""
    resource = door.resource
    if door.state != "free" or _rest_words(door) is not None:
        return None
    if lead := resource.lead_minutes:
        earliest = at + timedelta(minutes=lead)
        return TooSoon(lead_minutes=lead, earliest_at=earliest, zone=resource.venue.zone).sentence
    return TooShort(shortest_minutes=resource.shortest_minutes).sentence


def _times(each: Any, at: datetime) -> str:
    zone = each.venue.zone
    if local_day(each.begins_at, zone) == local_day(each.ends_at, zone) == local_day(at, zone):
        return f"{i18n.clock(each.begins_at, zone)}–{i18n.clock(each.ends_at, zone)}"
    return i18n.span(each.begins_at, each.ends_at, zone, "short")


# --- taking the rest ---------------------------------------------------------------------------------


async def take(request: Request) -> Response:
    """The rest of a free slot: until when, from which Activity, for how much; or its price alone."""
    asked, place = await _asked(request)
    return await _take_page(request, asked, place)


async def do_take(request: Request) -> Response:
    """Book it from this minute on, and check in."""
    asked, place = await _asked(request)
    form: Form[Any] = asked.form
    at = session.at(request)
    assert asked.visitor is not None
    await limits.count(f"book:{asked.visitor.id}", most=60, per_seconds=60, at=at)
    if form.valid:
        wish = form.value
        try:
            done = await occupancy.take_rest(
                wish.id,
                asked.resource,
                wish.until,
                by=asked.visitor,
                at=at,
                activity_id=wish.activity,
                people=offering.people(asked.resource, wish),
                seen_cents=wish.seen,
                proof=wish.proof,
            )
            occupancy.note(asked.resource, done.span, occupancy.BOOKED, who=f"member:{done.member_id}", at=at)
            until = i18n.clock(done.ends_at, place.venue.zone)
            if done.state == "held":
                flash(
                    request,
                    "success",
                    _("Asked for. The house will answer, and the time is kept for you until then."),
                )
                return redirect(request, "reservation", reservation_id=done.id)
            flash(request, "success", _("Yours until %(time)s, and you are checked in.") % {"time": until})
            return _back(request)
        except Refused as refusal:
            if asked.span:
                occupancy.note(asked.resource, asked.span, [refusal], who=f"member:{asked.visitor.id}", at=at)
            await offering.refuse(asked, refusal)
    return await _take_page(request, asked, place)


async def _asked(request: Request) -> tuple[Asked, Place]:
    by, at = await _signed_in(request), session.at(request)
    place = await occupancy.place_of(request.path_params["token"])
    if place.resource is None or place.venue.status == "closed":
        raise NotFound
    resource = place.resource
    given: dict[str, Any] = {}
    ends: list[datetime] = []
    if request.method != "POST":
        [door] = await occupancy.doors([resource], at)
        ends = _ends(resource, door.rest) if door.rest else []
        given = {} if request.query_params.get("id") else {"id": str(uuid4())}
        if ends and not request.query_params.get("until"):
            given["until"] = _value(ends[-1])
    form: Form[Any] = await read(request, Rest, **given)
    if request.method != "POST" and not ends:
        # Nothing to take: the page says so, and no field is wrong.
        form.errors, form.status = {}, 200
    hosts = session.roles(request).hosts(place.venue)
    asked = Asked(
        resource, await dial_of(resource, whole_day=False), form, by, by, hosts, manages=False, walk_in=True
    )
    asked.purses = await budgets.of(by.id)
    if form.valid:
        minute = occupancy.minute_of(at)
        if form.value.until <= minute:
            form.wrong("until", _("That time has passed. Choose a later one."))
        elif form.value.activity and form.value.activity not in {each.activity.id for each in asked.purses}:
            form.wrong("activity", _("Choose one of your own Activities."))
        else:
            asked.span = TimeSpan(minute, form.value.until)
    return asked, place


async def _take_page(request: Request, asked: Asked, place: Place) -> Response:
    at, form, zone = session.at(request), asked.form, place.venue.zone
    [door] = await occupancy.doors([asked.resource], at)
    ends = _ends(asked.resource, door.rest) if door.rest else []
    await offering.price(asked, at=at)
    token = request.path_params["token"]
    return page(
        request,
        "presence/take.html",
        form.status,
        fragment="reservations/_quote.html" if request.method != "POST" else "",
        asked=asked,
        form=form,
        resource=asked.resource,
        venue=place.venue,
        title=i18n.name_of(asked.resource),
        token=token,
        door=doors.shown(door, at),
        now=i18n.clock(occupancy.minute_of(at), zone),
        ends=[
            (
                _value(each),
                i18n.clock(each, zone)
                if local_day(each, zone) == local_day(at, zone)
                else i18n.moment(each, zone, "short"),
            )
            for each in ends
        ],
        asks_people=offering.asks_people(asked.resource),
        asks_proof=place.venue.presence_proof and not asked.hosts,
        activities=offering.choices(asked),
        quote=await offering.view(asked, at=at),
        no=await offering.live_refusal(asked, at=at),
        aside=[],
        back=url("code", token=token, proof=request.query_params.get("proof")),
        today_url=url("resource", resource_id=asked.resource.id),
    )


def _ends(resource: Any, rest: TimeSpan) -> list[datetime]:
    """Until when one may take it: the steps of the clock, within the rest and what the rules allow, soonest first."""
    zone, raster = resource.venue.zone, resource.raster_minutes
    begins_at = occupancy.minute_of(rest.begins_at)
    latest = min(rest.ends_at, begins_at + timedelta(minutes=resource.longest_minutes))
    last = step_until(latest, raster, zone)
    found: list[datetime] = []
    step = step_from(begins_at + timedelta(minutes=resource.shortest_minutes), raster, zone)
    while step <= last and len(found) < STEPS_MAX:
        found.append(step)
        step = step_from(step + timedelta(minutes=1), raster, zone)
    return found


def _value(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"


# --- one's own booking, without a code ---------------------------------------------------------------


async def own(request: Request) -> Response:
    """“I am here” for one's booking, where the house asks for the digits on its display."""
    found = await _own(request)
    return _own_page(request, found, blank())


async def own_check_in(request: Request) -> Response:
    by = await session.signed_in(request)
    found = await _own(request)
    form = await read(request, Coming)
    if form.valid:
        try:
            await occupancy.check_in(found.id, by=by, at=session.at(request), proof=form.value.proof)
            flash(request, "success", _("You are checked in."))
            return redirect(request, "reservation", reservation_id=found.id)
        except Refused as refusal:
            form.refuse(refusal)
    return _own_page(request, found, form)


async def own_check_out(request: Request) -> Response:
    """Leave one's booking."""
    by = await session.signed_in(request)
    found = await _own(request)
    form = await read(request, Leaving)
    stay = await occupancy.open_stay(by.id)
    if stay is None or stay.reservation_id != found.id:
        flash(request, "info", _("You are not checked in for this booking."))
    elif form.valid:
        stay = await occupancy.check_out(by=by, at=session.at(request), give_back=not form.value.stay)
        await _say_left(request, stay)
    return redirect(request, "reservation", reservation_id=found.id)


async def _own(request: Request) -> Any:
    by = await session.signed_in(request)
    found = await reservations.visible(request.path_params["reservation_id"], by=by, at=session.at(request))
    if found.member_id != by.id:
        raise NotFound
    return found


def _own_page(request: Request, found: Any, form: Form[Any]) -> Response:
    return page(
        request,
        "presence/own.html",
        form.status,
        form=form,
        reservation=found,
        venue=found.venue,
        title=i18n.name_of(found.resource),
        when=i18n.span(found.begins_at, found.ends_at, found.venue.zone),
        asks_proof=found.venue.presence_proof and not session.roles(request).hosts(found.venue),
        possible=occupancy.can_check_in(found, session.at(request)),
    )


# --- both --------------------------------------------------------------------------------------------


async def _signed_in(request: Request) -> Member:
    return await session.signed_in(request)


def _back(request: Request) -> Response:
    return redirect_to(request, url("code", token=request.path_params["token"]))


async def _say_left(request: Request, stay: Presence) -> None:
    """What leaving did: whether the rest of the booking is free now."""
    if stay.reservation_id:
        await stay.fetch_related("reservation__venue")
        booking = stay.reservation
        if booking.released_at is not None:
            flash(
                request,
                "success",
                _("You are checked out. What was left until %(time)s is free for others.")
                % {"time": i18n.clock(booking.ends_at, booking.venue.zone)},
            )
            return
    flash(request, "success", _("You are checked out."))
