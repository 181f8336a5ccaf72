"""Hostile words in every text that people write: no page makes an element, an attribute or an address of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from tortoise import Tortoise
from tortoise.fields import CharField, JSONField, TextField

from booking.budgets import Activity
from booking.budgets.models import Allotment
from booking.calendars.models import Feed
from booking.guests.models import GuestWish
from booking.members.models import ApiToken, Member, Passkey, Session, Skill
from booking.notifications.models import Message
from booking.occupancy.models import Display, Presence
from booking.payments.models import Payment, Refund
from booking.places.models import (
    Closure,
    Entity,
    FloorPlan,
    Photo,
    Resource,
    Unit,
    Venue,
    YearlyClosure,
)
from booking.pricing.models import ExchangeRate, VatRate
from booking.reservations import Reservation, Series
from booking.web import session
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.permissions import table
from tests.permissions.test_matrix import address
from tests.permissions.world import World, build

HOSTILE = [
    "<script>alert(1)</script>",
    "<canary>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><canary>',
    "'><canary>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<canary>",
    "</title><canary>",
    "</textarea><canary>",
    "</script><canary>",
    "</style><canary>",
    "--><canary>",
    "]]><canary>",
    "<!--<canary>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<canary>'>",
    "<math><canary>",
    "<form action=//evil.example><input name=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//evil.example>",
    "<object data=//evil.example>",
    "{{ 7 * 7 }}{% raise %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%(name)s %s %d %",
    "&lt;canary&gt;",
    "&#60;canary&#62;",
    "\\x3ccanary\\x3e",
    "\\u003ccanary\\u003e",
    "<canary\tonclick=alert(1)>",
    "<CANARY>",
    "<canary/onclick=alert(1)>",
    "`onmouseover=alert(1)`",
    "</option></select><canary>",
    "</li></ul></main><canary>",
]
PEOPLE = ("nobody", "member", "manager", "treasurer", "administrator")


class Reader(HTMLParser):
    """What a browser would make of a page, as far as hostile words could have a part in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("canary", "iframe", "object", "base", "math", "form") and (
            tag != "form" or "evil" in (values.get("action") or "")
        ):
            self.found.append(f"<{tag}>")
        if tag == "script" and not values.get("src") and values.get("type") != "application/json":
            self.found.append("<script>")
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{tag} {name}={value}")
            plain = (value or "").strip().lower()
            if name in ("href", "src", "action", "formaction") and (
                plain.startswith(("javascript:", "data:text", "//evil"))
            ):
                self.found.append(f"{tag} {name}={value}")


def found_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.found


def test_hostile_words_would_be_seen() -> None:
    """Of the words as they are, put bare into a page, most are found: the test can fail."""
    bare = [text for text in HOSTILE if found_in(f'<p title="{text}">{text}</p>')]
    assert len(bare) >= 25


