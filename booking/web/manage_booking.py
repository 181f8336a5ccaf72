"""A host books for a member: who, which space, when, and what pays; managers may set rules aside, with a reason.

Nobody lists the members: one finds them by three letters or more, and whoever is chosen must be among those found.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, guests, i18n, limits, members, places, reservations
from booking.errors import NotFound, Refused
from booking.forms import Day, Form, Line, Shape, Text, blank, read
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member
from booking.places import Venue, wording
from booking.search.runs import bookable_runs, proposal
from booking.timespan import TimeSpan, local_day, step_from
from booking.web import session, wall_times
from booking.web.manage import house_of, tabs
from booking.web.pages import flash, page, redirect, url

FOUND_MAX = 10
DAYS_LOOKED_AT = 21
# The rules a manager may set aside, and what that means.
RULES_SAID = {
    "lead": lazy("Book at shorter notice"),
    "horizon": lazy("Book further ahead"),
    "raster": lazy("Begin and end off the steps"),
    "shortest": lazy("Book for less than the shortest time"),
    "longest": lazy("Book for more than the longest time"),
    "open": lazy("Book outside of the opening hours"),
    "shut": lazy("Book although it is closed"),
    "quota": lazy("Book beyond the number per person"),
    "skill": lazy("Let the member in without the induction"),
    "role": lazy("Let the member have what is kept for hosts"),
    "payment": lazy("The house gives it: the member pays nothing"),
}
OVERRIDES = tuple(RULES_SAID)


class Choice(Shape):
    """What the address says: the search term, who was chosen from what it found, the space, and a span in UTC."""

    q: Line = Field("", max_length=120)
    member: int | None = None
    resource: int | None = None


class ForMember(Shape):
    """A booking for somebody else."""

    id: UUID
    q: Line = Field(max_length=120)
    member: int
    resource: int
    day: Day
    begins: wall_times.Clock
    ends: wall_times.Clock
    last_day: Day | None = None
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)
    activity: int | None = Field(None, ge=1, le=2**31 - 1)
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    overrides: list[Annotated[str, Field(max_length=20)]] = Field(
        default_factory=list, max_length=len(OVERRIDES)
    )
    override_reason: Line = Field("", max_length=500)


async def new(request: Request) -> Response:
    """Choose the member, then the space, then the time."""
    by, venue = await house_of(request)
    choice = await read(request, Choice)
    found: list[Member] = []
    chosen: Member | None = None
    if choice.valid and choice.value.q:
        found, chosen = await _found(request, by, choice.value.q, choice.value.member)
    resources = await places.published([venue.id])
    wanted = choice.value.resource if choice.valid else None
    resource = next((each for each in resources if each.id == wanted), None)
    asked = wall_times.moments_of(request.query_params.get("from", ""), request.query_params.get("until", ""))
    form = blank()
    if resource is not None:
        dial = await wall_times.dial_of(resource, whole_day=True)
        span = asked or await proposed(resource, session.at(request))
        form = blank(id=uuid4(), people=1, quantity=1, **wall_times.typed_from(span, dial))
    return await _page(
        request,
        venue,
        form,
        choice=choice,
        found=found,
        member=chosen,
        resource=resource,
        resources=resources,
    )


async def create(request: Request) -> Response:
    """Book it, or say which rule is in the way; managers are offered to set it aside."""
    by, venue = await house_of(request)
    form = await read(request, ForMember)
    choice: Form[Choice] = Form(values={name: form.values.get(name, "") for name in Choice.model_fields})
    resources = await places.published([venue.id])
    typed = str(form.values.get("resource", ""))
    resource = next((each for each in resources if str(each.id) == typed), None)
    term, typed_member = form.values.get("q", ""), str(form.values.get("member", ""))
    wanted = int(typed_member) if typed_member.isdecimal() and len(typed_member) < 12 else None
    _those, member = await _found(request, by, term, wanted)
    if resource is None or member is None:
        raise NotFound
    asked: list[Refused] = []
    if form.valid:
        dial = await wall_times.dial_of(resource, whole_day=True)
        span, refusal, nearest = wall_times.span_of(form, dial)
        if refusal and nearest:
            form.refuse(refusal, [(when(nearest, venue), _again(venue, form, resource.id, nearest))])
        elif span and reason_is_there(form):
            try:
                return await _book(request, by, venue, member, resource, span, form.value)
            except Refused as said:
                form.refuse(said, _ways(said, venue, form, {each.id for each in resources}))
                if session.roles(request).manages(venue):
                    asked = await _objections(request, member, resource, span, form.value)
    return await _page(
        request,
        venue,
        form,
        choice=choice,
        found=[],
        member=member,
        resource=resource,
        resources=resources,
        asked=asked,
    )


async def _book(
    request: Request, by: Member, venue: Venue, member: Member, resource: Any, span: TimeSpan, wish: ForMember
) -> Response:
    """Reserve for the member, and back to that day. Setting a rule aside is a manager's, so it asks for a passkey."""
    if wish.overrides and session.roles(request).manages(venue):
        await session.confirmed(request)
    done = await reservations.reserve(
        wish.id,
        resource.id,
        span,
        by=by,
        for_member=member,
        at=session.at(request),
        activity_id=None if "payment" in wish.overrides else wish.activity,
        people=wish.people,
        quantity=wish.quantity,
        title=wish.title,
        note=wish.note,
        overrides=wish.overrides,
        override_reason=wish.override_reason,
    )
    said = {"name": member.name, "resource": i18n.name_of(resource), "when": when(done.span, venue)}
    flash(request, "success", _("Booked for %(name)s: %(resource)s, %(when)s.") % said)
    return redirect(request, "manage_venue", key=venue.key, day=local_day(done.begins_at, venue.zone))


