"""The part of the booking form that books several at once: the dates of a series, and equipment beside a room.

Each date that does not work has a choice of its own (`on-2026-12-01`): another hour, another room, without the
equipment, or to leave it out. Nothing is booked until every one of them works, and then all of it is, by one press.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, occupancy, reservations
from booking.errors import NotFound, Refused
from booking.forms import RefusalShown
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.members import Member
from booking.places import wording
from booking.pricing import Terms, terms_for
from booking.reservations import Choice, DateOffer, Extra, Repeat, SeveralOffer, Wall, Wish
from booking.reservations import refusals as no
from booking.timespan import TimeSpan, local_day
from booking.web import extras, offering, prices, session
from booking.web.offering import Asked
from booking.web.pages import flash, redirect
from booking.web.wall_times import LONGEST_DAYS

# More lines than these are folded away behind the clashes.
LINES_MAX = 12


@dataclass
class Basket:
    """What several are asked for by the form. `chosen` is what was settled for dates that did not work."""

    id: UUID
    days: list[date]
    wall: Wall
    repeat: Repeat | None
    extras: list[Extra]
    chosen: dict[date, Choice]

    def wishes(self, asked: Asked, *, settled: bool) -> list[Wish]:
        wish = asked.form.value
        return reservations.wishes(
            self.id,
            self.days,
            self.wall,
            resource_id=asked.resource.id,
            zone=asked.dial.zone,
            people=offering.people(asked.resource, wish),
            quantity=wish.quantity,
            chosen=self.chosen if settled else None,
            extras=self.extras,
        )


@dataclass
class DateShown:
    """One date beside the button. `ways` are radio cards where something must be chosen."""

    on: date
    name: str
    words: str
    sum: str
    clash: str = ""
    along: list[tuple[str, str]] = field(default_factory=list)
    ways: list[dict[str, Any]] = field(default_factory=list)
    left_out: bool = False
    still_no: str = ""


@dataclass
class Shown:
    """The quote of several, as templates/reservations/_several.html shows it."""

    title: str
    dates: list[DateShown]
    total_cents: int
    currency: str
    paid: tuple[int, str, str] | None
    meter: dict[str, Any] | None
    approval: bool
    cancelling: list[str]
    no: RefusalShown | None
    given: bool
    first_clash: RefusalShown | None = None
    folded: bool = False

    @property
    def to_settle(self) -> list[DateShown]:
        return [each for each in self.dates if each.ways]

    @property
    def plain(self) -> list[DateShown]:
        return [each for each in self.dates if not each.ways]

    @property
    def open(self) -> int:
        """How many dates still need a choice."""
        return sum(bool(each.ways and each.still_no) for each in self.dates)


def repeats(day: date) -> list[tuple[str, str]]:
    """(value, words) of how often, for a series that begins on this day."""
    return [(every, _capital(reservations.repeat_words(every, day))) for every in reservations.EVERY]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- reading -----------------------------------------------------------------------------------------


def basket_of(asked: Asked) -> Basket | None:
    """Several, if the form asks for several; complaints go onto the form."""
    form = asked.form
    if not form.valid or asked.span is None or asked.booker is None:
        return None
    wish = form.value
    along = extras.chosen(form)
    if not form.valid or (wish.repeat is None and not along):
        return None
    days, repeat = [wish.day], None
    if wish.repeat:
        repeat = Repeat(wish.repeat, wish.repeat_until, None if wish.repeat_until else wish.repeat_times)
        name = "repeat_until" if wish.repeat_until else "repeat_times"
        try:
            days = repeat.dates(wish.day)
        except no.TooManyDates as many:
            form.wrong(name, many.sentence)
            return None
        if len(days) < 2:
            form.wrong(name, _("That is not more than one date. Choose a later day."))
            return None
    last = wish.last_day or wish.day
    wall = Wall(
        wish.begins.minutes,
        wish.ends.minutes,
        (last - wish.day).days,
        wish.begins.later,
        wish.ends.later,
    )
    return Basket(wish.id, days, wall, repeat, along, _chosen(asked, days))


def _chosen(asked: Asked, days: list[date]) -> dict[date, Choice]:
    """What was settled, by date. What cannot be read says nothing."""
    found = {}
    for day in days:
        typed = str(asked.form.values.get(f"on-{day}", ""))
        if choice := read_choice(typed, day, asked.resource.id, asked.dial.zone):
            found[day] = choice
    return found


def read_choice(typed: str, day: date, resource_id: int, zone: str) -> Choice | None:
    """'skip', or '12@2026-12-01T09:00Z/2026-12-01T11:00Z' with ' alone' where nothing is taken along."""
    if typed == "skip":
        return Choice(resource_id, None)
    told = re.fullmatch(r"(\d{1,9})@([0-9T:-]{16})Z/([0-9T:-]{16})Z( alone)?", typed)
    if not told:
        return None
    try:
        span = TimeSpan(*(datetime.fromisoformat(f"{text}+00:00") for text in told.group(2, 3)))
        # Another hour of the same date; what lies elsewhere, or lasts for years, was never offered.
        offered = local_day(span.begins_at, zone) == day and span.duration <= timedelta(days=LONGEST_DAYS)
    except (ValueError, OverflowError):
        return None
    return Choice(int(told[1]), span, bool(told[4])) if offered else None


def written(resource_id: int, span: TimeSpan, *, alone: bool = False) -> str:
    """What `read_choice` reads."""
    both = f"{span.begins_at:%Y-%m-%dT%H:%M}Z/{span.ends_at:%Y-%m-%dT%H:%M}Z"
    return f"{resource_id}@{both}{' alone' if alone else ''}"


# --- booking -----------------------------------------------------------------------------------------


async def book(request: Request, asked: Asked, by: Member) -> Response:
    """All of it or nothing. Raises Refused."""
    basket: Basket = asked.basket
    wish, at = asked.form.value, session.at(request)
    if wish.activity == 0:
        raise no.SeriesByCard()
    who = session.asker(request, asked.booker)
    try:
        made = await reservations.reserve_together(
            basket.id,
            basket.wishes(asked, settled=True),
            by=by,
            at=at,
            repeat=basket.repeat,
            first_on=wish.day,
            activity_id=asked.activity_id,
            for_member=asked.booker,
            title=wish.title,
            note=wish.note,
            seen_cents=wish.seen,
            overrides=wish.aside,
            override_reason=wish.aside_reason,
        )
    except no.DatesClash as clash:
        for each in clash.clashes:
            if each.wish.span and each.wish.resource_id == asked.resource.id:
                occupancy.note(asked.resource, each.wish.span, [each.refusal], who=who, at=at)
        raise
    for one in made.reservations:
        if one.resource_id == asked.resource.id:
            occupancy.note(asked.resource, one.span, occupancy.BOOKED, who=who, at=at)
    _say(request, made)
    return redirect(request, "reservation", reservation_id=made.reservations[0].id)


def _say(request: Request, made: reservations.Made) -> None:
    dates = sum(each.beside_id is None for each in made.reservations)
    held = made.reservations[0].state == "held"
    if dates == 1 and held:
        said = _("Asked for. The house will answer, and the time is kept for you until then.")
    elif dates == 1:
        said = _("Booked. It is in your calendar feed, and a mail is on its way.")
    elif held:
        said = ngettext(
            "Asked for, %(num)d date. The house answers it, and it is kept for you until then.",
            "Asked for, %(num)d dates. The house answers each, and they are kept for you until then.",
            dates,
        )
    else:
        said = ngettext(
            "Booked, %(num)d date. It is in your calendar feed, and a mail is on its way.",
            "Booked, %(num)d dates. They are in your calendar feed, and one mail is on its way.",
            dates,
        )
    flash(request, "success", said % {"num": dates})


async def refuse(asked: Asked, refusal: Refused) -> None:
    """Put the refusal on the form. Which dates clash, and what would work, stands beside the price."""
    if isinstance(refusal, no.DatesClash):
        # One date is no series: what is wrong with it says more than that it is.
        alone = asked.basket is None or asked.basket.repeat is None
        asked.form.refuse(refusal.clashes[0].refusal if alone and refusal.clashes else refusal)
    else:
        await offering.refuse(asked, refusal)


# --- showing -----------------------------------------------------------------------------------------


async def look(asked: Asked, *, at: datetime) -> Shown | None:
    """The quote of several; None where one thing is asked for."""
    basket: Basket | None = asked.basket
    form = asked.form
    if basket is None or asked.booker is None or not form.valid:
        return None
    wish = form.value
    try:
        offer = await reservations.offer_several(
            basket.wishes(asked, settled=False),
            by=asked.booker,
            at=at,
            activity_id=asked.activity_id,
            chosen=basket.chosen,
            by_card=wish.activity == 0,
            overrides=frozenset(wish.aside),
        )
    except NotFound:
        form.wrong("extra", _("Choose from the list."))
        return None
    zone = asked.dial.zone
    shown = Shown(
        title=_title(basket, offer),
        dates=[_date(asked, basket, each) for each in offer.dates],
        total_cents=offer.total_cents,
        currency=offer.currency,
        paid=None,
        meter=None,
        approval=offer.needs_approval and not asked.hosts,
        cancelling=_cancelling(asked, offer, zone, at),
        no=None,
        given="payment" in wish.aside,
    )
    shown.folded = len(shown.plain) > LINES_MAX
    if offer.paid_currency and offer.paid_currency != offer.currency:
        rate = prices.rate_words(offer.rate, offer.currency, offer.paid_currency) if offer.rate else ""
        shown.paid = (offer.paid_cents, offer.paid_currency, rate)
    if offer.left_cents is not None and not asked.for_another and offer.total_cents and asked.offer:
        told = replace(
            asked.offer,
            paid_cents=offer.paid_cents,
            left_cents=offer.left_cents,
        )
        shown.meter = await offering.meter(asked, told)
    if offer.refusals and form.refusal is None:
        shown.no = await offering.shown(asked, offer.refusals[0])
    clash = next((each.refusal for each in offer.open_clashes), None)
    if clash:
        shown.first_clash = RefusalShown(clash.sentence, clash.rule_sentence, (), clash.code)
    return shown


def _title(basket: Basket, offer: SeveralOffer) -> str:
    if basket.repeat is None:
        return ""
    dates = len(offer.booked)
    values = {"num": dates, "often": reservations.repeat_words(basket.repeat.every, basket.days[0])}
    return _capital(ngettext("%(often)s, %(num)d date", "%(often)s, %(num)d dates", dates) % values)


def _date(asked: Asked, basket: Basket, each: DateOffer) -> DateShown:
    zone = asked.dial.zone
    currency = asked.resource.venue.currency
    main = each.parts[0] if each.parts else None
    span = main.wish.span if main else None
    words = (
        i18n.span(span.begins_at, span.ends_at, zone, "short") if span else i18n.day(each.on, style="short")
    )
    if main and main.resource.id != asked.resource.id:
        words = f"{words}, {i18n.name_of(main.resource)}"
    shown = DateShown(
        on=each.on,
        name=f"on-{each.on}",
        words=words,
        sum="" if each.left_out or each.refusal else i18n.money(each.total_cents, currency),
        left_out=each.left_out,
        clash=each.clash.sentence if each.clash else "",
        still_no=each.refusal.sentence if each.refusal else "",
    )
    for part in each.parts[1:]:
        cents = part.quote.total_cents if part.quote else 0
        shown.along.append((wording.pieces(part.resource, part.wish.quantity), i18n.money(cents, currency)))
    if each.clash is not None or each.choice is not None or each.refusal is not None:
        shown.ways = _ways(asked, basket, each)
    return shown


def _ways(asked: Asked, basket: Basket, each: DateOffer) -> list[dict[str, Any]]:
    """The choices for one date: other hours, other rooms, without what is taken along, leave it out."""
    zone = asked.dial.zone
    ways: list[dict[str, Any]] = []
    for way in each.alternatives:
        assert way.begins_at is not None
        assert way.ends_at is not None
        assert way.resource_id is not None
        span = TimeSpan(way.begins_at, way.ends_at)
        label = i18n.times(span.begins_at, span.ends_at, zone)
        if way.kind == "place":
            label = _("%(space)s, same time") % {"space": way.resource_name}
        side = i18n.money(way.values["total_cents"], way.values["currency"]) if way.values else ""
        ways.append({"value": written(way.resource_id, span), "label": label, "side": side})
    usual = each.parts[0].wish.span if each.parts else None
    if basket.extras and any(part.refusal for part in each.parts[1:]) and usual and not each.parts[0].refusal:
        main = each.parts[0].wish
        names = ", ".join(
            wording.pieces(part.resource, part.wish.quantity) for part in each.parts[1:] if part.refusal
        )
        ways.insert(
            0,
            {
                "value": written(main.resource_id, usual, alone=True),
                "label": _("Without %(things)s") % {"things": names},
            },
        )
    # What was chosen stays in the list, also where it is no longer offered.
    choice = each.choice
    if (
        choice
        and choice.span
        and written(choice.resource_id, choice.span, alone=choice.alone) not in {way["value"] for way in ways}
    ):
        label = i18n.times(choice.span.begins_at, choice.span.ends_at, zone)
        if choice.alone:
            label = _("Without the equipment")
        elif each.parts and each.parts[0].resource.id != asked.resource.id:
            label = _("%(space)s, same time") % {"space": i18n.name_of(each.parts[0].resource)}
        ways.insert(
            0,
            {"value": written(choice.resource_id, choice.span, alone=choice.alone), "label": label},
        )
    if basket.repeat is not None:
        ways.append({"value": "skip", "label": _("Leave this date out")})
    return ways


def _cancelling(asked: Asked, offer: SeveralOffer, zone: str, at: datetime) -> list[str]:
    """The terms of the first date; the others have the same, each before its own beginning."""
    first = next((each for each in offer.booked if each.parts and each.parts[0].wish.span), None)
    if first is None:
        return []
    cents: dict[Terms, list[int]] = {}
    names: dict[Terms, list[str]] = {}
    for part in first.parts:
        if part.wish.span and part.quote:
            terms = terms_for(part.resource, part.wish.span.begins_at)
            cents.setdefault(terms, []).append(part.quote.total_cents)
            names.setdefault(terms, []).append(wording.pieces(part.resource, part.wish.quantity))
    said = []
    for terms, each in cents.items():
        sentences = prices.cancelling(terms, sum(each), offer.currency, zone, at=at, parts_cents=each)
        # Where the equipment has other terms than the room, whose they are is said.
        said += sentences if len(cents) == 1 else [f"{', '.join(names[terms])}: {' '.join(sentences)}"]
    if len(offer.booked) > 1 and said:
        return [_("Each date can be cancelled by itself. The first: %(terms)s") % {"terms": said[0]}]
    return said
