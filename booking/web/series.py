"""Cancelling or changing several dates of a series by one press, each choice with its price told before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import db, i18n, limits, reservations
from booking.errors import NotFound, Refused
from booking.forms import Form, Line, RefusalShown, Shape, Text, Ticked, blank, check, read
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.places import wording
from booking.reservations import Family, Reservation, SeveralChanged, Wall
from booking.reservations import refusals as no
from booking.timespan import TimeSpan, local_day
from booking.web import session, together, unsent
from booking.web.among import series_words
from booking.web.offering import ABOUT_MONEY, without_sums
from booking.web.pages import flash, page, redirect
from booking.web.reservations import Viewer, seen
from booking.web.wall_times import Clock, Dial, dial_of, typed_from

LOOKS_MAX, LOOKS_SECONDS = 60, 60


class CancelSeveral(Shape):
    """`which` dates; `along`: equipment that goes with them; `fee` is what the page said of this choice."""

    which: Literal["one", "following", "all"] = "one"
    along: list[UUID] = Field(default_factory=list, max_length=60)
    reason: Line = Field("", max_length=500)
    waive: Ticked = False
    fee_one: int | None = Field(None, ge=0, le=10**12)
    fee_following: int | None = Field(None, ge=0, le=10**12)
    fee_all: int | None = Field(None, ge=0, le=10**12)


class ChangeSeveral(Shape):
    """The hour and the words of this date and the following ones."""

    begins: Clock
    ends: Clock
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    seen: int | None = Field(None, ge=-(10**12), le=10**12)


# --- cancelling --------------------------------------------------------------------------------------


async def cancel(request: Request) -> Response:
    """Which dates, and what each choice costs, before the button."""
    found, viewer, theirs = await _family(request)
    form = await read(request, CancelSeveral)
    if form.errors or "which" not in request.query_params:
        form = blank(which="one", along=[str(each.id) for each in theirs.extras])
    return _cancel_page(request, found, viewer, theirs, form)


async def do_cancel(request: Request) -> Response:
    """Cancel them: 303, 422 or 409. All of them or none."""
    await unsent.signed_in(request)
    found, viewer, theirs = await _family(request)
    form, at = await read(request, CancelSeveral), session.at(request)
    if form.valid:
        wish = form.value
        listed = _chosen(theirs, wish.which, viewer, at)
        if not listed and found.state == "cancelled":  # the second press of two
            return redirect(request, "reservation", reservation_id=found.id)
        # Unticked: the equipment of this date stays.
        along = [
            each
            for each in _along(theirs, listed, viewer, at)
            if wish.which != "one" or each.id in wish.along
        ]
        try:
            if not listed:
                raise no.NotLive() if not found.live else no.HasBegun()
            fee = {"one": wish.fee_one, "following": wish.fee_following, "all": wish.fee_all}[wish.which]
            done = await reservations.cancel_together(
                [each.id for each in (*listed, *along)],
                by=viewer.member,
                at=at,
                reason=wish.reason,
                waive=wish.waive,
                seen_fee_cents=fee,
            )
            dates = sum(each.beside_id is None for each in done)
            said = (
                _("Cancelled.")
                if dates == 1
                else ngettext("Cancelled, %(num)d date.", "Cancelled, %(num)d dates.", dates) % {"num": dates}
            )
            if fees := sum(each.fee_cents for each in done):
                said += " " + _("The fee is %(sum)s.") % {"sum": i18n.money(fees, found.currency)}
            flash(request, "success", said)
            return redirect(request, "reservation", reservation_id=found.id)
        except Refused as refusal:
            form.refuse(refusal)
            if refusal.code == "reason_needed":
                form.errors["reason"] = [refusal.sentence]
    return _cancel_page(request, found, viewer, theirs, form)


def _chosen(theirs: Family, which: str, viewer: Viewer, at: datetime) -> list[Reservation]:
    return theirs.chosen(which, at, by_venue=viewer.by_venue)


def _along(theirs: Family, listed: Sequence[Reservation], viewer: Viewer, at: datetime) -> list[Reservation]:
    """The equipment that goes with these dates: not what was moved to an earlier hour, and has begun."""
    return [
        each
        for each in theirs.along(listed)
        if reservations.cancel_offer(each, at, by_venue=viewer.by_venue).allowed
    ]


def _cancel_page(
    request: Request, found: Reservation, viewer: Viewer, theirs: Family, form: Form[Any]
) -> Response:
    at, zone = session.at(request), found.venue.zone
    ways, fees = [], {}
    offered: list[list[UUID]] = []
    for which in reservations.WHICH if theirs.series else ("one",):
        listed = _chosen(theirs, which, viewer, at)
        # Each choice once: from the first date on, those that follow are all there are.
        if not listed or [each.id for each in listed] in offered:
            continue
        offered.append([each.id for each in listed])
        all_of_it = [*listed, *_along(theirs, listed, viewer, at)]
        costs = [reservations.cancel_offer(each, at, by_venue=viewer.by_venue) for each in all_of_it]
        fees[which] = sum(cost.fee_cents for cost in costs)
        back = sum(cost.back_cents for cost in costs)
        last = i18n.day(listed[-1].begins_at, zone, "short")
        label = {
            "one": _("This date only"),
            "following": _("This and all after it, until %(last)s") % {"last": last},
            "all": _("All that is still to come, until %(last)s") % {"last": last},
        }[which]
        dates = ngettext("%(num)d date", "%(num)d dates", len(listed)) % {"num": len(listed)}
        fee = (
            _("fee %(fee)s, %(back)s back")
            % {"fee": i18n.money(fees[which], found.currency), "back": i18n.money(back, found.currency)}
            if fees[which]
            else _("no fee")
        )
        ways.append({"value": which, "label": label, "detail": dates, "side": fee})
    along = [
        (str(each.id), wording.pieces(each.resource, each.quantity))
        for each in _along(theirs, [found], viewer, at)
    ]
    return page(
        request,
        "reservations/series_cancel.html",
        status=form.status,
        reservation=found,
        resource=found.resource,
        venue=found.venue,
        viewer=viewer,
        form=form,
        words=series_words(theirs),
        ways=ways,
        fees=fees,
        along=along,
        by_venue=viewer.by_venue,
        may_waive=viewer.manages and not viewer.by_venue and any(fees.values()),
    )


# --- changing ----------------------------------------------------------------------------------------


async def change(request: Request) -> Response:
    """The form for another hour or other words of this and the following dates; with values, what it would do."""
    found, viewer, theirs = await _series(request)
    dial = await dial_of(found.resource, whole_day=viewer.manages)
    typed = typed_from(found.span, dial) | {"title": found.title, "note": found.note}
    wanted = unsent.restored(request)
    if "begins" not in wanted.query_params:
        return await _change_page(
            request, found, viewer, theirs, dial, check(ChangeSeveral, typed, zone=dial.zone)
        )
    form = await read(wanted, ChangeSeveral, zone=dial.zone)
    return await _change_page(request, found, viewer, theirs, dial, form)


async def save_change(request: Request) -> Response:
    """Change them: 303, 422 or 409. All of them or none."""
    await unsent.signed_in(request)
    found, viewer, theirs = await _series(request)
    at = session.at(request)
    dial = await dial_of(found.resource, whole_day=viewer.manages)
    form = await read(request, ChangeSeveral, zone=dial.zone)
    if form.valid and _ends_later(found, form, dial):
        wish = form.value
        try:
            done = await reservations.change_together(
                found.id,
                by=viewer.member,
                at=at,
                wall=_wall(found, form, dial),
                title=wish.title,
                note=wish.note,
                settled=_settled(form, theirs, dial.zone),
                seen_more_cents=wish.seen,
            )
            dates = len(done.dates)
            flash(
                request,
                "success",
                ngettext("Changed, %(num)d date.", "Changed, %(num)d dates.", dates) % {"num": dates},
            )
            return redirect(request, "reservation", reservation_id=found.id)
        except Refused as refusal:
            form.refuse(refusal)
            form.refusal = _shown(refusal, viewer)
    return await _change_page(request, found, viewer, theirs, dial, form)


def _shown(refusal: Refused, viewer: Viewer) -> RefusalShown:
    if refusal.code in ABOUT_MONEY and not viewer.pays:
        return without_sums(refusal)
    return RefusalShown(refusal.sentence, refusal.rule_sentence, (), refusal.code)


def _ends_later(found: Reservation, form: Form[ChangeSeveral], dial: Dial) -> bool:
    days = _days(typed_from(found.span, dial))
    if form.value.ends.minutes + days * 1440 > form.value.begins.minutes:
        return True
    form.wrong("ends", _("The end must come after the beginning."))
    return False


def _wall(found: Reservation, form: Form[ChangeSeveral], dial: Dial) -> Wall | None:
    """The new hour; None where it is the old one, so that dates which were moved keep theirs."""
    wish, typed = form.value, typed_from(found.span, dial)
    if (str(wish.begins), str(wish.ends)) == (typed["begins"], typed["ends"]):
        return None
    return Wall(wish.begins.minutes, wish.ends.minutes, _days(typed), wish.begins.later, wish.ends.later)


def _days(typed: dict[str, str]) -> int:
    """How many days later each date ends: the form asks for the hours alone."""
    last_day = typed["last_day"]
    return (date.fromisoformat(last_day) - date.fromisoformat(typed["day"])).days if last_day else 0


def _settled(form: Form[Any], theirs: Family, zone: str) -> dict[UUID, TimeSpan | None]:
    found: dict[UUID, TimeSpan | None] = {}
    for each in theirs.following():
        day = local_day(each.begins_at, zone)
        typed = str(form.values.get(f"on-{day}", ""))
        if typed == "keep":
            found[each.id] = None
        elif (choice := together.read_choice(typed, day, each.resource_id, zone)) and choice.span:
            found[each.id] = choice.span
    return found


async def _change_page(
    request: Request,
    found: Reservation,
    viewer: Viewer,
    theirs: Family,
    dial: Dial,
    form: Form[ChangeSeveral],
) -> Response:
    at, day = session.at(request), local_day(found.begins_at, dial.zone)
    outcome, no_all = None, None
    if form.valid and not _over(found, at) and _ends_later(found, form, dial):
        await limits.count(f"series:{viewer.member.id}", most=LOOKS_MAX, per_seconds=LOOKS_SECONDS, at=at)
        wish = form.value
        try:
            outcome = await reservations.change_together(
                found.id,
                by=viewer.member,
                at=at,
                wall=_wall(found, form, dial),
                title=wish.title,
                note=wish.note,
                settled=_settled(form, theirs, dial.zone),
                preview=True,
            )
        except Refused as refusal:
            no_all = _shown(refusal, viewer)
        if outcome and outcome.refusal and form.refusal is None:
            no_all = _shown(outcome.refusal, viewer)
    return page(
        request,
        "reservations/series_change.html",
        status=form.status,
        fragment="reservations/_series_difference.html" if request.method == "GET" else "",
        reservation=found,
        resource=found.resource,
        venue=found.venue,
        viewer=viewer,
        form=form,
        words=series_words(theirs),
        over=_over(found, at),
        begins=dial.begins(day, str(form.values.get("begins", ""))),
        ends=dial.ends(day, str(form.values.get("ends", ""))),
        outcome=outcome,
        clashes=_clashes(outcome, form, dial.zone) if outcome else [],
        no=no_all,
    )


def _over(found: Reservation, at: datetime) -> bool:
    return not found.live or found.begins_at <= at


def _clashes(outcome: SeveralChanged, form: Form[Any], zone: str) -> list[dict[str, Any]]:
    """The dates that do not work, each with its choices."""
    found = []
    for clash in outcome.clashes:
        ways = [
            {
                "value": together.written(clash.wish.resource_id, TimeSpan(way.begins_at, way.ends_at)),
                "label": i18n.times(way.begins_at, way.ends_at, zone),
            }
            for way in clash.refusal.alternatives
            if way.begins_at and way.ends_at
        ]
        ways.append({"value": "keep", "label": _("Leave this date as it is")})
        found.append(
            {
                "name": f"on-{clash.wish.on}",
                "day": i18n.day(clash.wish.on),
                "clash": clash.refusal.sentence,
                "ways": ways,
            }
        )
    # What was settled stays in the form.
    named = {each["name"] for each in found}
    for each in outcome.dates:
        day = local_day(each.before.begins_at, zone)
        name = f"on-{day}"
        typed = str(form.values.get(name, ""))
        if typed and name not in named:
            label = (
                _("Leave this date as it is")
                if each.kept
                else i18n.times(each.after.begins_at, each.after.ends_at, zone)
            )
            found.append(
                {"name": name, "day": i18n.day(day), "clash": "", "ways": [{"value": typed, "label": label}]}
            )
    return sorted(found, key=lambda one: str(one["name"]))


# --- who looks ---------------------------------------------------------------------------------------


async def _family(request: Request) -> tuple[Reservation, Viewer, Family]:
    """A booking that has others beside it, for those who may change it."""
    found, viewer = await seen(request)
    if not viewer.may_change:
        raise NotFound
    theirs = await reservations.family(found)
    if theirs.series is None and not theirs.extras:
        raise NotFound
    await db.relate(theirs.extras, "resource")
    return found, viewer, theirs


async def _series(request: Request) -> tuple[Reservation, Viewer, Family]:
    found, viewer, theirs = await _family(request)
    if theirs.series is None or found.beside_id is not None:
        raise NotFound
    return found, viewer, theirs