# What people, files and foreign machines write, by table: all of it is shown somewhere, or may be one day.
WRITTEN: dict[Any, tuple[str, ...]] = {
    ApiToken: ("name",),
    Skill: ("names",),
    Passkey: ("name",),
    Session: ("agent",),
    Member: ("name", "number", "home_city", "company", "receipt_address", "vat_number"),
    Entity: (
        "name", "legal_name", "vat_number", "address", "register_number", "website", "status_note", "status_notes",
    ),
    Venue: (
        "name", "names", "descriptions", "operator", "street", "postal_code", "district", "city", "city_names",
        "contact_name", "contact_phone", "contact_email", "website", "status_note", "status_notes",
    ),
    Resource: ("name", "names", "descriptions", "located_in", "existence_note"),
    Unit: ("name",),
    FloorPlan: ("name",),
    Photo: ("alts",),
    Display: ("name",),
    Closure: ("reason", "reasons"),
    YearlyClosure: ("reason", "reasons"),
    Activity: ("number", "name"),
    Reservation: ("title", "note", "reason", "company", "vat_number"),
    Series: ("title",),
    Allotment: ("reference", "note"),
    VatRate: ("reason",),
    ExchangeRate: ("source",),
    Feed: ("fetched_by",),
    GuestWish: ("name", "company", "vat_number", "title", "note"),
    Message: ("to_name", "subject", "text", "error"),
    WebhookEndpoint: ("name",),
    WebhookDelivery: ("response", "error"),
    Refund: ("failure",),
    Payment: ("failure",),
    Presence: ("person",),
}  # fmt: skip
BY_LANGUAGE = ("names", "descriptions", "city_names", "status_notes", "reasons", "alts")
# Tables whose rows nobody writes twice: receipts and transfers have their words from those above.
FINAL = {"Event", "Transfer", "Receipt", "Mandate"}
# Words that the product takes from lists of its own, or that cannot hold such signs: keys, codes, hashes, addresses.
OURS = re.compile(
    r"(^|_)(key|keys|kind|kinds|state|status|hash|hint|id|ids|ref|currency|country|zone|language|languages|category|"
    r"code|name_of|takes|role|features?|email|url|path|on|day|months?|wish|quote|terms|overrides|scopes|events|widths|"
    r"crop|blur|stamp|shapes|ground|part|held_for|uid|rate|per_euro|salt|etag|source|outcome|mark|verb|method|location|"
    r"body|html|calendar|reader|job|summary|challenge|purpose|issuer|subject|nonce|verifier|transports|public_key|"
    r"region|precision|facts|access|data|ours|theirs|off_reason)$"
)
OTHERS = {
    "Comparison.error", "JobRun.error",  # of our own making, and in English
    "Series.rule",  # made of a choice
    "Dispute.reason", "Payout.failure", "Refund.reason", "WebhookDelivery.name",  # words of a list
    "Member.mails_declined", "Message.topic",
}  # fmt: skip


async def test_every_text_that_people_write_is_tried(db: str) -> None:
    """A new column of text is hostile here, or says why not: its name, or a place in the lists above."""
    tried = {f"{model.__name__}.{column}" for model, columns in WRITTEN.items() for column in columns}
    there = {
        f"{name}.{column}"
        for name, model in (Tortoise.apps or {})["booking"].items()
        if name not in FINAL
        for column, kind in model._meta.fields_map.items()
        if isinstance(kind, CharField | TextField | JSONField) and not OURS.search(column)
    }
    assert there - tried - OTHERS == set()


async def make_hostile(first: int) -> None:
    """Each text that somebody can write is another of the hostile words, from the first one on."""
    turn = iter(HOSTILE[(first + place) % len(HOSTILE)] for place in range(5000))
    for model, columns in WRITTEN.items():
        for row in await model.all():
            for column in columns:
                most = getattr(model._meta.fields_map[column], "max_length", None)
                words = next(turn)[:most]
                setattr(row, column, {"en": words} if column in BY_LANGUAGE else words)
            await row.save(update_fields=list(columns))
    for row in await Venue.all():
        row.access = {"door": next(turn), "key": next(turn)}
        row.facts = [{"key": next(turn), "value": next(turn)}]
        row.features = [next(turn)]
        await row.save(update_fields=["access", "facts", "features"])


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 8))
async def test_it_works(db: str, client_of: Callable[..., Any], first: int) -> None:
    world: World = await build()
    await make_hostile(first)
    wrong: list[str] = []
    for person in PEOPLE:
        client: httpx.AsyncClient = await client_of()
        if token := world.tokens.get(person):
            client.cookies.set(session.cookie_name(), token)
        for row in table.PAGES:
            if row.method != "GET":
                continue
            answer = await client.get(address(row, world))
            assert answer.status_code < 500, (person, row.route)
            if answer.headers.get("content-type", "").startswith("text/html"):
                wrong += [f"{row.route} for {person}: {each}" for each in found_in(answer.text)]
                assert "7*7=49" not in answer.text.replace(" ", "")
    assert not wrong, "\n".join(sorted(set(wrong)))