async def _found(
    request: Request, by: Member, term: str, wanted: int | None
) -> tuple[list[Member], Member | None]:
    """The members that the term finds, and the one who was chosen if among them. Counted, against listing everyone."""
    await limits.count(
        f"find-members:{by.id}",
        most=guests.FINDS_MAX,
        per_seconds=guests.FINDS_SECONDS,
        at=session.at(request),
    )
    found = await members.find(term, most=FOUND_MAX)
    return found, next((each for each in found if each.id == wanted), None)


def reason_is_there(form: Form[Any]) -> bool:
    if form.value.overrides and not form.value.override_reason:
        form.wrong(
            "override_reason", lazy("Please say why the rule is set aside: it is kept with the booking.")
        )
    return form.valid


async def _objections(
    request: Request, member: Member, resource: Any, span: TimeSpan, wish: ForMember
) -> list[Refused]:
    """Every rule in the way, so that a manager decides once and not rule by rule."""
    offer = await reservations.offer(
        resource.id,
        span,
        by=member,
        at=session.at(request),
        activity_id=wish.activity,
        people=wish.people,
        quantity=wish.quantity,
    )
    return [each for each in offer.refusals if each.code in reservations.RULE_OF]


def _ways(refusal: Refused, venue: Venue, form: Form[Any], here: set[int]) -> list[tuple[str, str]]:
    """What would work, as links: in this house to this form, elsewhere to the page of the space."""
    ways = []
    for each in refusal.alternatives:
        if each.begins_at is None or each.ends_at is None or each.resource_id is None:
            continue
        span = TimeSpan(each.begins_at, each.ends_at)
        if each.resource_id in here:
            name = "" if each.kind == "time" else f"{each.resource_name}, "
            ways.append((name + when(span, venue), _again(venue, form, each.resource_id, span)))
        else:
            label = f"{each.resource_name}, {each.venue_name}"
            day = local_day(span.begins_at, each.zone)
            ways.append((label, url("resource", resource_id=each.resource_id, day=day)))
    return ways


def _again(venue: Venue, form: Form[Any], resource_id: int, span: TimeSpan) -> str:
    """This form with another space or time."""
    return url(
        "manage_book",
        key=venue.key,
        q=form.values.get("q"),
        member=form.values.get("member"),
        resource=resource_id,
        **_in_utc(span),
    )


def _in_utc(span: TimeSpan) -> dict[str, str]:
    return {"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"}


def when(span: TimeSpan, venue: Venue) -> str:
    return i18n.span(span.begins_at, span.ends_at, venue.zone)


