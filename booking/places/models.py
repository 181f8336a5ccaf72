"""Entities, venues, resources, units, hours and closures. Times of day are minutes past local midnight."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

VENUE_KINDS = ("shared_space", "office")
VENUE_STATUSES = ("open", "unknown", "closed")
KINDS_BY_GROUP = {
    "desks": ("desk", "office"),
    "rooms": ("meeting_room", "phone_box", "training_room", "hall", "exhibition"),
    "workshops": ("rehearsal_room", "studio", "workshop", "kitchen"),
    "equipment": ("machine", "equipment", "vehicle"),
}
KINDS = tuple(kind for kinds in KINDS_BY_GROUP.values() for kind in kinds)
GROUP_OF = {kind: group for group, kinds in KINDS_BY_GROUP.items() for kind in kinds}


class Entity(Model):
    """One of the cooperative's legal entities.

    `address` (lines), `register_number` ('KBO 0123.456.789') and `vat_number` stand on receipts, with `legal_name`.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(40, unique=True)
    name = fields.CharField(160)
    legal_name = fields.CharField(160, default="", db_default="")
    country = fields.CharField(2)
    currency = fields.CharField(3)
    zone = fields.CharField(40)
    vat_number = fields.CharField(30, default="")
    address = fields.CharField(300, default="", db_default="")
    register_number = fields.CharField(60, default="", db_default="")
    website = fields.CharField(200, default="")
    languages: Any = fields.JSONField(default=list)
    status = fields.CharField(20, default="active")
    status_note = fields.TextField(default="")
    status_notes: Any = fields.JSONField(null=True)
    status_on = fields.CharField(10, default="", db_default="")

    class Meta:
        table = "entity"


