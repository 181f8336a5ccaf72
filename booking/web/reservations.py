"""A member's bookings: the list, and one of them with its place, its price and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import budgets, guests, i18n, occupancy, payments, places, reservations
from booking.forms import Shape, read
from booking.i18n import gettext as _
from booking.members import Member, Roles
from booking.pricing import Quote, Terms
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from booking.web import among, by_card, history, prices, session
from booking.web.pages import page, url

PAGES_MAX = 10_000


class Shown(Shape):
    """Which page of what is past, and of what is to come."""

    page: int = Field(1, ge=1, le=PAGES_MAX)
    later: int = Field(1, ge=1, le=PAGES_MAX)


@dataclass(frozen=True)
class Viewer:
    """What the person who looks may see and do with one reservation. `secret`: they came by a guest's address."""

    reservation_id: UUID
    member: Member
    is_member: bool
    hosts: bool
    manages: bool
    pays: bool
    secret: str = ""

    def to(self, name: str = "reservation", **said: Any) -> str:
        """The address of this reservation's page, or of another page about it, for this viewer."""
        if self.secret:
            return url(f"guest_{name}", secret=self.secret, **said)
        return url(name, reservation_id=self.reservation_id, **said)

    @property
    def may_change(self) -> bool:
        """The member, whoever booked for them, and the house."""
        return self.is_member or self.hosts

    @property
    def by_venue(self) -> bool:
        """Whether what they do is done by the house: a host, for somebody else."""
        return self.hosts and not self.is_member


async def index(request: Request) -> Response:
    """Today, upcoming, waiting, past."""
    member = await session.signed_in(request)
    form = await read(request, Shown)
    number, later = (form.value.page, form.value.later) if form.valid else (1, 1)
    at = session.at(request)
    mine = await reservations.mine(member, at, upcoming_page=later, past_page=number)

    def turned(part: str, **pages: int) -> str:
        shown = {"page": number, "later": later, **pages}
        return url("reservations", **{name: each for name, each in shown.items() if each > 1}) + f"#{part}"

    return page(
        request,
        "reservations/index.html",
        status=form.status,
        today=[each for each in mine.today if each.state == "confirmed"],
        upcoming=mine.upcoming,
        later=later,
        sooner_url=turned("upcoming", later=later - 1) if later > 1 else None,
        later_url=turned("upcoming", later=later + 1) if mine.has_later else None,
        waiting=mine.waiting,
        more_of=mine.more_of,
        past=mine.past,
        past_of=mine.past_of,
        number=number,
        prev=turned("past", page=number - 1) if number > 1 else None,
        next=turned("past", page=number + 1) if mine.has_more else None,
        nothing=later == number == 1 and not (mine.today or mine.waiting or mine.upcoming or mine.past),
        door=door_of(mine.today, await occupancy.open_stay(member.id), at, session.roles(request)),
    )


async def show(request: Request) -> Response:
    """One reservation: when, where, how to get in, what it costs, and what happened to it."""
    found, viewer = await seen(request)
    at, venue = session.at(request), found.venue
    mine = viewer.is_member
    return page(
        request,
        "reservations/show.html",
        reservation=found,
        resource=found.resource,
        venue=venue,
        viewer=viewer,
        at_state=_state(found, at),
        quote=prices.priced(
            Quote.from_json(found.quote),
            quantity=found.quantity,
            gross=found.member.category == "external",
        ),
        given="payment" in found.overrides,
        money=_money(found, viewer, at),
        by_card=by_card.lines(found, await payments.card_money(found.id), own=mine, at=at)
        if viewer.may_change
        else [],
        cancelling=_terms(found, at),
        # Doors and keys are for who is coming, once it is sure, and until it is over.
        access=venue.access if mine and found.state == "confirmed" and found.ends_at > at else None,
        ask=await places.venue(venue.key) if mine else None,
        plan=await history.plan_of(venue) if found.live else None,
        events=await history.lines(found, viewer.member),
        receipts=await _receipts(found, viewer),
        door=door_of([found], await _stay_of(found, viewer), at, session.roles(request))[found.id]
        if viewer.member.id == found.member_id and not viewer.secret
        else None,
        facts=_facts(found),
        among=await among.among(found, at, venue.zone) if viewer.may_change and not viewer.secret else None,
        may_change=viewer.may_change and found.live and found.ends_at > at and found.released_at is None,
        may_cancel=viewer.may_change
        and reservations.cancel_offer(found, at, by_venue=viewer.by_venue).allowed,
        change_waits=await by_card.change_waiting(found, at),
        again_url=_again_url(found, viewer, at),
        undo_url=_undo_url(found, at) if mine else None,
    )


# --- who looks ---------------------------------------------------------------------------------------


async def seen(request: Request) -> tuple[Reservation, Viewer]:
    """The reservation that the address names, and who looks: by their session, or by a guest's secret."""
    if secret := request.path_params.get("secret"):
        found = await guests.by_secret(secret)
        found.resource.venue = found.venue
        return found, Viewer(
            found.id, found.member, is_member=True, hosts=False, manages=False, pays=True, secret=secret
        )
    member, at = await session.signed_in(request), session.at(request)
    found = await reservations.visible(request.path_params["reservation_id"], by=member, at=at)
    found.resource.venue = found.venue  # the words of its rules ask for it
    roles = session.roles(request)
    own = member.id in (found.member_id, found.booked_by_id)
    part = await budgets.part_in(member.id, found.activity_id) if found.activity_id else ""
    return found, Viewer(
        found.id,
        member,
        is_member=own and not (member.id != found.member_id and roles.hosts(found.venue)),
        hosts=roles.hosts(found.venue),
        manages=roles.manages(found.venue),
        pays=own or part in ("owner", "manager"),
    )