async def proposed(resource: Any, at: datetime) -> TimeSpan:
    """What a member would be proposed: the first free time from now on. Where there is none soon, the next step of the
    raster, for an hour or the shortest booking."""
    window = TimeSpan(at, at + timedelta(days=DAYS_LOOKED_AT))
    plan = (await reservations.plans([resource], window))[resource.id]
    for run in bookable_runs(plan, at, within=window):
        return proposal(resource, run)
    begins_at = step_from(at, resource.raster_minutes, resource.venue.zone)
    minutes = max(resource.shortest_minutes, min(60, resource.longest_minutes))
    minutes = -(-minutes // resource.raster_minutes) * resource.raster_minutes
    return TimeSpan(begins_at, begins_at + timedelta(minutes=minutes))


async def _page(
    request: Request,
    venue: Venue,
    form: Form[Any],
    *,
    choice: Form[Choice],
    found: list[Member],
    member: Member | None,
    resource: Any,
    resources: list[Any],
    asked: list[Refused] | None = None,
) -> Response:
    """The steps as far as they have come."""
    query = request.query_params
    kept = {name: query[name] for name in ("from", "until") if name in query}
    term = choice.values.get("q", "")
    more: dict[str, Any] = {}
    if member is not None and resource is not None:
        more = await _last_step(form, member, resource, asked or [])

    def link(**changes: Any) -> str:
        values = {"q": term or None, "member": member.id if member else None}
        values |= {"resource": resource.id if resource else None, **kept}
        return url("manage_book", key=venue.key, **{**values, **changes})

    return page(
        request,
        "manage/book.html",
        choice.status if choice.status != 200 else form.status,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_book"),
        manages=session.roles(request).manages(venue),
        choice=choice,
        kept=kept | ({"resource": resource.id} if resource else {}),
        too_short=bool(term) and len(term) < members.FIND_LETTERS_MIN,
        found=[(each, masked(each.email), link(member=each.id)) for each in found],
        full=len(found) == FOUND_MAX,
        chosen=member,
        chosen_email=masked(member.email) if member else "",
        somebody_else=link(q=None, member=None),
        ask_guest=url(
            "manage_ask_guest", key=venue.key, **kept, **({"resource": resource.id} if resource else {})
        ),
        spaces=[(i18n.name_of(each), wording.capacity(each), link(resource=each.id)) for each in resources],
        resource_capacity=wording.capacity(resource) if resource else "",
        another_space=link(resource=None),
        resource=resource,
        form=form,
        **more,
    )


async def _last_step(form: Form[Any], member: Member, resource: Any, asked: list[Refused]) -> dict[str, Any]:
    """What the form itself needs: times, the member's Activities, and the rules that may be set aside."""
    dial = await wall_times.dial_of(resource, whole_day=True)
    day = typed_day(form)
    purses = await budgets.of(member.id)
    offered = {reservations.RULE_OF[each.code]: each.sentence for each in asked}
    chosen = [name for name in form.values.get("overrides") or [] if name in RULES_SAID]
    return {
        "begins": dial.begins(day, form.values.get("begins", "")) if day else [],
        "ends": dial.ends(day, form.values.get("ends", "")) if day else [],
        "over_days": dial.over_days,
        # The host sees which Activities there are, not how much is in them.
        "activities": [
            (purse.activity.id, f"{purse.activity.name} ({purse.activity.number})") for purse in purses
        ],
        "rules": [(name, str(RULES_SAID[name])) for name in OVERRIDES if name in offered or name in chosen],
        "rule_texts": wording.rules(resource),
        "units": len((await places.units_of([resource.id])).get(resource.id, [])),
    }


def typed_day(form: Form[Any]) -> date | None:
    """The day in the form's box, if it is one, and one that clocks reach."""
    if form.read_value is not None:
        return form.read_value.day
    try:
        day = date.fromisoformat(form.values.get("day", ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None


def masked(email: str) -> str:
    """'al…@example.org': enough to tell two people of one name apart."""
    local, _at, host = email.rpartition("@")
    return f"{local[:2]}…@{host}"
