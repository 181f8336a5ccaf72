"""Public holidays of the eight countries and their regions, by the `holidays` package."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date
from typing import Any

from booking import i18n
from booking.i18n import lazy

COUNTRIES = ("AT", "BE", "DE", "ES", "FR", "IT", "NL", "SE")
_LANGUAGE_OF = {"en": "en_US", "nl": "nl", "fr": "fr", "de": "de", "es": "es", "it": "it_IT", "sv": "sv"}

# What the package calls the days that are kept nationwide, or in a whole region, where it tells them in English only.
_KNOWN = (
    lazy("New Year's Day"), lazy("Epiphany"), lazy("Good Friday"), lazy("Easter Sunday"), lazy("Easter Monday"),
    lazy("Labor Day"), lazy("May Day"), lazy("Victory Day"), lazy("Ascension Day"), lazy("Pentecost"),
    lazy("Pentecost Monday"), lazy("Corpus Christi"), lazy("Midsummer Day"), lazy("National Day"),
    lazy("Assumption Day"), lazy("Assumption Of Mary Day"), lazy("All Saints' Day"), lazy("Armistice Day"),
    lazy("Immaculate Conception"), lazy("Christmas Day"), lazy("Second Day of Christmas"), lazy("Saint Stephen's Day"),
    lazy("King's Day"), lazy("Liberation Day"), lazy("Republic Day"), lazy("National Unity Day"),
    lazy("Constitution Day"), lazy("German Unity Day"), lazy("Reformation Day"), lazy("Women's Day"),
    lazy("World Children's Day"), lazy("Repentance and Prayer Day"), lazy("Abolition of Slavery"),
    lazy("Saint Francis of Assisi, Patron Saint of Italy"),
)  # fmt: skip
_NAMES = frozenset(known.text for known in _KNOWN)


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
    # Where it is not told in the language wanted, our own texts have the usual days; a town's own saint stays English,
    # which is read by more people than the country's own language.
    spoken = next((each for each in (wanted, "en_US") if each in known.supported_languages), None)
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language=spoken)
    # Sweden's law counts every Sunday; opening hours already say what happens on Sundays.
    named = {day: name for day, name in found.items() if name not in ("Söndag", "Sunday", "Zondag")}
    if language == "en":
        return {
            day: name.replace("Labor Day", "Labour Day") for day, name in named.items()
        }  # as the rest is written
    if spoken == wanted:
        return named
    with i18n.speaking(language):
        return {day: "; ".join(map(_translated, name.split("; "))) for day, name in named.items()}


def _translated(name: str) -> str:
    return i18n.gettext(name) if name in _NAMES else name


def holiday_names(region: str, years: Iterable[int], language: str = "en") -> dict[date, str]:
    """The holidays of a region in these years, with their names: in the language; local ones in English,
    where the package has no more.

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
