"""What a member may do beyond booking for themselves: where, and until when. Asked anew at every request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tortoise.expressions import Q

from booking import db, events
from booking.errors import Refused
from booking.i18n import lazy as _
from booking.members.models import ROLES, Member, Role


class Scoped(Protocol):
    """A venue, as far as roles look at it."""

    id: int
    entity_id: int


@dataclass
class _Place:
    id: int
    entity_id: int


@dataclass(frozen=True)
class Roles:
    """The roles in force at one instant. An administrator may do everything; a manager is also a host."""

    administrator: bool = False
    treasurer_of: frozenset[int] = frozenset()
    managed_venues: frozenset[int] = frozenset()
    managed_entities: frozenset[int] = frozenset()
    hosted_venues: frozenset[int] = frozenset()
    hosted_entities: frozenset[int] = frozenset()
    names: tuple[str, ...] = field(default=(), compare=False)

    def manages(self, venue: Scoped) -> bool:
        """Whether the member manages this venue, itself or as one of its entity's."""
        return (
            self.administrator or venue.id in self.managed_venues or venue.entity_id in self.managed_entities
        )

    def hosts(self, venue: Scoped) -> bool:
        """Whether the member receives people in this venue: host, manager or administrator."""
        return (
            self.manages(venue) or venue.id in self.hosted_venues or venue.entity_id in self.hosted_entities
        )

    def keeps_books_of(self, entity_id: int) -> bool:
        """Whether the member is treasurer of this entity, or administrator."""
        return self.administrator or entity_id in self.treasurer_of

    @property
    def asks_for_passkey(self) -> bool:
        """Whether one of these roles writes only in a session that was confirmed with a passkey; a host's does not."""
        return self.manages_anything or bool(self.treasurer_of)

    @property
    def keeps_any_books(self) -> bool:
        return self.administrator or bool(self.treasurer_of)

    @property
    def manages_anything(self) -> bool:
        return self.administrator or bool(self.managed_venues or self.managed_entities)

    @property
    def hosts_anything(self) -> bool:
        return self.manages_anything or bool(self.hosted_venues or self.hosted_entities)


NONE = Roles()


class UnknownMember(Refused):
    code = "unknown_member"
    text = _("Nobody here has the e-mail address %(email)s.")


class UnknownRole(Refused):
    code = "unknown_role"
    text = _("%(kind)s is not a role. The roles are host, manager, treasurer and administrator.")


class UnknownScope(Refused):
    code = "unknown_scope"
    text = _("There is no venue and no entity with the key %(scope)s.")


class ScopeDoesNotFit(Refused):
    code = "scope_does_not_fit"
    text = _("This scope does not fit the role.")
    rule = _(
        "A host or manager has a venue or an entity, a treasurer has an entity, an administrator has everything."
    )


class OnlyAdministrators(Refused):
    code = "only_administrators"
    text = _("Only administrators give and take roles; managers those of hosts of their own houses.")


class EndsInThePast(Refused):
    code = "ends_in_the_past"
    text = _("%(ends_on)s has passed: choose today or a later day.")


class LastAdministrator(Refused):
    code = "last_administrator"
    text = _("This is the last administrator. Make somebody else one first.")


class NoSuchRole(Refused):
    code = "no_such_role"
    text = _("%(email)s does not have this role.")


async def active(member: Member | None, at: datetime, every: list[Role] | None = None) -> Roles:
    """The member's roles at this instant; none for nobody and for the suspended. `every`: as `every_asked` found."""
    if member is None or member.suspended_at is not None:
        return NONE
    return (await with_last_change(member, at, every))[0]


def every_asked(member: Member) -> db.Asked[list[Role]]:
    """All roles that the member ever had, for `active`."""
    sql = "SELECT * FROM role WHERE member_id = ? ORDER BY id"
    return db.Asked(((sql, member.id),), lambda rows: db.made(Role, rows))


async def with_last_change(
    member: Member, at: datetime, every: list[Role] | None = None
) -> tuple[Roles, datetime | None]:
    """The member's roles at this instant, and when they were last given or taken."""
    if every is None:
        [every] = await db.answers(every_asked(member))
    ending = [role for role in every if role.ends_on]  # a last day ends by the place's own calendar
    await db.relate(ending, "venue")
    await db.relate(ending, "entity")
    changes = [when for role in every for when in (role.granted_at, role.revoked_at) if when and when <= at]
    return of([role for role in every if in_force(role, at)]), max(changes, default=None)


def in_force(role: Role, at: datetime) -> bool:
    """Whether a role that was not revoked still runs: its last day counts whole, by its own place's calendar."""
    if role.revoked_at is not None and role.revoked_at <= at:
        return False
    if role.ends_on is None:
        return True
    place = role.venue or role.entity
    today = at.astimezone(ZoneInfo(place.zone) if place else UTC).date()
    return today <= role.ends_on


def of(held: list[Role]) -> Roles:
    """Roles in force, as one answer."""
    if not held:
        return NONE

    def ids(kind: str, column: str) -> frozenset[int]:
        return frozenset(
            getattr(role, column) for role in held if role.kind == kind and getattr(role, column)
        )

    return Roles(
        administrator=any(role.kind == "administrator" for role in held),
        treasurer_of=ids("treasurer", "entity_id"),
        managed_venues=ids("manager", "venue_id"),
        managed_entities=ids("manager", "entity_id"),
        hosted_venues=ids("host", "venue_id"),
        hosted_entities=ids("host", "entity_id"),
        names=tuple(kind for kind in ROLES if any(role.kind == kind for role in held)),
    )


