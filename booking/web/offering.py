"""What stands beside the reservation form: the live price, what the Activity has left, and the nearest "yes" to a "no".

`Wish` is what the form says, `Asked` what is known of one visit to it. Nothing here writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from booking import budgets, i18n, pricing, reservations
from booking.budgets import Purse
from booking.errors import Refused
from booking.forms import Day, Email, Form, Line, RefusalShown, Shape, Text, Ticked
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member
from booking.places import wording
from booking.reservations import DATES_MAX, ByCard, Offer
from booking.reservations.refusals import Taken
from booking.timespan import TimeSpan, local_day
from booking.web import by_card, prices
from booking.web.by_card import CARD, Payer
from booking.web.pages import url
from booking.web.wall_times import Clock, Dial

AROUND = timedelta(days=2)
EXTRAS_MAX = 10
# The boxes that ask how many of a piece of equipment are taken along: see web/extras.py.
EXTRA_NAME = re.compile(r"extra-([1-9][0-9]{0,8})")
RULE_WORDS = {
    "lead": lazy("the notice that the house needs"),
    "horizon": lazy("how far ahead one may book"),
    "raster": lazy("the steps of the clock"),
    "shortest": lazy("the shortest booking"),
    "longest": lazy("the longest booking"),
    "open": lazy("the opening hours"),
    "shut": lazy("the closure"),
    "quota": lazy("how many bookings one may have"),
    "skill": lazy("the induction"),
    "role": lazy("who may book"),
    "payment": lazy("the price: the house gives it"),
}
# About somebody's money: a host who books for them does not learn the sums.
ABOUT_MONEY = ("not_enough_budget", "over_limit")

Rule = Literal[
    "lead", "horizon", "raster", "shortest", "longest", "open", "shut", "quota", "skill", "role", "payment"
]


class Wish(Shape):
    """What the form says. `seen` is the price that stood beside the button, in minor units.

    `activity` is 0 for a card; `rest`: a card pays what the Activity does not cover; `pay_hours`: so long a host keeps
    it for somebody who is asked by mail to pay.
    """

    id: UUID
    day: Day
    begins: Clock
    ends: Clock
    last_day: Day | None = None
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500)
    activity: Payer | None = None
    rest: Ticked = False
    pay_hours: int = Field(24, ge=1, le=72)
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    member_email: Email | None = None
    aside: list[Rule] = Field(default_factory=list, max_length=20)
    aside_reason: Line = ""
    repeat: Literal["day", "workday", "week", "two_weeks", "month"] | None = None
    repeat_until: Day | None = None
    repeat_times: int = Field(10, ge=2, le=DATES_MAX)
    clashing: Literal["leave_out", "nearest"] | None = None
    extra: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        default_factory=list, max_length=EXTRAS_MAX
    )
    seen: int | None = Field(None, ge=0, le=10**12)


@dataclass
class Asked:
    """One visit to the form: who asks, for whom, for what, and what is known of it so far."""

    resource: Any
    dial: Dial
    form: Form[Any]
    visitor: Member | None
    booker: Member | None
    hosts: bool
    manages: bool
    span: TimeSpan | None = None
    purses: list[Purse] = field(default_factory=list)
    offer: Offer | None = None
    walk_in: bool = False
    basket: Any = None  # where several are booked at once: see web/together.py

    @property
    def for_another(self) -> bool:
        return self.booker is not None and self.visitor is not None and self.booker.id != self.visitor.id

    @property
    def activity_id(self) -> int | None:
        """The Activity that pays, or a part of it."""
        return (self.form.value.activity or None) if self.form.valid else None


def people(resource: Any, wish: Any) -> int:
    """How many people come by a form with people and quantity; it asks only where that is not the number of pieces."""
    return wish.quantity if resource.takes == "any" and (resource.capacity_people or 1) == 1 else wish.people


# --- no, and what would work instead -----------------------------------------------------------------


async def refuse(asked: Asked, refusal: Refused) -> None:
    """Put the refusal on the form, with what would work."""
    asked.form.refuse(refusal, await _ways(asked, refusal))
    if asked.for_another and refusal.code in ABOUT_MONEY:
        asked.form.refusal = without_sums(refusal)


async def _ways(asked: Asked, refusal: Refused) -> list[tuple[str, str]]:
    """What would work, as links to this form with all else kept."""
    form = asked.form
    ways = [alternative_link(each, form, asked.span) for each in refusal.alternatives]
    if refusal.code in (
        "not_enough_budget",
        "over_limit",
        "activity_closed",
        "payment_needed",
        "no_exchange_rate",
    ):
        ways += [] if asked.for_another else [*_card_ways(asked, refusal), *await _other_purses(asked)]
    elif refusal.code == "series_by_card":
        along = dict.fromkeys(name for name in form.values if EXTRA_NAME.fullmatch(name))
        alone = link(form, asked.resource.id, asked.span, **{**along, "repeat": None, "extra": None})
        ways += [*await _other_purses(asked), (_("Book this date alone"), alone)]
    elif refusal.code == "quota_reached":
        ways.append((_("See your bookings"), url("reservations")))
    elif refusal.code in ("skill_needed", "role_needed", "suspended", "members_only"):
        ways.append((_("Ask the house"), url("venue", key=asked.resource.venue.key)))
    elif refusal.code == "account_ends" and not asked.for_another:
        ways.append((_("Keep my account"), url("leave")))
    return ways


def alternative_link(each: Any, form: Form[Any], span: TimeSpan | None) -> tuple[str, str]:
    """An alternative of a refusal as (label, address of the form with everything typed kept)."""
    found = TimeSpan(each.begins_at, each.ends_at)
    if each.kind == "place":
        label = _("%(space)s, %(venue)s, same time") % {"space": each.resource_name, "venue": each.venue_name}
    elif span and local_day(span.begins_at, each.zone) == local_day(found.begins_at, each.zone):
        label = f"{i18n.clock(found.begins_at, each.zone)}–{i18n.clock(found.ends_at, each.zone)}"
    else:
        label = i18n.span(found.begins_at, found.ends_at, each.zone, "short")
    return label, link(form, each.resource_id, found)


def link(form: Form[Any], resource_id: int, span: TimeSpan | None = None, **changes: Any) -> str:
    """The form again, for a resource and a span, with what was typed."""
    names = ["people", "quantity", "activity", "rest", "title", "note", "member_email", "extra"]
    names += ["repeat", "repeat_until", "repeat_times"] if form.values.get("repeat") else []
    names += [name for name, typed in form.values.items() if EXTRA_NAME.fullmatch(name) and typed != "0"]
    if span is None:
        names += ["day", "begins", "ends", "last_day"]
    kept = {name: form.values.get(name) for name in names} | changes
    said = {name: value for name, value in kept.items() if value not in (None, "", [])}
    if span:
        said |= {"from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}", "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}"}
    return url("reserve", resource_id=resource_id, **said)


def _card_ways(asked: Asked, refusal: Refused) -> list[tuple[str, str]]:
    """The card, for the rest of the price or for all of it."""
    if not by_card.taken(asked):
        return []
    form, place = asked.form, asked.resource.id
    ways = []
    if asked.activity_id and refusal.code in ("not_enough_budget", "over_limit"):
        ways.append((_("Pay the rest by card"), link(form, place, asked.span, rest="yes")))
    return [*ways, (_("Pay by card"), link(form, place, asked.span, activity=CARD, rest=None))]


async def _other_purses(asked: Asked) -> list[tuple[str, str]]:
    """The member's other Activities that could pay, most money first."""
    chosen = asked.activity_id
    total_cents, currency = 0, asked.resource.venue.currency
    if asked.offer and asked.offer.quote:
        total_cents = asked.offer.quote.total_cents
    found = [
        purse
        for purse in asked.purses
        if purse.activity.id != chosen
        and purse.available_cents > 0
        and (purse.currency != currency or purse.available_cents >= total_cents)
    ]
    found.sort(key=lambda purse: -purse.available_cents)
    return [
        (
            _("Pay from %(name)s, %(left)s available")
            % {"name": purse.activity.name, "left": i18n.money(purse.available_cents, purse.currency)},
            link(asked.form, asked.resource.id, asked.span, activity=purse.activity.id),
        )
        for purse in found[:3]
    ]