class Venue(Model):
    """A site on the map. `key` is its slug. `names` and `descriptions` are texts by language code.

    `facts` is a list of {key, value, unit?}; `features` a list of keys. `holidays_region` is the region of the
    `holidays` package ('FR', 'DE-BE'); empty means that public holidays do not close the venue.
    `access` (door, key, alarm) is shown only to people with a reservation there. `presence_proof`: checking in asks for
    the code that changes on the venue's display, as the one on the wall proves nothing. `code_revision` is part of the
    printed code: a new number makes the old print worthless.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(80, unique=True)
    entity: Any = foreign("Entity")
    kind = fields.CharField(16)
    name = fields.CharField(120)
    names: Any = fields.JSONField(default=dict)
    descriptions: Any = fields.JSONField(default=dict)
    operator = fields.CharField(300, default="")
    street = fields.CharField(160, default="")
    postal_code = fields.CharField(20, default="")
    district = fields.CharField(80, default="", db_default="")
    city = fields.CharField(80, db_index=True)
    city_names: Any = fields.JSONField(null=True)
    country = fields.CharField(2)
    lat = fields.FloatField()
    lon = fields.FloatField()
    precision = fields.CharField(24, default="exact")
    zone = fields.CharField(40)
    currency = fields.CharField(3)
    capacity_people = fields.IntField(null=True)
    languages: Any = fields.JSONField(default=list)
    facts: Any = fields.JSONField(default=list)
    features: Any = fields.JSONField(default=list)
    access: Any = fields.JSONField(default=dict)
    ask: Any = foreign("Venue", null=True)
    contact_name = fields.CharField(120, default="")
    contact_email = fields.CharField(254, default="")
    contact_phone = fields.CharField(40, default="")
    website = fields.CharField(200, default="")
    holidays_region = fields.CharField(10, default="")
    status = fields.CharField(12, default="open")
    status_note = fields.TextField(default="")
    status_notes: Any = fields.JSONField(null=True)
    status_on = fields.CharField(10, default="")
    demo = fields.BooleanField(default=False)
    presence_proof = fields.BooleanField(default=False, db_default=False)
    code_revision = fields.IntField(default=1, db_default=1)

    entity_id: int
    ask_id: int | None

    class Meta:
        table = "venue"
        indexes = (("lat", "lon"),)

    @property
    def subject(self) -> str:
        return f"venue:{self.id}"


class Resource(Model):
    """One thing a member can book, and the rules of booking it.

    `takes` is 'all' (every unit, as one room or both halves of a hall) or 'any' (the member asks for n of them).
    `capacity_people` counts people per booking ('all') or per unit ('any'). `release_minutes`: whoever has not checked
    in so long after the beginning is a no-show, and the rest is free for others; empty where check-in is not asked.
    `code_revision`: as the venue's.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(120, unique=True)
    venue: Any = foreign("Venue")
    kind = fields.CharField(20, db_index=True)
    name = fields.CharField(120)
    names: Any = fields.JSONField(default=dict)
    descriptions: Any = fields.JSONField(default=dict)
    takes = fields.CharField(4, default="all")
    capacity_people = fields.IntField(null=True)
    area_m2 = fields.FloatField(null=True)
    features: Any = fields.JSONField(default=list)
    step_free = fields.BooleanField(null=True)
    located_in = fields.CharField(120, default="")
    published = fields.BooleanField(default=True)
    demo = fields.BooleanField(default=False)
    existence_note = fields.CharField(400, default="")
    position = fields.IntField(default=0)

    raster_minutes = fields.IntField(default=30)
    shortest_minutes = fields.IntField(default=30)
    longest_minutes = fields.IntField(default=600)
    lead_minutes = fields.IntField(default=0)
    horizon_days = fields.IntField(default=180)
    buffer_before_minutes = fields.IntField(default=0)
    buffer_after_minutes = fields.IntField(default=0)
    quota = fields.IntField(null=True)
    approval = fields.BooleanField(default=False)
    approval_hours = fields.IntField(default=72, db_default=72)
    external = fields.BooleanField(default=True)
    role = fields.CharField(16, default="")
    skill: Any = foreign("Skill", null=True)
    vat_category = fields.CharField(24, default="ROOM_SERVICED")
    free_until_hours = fields.IntField(default=24)
    late_fee_percent = fields.IntField(default=50)
    no_show_fee_percent = fields.IntField(default=100)
    release_minutes = fields.IntField(null=True)
    deposit_cents = fields.IntField(default=0)
    revision = fields.IntField(default=1)
    code_revision = fields.IntField(default=1, db_default=1)

    venue_id: int
    skill_id: int | None
    unit_ids: list[int]  # in order, where `places.with_units` or `places.resource` has read it

    class Meta:
        table = "resource"

    @property
    def subject(self) -> str:
        return f"resource:{self.id}"

    @property
    def group(self) -> str:
        """'desks', 'rooms', 'workshops' or 'equipment'."""
        return GROUP_OF[self.kind]