async def at_venue(venue: Scoped, at: datetime) -> list[Role]:
    """The hosts and managers of a venue in force, those of its entity too, with member, venue and entity, by name."""
    held = (
        await Role.filter(Q(venue_id=venue.id) | Q(entity_id=venue.entity_id), kind__in=["host", "manager"])
        .filter(revoked_at__isnull=True)
        .select_related("member", "venue", "entity")
        .order_by("member__name", "id")
    )
    return [role for role in held if in_force(role, at)]


async def listed(at: datetime, *, email: str = "") -> list[Role]:
    """Every role in force, with member, venue and entity fetched, by e-mail; or those of one member."""
    held = Role.filter(revoked_at__isnull=True).select_related("member", "venue", "entity")
    if email:
        held = held.filter(member__email=email.strip().lower())
    return [role for role in await held.order_by("member__email", "id") if in_force(role, at)]


@db.atomic
async def grant(
    email: str, kind: str, scope: str = "", *, ends_on: date | None = None, by: Member | None, at: datetime
) -> Role:
    """Give a role. `scope` is the key of a venue or an entity ('venue:KEY', 'entity:KEY' where both exist), or empty.

    `by` is an administrator, or None for the command line; a manager gives the role of host of their own venues. A
    role that is already held only gets its new last day. Raises OnlyAdministrators, UnknownMember, UnknownRole,
    UnknownScope, ScopeDoesNotFit, EndsInThePast.
    """
    member, entity_id, venue_id = await _read(email, kind, scope, by=by, at=at)
    if by is not None and ends_on is not None and ends_on < at.astimezone(UTC).date():
        raise EndsInThePast(ends_on=ends_on)
    await db.lock(Member, [member.id])
    role = await Role.filter(
        member_id=member.id, kind=kind, entity_id=entity_id, venue_id=venue_id, revoked_at__isnull=True
    ).first()
    if role is None:
        role = await Role.create(
            member_id=member.id,
            kind=kind,
            entity_id=entity_id,
            venue_id=venue_id,
            granted_at=at,
            granted_by_id=by.id if by else None,
            ends_on=ends_on,
        )
    elif role.ends_on == ends_on:
        return role
    else:
        role.ends_on, role.granted_at = ends_on, at
        await role.save(update_fields=["ends_on", "granted_at"])
    await _record("role.granted", role, by=by, at=at)
    return role


@db.atomic
async def revoke(email: str, kind: str, scope: str = "", *, by: Member | None, at: datetime) -> Role:
    """Take a role away, at once. Raises what `grant` raises, NoSuchRole, and LastAdministrator."""
    member, entity_id, venue_id = await _read(email, kind, scope, by=by, at=at)
    await db.lock(Member, [member.id])
    role = await Role.filter(
        member_id=member.id, kind=kind, entity_id=entity_id, venue_id=venue_id, revoked_at__isnull=True
    ).first()
    if role is None:
        raise NoSuchRole(email=member.email)
    if by is not None and kind == "administrator" and len(await _administrators(at)) < 2:
        raise LastAdministrator
    role.revoked_at = at
    await role.save(update_fields=["revoked_at"])
    await _record("role.revoked", role, by=by, at=at)
    return role


async def _read(
    email: str, kind: str, scope: str, *, by: Member | None, at: datetime
) -> tuple[Member, int | None, int | None]:
    """The member, and the entity's or venue's id that the scope names."""
    standing = await active(by, at)
    # Nobody learns here who is a member and which venues there are, unless they have something to give.
    if by is not None and not (standing.administrator or (kind == "host" and standing.manages_anything)):
        raise OnlyAdministrators
    if kind not in ROLES:
        raise UnknownRole(kind=kind)
    what, _colon, key = scope.strip().rpartition(":")
    if by is not None and not standing.administrator and not await _manages(standing, what, key):
        raise OnlyAdministrators
    member = await Member.get_or_none(email=email.strip().lower())
    if member is None:
        raise UnknownMember(email=email)
    if not key:
        if kind != "administrator":
            raise ScopeDoesNotFit
        return member, None, None
    # Places is on our own floor, so its tables are asked, not its functions.
    entity = await db.rows("SELECT id FROM entity WHERE key = ?", key) if what in ("", "entity") else []
    venue = await db.rows("SELECT id FROM venue WHERE key = ?", key) if what in ("", "venue") else []
    if not entity and not venue:
        raise UnknownScope(scope=scope)
    if kind == "administrator" or (kind == "treasurer" and not entity):
        raise ScopeDoesNotFit
    if venue and kind in ("host", "manager"):
        return member, None, venue[0]["id"]
    return member, entity[0]["id"], None


async def _manages(standing: Roles, what: str, key: str) -> bool:
    """Whether a scope is one venue that these roles manage."""
    found = await db.rows("SELECT id, entity_id FROM venue WHERE key = ?", key) if what == "venue" else []
    return bool(found) and standing.manages(_Place(**found[0]))


async def _administrators(at: datetime) -> list[Role]:
    """The administrators in force, locked against one another's revoking."""
    held = await Role.filter(
        kind="administrator", revoked_at__isnull=True, member__suspended_at=None
    ).order_by("id")
    fresh = await db.lock(Role, [role.id for role in held])
    ids = [role.id for role in fresh if role.revoked_at is None]
    return [
        role for role in await Role.filter(id__in=ids).select_related("venue", "entity") if in_force(role, at)
    ]


async def _record(name: str, role: Role, *, by: Member | None, at: datetime) -> None:
    data: dict[str, Any] = {
        "role_id": role.id,
        "kind": role.kind,
        "entity_id": role.entity_id,
        "venue_id": role.venue_id,
        "ends_on": role.ends_on.isoformat() if role.ends_on else None,
    }
    await events.record(name, f"member:{role.member_id}", at=at, by_id=by.id if by else None, **data)