def without_sums(refusal: Refused) -> RefusalShown:
    """A refusal about money, for those whose money it is not."""
    return RefusalShown(
        _("This Activity cannot pay for this booking."), refusal.rule_sentence, (), refusal.code
    )


# --- the price --------------------------------------------------------------------------------------


def asks_people(resource: Any) -> bool:
    """Whether the number of people is a question of its own."""
    return resource.group != "equipment" and not (
        resource.takes == "any" and (resource.capacity_people or 1) == 1
    )


async def price(asked: Asked, *, at: datetime) -> None:
    """The offer for what is asked, and the first Activity that can pay where none was chosen."""
    form = asked.form
    if asked.booker is None or asked.span is None:
        return  # a visitor's price comes without an offer
    wish = form.value

    async def ask(activity_id: int | None, card: ByCard | None = None) -> Offer:
        assert asked.booker is not None
        assert asked.span is not None
        return await reservations.offer(
            asked.resource.id,
            asked.span,
            by=asked.booker,
            at=at,
            activity_id=activity_id,
            card=card,
            people=people(asked.resource, wish),
            quantity=wish.quantity,
            walk_in=asked.walk_in,
        )

    asked.offer = await ask(asked.activity_id, by_card.wish_for(asked))
    needed = any(each.code == "payment_needed" for each in asked.offer.refusals)
    if wish.activity is not None or not needed or "activity" in form.errors or form.refusal:
        return
    # Nobody chose yet: the one used last, else the first that can pay, else the first.
    usual = await _usual_activity(asked.booker)
    offers = []
    for purse in sorted(asked.purses, key=lambda each: each.activity.id != usual)[:5]:
        offers.append((purse, await ask(purse.activity.id)))
        if not any(each.code in ("not_enough_budget", "no_exchange_rate") for each in offers[-1][1].refusals):
            offers = offers[-1:]
            break
    if offers:
        purse, asked.offer = offers[0]
        form.values["activity"] = str(purse.activity.id)
        form.read_value = wish.model_copy(update={"activity": purse.activity.id})
    elif by_card.taken(asked):
        form.values["activity"] = CARD
        form.read_value = wish.model_copy(update={"activity": 0})
        asked.offer = await ask(None, by_card.wish_for(asked))


