"""What stands on the receipts of an entity as their seller, kept by its treasurers."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import payments
from booking.forms import Form, Line, Shape, Text, blank, read
from booking.guests import VatNumber
from booking.i18n import gettext as _
from booking.places import SELLER, Entity, describe_seller, seller_lacks
from booking.web import session
from booking.web.books import books_of, shown
from booking.web.pages import flash, redirect


class Seller(Shape):
    legal_name: Line = Field("", max_length=160)
    address: Text = Field("", max_length=300)
    vat_number: VatNumber = ""
    register_number: Line = Field("", max_length=60)


async def show(request: Request) -> Response:
    _member, entity = await books_of(request)
    return _page(request, entity, blank(**{name: getattr(entity, name) for name in SELLER}))


async def save(request: Request) -> Response:
    """Keep it for receipts from now on: 303, or 422."""
    member, entity = await books_of(request)
    form = await read(request, Seller)
    if not form.valid:
        return _page(request, entity, form)
    await describe_seller(entity.id, by_id=member.id, at=session.at(request), **form.value.model_dump())
    flash(request, "success", _("Saved. It stands on receipts from now on."))
    return redirect(request, "books_seller", key=entity.key)


def lacking_words(entity: Entity) -> str:
    """What its receipts lack, in words: 'Address, VAT number'; '' for nothing."""
    names = {"legal_name": _("Legal name"), "address": _("Address"), "vat_number": _("VAT number")}
    return ", ".join(names[each] for each in seller_lacks(entity))


def _page(request: Request, entity: Entity, form: Form[Any]) -> Response:
    return shown(
        request,
        "books/seller.html",
        entity,
        "books_seller",
        status=form.status,
        form=form,
        lacking=lacking_words(entity),
        cards=payments.on(entity),
    )
