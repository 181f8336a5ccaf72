"""The calendar programs we know: how each subscribes, how long it takes to look again, how it names itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import settings
from booking.calendars.text import clean_line
from booking.i18n import Lazy
from booking.i18n import lazy as _


@dataclass(frozen=True)
class Client:
    """`action` is 'open' (a link) or 'copy' (the plain address); `delay` a sentence."""

    key: str
    name: str
    action: str
    delay: Lazy


CLIENTS = (
    Client("apple", "Apple (iPhone, iPad, Mac)", "open", _("Looks again every hour, or as you set it.")),
    Client("google", "Google", "open", _("Looks again every 8 to 24 hours; nobody can hurry it.")),
    Client("outlook", "Outlook.com", "open", _("Looks again about every 3 hours, sometimes once a day.")),
    Client("microsoft", "Microsoft 365", "open", _("Looks again about every 3 hours, sometimes once a day.")),
    Client("thunderbird", "Thunderbird", "copy", _("Looks again every 30 minutes; you can set 1 minute.")),
    Client("davx5", "ICSx⁵ (Android)", "copy", _("Looks again as often as you set it.")),
)

# (part of the User-Agent, what we call it), the most telling first.
_AGENTS = (
    ("google-calendar-importer", "Google"),
    ("googlebot", "Google"),
    ("thunderbird", "Thunderbird"),
    ("icsx5", "ICSx⁵"),
    ("davx5", "DAVx⁵"),
    ("dataaccessd", "Apple (iOS)"),
    ("macos", "Apple (macOS)"),
    ("mac os x", "Apple (macOS)"),
    ("ios", "Apple (iOS)"),
    ("microsoft office", "Outlook"),
    ("outlook", "Outlook"),
    ("exchange", "Microsoft 365"),
    ("microsoft", "Microsoft 365"),
    ("evolution", "Evolution"),
    ("fastmail", "Fastmail"),
    ("vdirsyncer", "vdirsyncer"),
    ("nextcloud", "Nextcloud"),
)


def feed_url(token: str) -> str:
    return f"{settings.BASE_URL}/feeds/{token}.ics"


def subscribe_url(client: str, token: str, name: str) -> str:
    """Where the client's button leads. `name` is what the calendar shall be called where the client lets us say so."""
    plain = feed_url(token)
    webcal = "webcal://" + plain.partition("://")[2]
    if client == "google":
        return f"https://calendar.google.com/calendar/render?cid={quote(webcal, safe='')}"
    if client in ("outlook", "microsoft"):
        host = "outlook.live.com" if client == "outlook" else "outlook.office.com"
        return f"https://{host}/calendar/0/addfromweb?url={quote(plain, safe='')}&name={quote(name, safe='')}"
    return webcal if client == "apple" else plain


def recognised(user_agent: str) -> str:
    """The client's name as people know it; else the first word it says of itself. Never an address."""
    lowered = user_agent.lower()
    for part, name in _AGENTS:
        if part in lowered:
            return name
    word = clean_line(user_agent).partition("/")[0].partition(" ")[0][:40]
    return "" if "@" in word else word
