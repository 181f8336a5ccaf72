"""How long a text and how large a number may be, for the files of an import and the forms of a screen alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

DAY_MINUTES = 24 * 60
YEAR_MINUTES = 366 * DAY_MINUTES

Raster = Annotated[int, Field(ge=1, le=DAY_MINUTES)]
Length = Annotated[int, Field(ge=1, le=YEAR_MINUTES)]
Lead = Annotated[int, Field(ge=0, le=YEAR_MINUTES)]
Horizon = Annotated[int, Field(ge=1, le=1100)]
Buffer = Annotated[int, Field(ge=0, le=DAY_MINUTES)]
AtLeastOne = Annotated[int, Field(ge=1, le=1_000_000)]
FreeUntil = Annotated[int, Field(ge=0, le=24 * 366)]
ApprovalHours = Annotated[int, Field(ge=1, le=24 * 30)]
Percent = Annotated[int, Field(ge=0, le=100)]
Cents = Annotated[int, Field(ge=0, le=2_000_000_000)]
# Most of Europe writes a comma where programs want a point.
Decimal = BeforeValidator(lambda typed: typed.replace(",", ".") if isinstance(typed, str) else typed)
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), Decimal]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), Decimal]

NAME_MAX = 120
TEXT_MAX = 5000
REASON_MAX = 200
UNITS_MAX = 2000

# South, west, north, east of the countries we have houses in, islands included: a slip of a digit is found by it.
BOUNDS = {
    "AT": (46.3, 9.4, 49.1, 17.2),
    "BE": (49.4, 2.5, 51.6, 6.5),
    "DE": (47.2, 5.8, 55.1, 15.1),
    "ES": (27.5, -18.3, 43.9, 4.4),
    "FR": (41.3, -5.3, 51.2, 9.6),
    "IT": (35.4, 6.6, 47.1, 18.6),
    "NL": (50.7, 3.3, 53.7, 7.3),
    "SE": (55.2, 10.9, 69.1, 24.2),
}


def lies_in(country: str, lat: float, lon: float) -> bool:
    """Whether a point may lie in the country; always, where its bounds are not known here."""
    if country not in BOUNDS:
        return True
    south, west, north, east = BOUNDS[country]
    return south <= lat <= north and west <= lon <= east
