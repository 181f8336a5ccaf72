"""The form of a VAT number, by country: letters and digits alone. Whether it is given out, only VIES knows."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from booking.forms import wrong
from booking.i18n import lazy

# The structures of the European Commission's list (VIES), without the country's letters; and three neighbours.
FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-Z]{1,2}|\d[A-Z+*]\d{5}[A-Z])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{10}\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{10}01",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
    "GB": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
    "CH": r"E\d{9}(MWST|TVA|IVA)?",
    "NO": r"\d{9}(MVA)?",
}


def tidy(text: str) -> str:
    """As it is written down: capitals, no blanks, dots or hyphens."""
    return re.sub(r"[\s.\-/]", "", text).upper()


def is_well_formed(text: str) -> bool:
    """Whether a tidy number begins with a country's two letters and has that country's form."""
    form = FORMS.get(text[:2])
    return form is not None and re.fullmatch(form, text[2:]) is not None


def _tidied(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value


def _well_formed(value: str) -> str:
    if value and not is_well_formed(value):
        raise wrong(
            lazy("This does not look like a VAT number. Begin with the country: BE0123456789, FR12345678901.")
        )
    return value


VatNumber = Annotated[str, BeforeValidator(_tidied), Field(max_length=20), AfterValidator(_well_formed)]
