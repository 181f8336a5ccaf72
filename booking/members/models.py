"""People who can sign in, what they may do, how long, and what they have learnt."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField, foreign

CATEGORIES = ("member", "staff", "partner", "external")
ROLES = ("host", "manager", "treasurer", "administrator")


class Member(Model):
    """A person. `email` is lower case (guard). `entity` is the legal entity they belong to, none for outsiders.

    `guest`: somebody outside who booked without an account. They cannot sign in; links in mails bring them back.
    `company`, `receipt_address` (lines) and `vat_number`: whom their receipts of card payments are for.
    `clock_hours`: 24 or 12, how they read times (guard). `mails_declined`: the topics of mails that they do without,
    with a blank between. `leaves_at`: from when on their account ends, as they asked.
    """

    id = fields.IntField(primary_key=True)
    email = fields.CharField(254, unique=True)
    name = fields.CharField(120)
    number = fields.CharField(40, null=True, unique=True)
    category = fields.CharField(12, default="member")
    entity: Any = foreign("Entity", null=True)
    home_city = fields.CharField(80, default="")
    language = fields.CharField(5, default="en")
    clock_hours = fields.SmallIntField(default=24, db_default=24)
    mails_declined = fields.CharField(80, default="", db_default="")
    leaves_at = UtcDatetimeField(null=True)
    demo = fields.BooleanField(default=False)
    guest = fields.BooleanField(default=False, db_default=False)
    company = fields.CharField(120, default="", db_default="")
    receipt_address = fields.CharField(300, default="", db_default="")
    vat_number = fields.CharField(20, default="", db_default="")
    created_at = UtcDatetimeField()
    suspended_at = UtcDatetimeField(null=True)

    entity_id: int | None

    class Meta:
        table = "member"


class Role(Model):
    """What a member may do beyond booking for themselves, where, and until when (a local date, inclusive).

    host, manager: of a venue, or of all venues of an entity. treasurer: of an entity. administrator: of everything.
    """

    id = fields.IntField(primary_key=True)
    member: Any = foreign("Member")
    kind = fields.CharField(16)
    entity: Any = foreign("Entity", null=True)
    venue: Any = foreign("Venue", null=True)
    granted_at = UtcDatetimeField()
    granted_by: Any = foreign("Member", null=True)
    ends_on = fields.DateField(null=True)
    revoked_at = UtcDatetimeField(null=True)

    member_id: int
    entity_id: int | None
    venue_id: int | None

    class Meta:
        table = "role"


class Skill(Model):
    """An induction that a dangerous machine asks for."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(60, unique=True)
    names: Any = fields.JSONField(default=dict)
    valid_months = fields.IntField(null=True)
    across_venues = fields.BooleanField(default=False)

    class Meta:
        table = "skill"


class MemberSkill(Model):
    """A skill given to a member by a host of a venue."""

    id = fields.IntField(primary_key=True)
    member: Any = foreign("Member")
    skill: Any = foreign("Skill")
    venue: Any = foreign("Venue", null=True)
    given_by: Any = foreign("Member", null=True)
    given_at = UtcDatetimeField()
    expires_on = fields.DateField(null=True)

    member_id: int
    skill_id: int
    venue_id: int | None

    class Meta:
        table = "member_skill"


class Session(Model):
    """A signed-in browser. Only the SHA-256 of its token is kept.

    `signed_in_at` is when the person last showed who they are; a session that got a new token keeps it. `confirmed_at`
    is when they did so with a passkey, `confirmed_by`.
    """

    id = fields.IntField(primary_key=True)
    token_hash = fields.CharField(64, unique=True)
    member: Any = foreign("Member")
    agent = fields.CharField(200, default="")
    created_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    revoked_at = UtcDatetimeField(null=True)
    signed_in_at = UtcDatetimeField(null=True)
    confirmed_at = UtcDatetimeField(null=True)
    confirmed_by: Any = foreign("Passkey", null=True)

    member_id: int
    confirmed_by_id: int | None
    every_role: list[Role]  # all that its member ever had, where `sessions.find` has asked

    class Meta:
        table = "session"


class SignIn(Model):
    """A request to sign in: a link for any browser, whose GET only shows a button, and a code for this browser."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(254, db_index=True)
    link_hash = fields.CharField(64, unique=True)
    code_hash = fields.CharField(64)
    browser_hash = fields.CharField(64)
    next_path = fields.CharField(500, default="/")
    language = fields.CharField(5, default="en")
    attempts = fields.IntField(default=0)
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "sign_in"


class Passkey(Model):
    """A key on a member's device that proves who they are. Only its public half is here.

    `credential_id` and `public_key` are base64url. `sign_count` is what the device last counted (many count nothing:
    0). `transports` are the browser's hints how to reach the device.
    """

    id = fields.IntField(primary_key=True)
    member: Any = foreign("Member")
    credential_id = fields.CharField(1400, unique=True)
    public_key = fields.TextField()
    sign_count = fields.BigIntField(default=0)
    transports: Any = fields.JSONField(default=list)
    synced = fields.BooleanField(default=False)
    name = fields.CharField(80)
    created_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)
    revoked_at = UtcDatetimeField(null=True)

    member_id: int

    class Meta:
        table = "passkey"


class Challenge(Model):
    """What a device must sign to register or use a passkey: random, for one purpose, once, for a few minutes.

    `bound_hash` is the SHA-256 of the secret of the session or the browser that asked; it works nowhere else.
    """

    id = fields.UUIDField(primary_key=True)
    purpose = fields.CharField(10)
    member: Any = foreign("Member", null=True)
    bound_hash = fields.CharField(64)
    challenge = fields.CharField(64)
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField(db_index=True)
    used_at = UtcDatetimeField(null=True)

    member_id: int | None

    class Meta:
        table = "passkey_challenge"


class Identity(Model):
    """A member as another sign-in service knows them. `email` is the verified address that linked them once."""

    id = fields.IntField(primary_key=True)
    member: Any = foreign("Member")
    issuer = fields.CharField(300)
    subject = fields.CharField(255)
    email = fields.CharField(254)
    linked_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)

    member_id: int

    class Meta:
        table = "identity"
        unique_together = (("issuer", "subject"), ("issuer", "member"))


class OidcRequest(Model):
    """Somebody was sent to the sign-in service and has not come back yet. `verifier` is PKCE's."""

    id = fields.UUIDField(primary_key=True)
    state_hash = fields.CharField(64, unique=True)
    browser_hash = fields.CharField(64)
    issuer = fields.CharField(300)
    nonce = fields.CharField(64)
    verifier = fields.CharField(128)
    next_path = fields.CharField(500, default="/")
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField(db_index=True)
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "oidc_request"


class ApiToken(Model):
    """A key for a program that acts for its member. Only its SHA-256 is kept. It does what `scopes` say, and ends."""

    id = fields.IntField(primary_key=True)
    member: Any = foreign("Member")
    name = fields.CharField(80)
    token_hash = fields.CharField(64, unique=True)
    token_hint = fields.CharField(16)
    scopes: Any = fields.JSONField(default=list)
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)
    revoked_at = UtcDatetimeField(null=True)

    member_id: int

    class Meta:
        table = "api_token"
