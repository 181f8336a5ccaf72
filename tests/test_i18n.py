"""Texts of the data in the languages they have."""


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
