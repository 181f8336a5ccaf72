"""Every "no" of a booking: a code for programs, a sentence for the member, and the rule in the house's words."""

from collections.abc import Sequence
from typing import Any

from booking.errors import Refused
from booking.i18n import lazy


class VenueClosedDown(Refused):
    code = "venue_closed_down"
    text = lazy("%(venue)s has closed and takes no bookings any more.")


class NotPublished(Refused):
    code = "not_published"
    text = lazy("%(resource)s takes no bookings at the moment.")


class Past(Refused):
    code = "past"
    text = lazy("That time has passed: it is %(now_at)s there.")
    rule = lazy("A booking begins in the future.")


class TooSoon(Refused):
    code = "too_soon"
    text = lazy("This space needs %(lead_minutes)s of notice, so the earliest beginning is %(earliest_at)s.")
    rule = lazy("The house needs time to prepare this space.")


class TooFar(Refused):
    code = "too_far"
    text = lazy("This space can be booked %(horizon_days)s days ahead, until %(latest_at)s.")
    rule = lazy("Far dates stay open, so that everyone has a chance.")


class TooShort(Refused):
    code = "too_short"
    text = lazy("The shortest booking of this space is %(shortest_minutes)s.")


class TooLong(Refused):
    code = "too_long"
    text = lazy("The longest booking of this space is %(longest_minutes)s.")


class OffRaster(Refused):
    code = "off_raster"
    text = lazy("Bookings of this space begin and end in steps of %(raster_minutes)s.")


class NotOpen(Refused):
    code = "not_open"
    text = lazy("%(venue)s is not open all that time.")
    rule = lazy("Open that day: %(hours)s.")


class Shut(Refused):
    code = "shut"
    text = lazy("%(venue)s is closed then: %(reason)s.")

    @classmethod
    def alone(cls, *, resource: str, reason: str, zone: str) -> Refused:
        """For a space that is closed while its house is open."""
        made = cls(resource=resource, reason=reason, zone=zone)
        made.text = lazy("%(resource)s is closed then: %(reason)s.")
        return made


class TooManyPeople(Refused):
    code = "too_many_people"
    text = lazy("There is room for %(capacity)s people, and you are %(people)s.")


class TooManyUnits(Refused):
    code = "too_many_units"
    text = lazy("There are %(units)s of these, and you asked for %(quantity)s.")


class QuotaReached(Refused):
    code = "quota_reached"
    text = lazy("You already have %(quota)s upcoming bookings here.")
    rule = lazy("At most %(quota)s upcoming bookings per person, so that everyone has a turn.")


class RoleNeeded(Refused):
    code = "role_needed"
    text = lazy("Only hosts and managers of this venue can book %(resource)s.")


class SkillNeeded(Refused):
    code = "skill_needed"
    text = lazy("%(resource)s needs the induction “%(skill)s”, and yours is missing or has run out.")
    rule = lazy("Ask the venue for the next induction: a host gives it after showing you how to work safely.")


class OutsidersNotAllowed(Refused):
    code = "members_only"
    text = lazy("%(resource)s is for members of the cooperative only.")


class Suspended(Refused):
    code = "suspended"
    text = lazy("Your membership is suspended, so you cannot book. Please ask your adviser.")


class AccountEnds(Refused):
    code = "account_ends"
    text = lazy("This account ends on %(leaves_on)s, so nothing more can be booked with it.")
    rule = lazy("Until then it can be kept after all, in its settings.")


class Taken(Refused):
    code = "taken"
    text = lazy("%(resource)s is no longer free at that time.")
    rule = lazy(
        "One booking at a time; the minutes before and after are kept for setting up and clearing up."
    )


class PaymentNeeded(Refused):
    code = "payment_needed"
    text = lazy("This costs %(total_cents)s. Please choose the Activity that pays.")


