"""Which mails a member does without: in their settings, and by the link in each of these mails, without signing in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import members
from booking.forms import Shape, read
from booking.i18n import _, lazy
from booking.web import session
from booking.web.pages import flash, page, redirect

Topic = Literal["reminders", "own_changes", "approvals"]
NAMES = {
    "reminders": lazy("A reminder the day before a booking"),
    "own_changes": lazy("What you changed or cancelled yourself"),
    "approvals": lazy("Members who ask for a space that you decide on"),
}


class Wanted(Shape):
    """The topics that are ticked: these mails they want."""

    topics: list[Topic] = Field(default_factory=list, max_length=10)


class ByLink(Shape):
    """`want`: 'yes' gets them again. A mail program sends a field of its own instead, which says nothing new."""

    want: Literal["", "yes", "no"] = ""


def topics(request: Request) -> list[tuple[str, str]]:
    """(topic, words) of the mails that this visitor may do without; hosts have one more."""
    hosts = session.roles(request).hosts_anything
    return [(key, str(NAMES[key])) for key in members.mails.TOPICS if key != "approvals" or hosts]


async def save(request: Request) -> Response:
    """Keep what is ticked. What stands on no box stays as it was."""
    member = await session.signed_in(request)
    form = await read(request, Wanted)
    if not form.valid:
        return redirect(request, "settings")
    wanted = {key: key in form.value.topics for key, _words in topics(request)}
    await members.mails.choose(member, wanted, at=session.at(request))
    flash(request, "success", _("Saved."))
    return redirect(request, "settings")


async def show(request: Request) -> Response:
    """The page of a link in a mail. It says what it is about, and changes nothing."""
    member, topic = await members.mails.by_key(request.path_params["key"])
    return page(
        request,
        "settings/mails.html",
        what=str(NAMES[topic]),
        without=members.mails.declines(member, topic),
        guest=member.guest,
    )


async def act(request: Request) -> Response:
    """Do without these mails, or get them again. A mail program is answered at once, as it follows no redirect."""
    member, topic = await members.mails.by_key(request.path_params["key"])
    form = await read(request, ByLink)
    wanted = form.valid and form.value.want == "yes"
    await members.mails.choose(member, {topic: wanted}, at=session.at(request))
    if not (form.valid and form.value.want):
        return Response(status_code=204)
    return redirect(request, "mails", key=request.path_params["key"])
