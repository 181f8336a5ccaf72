"""Guests: booking without an account. What they ask for, the proof that their address is theirs, their private pages.

Knows: what was typed before the address was proved, for a day; the member row of a guest, found or made by a proved
address; the key to each private page. Refuses to know: cards (whoever calls says how a card pays), mail, screens. The
rules, the price and the claims are those of everybody: `reservations` asks them, with the external tariff.

Invariants: nothing is held before the address is proved, or a host has asked for them; nobody learns whether an
address belongs to a member; no secret of a page is in the database, only its hash and half of what it is made from.
"""

from booking.guests.asking import (
    Asked,
    MustSignIn,
    ask,
    book,
    forget,
    move,
    of_link,
    prove,
    prove_by_link,
    stranger,
    waiting,
)
from booking.guests.inviting import (
    FINDS_MAX,
    FINDS_SECONDS,
    MAILS_MAX,
    MAILS_SECONDS,
    HasAccount,
    NoCards,
    count_asking,
    invite,
)
from booking.guests.keys import by_secret, make_key, page_path, page_url, pages_of
from booking.guests.models import GuestKey, GuestWish
from booking.guests.vat_numbers import VatNumber, is_well_formed, tidy

__all__ = [
    "FINDS_MAX",
    "FINDS_SECONDS",
    "MAILS_MAX",
    "MAILS_SECONDS",
    "Asked",
    "GuestKey",
    "GuestWish",
    "HasAccount",
    "MustSignIn",
    "NoCards",
    "VatNumber",
    "ask",
    "book",
    "by_secret",
    "count_asking",
    "forget",
    "invite",
    "is_well_formed",
    "make_key",
    "move",
    "of_link",
    "page_path",
    "page_url",
    "pages_of",
    "prove",
    "prove_by_link",
    "stranger",
    "tidy",
    "waiting",
]
