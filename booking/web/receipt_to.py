"""Whom a member's receipts are for: company, address and VAT number, copied onto each receipt when it is issued."""

from __future__ import annotations

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import members
from booking.forms import Form, Line, Shape, Text, blank, read
from booking.guests import VatNumber
from booking.i18n import _
from booking.web import session
from booking.web.pages import flash, page, redirect


class ReceiptTo(Shape):
    company: Line = Field("", max_length=120)
    address: Text = Field("", max_length=300)
    vat_number: VatNumber = ""


async def show(request: Request) -> Response:
    member = await session.signed_in(request)
    form = blank(company=member.company, address=member.receipt_address, vat_number=member.vat_number)
    return _page(request, form)


async def save(request: Request) -> Response:
    member = await session.signed_in(request)
    form = await read(request, ReceiptTo)
    if not form.valid:
        return _page(request, form)
    told = form.value
    await members.address_receipts(
        member,
        company=told.company,
        address=told.address,
        vat_number=told.vat_number,
        at=session.at(request),
    )
    flash(request, "success", _("Saved. It stands on your receipts from now on."))
    return redirect(request, "receipt_to")


def _page(request: Request, form: Form[ReceiptTo]) -> Response:
    return page(request, "settings/receipt_to.html", form.status, form=form)
