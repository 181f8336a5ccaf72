"""Messages: what members are told by mail, and its delivery.

Knows: which event makes which message to whom, the texts, the mail server. Refuses to know: why something happened.
It reads events and writes messages in one transaction, so each event is told once however many processes there are;
a message is marked sent after sending, so it may arrive twice (with the same Message-ID), never not at all; no mail
server is spoken to inside a transaction.
"""

from booking.notifications.delivering import deliver
from booking.notifications.forgetting import forget
from booking.notifications.models import Message
from booking.notifications.previewing import preview_cancellation
from booking.notifications.signing_in import (
    send_guest_account,
    send_guest_code,
    send_guest_pages,
    send_sign_in,
)
from booking.notifications.writing import write_messages, write_reminders

__all__ = [
    "Message",
    "deliver",
    "forget",
    "preview_cancellation",
    "send_guest_account",
    "send_guest_code",
    "send_guest_pages",
    "send_sign_in",
    "write_messages",
    "write_reminders",
]
