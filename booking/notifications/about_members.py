"""What members are told about their own account: a passkey came or went, all ways in were ended, it ends."""

from __future__ import annotations

from datetime import datetime

import settings
from booking import i18n, members
from booking.events import Event
from booking.i18n import _
from booking.members import Member, Passkey
from booking.notifications.composing import message
from booking.notifications.models import Message
from booking.notifications.rendering import render

TOLD = ("passkey.added", "passkey.removed", "passkey.copied", "member.recovered", "member.leaving")


async def messages_for(event: Event, *, at: datetime) -> list[Message]:
    """The messages that one of the events TOLD makes, not yet saved."""
    member = await Member.get_or_none(id=int(event.subject.partition(":")[2]))
    if member is None:
        return []
    if event.name == "member.recovered":
        return await _recovered(event, member, at)
    if event.name == "member.leaving":
        return [_leaving(event, member, at)] if member.leaves_at else []
    key = await Passkey.get_or_none(id=event.data.get("passkey_id"))
    return [_passkey(event, member, key.name if key else "", at)]


def _passkey(event: Event, member: Member, name: str, at: datetime) -> Message:
    with i18n.speaking_to(member):
        # NOTE: subjects and first sentences of mails; %(key)s is what the member called the passkey.
        said = {
            "passkey.added": _("The passkey %(key)s was added to your account."),
            "passkey.removed": _("The passkey %(key)s was removed from your account."),
            "passkey.copied": _("The passkey %(key)s no longer works: a copy of it was used."),
        }[event.name] % {"key": f"“{name}”"}
        texts = render(
            "passkey",
            member.language,
            name=member.name,
            said=said,
            when=_moment(event.at),
            copied=event.name == "passkey.copied",
            link=f"{settings.BASE_URL}/settings",
        )
    return message(
        "passkey", member, texts, key=f"event:{event.id}:passkey:{member.id}", at=at, event_id=event.id
    )


async def _recovered(event: Event, member: Member, at: datetime) -> list[Message]:
    """To the member, and to every administrator but the one who did it."""
    found = [_to_member(event, member, at)]
    by = await Member.get_or_none(id=event.by_id) if event.by_id else None
    for administrator in await members.recovery.administrators(at, but=event.by_id):
        if administrator.id != member.id:
            found.append(_to_administrator(event, member, by, administrator, at))
    return found


def _leaving(event: Event, member: Member, at: datetime) -> Message:
    with i18n.speaking_to(member):
        texts = render(
            "leaving",
            member.language,
            name=member.name,
            day=i18n.day(datetime.fromisoformat(event.data["leaves_at"]), "UTC"),
            own=event.by_id is not None,
            link=f"{settings.BASE_URL}/settings/leave",
        )
    key = f"event:{event.id}:leaving:{member.id}"
    return message("leaving", member, texts, key=key, at=at, event_id=event.id)


def _to_member(event: Event, member: Member, at: datetime) -> Message:
    with i18n.speaking_to(member):
        texts = render(
            "recovered",
            member.language,
            name=member.name,
            when=_moment(event.at),
            reason=event.data["reason"],
            link=f"{settings.BASE_URL}/sign-in",
        )
    key = f"event:{event.id}:recovered:{member.id}"
    return message("recovered", member, texts, key=key, at=at, event_id=event.id)


def _to_administrator(event: Event, member: Member, by: Member | None, to: Member, at: datetime) -> Message:
    with i18n.speaking_to(to):
        texts = render(
            "recovery_done",
            to.language,
            name=to.name,
            who=member.name,
            email=member.email,
            by=by.name if by else _("the command line"),
            when=_moment(event.at),
            reason=event.data["reason"],
            passkeys=event.data["passkeys"],
            sessions=event.data["sessions"],
            link=f"{settings.BASE_URL}/admin/members/{member.id}",
        )
    key = f"event:{event.id}:recovery_done:{to.id}"
    return message("recovery_done", to, texts, key=key, at=at, event_id=event.id)


def _moment(at: datetime) -> str:
    """An instant that has no place: by UTC's clock, and said so."""
    return _("%(moment)s (UTC)") % {"moment": i18n.moment(at, "UTC", "full")}
