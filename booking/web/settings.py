"""What members may change about themselves; the language and the colours, also for strangers; signed-in browsers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, members
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import _, speaking
from booking.web import session
from booking.web.about import contact
from booking.web.mail_choices import topics
from booking.web.pages import flash, page, redirect, redirect_to

Language = Literal["en", "nl", "fr", "de", "es", "it", "sv"]


def _number(typed: Any) -> Any:
    return int(typed) if isinstance(typed, str) and typed.isascii() and typed.isdigit() else typed


class Self(Shape):
    name: Line = Field(max_length=120)
    language: Language
    home_city: Line = Field("", max_length=80)
    clock_hours: Annotated[Literal[24, 12], BeforeValidator(_number)] = 24


class ChooseLanguage(Shape):
    language: Language
    next: str = "/"


class ChooseTheme(Shape):
    theme: Literal["light", "dark", "auto"]
    next: str = "/"


async def show(request: Request) -> Response:
    member = await session.signed_in(request)
    form = blank(
        name=member.name,
        language=member.language,
        home_city=member.home_city,
        clock_hours=member.clock_hours,
    )
    return await _settings_page(request, member, form)


async def save(request: Request) -> Response:
    member = await session.signed_in(request)
    form = await read(request, Self)
    if form.valid:
        told = form.value
        await members.describe(
            member,
            name=told.name,
            language=told.language,
            home_city=told.home_city,
            clock_hours=told.clock_hours,
            at=session.at(request),
        )
        await session.choose_language(request, told.language)
        with speaking(told.language, told.clock_hours):
            flash(request, "success", _("Saved."))
        return redirect(request, "settings")
    return await _settings_page(request, member, form)


async def set_language(request: Request) -> Response:
    form = await read(request, ChooseLanguage)
    if not form.valid:
        return redirect(request, "home")
    await session.choose_language(request, form.value.language)
    return redirect_to(request, form.value.next)


async def set_theme(request: Request) -> Response:
    form = await read(request, ChooseTheme)
    if not form.valid:
        return redirect(request, "home")
    session.choose_theme(request, form.value.theme)
    return redirect_to(request, form.value.next)


async def end_one(request: Request) -> Response:
    member = await session.signed_in(request)
    await members.sessions.revoke(request.path_params["session_id"], member, session.at(request))
    flash(request, "success", _("That browser is signed out."))
    return redirect(request, "settings")


async def end_all(request: Request) -> Response:
    member = await session.signed_in(request)
    await members.sessions.revoke_all(member, session.at(request), but=session.visit_of(request).token)
    flash(request, "success", _("All other browsers are signed out."))
    return redirect(request, "settings")


async def _settings_page(request: Request, member: members.Member, form: Form[Self]) -> Response:
    live = await members.sessions.list_for(member, session.at(request))
    this = members.sessions.digest(session.visit_of(request).token)
    named = [(one, browser_name(one.agent)) for one in live]
    keys = await members.passkeys.list_for(member)
    return page(
        request,
        "settings/show.html",
        form.status,
        form=form,
        sessions=named,
        this=this,
        keys=keys,
        may_add=session.may_change_passkeys(request, len(keys)),
        device=browser_name(request.headers.get("user-agent", "")),
        contact=contact(),
        topics=topics(request),
        mails=blank(
            topics=[each for each in members.mails.TOPICS if not members.mails.declines(member, each)]
        ),
        clocks=clocks(),
    )


def clocks() -> list[tuple[int, str]]:
    """(hours, an example) of the two clocks, as this language writes them."""
    found = []
    for hours in i18n.CLOCKS:
        with speaking(i18n.language(), hours):
            found.append((hours, i18n.wall_clock(14 * 60 + 30)))
    return found


def browser_name(agent: str) -> str:
    """'Firefox, Linux' out of a User-Agent header, as well as that can be told."""
    # The order matters: every browser also claims to be the ones after it.
    browsers = ("Firefox", "Edg", "OPR", "SamsungBrowser", "Chrome", "Safari")
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
    found = next((name for name in browsers if name in agent), "")
    system = next((name for name in systems if name in agent), "")
    said = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet"}.get(found, found)
    return ", ".join(name for name in (said, system) if name) or _("An unknown browser")