async def _stay_of(found: Reservation, viewer: Viewer) -> occupancy.Presence | None:
    return await occupancy.open_stay(viewer.member.id) if viewer.is_member else None


# --- coming and going --------------------------------------------------------------------------------


def door_of(
    listed: Sequence[Reservation], stay: occupancy.Presence | None, at: datetime, roles: Roles
) -> dict[UUID, str]:
    """What the member can do at the door, by booking: 'here' to leave, 'come' to check in, 'prove' to check in with
    the digits on the display, '' for nothing. Pure."""
    found = {}
    for each in listed:
        if stay is not None and stay.reservation_id == each.id:
            found[each.id] = "here"
        elif not occupancy.can_check_in(each, at):
            found[each.id] = ""
        else:
            asks = each.venue.presence_proof and not roles.hosts(each.venue)
            found[each.id] = "prove" if asks else "come"
    return found


def _facts(found: Reservation) -> list[tuple[str, str]]:
    """When somebody came and left, or that nobody did, as label and value."""
    zone = found.venue.zone
    labels = [
        (_("Checked in"), found.checked_in_at),
        (_("Checked out"), found.checked_out_at),
        (_("Nobody checked in by"), found.no_show_at),
        (_("Rest given back"), found.released_at),
    ]
    said = [(label, i18n.moment(instant, zone)) for label, instant in labels if instant]
    minutes = found.resource.release_minutes
    if not said and found.state == "confirmed" and minutes is not None:
        wait = _("by %(time)s after it begins, else the rest is free for others") % {
            "time": i18n.duration(minutes)
        }
        said.append((_("Check in"), wait))
    return said


# --- words and links ---------------------------------------------------------------------------------


def _state(found: Reservation, at: datetime) -> str:
    """The state as its tag says it: now and past are what the clock makes of a confirmed one."""
    if found.state != "confirmed" or found.begins_at > at:
        return found.state
    return "now" if found.ends_at > at and found.released_at is None else "past"


def _terms(found: Reservation, at: datetime) -> list[str]:
    if not found.live or found.begins_at <= at or found.state == "held":
        return []
    terms = Terms.from_json(found.terms)
    return prices.cancelling(terms, found.total_cents, found.currency, found.venue.zone, at=at)


def _money(found: Reservation, viewer: Viewer, at: datetime) -> list[str]:
    """What is reserved, settled, given back, as sentences; without names or sums of an Activity that is not theirs."""
    if not found.activity_id:
        return []
    zone = found.venue.zone
    values = {
        "sum": i18n.money(found.paid_cents, found.paid_currency),
        "activity": found.activity.name if viewer.pays else _("the member's Activity"),
        "moment": i18n.moment(found.posted_at or found.begins_at, zone),
    }
    said = []
    if found.waits_for_card:
        said.append(_("%(sum)s is reserved on %(activity)s until the card has paid the rest.") % values)
    elif found.state == "held":
        said.append(_("%(sum)s is reserved on %(activity)s while the house decides.") % values)
    elif found.state in ("declined", "expired"):
        said.append(_("Nothing was taken: the sum is back on %(activity)s.") % values)
    elif found.state == "cancelled" and found.fee_cents:
        said.append(
            _("%(sum)s was taken from %(activity)s as cancellation fee; the rest was given back.") % values
        )
    elif found.state == "cancelled":
        said.append(_("Nothing was taken: the sum is back on %(activity)s.") % values)
    elif found.posted_at:
        said.append(_("%(sum)s was settled from %(activity)s on %(moment)s.") % values)
    elif found.pend_id:
        said.append(
            _("%(sum)s is reserved on %(activity)s and settled when it begins, on %(moment)s.") % values
        )
    if found.rate and found.paid_currency and viewer.pays:
        said.append(prices.rate_words(found.rate, found.currency, found.paid_currency))
    return said


async def _receipts(found: Reservation, viewer: Viewer) -> list[tuple[str, str]]:
    """(label, address) of its receipts, for whoever paid: nobody else sees them here."""
    if not viewer.is_member:
        return []
    return [
        (f"{payments.title_of(each)} {each.label}", viewer.to("receipt", receipt_id=each.id))
        for each in await payments.receipts_of(found.id)
    ]


def _again_url(found: Reservation, viewer: Viewer, at: datetime) -> str:
    """The same room at the same hour, in the next such week that has not come yet."""
    if not viewer.secret and viewer.member.id == found.member_id:
        return url("book_again", reservation_id=found.id)
    return _book_url(found, reservations.weeks_later(found.span, found.venue.zone, after=at))


def _undo_url(found: Reservation, at: datetime) -> str | None:
    """The same again, for who cancelled too quickly."""
    if found.state != "cancelled" or found.begins_at <= at:
        return None
    return _book_url(found, found.span)


def _book_url(found: Reservation, span: TimeSpan) -> str:
    said: dict[str, Any] = {
        "from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}",
        "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}",
        "people": found.people if found.people > 1 else None,
        "quantity": found.quantity if found.quantity > 1 else None,
        "activity": found.activity_id,
        "title": found.title or None,
    }
    return url("reserve", resource_id=found.resource_id, **said)