async def _usual_activity(member: Member) -> int | None:
    """The Activity that paid the booking this member made last."""
    made = reservations.Reservation.filter(member_id=member.id, activity_id__isnull=False)
    last = await made.order_by("-created_at", "id").first()
    return last.activity_id if last else None


async def live_refusal(asked: Asked, *, at: datetime) -> RefusalShown | None:
    """The first rule that would say no and was not set aside, with what would work instead."""
    if asked.span is None or asked.form.refusal is not None:
        return None
    wish = asked.form.value
    found = asked.offer.refusals if asked.offer else await _visitors_refusals(asked, asked.span, at=at)
    left = [each for each in found if reservations.RULE_OF.get(each.code) not in wish.aside]
    if not left:
        return None
    refusal = await reservations.with_alternatives(
        left[0],
        asked.resource,
        asked.span,
        asked.booker,
        at=at,
        people=people(asked.resource, wish),
        quantity=wish.quantity,
    )
    return await shown(asked, refusal)


async def shown(asked: Asked, refusal: Refused) -> RefusalShown:
    """A refusal beside the price, with what would work as links."""
    if asked.for_another and refusal.code in ABOUT_MONEY:
        return without_sums(refusal)
    ways = await _ways(asked, refusal)
    return RefusalShown(refusal.sentence, refusal.rule_sentence, ways, refusal.code)


async def _visitors_refusals(asked: Asked, span: TimeSpan, *, at: datetime) -> list[Refused]:
    """What would keep any member from booking this: so that nobody signs in for a time that is gone."""
    wish, resource = asked.form.value, asked.resource
    window = TimeSpan(span.begins_at - AROUND, span.ends_at + AROUND)
    plan = (await reservations.plans([resource], window, language=i18n.language()))[resource.id]
    question = reservations.Question(resource, plan, span, at, people(resource, wish), wish.quantity)
    found = reservations.objections(question)
    if not found and not any(free.contains(span) for free in plan.free(wish.quantity)):
        found = [Taken(resource=i18n.name_of(resource))]
    return found


