"""Amounts of money as people type them: '12,50', '12.50', '1 250', '1.250,00'; and as they stand in a box."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from babel import numbers
from pydantic import BeforeValidator

from booking import i18n, money
from booking.forms import wrong
from booking.i18n import lazy

MOST_DIGITS = 9
NOT_AN_AMOUNT = lazy("This is not an amount of money. Write it like 12.50.")


def _read(value: Any) -> Decimal:
    """A comma or a point parts the minor units; blanks and apostrophes may part thousands, and so may points before a
    comma, or commas before a point. Never guesses: '1.234' is no amount."""
    text = re.sub(r"[\s\u00a0\u202f'’]", "", value) if isinstance(value, str) else ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        text = str(value)
    text = text.replace("\u2212", "-")
    for thousands, minor in ((".", ","), (",", ".")):
        if re.fullmatch(rf"-?\d{{1,3}}([{thousands}]\d{{3}})+[{minor}]\d{{1,4}}", text):
            text = text.replace(thousands, "")
    if not re.fullmatch(rf"-?\d{{1,{MOST_DIGITS}}}([.,]\d{{1,4}})?", text):
        raise wrong(NOT_AN_AMOUNT)
    return Decimal(text.replace(",", "."))


Amount = Annotated[Decimal, BeforeValidator(_read)]


def cents(amount: Decimal, currency: str) -> int | None:
    """In minor units of the currency; None where it has more digits than the currency."""
    whole = amount.scaleb(money.digits(currency))
    return int(whole) if whole == whole.to_integral_value() else None


def typed(amount_cents: int | None, currency: str) -> str:
    """As it stands in a box, by the custom of the language, without the currency: '12,50'. Nothing for None."""
    if amount_cents is None:
        return ""
    digits = money.digits(currency)
    form = "0." + "0" * digits if digits else "0"
    value = Decimal(amount_cents).scaleb(-digits)
    return numbers.format_decimal(value, format=form, locale=i18n.locale(i18n.language()))
