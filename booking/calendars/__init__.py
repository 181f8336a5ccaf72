"""Calendars: secret feeds, invitations by mail, and what a calendar program is told of a reservation.

Knows: iCalendar's rules, the window of a feed, tokens, ETags, the programs' habits. Refuses to know: mail servers,
pages, who may see a reservation (ask `reservations.visible` first). A feed's bytes are a pure function of the rows and
of its window, which moves once a month; a `uid` is stored once and never changes; no door code, no price and nobody
else's name leaves here.
"""

from booking.calendars.answering import METHODS, FeedAnswer, answer
from booking.calendars.clients import CLIENTS, Client, feed_url, subscribe_url
from booking.calendars.events import download, event_bytes
from booking.calendars.feeds import (
    FEEDS_MAX,
    FeedsEnough,
    feed_by_token,
    feeds_of,
    make_feed,
    masked,
    restore,
    revoke,
    rotate,
)
from booking.calendars.invitations import Attendee, invitation, published
from booking.calendars.models import Feed

__all__ = [
    "CLIENTS",
    "FEEDS_MAX",
    "METHODS",
    "Attendee",
    "Client",
    "Feed",
    "FeedAnswer",
    "FeedsEnough",
    "answer",
    "download",
    "event_bytes",
    "feed_by_token",
    "feed_url",
    "feeds_of",
    "invitation",
    "make_feed",
    "masked",
    "published",
    "restore",
    "revoke",
    "rotate",
    "subscribe_url",
]