class PriceMoved(Refused):
    """The price is higher than the one that stood beside the button, or that a program was quoted."""

    code = "price_moved"
    text = lazy(
        "This costs %(total_cents)s now, not the %(seen_cents)s you saw. Look at the price, then decide."
    )
    rule = lazy("Nobody pays more than the price they were shown.")


class TooLittleForCard(Refused):
    code = "too_little_for_card"
    text = lazy("A card pays at least %(least_cents)s, and this costs %(total_cents)s.")
    rule = lazy("Please choose an Activity for sums as small as this.")


class WaitsForCard(Refused):
    code = "waits_for_card"
    text = lazy("This booking waits for its payment. Please pay it first, or cancel it and book anew.")


class ChangeWaits(Refused):
    code = "change_waits"
    text = lazy(
        "A change of this booking waits for its payment until %(until)s. Please pay it, or let it go first."
    )


class DearerByCard(Refused):
    code = "dearer_by_card"
    text = lazy("This change costs %(more_cents)s more, and a card has paid. Please cancel it and book anew.")
    rule = lazy("Only its member can pay the difference, by card, on the page of the booking.")


class NotYoursToOverride(Refused):
    code = "not_yours_to_override"
    text = lazy("Only a manager of this venue can set a rule aside.")


class NotLive(Refused):
    code = "not_live"
    text = lazy("This booking is no longer active, so it cannot be changed.")


class HasBegun(Refused):
    code = "has_begun"
    text = lazy("This booking has begun. You can still make it longer or end it earlier.")


class AgreedTime(Refused):
    code = "agreed_time"
    text = lazy("A host agreed to this time, so you can only make it shorter.")
    rule = lazy("For another time, ask the house to move it, or cancel it and ask again.")


class GivenBack(Refused):
    code = "given_back"
    text = lazy("This booking was given back on %(released_at)s, and others may have its time now.")


class GivenAway(Refused):
    code = "given_away"
    text = lazy("What was left of this booking was given back on %(released_at)s, and is no longer free.")
    rule = lazy("Where nobody checks in for some time, or somebody leaves early, others may come in.")


class IsOver(Refused):
    code = "is_over"
    text = lazy("This booking is over.")


class NotWaiting(Refused):
    code = "not_waiting"
    text = lazy("This request has been answered already.")


class ReasonNeeded(Refused):
    code = "reason_needed"
    text = lazy("Please say why: the member will read it.")


class NoSuchHour(Refused):
    """The clocks jump over this time."""

    code = "no_such_hour"
    text = lazy("%(time)s does not exist on %(day)s: the clocks are put forward in that hour.")


class DatesClash(Refused):
    """Some dates of a series do not work; `clashes` has each with its rule and what would work instead."""

    code = "dates_clash"
    text = lazy(
        "Dates that do not work as they are: %(clashes)s of %(dates)s. Choose for each; nothing is booked before."
    )
    rule: Any = lazy("A series is booked whole or not at all.")
    clashes: Sequence[Any] = ()

    def __init__(self, *, clashes: int, dates: int) -> None:
        super().__init__(clashes=clashes, dates=dates)
        if dates == 1:  # a room with its equipment, or the last date of a series
            self.text = lazy("This does not work as it is. Choose what would; nothing is booked before.")
            self.rule = ""


class NoDatesLeft(Refused):
    code = "no_dates_left"
    text = lazy("No date is left to book.")


class TooManyDates(Refused):
    code = "too_many_dates"
    text = lazy("That would be more than %(most)s dates.")
    rule = lazy("A series has at most so many dates; another one can follow it.")


class SeriesByCard(Refused):
    """A card pays for one booking at a time."""

    code = "series_by_card"
    text = lazy("A card pays for one booking at a time, not for a series.")
    rule = lazy("Pay the series from an Activity, or book the dates one by one.")


class CostMoved(Refused):
    """Cancelling costs more than the page said, as the free time has ended in between."""

    code = "cost_moved"
    text = lazy("Cancelling costs %(fee_cents)s now. Look at the sum, then decide.")
