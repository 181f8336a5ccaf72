"""Receipts: the PDF of one, for whoever it was issued to and for the treasurer; the list of a year for the books."""

from __future__ import annotations

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, limits, payments, reservations
from booking.errors import NotFound
from booking.forms import Shape, read
from booking.payments import Receipt
from booking.places import Entity
from booking.web import session
from booking.web.pages import page, url
from booking.web.reservations import seen

PDFS_MAX, PDFS_SECONDS = 60, 60


class Chosen(Shape):
    """Which entity's receipts, of which year."""

    entity: int | None = Field(None, ge=1, le=2**31 - 1)
    year: int | None = Field(None, ge=2000, le=2199)


async def file(request: Request) -> Response:
    """The PDF, for the member whose booking it is, behind a guest's secret, or for the treasurer of its entity."""
    id = request.path_params["receipt_id"]
    if "secret" in request.path_params:
        found, viewer = await seen(request)
        await _count(request, f"member:{viewer.member.id}")
        return await _pdf(await payments.receipt(id, reservation_id=found.id))
    member = await session.signed_in(request)
    await _count(request, f"member:{member.id}")
    one = await payments.receipt(id, reservation_id=request.path_params["reservation_id"])
    roles = session.roles(request)
    if not (roles.administrator or one.entity_id in roles.treasurer_of):
        booking = await reservations.visible(one.reservation_id, by=member, at=session.at(request))
        if member.id not in (booking.member_id, booking.booked_by_id):
            raise NotFound
    return await _pdf(one)


async def _pdf(one: Receipt) -> Response:
    return Response(
        await payments.receipt_pdf(one),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{payments.file_name(one)}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _count(request: Request, who: str) -> None:
    await limits.count(f"receipt:{who}", most=PDFS_MAX, per_seconds=PDFS_SECONDS, at=session.at(request))


# --- the books ---------------------------------------------------------------------------------------


async def index(request: Request) -> Response:
    """All receipts of an entity and a year, by number."""
    entities, form = await _asked(request)
    chosen, year, years = await _choice(request, entities, form)
    found = await payments.receipts_in([chosen.id], year) if chosen else []
    signed = [each.gross_cents if each.kind != "refund" else -each.gross_cents for each in found]
    return page(
        request,
        "books/receipts.html",
        status=form.status,
        form=form,
        entities=[(str(each.id), each.name) for each in entities],
        chosen=chosen,
        year=year,
        years=[(str(each), str(each)) for each in years],
        rows=[
            (each, payments.title_of(each), cents, _address(each))
            for each, cents in zip(found, signed, strict=True)
        ],
        sums=_sums(found),
        csv_url=url("books_receipts_csv", entity=chosen.id, year=year) if chosen else "",
    )


async def as_csv(request: Request) -> Response:
    """The same for the cooperative's own books; refunds are negative."""
    entities, form = await _asked(request)
    chosen, year, _years = await _choice(request, entities, form)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Number", "Kind", "Date", "Net", "VAT", "VAT rate", "Gross", "Currency", "Name", "Company", "VAT number",
         "What", "Corrects", "Booking"]
    )  # fmt: skip
    for each in await payments.receipts_in([chosen.id], year) if chosen and form.valid else []:
        sign = -1 if each.kind == "refund" else 1
        there = each.issued_at.astimezone(ZoneInfo(each.entity.zone))
        writer.writerow(
            [
                each.label,
                each.kind,
                there.isoformat(timespec="seconds"),
                *(f"{sign * cents / 100:.2f}" for cents in (each.net_cents, each.vat_cents)),
                f"{each.vat_basis_points / 100:g}",
                f"{sign * each.gross_cents / 100:.2f}",
                each.currency,
                *(_plain(text) for text in (each.name, each.company, each.vat_number, each.what)),
                each.corrects.label if each.corrects_id else "",
                each.reservation_id,
            ]
        )
    return Response(
        out.getvalue().encode(),
        status_code=form.status,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="receipts-{chosen.key if chosen else "none"}-{year}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _plain(text: str) -> str:
    """What somebody typed, so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


async def _asked(request: Request) -> tuple[list[Entity], Any]:
    """The entities whose books the visitor keeps, and the form. Raises NotFound for everybody else."""
    await session.signed_in(request)
    roles = session.roles(request)
    if not (roles.administrator or roles.treasurer_of):
        raise NotFound
    kept = Entity.all() if roles.administrator else Entity.filter(id__in=sorted(roles.treasurer_of))
    return await kept.order_by("name"), await read(request, Chosen)


async def _choice(
    request: Request, entities: list[Entity], form: Any
) -> tuple[Entity | None, int, list[int]]:
    """The entity and year chosen, or who issued last, its newest year. Raises NotFound for others' books."""
    wish = form.value if form.valid else None
    this_year = session.at(request).year
    newest = await payments.newest_receipt([each.id for each in entities])
    chosen = next((each for each in entities if newest and each.id == newest.entity_id), None)
    chosen = chosen or (entities[0] if entities else None)
    if wish and wish.entity:
        chosen = next((each for each in entities if each.id == wish.entity), None)
        if chosen is None:
            raise NotFound
    years = await payments.receipt_years([chosen.id]) if chosen else []
    year = (wish.year if wish else None) or (years[0] if years else this_year)
    return chosen, year, sorted({*years, this_year, year}, reverse=True)


def _sums(found: list[Receipt]) -> list[str]:
    """What they sum to, by currency."""
    totals: dict[str, int] = {}
    for each in found:
        sign = -1 if each.kind == "refund" else 1
        totals[each.currency] = totals.get(each.currency, 0) + sign * each.gross_cents
    return [i18n.money(cents, currency) for currency, cents in totals.items()]


def _address(each: Receipt) -> str:
    return url("receipt", reservation_id=each.reservation_id, receipt_id=each.id)
