"""Members, for administrators: finding one, their roles and ways in, recovery, and shutting out.

Nobody else has these pages. No secret of anybody is shown: of a passkey its name and use, of a session its browser.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import events, limits, members
from booking.errors import Refused
from booking.forms import Form, Line, Shape, Text, blank, read
from booking.i18n import _, ngettext, number
from booking.members import Member
from booking.web import session
from booking.web.pages import flash, page, redirect
from booking.web.settings import browser_name
from booking.web.sign_in import in_words

FOUND_MAX = 20
FINDS_MAX, FINDS_SECONDS = 120, 600
HISTORY_MAX = 20
# What happened to a member's ways in, as far as an administrator should see it.
HISTORY = (
    "member.recovered",
    "member.suspended",
    "member.unsuspended",
    "member.leaving",
    "member.stays",
    "passkey.added",
    "passkey.removed",
    "passkey.copied",
    "identity.linked",
    "role.granted",
    "role.revoked",
)


class Wanted(Shape):
    q: Line = Field("", max_length=120)


class Why(Shape):
    reason: Text = Field(min_length=3, max_length=500)


async def index(request: Request) -> Response:
    """Find a member by three letters of the name, or the beginning of the address."""
    by = await session.administering(request)
    form = await read(request, Wanted)
    term = form.value.q if form.valid else ""
    found: list[Member] = []
    if len(term) >= members.FIND_LETTERS_MIN:
        await limits.count(
            f"find-members:{by.id}", most=FINDS_MAX, per_seconds=FINDS_SECONDS, at=session.at(request)
        )
        found = await members.find(term, most=FOUND_MAX, suspended=True)
    return page(
        request,
        "admin/members.html",
        form.status,
        form=form,
        term=term,
        too_short=0 < len(term) < members.FIND_LETTERS_MIN,
        found=found,
        full=len(found) == FOUND_MAX,
    )


async def show(request: Request) -> Response:
    """One member: roles, passkeys, sessions, what happened; and what an administrator may do."""
    await session.administering(request)
    return await _page(request, await members.recovery.view(request.path_params["member_id"]), blank())


async def recover(request: Request) -> Response:
    """End every way in but the mail, with the reason."""
    by = await session.administering(request)
    member = await members.recovery.view(request.path_params["member_id"])
    form = await read(request, Why)
    if form.valid:
        try:
            ended = await members.recovery.recover(
                member, by=by, reason=form.value.reason, at=session.at(request)
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            said = ngettext("%(number)s passkey is ended.", "%(number)s passkeys are ended.", ended.passkeys)
            flash(
                request,
                "success",
                _("%(name)s can now sign in by e-mail only, and is told so by mail.") % {"name": member.name},
            )
            flash(request, "info", said % {"number": number(ended.passkeys)})
            return redirect(request, "admin_member", member_id=member.id)
    return await _page(request, member, form)


async def suspend(request: Request) -> Response:
    by = await session.administering(request)
    member = await members.recovery.view(request.path_params["member_id"])
    await members.recovery.suspend(member, by=by, at=session.at(request))
    flash(request, "success", _("%(name)s is shut out, in every browser.") % {"name": member.name})
    return redirect(request, "admin_member", member_id=member.id)


async def unsuspend(request: Request) -> Response:
    by = await session.administering(request)
    member = await members.recovery.view(request.path_params["member_id"])
    await members.recovery.unsuspend(member, by=by, at=session.at(request))
    flash(request, "success", _("%(name)s may sign in again.") % {"name": member.name})
    return redirect(request, "admin_member", member_id=member.id)


async def _page(request: Request, member: Member, form: Form[Any]) -> Response:
    at = session.at(request)
    visit = session.visit_of(request)
    held = await members.listed(at, email=member.email)
    happened = [one for one in await events.history(f"member:{member.id}") if one.name in HISTORY]
    return page(
        request,
        "admin/member.html",
        form.status,
        person=member,
        roles_held=[(in_words(role), role.ends_on) for role in held],
        keys=await members.passkeys.list_for(member),
        sessions=[(one, browser_name(one.agent)) for one in await members.sessions.list_for(member, at)],
        linked=await members.Identity.filter(member_id=member.id).order_by("id"),
        history=[(one, in_short(one.name)) for one in reversed(happened)][:HISTORY_MAX],
        form=form,
        oneself=visit.member is not None and visit.member.id == member.id,
    )


def in_short(name: str) -> str:
    """What happened, in a few words."""
    return {
        "member.recovered": _("Recovered by an administrator"),
        "member.suspended": _("Shut out"),
        "member.unsuspended": _("Let in again"),
        "member.leaving": _("Asked to end the account"),
        "member.stays": _("Kept the account after all"),
        "passkey.added": _("Passkey added"),
        "passkey.removed": _("Passkey removed"),
        "passkey.copied": _("Passkey ended: a copy of it was used"),
        "identity.linked": _("Linked to another sign-in service"),
        "role.granted": _("Role given"),
        "role.revoked": _("Role taken away"),
    }[name]
