"""Public holidays of the eight countries and their regions, by the `holidays` package."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date
from typing import Any

COUNTRIES = ("AT", "BE", "DE", "ES", "FR", "IT", "NL", "SE")
_LANGUAGE_OF = {"en": "en_US", "nl": "nl", "fr": "fr", "de": "de", "es": "es", "it": "it_IT", "sv": "sv_SE"}


class _Regions:
    """Every region code we know: 'BE', 'DE-BE', 'ES-MD' ... Read when first asked, as the import is slow."""

    @functools.cached_property
    def codes(self) -> frozenset[str]:
        import holidays

        found = set(COUNTRIES)
        for country in COUNTRIES:
            found |= {f"{country}-{part}" for part in holidays.list_supported_countries().get(country, [])}
        return frozenset(found)

    def __contains__(self, code: object) -> bool:
        return code in self.codes


HOLIDAY_REGIONS = _Regions()


@functools.lru_cache(maxsize=512)
def _year(region: str, year: int, language: str) -> dict[date, str]:
    import holidays

    country, _dash, part = region.partition("-")
    known: Any = getattr(holidays, country)
    wanted = _LANGUAGE_OF.get(language, "en_US")
    # Where it is not told in the language wanted, English is read by more people than the country's own.
    spoken = next((each for each in (wanted, "en_US") if each in known.supported_languages), None)
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language=spoken)
    # Sweden's law counts every Sunday; opening hours already say what happens on Sundays.
    return {day: name for day, name in found.items() if name not in ("Söndag", "Sunday", "Zondag")}


def holiday_names(region: str, years: Iterable[int], language: str = "en") -> dict[date, str]:
    """The holidays of a region in these years, with their names: in the language if the package has it, else English.

    An empty region has none. Raises KeyError for a region that is not in HOLIDAY_REGIONS.
    """
    if not region:
        return {}
    if region not in HOLIDAY_REGIONS:
        raise KeyError(region)
    found: dict[date, str] = {}
    for year in years:
        found |= _year(region, year, language)
    return found
