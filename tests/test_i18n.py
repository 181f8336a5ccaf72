"""Texts of the data in the languages they have."""

from datetime import date


def test_a_text_in_another_language_says_which():
    from booking.i18n import foreign_language, speaking

    with speaking("fr"):
        assert foreign_language({"fr": "Oui", "en": "Yes"}) == ""
        assert foreign_language({"en": "Yes"}) == "en"
        assert foreign_language({"de": "Ja"}) == "de"
        assert foreign_language({}, "Yes") == "en"
        assert foreign_language({}) == ""
    with speaking("en"):
        assert foreign_language({"de": "Ja"}, "Yes") == ""


def test_french_signs_stay_with_their_words():
    from booking.i18n import colon, speaking, typeset

    assert typeset("Rien de libre ? Oui ; non !", "fr") == "Rien de libre\u202f? Oui\u202f; non\u202f!"
    assert typeset("Il dit : « non »", "fr") == "Il dit\u00a0: «\u00a0non\u00a0»"
    assert typeset("à 14:30, https://exemple.fr", "fr") == "à 14:30, https://exemple.fr"
    assert typeset("l'heure", "fr") == "l’heure"
    assert typeset("zo'n 'a'", "nl") == "zo’n 'a'"
    with speaking("fr"):
        assert colon("Lundi") == "Lundi\u00a0:"
    with speaking("de"):
        assert colon("Montag") == "Montag:"


def test_one_word_for_two_things_is_told_apart():
    from booking.i18n import LANGUAGES, speaking
    from booking.web.budgets import PART_NAMES
    from booking.web.setup_hosts import ROLE_NAMES

    said = {}
    for code in LANGUAGES:
        with speaking(code):
            said[code] = (str(ROLE_NAMES["manager"]), str(PART_NAMES["manager"]))
    assert said.pop("en") == ("Manager", "Manager")
    assert all(house != activity for house, activity in said.values())
    assert said["fr"] == ("Gestionnaire", "Cogestionnaire")


def test_a_text_with_a_context_keeps_it_when_filled():
    from booking.i18n import plazy, speaking

    text = plazy("of a house", "Manager")
    with speaking("de"):
        assert str(text % {}) == str(text) == "Leitung"


def test_a_week_is_written_as_each_language_writes_it():
    from booking.i18n import days, speaking

    week, across = (date(2026, 11, 23), date(2026, 11, 29)), (date(2026, 12, 30), date(2027, 1, 2))
    for code, first, second in (
        ("en", "Mon, 23 Nov – Sun, 29 Nov 2026", "Wed, 30 Dec 2026 – Sat, 2 Jan 2027"),
        ("fr", "lun. 23 – dim. 29 nov. 2026", "mer. 30 déc. 2026 – sam. 2 janv. 2027"),
        ("sv", "mån 23 nov. – sön 29 nov. 2026", "ons 30 dec. 2026 – lör 2 jan. 2027"),
    ):
        with speaking(code):
            assert (days(*week), days(*across)) == (first, second)
