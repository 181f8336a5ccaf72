"""Kinds, facts, hours and rules in words."""

from types import SimpleNamespace

import pytest

from booking import i18n, places
from booking.places import wording


def resource(**values):
    usual = {
        "published": True,
        "role": "",
        "external": True,
        "skill_id": None,
        "approval": False,
        "raster_minutes": 30,
        "shortest_minutes": 60,
        "longest_minutes": 600,
        "horizon_days": 180,
        "lead_minutes": 0,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "quota": None,
        "capacity_people": None,
        "takes": "all",
        "free_until_hours": 24,
        "late_fee_percent": 50,
        "no_show_fee_percent": 100,
        "deposit_cents": 0,
        "venue": SimpleNamespace(currency="SEK"),
    }
    return SimpleNamespace(**(usual | values))


def sentences(said) -> list[str]:
    return [words for _icon, words in said]


def hours(*rows):
    return [
        SimpleNamespace(weekday=day, opens_minute=opens, closes_minute=closes) for day, opens, closes in rows
    ]


def test_every_kind_has_a_name():
    assert set(wording.KINDS) == set(places.KINDS)
    assert set(wording.GROUPS) == set(places.KINDS_BY_GROUP)
    assert wording.kind_name("glass_kiln") == "Glass kiln"


def test_the_usual_rules():
    assert sentences(wording.rules(resource())) == [
        "Booked for 1 hr to 10 hrs, in steps of 30 mins.",
        "Book until the moment it begins, up to 180 days ahead.",
    ]


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"lead_minutes": 120}, "Book at least 2 hrs before it begins, up to 180 days ahead."),
        ({"horizon_days": 1}, "Book until the moment it begins, up to 1 day ahead."),
        ({"longest_minutes": 4320}, "Booked for 1 hr to 3 days, in steps of 30 mins."),
        ({"shortest_minutes": 60, "longest_minutes": 60}, "Booked for 1 hr, in steps of 30 mins."),
        ({"buffer_before_minutes": 15}, "15 mins before each booking stay free, to set up."),
        ({"buffer_after_minutes": 15}, "15 mins after each booking stay free, to clear up."),
        (
            {"buffer_before_minutes": 60, "buffer_after_minutes": 30},
            "1 hr before and 30 mins after each booking stay free, to set up and clear up.",
        ),
        ({"quota": 1}, "At most 1 upcoming booking of this per member."),
        ({"capacity_people": 1}, "For up to 1 person."),
        ({"capacity_people": 4, "takes": "any"}, "Each one is for 4 people."),
        ({"approval": True}, "A host confirms each booking; until then it is on hold."),
        ({"external": False}, "For members of the cooperative only."),
        ({"role": "host"}, "Only hosts of the house can book this."),
        (
            {"skill_id": 1, "skill": SimpleNamespace(names={"en": "Band saw"}, key="SAW")},
            "You need an induction first: Band saw.",
        ),
    ],
)
def test_each_rule_has_its_sentence(values, sentence):
    assert sentence in sentences(wording.rules(resource(**values)))


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({}, "Cancelling is free until 1 day before it begins; after that it costs 50% of the price."),
        ({"free_until_hours": 0}, "Cancelling costs 50% of the price."),
        ({"late_fee_percent": 0}, "Cancelling is free until the booking begins."),
        ({"no_show_fee_percent": 30}, "Not coming costs 30% of the price."),
        ({"deposit_cents": 50000}, f"A deposit of {i18n.money(50000, 'SEK')} is asked for on the spot."),
    ],
)
def test_terms(values, sentence):
    assert sentence in sentences(wording.terms(resource(**values)))


def test_hours_put_equal_days_together():
    week = [(day, 510, 1110) for day in range(1, 6)] + [(6, 600, 720), (6, 780, 1560)]
    assert wording.hours(hours(*week)) == [("Mon–Fri", "08:30–18:30"), ("Sat", "10:00–12:00, 13:00–02:00")]
    assert wording.hours(hours(*[(day, 0, 1440) for day in range(1, 8)])) == [("Mon–Sun", "00:00–24:00")]
    assert wording.hours([]) == []
    with i18n.speaking("sv"):
        assert wording.hours(hours((1, 540, 600)))[0][0].startswith("mån")


def test_facts():
    venue = SimpleNamespace(
        capacity_people=250,
        facts=[
            {"key": "area", "value": 5000, "unit": "m2"},
            {"key": "step_free", "value": True},
            {"key": "noise_hours", "value": "22:00–08:00"},
            {"key": "largest_audience", "value": 600, "unit": "people"},
            {"key": "its_own_word", "value": 3},
        ],
    )
    assert wording.facts(venue) == [
        ("Room for", "250 people"),
        ("Floor area", "5,000 m²"),
        ("Step-free", "yes"),
        ("Quiet hours", "22:00–08:00"),
        ("Largest audience", "600 people"),
        ("Its own word", "3"),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "2 days"),
        ("nl", "2 dagen"),
        ("fr", "2\N{NO-BREAK SPACE}jours"),
        ("de", "2 Tage"),
        ("it", "2 giorni"),
        ("sv", "2 dygn"),
    ],
)
def test_days_are_days_in_every_language(language, words):
    with i18n.speaking(language):
        assert wording.how_long(2 * 1440) == words


def test_one_hour_is_shortened_in_spanish():
    with i18n.speaking("es"):
        assert wording.how_long(60) == "1 h"
