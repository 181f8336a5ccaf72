"""The screen at a door: paired by a code, then full screen: free or taken now, next, the day. Never a name.

`/display` is the whole page, `/display/now` what changes of it, with the doors of the next day and a half, so that the
screen goes on by itself when the connection breaks. The service worker keeps both, and the files they need.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, occupancy, places
from booking.errors import Refused
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import gettext as _
from booking.occupancy import Ahead, Display
from booking.timespan import day_span, local, local_day, quarters
from booking.web import assets, doors, qr, session
from booking.web.pages import flash, page, redirect, url
from booking.web.sign_in import household

COOKIE = "display"
HOUR = 4  # quarters
# What the strip shows of a day on which nothing opens.
USUAL = (8 * HOUR, 18 * HOUR)
LABELS_MAX = 9
AS_OF = "Desk-As-Of"  # tells the worker what to keep


class Pairing(Shape):
    """What is typed on a new screen."""

    code: Line = Field(min_length=1, max_length=20)
    language: Literal["en", "nl", "fr", "de", "es", "it", "sv"] = "en"


async def show(request: Request) -> Response:
    """The display of this screen, or the form that pairs it."""
    token = _token(request)
    found = await occupancy.display_of(token, session.at(request)) if token else None
    if found is None:
        if token:
            session.set_cookie(session.visit_of(request), COOKIE, "", seconds=0, strict=True)
        return _pairing(request, blank(language=session.visit_of(request).language), ended=bool(token))
    # Each visit keeps it for another year.
    _keep(request, token)
    return await _board(request, found, "display/show.html")


async def pair(request: Request) -> Response:
    """The code was typed: this screen is the display from now on, in the language chosen."""
    form = await read(request, Pairing)
    if form.valid:
        try:
            token = await occupancy.pair(
                form.value.code,
                form.value.language,
                address=household(request.client.host if request.client else ""),
                at=session.at(request),
            )
            _keep(request, token)
            return redirect(request, "display")
        except Refused as refusal:
            form.refuse(refusal)
    return _pairing(request, form)


async def now(request: Request) -> Response:
    """What the screen asks for each minute: its board; 410 when it was taken back."""
    token = _token(request)
    found = await occupancy.display_of(token, session.at(request)) if token else None
    if found is None:
        return page(request, "display/_ended.html", 410)
    return await _board(request, found, "display/_board.html")


async def worker(request: Request) -> Response:
    """The service worker. It stands under /display, and looks after that page alone."""
    script = (assets.DIST / assets.manifest()["display-worker.js"]).read_bytes()
    return Response(
        script,
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": url("display")},
    )


# --- the pieces --------------------------------------------------------------------------------------


def _token(request: Request) -> str:
    return session.visit_of(request).cookies.get(session.cookie_name(COOKIE), "")


def _keep(request: Request, token: str) -> None:
    session.set_cookie(session.visit_of(request), COOKIE, token, seconds=session.A_YEAR, strict=True)


def _pairing(request: Request, form: Form[Any], *, ended: bool = False) -> Response:
    if ended:
        flash(request, "info", _("This display was taken back. A new code pairs the screen again."))
    return page(request, "display/pair.html", form.status, form=form)


async def _board(request: Request, display: Display, template: str) -> Response:
    at, venue = session.at(request), display.venue
    session.visit_of(request).language = display.language
    with i18n.speaking(display.language):
        listed = [display.resource] if display.resource else await places.published([venue.id])
        gone = venue.status == "closed" or (display.resource is not None and not display.resource.published)
        for each in listed:
            each.venue = venue
        lanes = [_lane(each, at) for each in ([] if gone else await occupancy.ahead(listed, at))]
        whose = display.resource or venue
        path = f"/c/{occupancy.token_of(whose)}"
        if venue.presence_proof:
            path = occupancy.display_path(venue, at, display.resource)
        return page(
            request,
            template,
            headers={AS_OF: f"{_ms(at)}", "Cache-Control": "no-store"},
            display=display,
            venue=venue,
            whole=display.resource is None,
            title=i18n.name_of(whose),
            lanes=lanes,
            time=i18n.clock(at, venue.zone),
            today=i18n.day(at, venue.zone),
            as_of=_ms(at),
            ahead={lane["id"]: lane["doors"] for lane in lanes},
            known_until=_ms(at + occupancy.KNOWN_AHEAD),
            qr=None if gone else qr.drawn(path),
            digits=occupancy.display_code(venue, at) if venue.presence_proof else "",
        )


def _lane(ahead: Ahead, at: datetime) -> dict[str, Any]:
    """A resource: its door now, its doors to come, its strips of today and the days known after it."""
    told = [_told(instant, door) for instant, door in ahead.doors]
    return {
        "id": str(ahead.resource.id),
        "name": i18n.name_of(ahead.resource),
        "now": told[0],
        "doors": told,
        "strips": [_strip(ahead, day, at) for day in sorted(ahead.days)],
    }


def _told(instant: datetime, door: occupancy.Door) -> dict[str, Any]:
    """A door in words, from this instant on."""
    shown = doors.shown(door, instant)
    return {
        "at": _ms(instant),
        "state": shown.state,
        "now": shown.now,
        "next": shown.next,
        "until": _ms(door.until) if door.until and door.until - instant < timedelta(days=1) else None,
        "rest": door.rest is not None,
    }


def _strip(ahead: Ahead, day: date, at: datetime) -> dict[str, Any]:
    """One day as runs of quarter hours between the first and the last hour in which it is open."""
    zone = ahead.resource.venue.zone
    whole, runs = day_span(day, zone), ahead.days[day]
    open_ = [run for run in runs if run.state != "closed"]
    first = open_[0].from_quarter // HOUR * HOUR if open_ else USUAL[0]
    last = -(-open_[-1].to_quarter // HOUR) * HOUR if open_ else USUAL[1]
    steps = [
        (number, local(instant, zone))
        for number, instant in enumerate(quarters(day, zone))
        if first <= number < last and local(instant, zone).minute == 0
    ]
    every = -(-len(steps) // LABELS_MAX) or 1
    today = local_day(at, zone) == day
    return {
        "today": today,
        "from": _ms(whole.begins_at),
        "until": _ms(whole.ends_at),
        "first": first,
        "last": max(last, first + 1),
        "hours": [(number, f"{when:%H}") for number, when in steps[::every]],
        "runs": [
            (run.from_quarter, run.to_quarter, run.state)
            for run in runs
            if run.to_quarter > first and run.from_quarter < last
        ],
        "mark": int((at - whole.begins_at) / timedelta(minutes=15)) if today else 0,
        "said": ", ".join(
            f"{i18n.clock(run.begins_at, zone)}–{i18n.clock(run.ends_at, zone)}"
            for run in runs
            if run.state == "booked"
        ),
    }


def _ms(instant: datetime) -> int:
    """Milliseconds since 1970, as scripts count."""
    return int(instant.timestamp() * 1000)
