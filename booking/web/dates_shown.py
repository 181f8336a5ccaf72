"""What several at once cost, beside the button: each date with its price or its clash, and the choices for these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from booking import i18n, reservations
from booking.forms import RefusalShown
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.places import wording
from booking.pricing import Terms, terms_for
from booking.reservations import DateOffer, SeveralOffer
from booking.reservations import refusals as no
from booking.timespan import TimeSpan
from booking.web import offering, prices, together
from booking.web.offering import Asked
from booking.web.together import Basket

# More lines than these are folded away behind the clashes.
LINES_MAX = 12


@dataclass
class DateShown:
    """One date beside the button. `ways` are radio cards where something must be chosen; `near` is what the form says
    of a date that one choice has settled with all others."""

    on: date
    name: str
    words: str
    sum: str
    clash: str = ""
    along: list[tuple[str, str]] = field(default_factory=list)
    ways: list[dict[str, Any]] = field(default_factory=list)
    left_out: bool = False
    still_no: str = ""
    near: str = ""


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
    all_ways: list[dict[str, Any]] = field(default_factory=list)

    @property
    def to_settle(self) -> list[DateShown]:
        return [each for each in self.dates if each.ways]

    @property
    def at_once(self) -> list[DateShown]:
        return [each for each in self.dates if each.near]

    @property
    def plain(self) -> list[DateShown]:
        return [each for each in self.dates if not each.ways and not each.near]

    @property
    def open(self) -> int:
        """How many dates still need a choice."""
        return sum(bool(each.ways and each.still_no) for each in self.dates)


async def look(asked: Asked, *, at: datetime) -> Shown | None:
    """The quote of several; None where one thing is asked for."""
    basket: Basket | None = asked.basket
    form = asked.form
    if basket is None or asked.booker is None or not form.valid:
        return None
    wish = form.value
    offer = await reservations.offer_several(
        basket.wishes(asked, settled=False),
        by=asked.booker,
        at=at,
        activity_id=asked.activity_id,
        chosen=basket.chosen,
        by_card=wish.activity == 0,
        overrides=frozenset(wish.aside),
        clashing=basket.clashing,
    )
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
    shown.all_ways = _all_ways(basket, offer, given=shown.given)
    if not offer.booked:
        nothing = no.NoDatesLeft()
        shown.no = RefusalShown(nothing.sentence, nothing.rule_sentence, (), nothing.code)
    clash = next((each.refusal for each in offer.open_clashes), None)
    if clash:
        shown.first_clash = RefusalShown(clash.sentence, clash.rule_sentence, (), clash.code)
    return shown


def _title(basket: Basket, offer: SeveralOffer) -> str:
    if basket.repeat is None:
        return ""
    dates = len(offer.booked)
    values = {"num": dates, "often": reservations.repeat_words(basket.repeat.every, basket.days[0])}
    return together.capital(ngettext("%(often)s, %(num)d date", "%(often)s, %(num)d dates", dates) % values)


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
    if each.at_once and each.choice:
        span = each.choice.span
        shown.near = together.written(each.choice.resource_id, span) if span else "skip"
    elif each.clash is not None or each.choice is not None or each.refusal is not None:
        shown.ways = _ways(asked, basket, each)
    return shown


def _all_ways(basket: Basket, offer: SeveralOffer, *, given: bool) -> list[dict[str, Any]]:
    """The choices for all dates that do not work, where these are several: how many are left, and what they cost."""
    open = sum(each.at_once or each.refusal is not None for each in offer.dates)
    if basket.repeat is None or (open < 2 and not basket.clashing) or not offer.ways:
        return []
    found: list[dict[str, Any]] = [{"value": "", "label": _("Choose for each date")}]
    for way, (dates, cents) in offer.ways.items():
        # What leaves nothing to book, or takes nothing else, is no choice.
        nothing = (
            not dates if way == reservations.LEAVE_OUT else dates == offer.ways[reservations.LEAVE_OUT][0]
        )
        if nothing and way != basket.clashing:
            continue
        left = ngettext("%(num)d date is booked", "%(num)d dates are booked", dates) % {"num": dates}
        label = _("Leave out all that do not work")
        if way == reservations.NEAREST:
            label = _("Take the nearest for each")
            left += ". " + _("Another hour of the day, or another room; left out where there is none.")
        side = "" if given else i18n.money(cents, offer.currency)
        found.append({"value": way, "label": label, "detail": left, "side": side})
    return found


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
        ways.append({"value": together.written(way.resource_id, span), "label": label, "side": side})
    usual = each.parts[0].wish.span if each.parts else None
    if basket.extras and any(part.refusal for part in each.parts[1:]) and usual and not each.parts[0].refusal:
        main = each.parts[0].wish
        names = ", ".join(
            wording.pieces(part.resource, part.wish.quantity) for part in each.parts[1:] if part.refusal
        )
        ways.insert(
            0,
            {
                "value": together.written(main.resource_id, usual, alone=True),
                "label": _("Without %(things)s") % {"things": names},
            },
        )
    # What was chosen stays in the list, also where it is no longer offered.
    choice = each.choice
    if (
        choice
        and choice.span
        and together.written(choice.resource_id, choice.span, alone=choice.alone)
        not in {way["value"] for way in ways}
    ):
        label = i18n.times(choice.span.begins_at, choice.span.ends_at, zone)
        if choice.alone:
            label = _("Without the equipment")
        elif each.parts and each.parts[0].resource.id != asked.resource.id:
            label = _("%(space)s, same time") % {"space": i18n.name_of(each.parts[0].resource)}
        ways.insert(
            0,
            {"value": together.written(choice.resource_id, choice.span, alone=choice.alone), "label": label},
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
