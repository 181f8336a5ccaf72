"""A message as the bytes of a mail: plain text, HTML and the calendar event as alternatives, and the event attached."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

import settings
from booking import members
from booking.calendars.text import clean, clean_line
from booking.notifications.models import Message


class _Policy(EmailPolicy):
    """SMTP's, but an address to do without mails stays whole: Python would fold a long one into encoded words, which
    no mail program reads there (RFC 2369, 2)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep=SMTP.linesep)


def mail_bytes(message: Message) -> bytes:
    """The whole mail with CRLF line ends. Every copy has the same Message-ID and Date.

    Raises ValueError for an address that cannot stand in a mail.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(*parseaddr(settings.MAIL_FROM))
    mail["To"] = _address(message.to_name, message.to_email)
    mail["Subject"] = clean_line(message.subject)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    if message.topic:
        # A mail program may act on these by one POST (RFC 8058); a GET of the address only shows a button.
        mail["List-Unsubscribe"] = f"<{without_url(message.member_id or 0, message.topic)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(clean(message.text), cte="quoted-printable")
    if message.html:
        mail.add_alternative(clean(message.html), subtype="html", cte="quoted-printable")
    if message.calendar:
        method = message.calendar_method
        mail.add_alternative(message.calendar, subtype="calendar", params={"method": method}, cte="base64")
        # For programs that only look at attachments. Another type than the part above, or some act on it twice.
        mail.add_attachment(
            message.calendar.encode(), maintype="application", subtype="ics", filename="booking.ics"
        )
    for name, octets in message.files:
        mail.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


def without_url(member_id: int, topic: str) -> str:
    """The page where a member does without the mails of a topic; '' for those that are always sent."""
    return f"{settings.BASE_URL}/mails/{members.mails.key_of(member_id, topic)}" if topic else ""


def sender() -> str:
    """The address that bounces go to."""
    return parseaddr(settings.MAIL_FROM)[1]


def _address(name: str, email: str) -> Address:
    return Address(display_name=clean_line(name), addr_spec=email)