class Unit(Model):
    """One physical thing that can be in one booking at a time."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(120, unique=True)
    venue: Any = foreign("Venue")
    name = fields.CharField(120)

    venue_id: int

    class Meta:
        table = "unit"


class ResourceUnit(Model):
    """This resource may take, or needs, this unit."""

    id = fields.IntField(primary_key=True)
    resource: Any = foreign("Resource")
    unit: Any = foreign("Unit")
    position = fields.IntField(default=0)

    resource_id: int
    unit_id: int

    class Meta:
        table = "resource_unit"
        unique_together = (("resource", "unit"),)


class OpeningHours(Model):
    """Weekly hours in local time, of a venue or of one resource where it differs.

    `weekday` is 1 (Monday) to 7; `closes_minute` may pass 1440 (open past midnight), at most 2880.
    """

    id = fields.IntField(primary_key=True)
    venue: Any = foreign("Venue")
    resource: Any = foreign("Resource", null=True)
    weekday = fields.SmallIntField()
    opens_minute = fields.IntField()
    closes_minute = fields.IntField()
    valid_from = fields.DateField(null=True)
    valid_until = fields.DateField(null=True)

    venue_id: int
    resource_id: int | None

    class Meta:
        table = "opening_hours"


class Closure(Model):
    """A dated exception with a reason: the whole venue, or one resource. Half-open, UTC."""

    id = fields.IntField(primary_key=True)
    venue: Any = foreign("Venue")
    resource: Any = foreign("Resource", null=True)
    begins_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    reason = fields.CharField(200)
    reasons: Any = fields.JSONField(null=True)
    created_at = UtcDatetimeField()
    created_by: Any = foreign("Member", null=True)
    withdrawn_at = UtcDatetimeField(null=True)

    venue_id: int
    resource_id: int | None

    class Meta:
        table = "closure"
        indexes = (("venue_id", "ends_at"),)


class YearlyClosure(Model):
    """A closure that comes back each year, from month and day to month and day, both inclusive (local dates)."""

    id = fields.IntField(primary_key=True)
    venue: Any = foreign("Venue")
    first_day = fields.CharField(5)
    last_day = fields.CharField(5)
    reason = fields.CharField(200)
    reasons: Any = fields.JSONField(null=True)

    venue_id: int

    class Meta:
        table = "yearly_closure"


class OpenHoliday(Model):
    """A public holiday on which this venue is open all the same."""

    id = fields.IntField(primary_key=True)
    venue: Any = foreign("Venue")
    on_date = fields.DateField()

    venue_id: int

    class Meta:
        table = "open_holiday"
        unique_together = (("venue", "on_date"),)


class Photo(Model):
    """A picture of a venue, or of one of its resources.

    Its files are in `settings.MEDIA_DIR`, named after id and stamp.

    `alts` says by language what is to be seen, for those who do not see it. `crop` is [left, top, right, bottom] in
    parts of the picture as it was sent, or null; a new crop has a new `stamp`. `widths` in pixels; `blur` a picture of
    some octets (base64, WebP) that stands in until the real one is there. A removed photo is kept some days for undo.
    """

    id = fields.UUIDField(primary_key=True)
    venue: Any = foreign("Venue")
    resource: Any = foreign("Resource", null=True)
    position = fields.IntField(default=0)
    alts: Any = fields.JSONField(default=dict)
    width = fields.IntField()
    height = fields.IntField()
    widths: Any = fields.JSONField(default=list)
    crop: Any = fields.JSONField(null=True)
    blur = fields.CharField(800, default="")
    stamp = fields.CharField(8)
    created_at = UtcDatetimeField()
    created_by: Any = foreign("Member", null=True)
    removed_at = UtcDatetimeField(null=True)

    venue_id: int
    resource_id: int | None

    class Meta:
        table = "photo"
        indexes = (("venue_id", "position"),)


class FloorPlan(Model):
    """One floor of a venue from above. Lengths are whole centimetres, counted from its upper left corner.

    `shapes` are walls, doors and the like as `places.plan_shapes` checks them. `ground` is what lies under them, or
    null: {kind: 'picture' | 'drawing', stamp, widths}, its files in `settings.MEDIA_DIR`. `sketch`: invented, and says
    so. Only a published plan is shown to members. `revision` grows with each change: who saves says which one they had
    before them. A removed plan is kept some days for undo.
    """

    id = fields.UUIDField(primary_key=True)
    venue: Any = foreign("Venue")
    name = fields.CharField(80)
    position = fields.IntField(default=0)
    width_cm = fields.IntField()
    height_cm = fields.IntField()
    shapes: Any = fields.JSONField(default=list)
    ground: Any = fields.JSONField(null=True)
    sketch = fields.BooleanField(default=False)
    published = fields.BooleanField(default=True)
    revision = fields.IntField(default=1)
    created_at = UtcDatetimeField()
    created_by: Any = foreign("Member", null=True)
    removed_at = UtcDatetimeField(null=True)

    venue_id: int

    class Meta:
        table = "floor_plan"
        indexes = (("venue_id", "position"),)

    @property
    def subject(self) -> str:
        return f"plan:{self.id}"


class Placement(Model):
    """Where a resource lies on a plan: a rectangle, turned by so many degrees about its middle. Once per plan, but
    perhaps on several plans."""

    id = fields.IntField(primary_key=True)
    plan: Any = foreign("FloorPlan")
    resource: Any = foreign("Resource")
    x = fields.IntField()
    y = fields.IntField()
    w = fields.IntField()
    h = fields.IntField()
    turn = fields.SmallIntField(default=0)

    plan_id: Any
    resource_id: int

    class Meta:
        table = "placement"
        unique_together = (("plan", "resource"),)
