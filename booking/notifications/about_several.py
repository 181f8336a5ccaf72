"""One mail for all that one press has booked, changed or cancelled: every date, one sum, one calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import settings
from booking import calendars, i18n, reservations
from booking.events import Event
from booking.i18n import _, ngettext
from booking.members import Member
from booking.members.mails import declines
from booking.notifications import composing, facts
from booking.notifications.mime import without_url
from booking.notifications.models import Message
from booking.notifications.rendering import render
from booking.places import wording
from booking.reservations import Reservation, Series

KINDS = {
    "series.changed": "reservation_changed",
    "series.cancelled": "reservation_cancelled",
    "series.approved": "reservation_approved",
    "series.declined": "reservation_declined",
}
TOLD = ("series.reserved", "basket.reserved", *KINDS)


async def messages_for(event: Event, *, at: datetime) -> list[Message]:
    """The messages that one of the events TOLD makes, not yet saved; the newest state of each reservation is told."""
    ids = [UUID(id) for id in event.data["ids"]]
    found = {
        each.id: each for each in await Reservation.filter(id__in=ids).select_related(*composing.RELATED)
    }
    listed = [found[id] for id in ids if id in found]
    if not listed or (event.name == "series.changed" and not event.data["moved"]):
        return []
    series = await Series.get_or_none(id=listed[0].series_id) if listed[0].series_id else None
    topic = _topic(event, listed[0])
    declined = bool(topic) and declines(listed[0].member, topic)
    made = [] if declined else [_own(event, listed, series, topic, at=at)]
    held = [each for each in listed if each.waits_for_house]
    if event.name.endswith(".reserved") and held:
        hosts = [
            host
            for host in await composing.hosts_of(listed[0].venue, at=at)
            if host.id != listed[0].member_id
        ]
        # Somebody must hear of it: where all of them do without, all are asked.
        willing = [host for host in hosts if not declines(host, "approvals")]
        made += [_to_host(event, held, series, host, at=at) for host in willing or hosts]
    return made


def _topic(event: Event, first: Reservation) -> str:
    """'own_changes' where it tells a member what they did themselves a moment ago, and no money hangs on it."""
    own = event.by_id == first.member_id and not event.data.get("fee_cents")
    return "own_changes" if own and event.name in ("series.changed", "series.cancelled") else ""


def _kind(event: Event, listed: Sequence[Reservation]) -> str:
    """The kind of mail that a single one would make."""
    if event.name == "series.cancelled" and event.data["by_venue"]:
        return "reservation_cancelled_by_venue"
    if event.name in KINDS:
        return KINDS[event.name]
    return "reservation_held" if all(each.state == "held" for each in listed) else "reservation_confirmed"


def _own(
    event: Event, listed: Sequence[Reservation], series: Series | None, topic: str, *, at: datetime
) -> Message:
    """To the member, in their language."""
    first, member = listed[0], listed[0].member
    kind = _kind(event, listed)
    coming = (
        kind in ("reservation_confirmed", "reservation_approved", "reservation_changed")
        and first.state == "confirmed"
    )
    with i18n.speaking_to(member):
        when = _when(listed, series, whole=event.name.endswith(".reserved"))
        table = [
            *facts.place_facts(first),
            (_("When"), when),
            *_left_out(event),
            *facts.size_facts(first, None),
            *_money(kind, event, listed, at=at),
        ]
        texts = render(
            kind,
            member.language,
            name=member.name,
            resource=i18n.name_of(first.resource),
            venue=i18n.name_of(first.venue),
            when=when,
            facts=table,
            dates=_dates(listed),
            reason=event.data.get("reason", ""),
            sum="",
            access=i18n.said_in(first.venue.access) if coming else "",
            contact=facts.contact_lines(first.venue),
            held_until=_held_until(listed),
            receipt="",
            released=False,
            may_come_late=reservations.may_come_late(first),
            link=f"{settings.BASE_URL}/reservations/{first.id}",
            wished="",
            without=without_url(member.id, topic),
        )
    in_calendar = _in_calendar(event, listed)
    return composing.message(
        kind,
        member,
        texts,
        key=f"event:{event.id}:{kind}:{member.id}",
        at=at,
        event_id=event.id,
        reservation_id=first.id,
        calendar=calendars.published(in_calendar, language=member.language).decode() if in_calendar else "",
        calendar_method="PUBLISH" if in_calendar else "",
        topic=topic,
    )


def _to_host(
    event: Event, held: Sequence[Reservation], series: Series | None, host: Member, *, at: datetime
) -> Message:
    """The question to a host of the venue: all dates at once, to be answered together or one by one."""
    first = held[0]
    with i18n.speaking_to(host):
        when = _when(held, series, whole=True)
        table = [
            (_("Who"), first.member.name),
            *facts.place_facts(first)[:1],
            (_("When"), when),
            *facts.size_facts(first, None),
        ]
        if first.note:
            table.append((_("Note"), first.note))
        texts = render(
            "approval_wanted",
            host.language,
            name=host.name,
            who=first.member.name,
            resource=i18n.name_of(first.resource),
            venue=i18n.name_of(first.venue),
            when=when,
            facts=table,
            dates=_dates(held),
            reason="",
            access="",
            contact=[],
            held_until=_held_until(held),
            link=f"{settings.BASE_URL}/manage/{first.venue.key}",
            without=without_url(host.id, "approvals"),
        )
    return composing.message(
        "approval_wanted",
        host,
        texts,
        key=f"event:{event.id}:approval_wanted:{host.id}",
        at=at,
        event_id=event.id,
        reservation_id=first.id,
        topic="approvals",
    )


def _in_calendar(event: Event, listed: Sequence[Reservation]) -> list[Reservation]:
    """What stands, or stood and is gone: never what was not confirmed."""
    if event.name != "series.cancelled":
        return [each for each in listed if each.state == "confirmed"]
    stood = set(event.data["confirmed"])
    return [each for each in listed if str(each.id) in stood and each.state == "cancelled"]


def _rooms(listed: Sequence[Reservation]) -> list[Reservation]:
    """Without the equipment beside a room that is told too."""
    ids = {each.id for each in listed}
    return [each for each in listed if each.beside_id not in ids]


def _when(listed: Sequence[Reservation], series: Series | None, *, whole: bool) -> str:
    """The time of one date, or how often, how many and from when."""
    rooms = _rooms(listed)
    first = rooms[0]
    if len(rooms) == 1:
        return i18n.span(first.begins_at, first.ends_at, first.venue.zone)
    values = {"num": len(rooms), "day": i18n.day(first.begins_at, first.venue.zone, style="medium")}
    said = ngettext("%(num)d date from %(day)s", "%(num)d dates from %(day)s", len(rooms)) % values
    if series is None or not whole:
        return said
    repeat = reservations.read_rule(series.rule)
    return f"{reservations.repeat_words(repeat.every, series.first_on)}, {said}"


def _dates(listed: Sequence[Reservation]) -> list[str]:
    """A line for each date: its time, where it is another room, and what is taken along."""
    rooms = _rooms(listed)
    usual = rooms[0].resource_id
    lines = []
    for each in rooms:
        line = i18n.span(each.begins_at, each.ends_at, each.venue.zone)
        if each.resource_id != usual:
            line += f", {i18n.name_of(each.resource)}"
        along = [wording.pieces(one.resource, one.quantity) for one in listed if one.beside_id == each.id]
        if along:
            line += ", " + _("with %(thing)s") % {"thing": ", ".join(along)}
        lines.append(line)
    return lines


def _left_out(event: Event) -> list[facts.Fact]:
    """The dates of the rule for which nothing was booked, so that nobody comes on one of them."""
    days = [i18n.day(date.fromisoformat(each), style="medium") for each in event.data.get("left_out", ())]
    return [(_("Left out"), "; ".join(days))] if days else []


def _money(kind: str, event: Event, listed: Sequence[Reservation], *, at: datetime) -> list[facts.Fact]:
    """One sum for all of it."""
    first = listed[0]
    if kind == "reservation_declined":
        return []
    total = sum(each.total_cents for each in listed)
    if kind.startswith("reservation_cancelled"):
        if not total:
            return []
        fee = event.data["fee_cents"]
        if not fee:
            return [(_("Cost"), _("nothing: the whole price is free again"))]
        found = [(_("Cancellation fee"), i18n.money(fee, first.currency))]
        if first.activity_id:
            found.append((_("Back to your budget"), i18n.money(total - fee, first.currency)))
        return found
    said = i18n.money(total, first.currency)
    if vat := sum(each.vat_cents for each in listed):
        said = _("%(total)s (%(vat)s VAT included)") % {
            "total": said,
            "vat": i18n.money(vat, first.currency),
        }
    found = [(_("Price"), said)]
    if first.activity is not None:
        pays = first.activity.name
        if first.paid_currency and first.paid_currency != first.currency:
            paid = sum(each.paid_cents for each in listed)
            pays += f" ({i18n.money(paid, first.paid_currency)})"
        found.append((_("Paid by"), pays))
    if len(_rooms(listed)) == 1:
        return [*found, *facts.terms_facts(first, at=at)]
    return [*found, (_("Cancelling"), _("each date by itself, on its page"))]


def _held_until(listed: Sequence[Reservation]) -> str:
    """The first of the deadlines."""
    ends = [each for each in listed if each.held_until is not None]
    if not ends:
        return ""
    first = min(ends, key=lambda each: each.held_until)
    return i18n.moment(first.held_until, first.venue.zone, "full")