def rules_aside(form: Form[Any], live: RefusalShown | None) -> list[tuple[str, str]]:
    """The rules that a manager may set aside now, or has: (rule, words)."""
    rules = list(form.values.get("aside") or [])
    for said in (form.refusal, live):
        if said and (rule := reservations.RULE_OF.get(said.code)) and rule not in rules:
            rules.append(rule)
    return [
        (rule, _("Set aside: %(rule)s") % {"rule": RULE_WORDS[rule]}) for rule in rules if rule in RULE_WORDS
    ]


def choices(asked: Asked) -> list[dict[str, str]]:
    """The Activities as cards. A host who books for somebody sees the names alone."""
    listed = []
    for purse in asked.purses:
        ends_on = purse.activity.ends_on
        part = {"owner": _("Yours"), "manager": _("You manage it"), "user": _("Shared with you")}[purse.part]
        ends = _("ends on %(day)s") % {"day": i18n.day(ends_on, style="medium")} if ends_on else ""
        detail = ends if asked.for_another else ", ".join(filter(None, [part, ends]))
        left = _("%(sum)s available") % {"sum": i18n.money(purse.available_cents, purse.currency)}
        listed.append(
            {
                "value": str(purse.activity.id),
                "label": purse.activity.name,
                "detail": detail,
                "side": "" if asked.for_another else left,
            }
        )
    return [*listed, by_card.choice(for_another=asked.for_another)] if by_card.taken(asked) else listed


async def view(asked: Asked, *, at: datetime) -> dict[str, Any] | None:
    """The quote as the template shows it; none where there is no price to show."""
    if asked.span is None:
        return None
    wish, zone = asked.form.value, asked.dial.zone
    offer = asked.offer
    quote = offer.quote if offer else await _guest_quote(asked)
    if quote is None:
        return None
    given = "payment" in wish.aside
    terms = offer.terms if offer and offer.terms else pricing.terms_for(asked.resource, asked.span.begins_at)
    shown: dict[str, Any] = {
        "when": i18n.span(asked.span.begins_at, asked.span.ends_at, zone),
        "long": wording.how_long(asked.span.minutes),
        "priced": prices.priced(quote, quantity=wish.quantity, gross=_outside(asked)),
        "given": given,
        "cancelling": [_("It begins now, so it cannot be cancelled.")]
        if asked.walk_in
        else prices.cancelling(terms, quote.total_cents, quote.currency, zone, at=at),
        "approval": bool(offer and offer.needs_approval and not asked.hosts),
        "paid": None,
        "meter": None,
        "card": by_card.words(asked, offer, at),
    }
    if offer and offer.paid_currency and offer.paid_currency != quote.currency:
        rate = prices.rate_words(offer.rate, quote.currency, offer.paid_currency)
        shown["paid"] = (offer.paid_cents, offer.paid_currency, rate)
    if offer and offer.left_cents is not None and not asked.for_another and quote.total_cents:
        shown["meter"] = await meter(asked, offer)
    return shown


def _outside(asked: Asked) -> bool:
    """Whether the price is for somebody outside the cooperative, who sees it with VAT in each line."""
    return asked.booker is None or asked.booker.category == "external"


async def meter(asked: Asked, offer: Offer) -> dict[str, Any] | None:
    """What the Activity has spent, what this takes, and what is left then."""
    purse = next((each for each in asked.purses if each.activity.id == asked.activity_id), None)
    if purse is None:
        return None
    allotted = (await budgets.allotted_to([purse.activity.id]))[purse.activity.id]
    return {
        "label": purse.activity.name,
        "spent": max(0, allotted - purse.available_cents),
        "this": offer.paid_cents,
        "left": offer.left_cents,
        "currency": purse.currency,
    }


async def _guest_quote(asked: Asked) -> pricing.Quote | None:
    """What somebody pays who is not signed in; none where the space is not let to guests."""
    if asked.span is None or not asked.resource.external:
        return None
    try:
        return await pricing.quote_for(
            asked.resource, asked.span, category="external", quantity=asked.form.value.quantity
        )
    except Refused:
        return None


async def again(asked: Asked) -> Sequence[Any]:
    """The member's own live bookings of this very time: a back button is no reason to book twice."""
    if asked.span is None or asked.booker is None:
        return []
    found = reservations.Reservation.filter(
        member_id=asked.booker.id,
        resource_id=asked.resource.id,
        state__in=reservations.LIVE,
        begins_at=asked.span.begins_at,
        ends_at=asked.span.ends_at,
    )
    return await found.limit(3)
