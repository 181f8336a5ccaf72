"""Public holidays and what they are called."""

from __future__ import annotations

from datetime import date

import pytest

from booking.i18n import LANGUAGES
from booking.places.holidays import COUNTRIES, holiday_names

# Latin in the languages that kept it.
THE_SAME = {"Corpus Christi"}


def test_it_works():
    assert holiday_names("FR", [2027])[date(2027, 3, 29)] == "Easter Monday"
    assert holiday_names("FR", [2027], "fr")[date(2027, 3, 29)] == "Lundi de Pâques"
    assert holiday_names("", [2027]) == {}
    with pytest.raises(KeyError):
        holiday_names("XX", [2027])


def test_names_are_british():
    assert holiday_names("FR", [2027])[date(2027, 5, 1)] == "Labour Day"


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_what_a_whole_country_keeps_is_told_in_every_language(country, language):
    """France tells its holidays in French and English only, and a German reader reads German."""
    english = holiday_names(country, [2026, 2027])
    told = holiday_names(country, [2026, 2027], language)
    assert told.keys() == english.keys()
    assert {name for day, name in told.items() if name == english[day]} <= THE_SAME


def test_a_local_saint_stays_english():
    assert "Saint Ambrose's Day" in holiday_names("IT-MI", [2027], "de").values()
