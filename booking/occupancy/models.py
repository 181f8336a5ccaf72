"""Who was in the house, one row per stay with its source; displays at doors; how many were turned away."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign
from booking.timespan import TimeSpan

SOURCES = ("checked_in", "door", "wifi", "sensor", "staff_count")


class Presence(Model):
    """A person, or a count of people, in a venue or in one of its resources, from one instant to another.

    `ends_at` is empty while the stay is open; `estimated` says that nobody saw its end (closing time cut it off).
    A stay of a known person has `member` and `people` = 1; a member has one open stay at the most (guard
    `presence_open_once`). `person` tells apart people who are no members, in files of other systems and after names
    have been forgotten: a pseudonym, meaningless outside of this venue. A `staff_count` counts everybody in the house
    (or the resource) at `begins_at`; it stands until the next count or closing time.
    `key` is the row's name in the file it came from.
    """

    id = fields.BigIntField(primary_key=True)
    venue: Any = foreign("Venue")
    resource: Any = foreign("Resource", null=True)
    reservation: Any = foreign("Reservation", null=True)
    member: Any = foreign("Member", null=True)
    person = fields.CharField(64, default="")
    people = fields.IntField(default=1)
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField(null=True)
    estimated = fields.BooleanField(default=False)
    source = fields.CharField(12)
    recorded_by: Any = foreign("Member", null=True)
    recorded_at = UtcDatetimeField()
    key = fields.CharField(120, null=True, unique=True)

    venue_id: int
    resource_id: int | None
    reservation_id: Any
    member_id: int | None
    recorded_by_id: int | None

    class Meta:
        table = "presence"
        indexes = (("venue_id", "begins_at"), ("resource_id", "begins_at"))

    @property
    def subject(self) -> str:
        """How events name this stay."""
        return f"presence:{self.id}"

    @property
    def span(self) -> TimeSpan | None:
        """The stay; nothing while it is open."""
        return TimeSpan(self.begins_at, self.ends_at) if self.ends_at else None


class Display(Model):
    """A screen at the door of a venue, or of one of its resources. It shows when, never who.

    A manager makes it and reads a pairing code, six digits, of which only a keyed hash is kept until they are typed on
    the screen or `code_expires_at`. Then the screen holds a token of its own, the row its hash. `seen_at` is when it
    last asked, to the minute.
    """

    id = fields.IntField(primary_key=True)
    venue: Any = foreign("Venue")
    resource: Any = foreign("Resource", null=True)
    name = fields.CharField(80)
    language = fields.CharField(5, default="en")
    code_hash = fields.CharField(64, null=True, unique=True)
    code_expires_at = UtcDatetimeField(null=True)
    token_hash = fields.CharField(64, null=True, unique=True)
    created_at = UtcDatetimeField()
    created_by: Any = foreign("Member", null=True)
    paired_at = UtcDatetimeField(null=True)
    seen_at = UtcDatetimeField(null=True)
    revoked_at = UtcDatetimeField(null=True)

    venue_id: int
    resource_id: int | None
    created_by_id: int | None

    class Meta:
        table = "display"

    @property
    def subject(self) -> str:
        """How events name this display."""
        return f"display:{self.id}"


class Demand(Model):
    """How many wishes for one kind of space, one house, one hour of one day ended in one way. Never whose they were.

    `kind` is a kind of resource, a group of kinds where no more was said, or '' for any. `wanted_on` and `hour` are the
    house's own clock; an hour of -1 is any time of the day. `outcome` is 'booked', 'found' (looked at, and could have
    been booked), 'nothing_free', 'nothing_fits', or the code of the rule that said no. `since_at`: the first of them.
    """

    id = fields.BigIntField(primary_key=True)
    venue: Any = foreign("Venue")
    kind = fields.CharField(20)
    wanted_on = fields.DateField()
    hour = fields.SmallIntField()
    outcome = fields.CharField(40)
    wishes = fields.IntField(default=0)
    since_at = UtcDatetimeField()

    venue_id: int

    class Meta:
        table = "demand"
        unique_together = (("venue_id", "wanted_on", "kind", "hour", "outcome"),)


class DemandMark(Model):
    """That a wish has been counted, and where: so that five tries of one person stay one wish. Gone after two days.

    `mark` is a keyed hash of the person, the house, the kind, the day wanted and the day of asking: it tells whether
    the same wish comes again that day, and nothing else. `rank` is how far the wish got: 0 found, 1 refused, 2 booked.
    """

    mark = fields.CharField(64, primary_key=True)
    demand: Any = foreign("Demand")
    rank = fields.SmallIntField()
    made_at = UtcDatetimeField(db_index=True)

    demand_id: int

    class Meta:
        table = "demand_mark"
