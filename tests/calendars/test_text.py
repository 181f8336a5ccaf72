"""Lines of calendars: nothing a parser may stumble over, never longer than 75 octets, never a cut character."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vText
from icalendar.parser import Contentline, Contentlines

from booking.calendars.text import clean, clean_line, escaped, folded, stamp

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)


@given(TEXTS)
def test_it_works(text: str) -> None:
    line = folded("SUMMARY:" + escaped(text))
    octets = line.encode()
    assert octets.endswith(b"\r\n")
    pieces = octets.split(b"\r\n")[:-1]
    for piece in pieces:
        assert len(piece) <= 75
        piece.decode()
    assert not any(octet < 32 for piece in pieces for octet in piece)
    [read] = [found for found in Contentlines.from_ical(octets) if found]
    _name, _parameters, value = Contentline(read).parts()
    assert vText.from_ical(value) == clean(text)


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in clean_line(text)


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\x00b\x07c\x1bd\x7fe\x80f\x9fg", "abcdefg"),
        ("a\tb", "a b"),
        ("lone \ud83d half", "lone  half"),
        ("\ufeffmark", "mark"),
        ("שלום עולם 🪑 naïve", "שלום עולם 🪑 naïve"),
    ],
)
def test_clean(dirty: str, cleaned: str) -> None:
    assert clean(dirty) == cleaned


def test_escaped() -> None:
    assert escaped('a;b,c\\d\ne:f"g') == 'a\\;b\\,c\\\\d\\ne:f"g'


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🪑"])
@pytest.mark.parametrize("length", range(60, 90))
def test_folding_at_every_place(letter: str, length: int) -> None:
    line = "S:" + letter * length
    whole = folded(line)
    assert whole.replace("\r\n ", "").removesuffix("\r\n") == line
    assert all(len(piece.encode()) <= 75 for piece in whole.split("\r\n"))


def test_stamp() -> None:
    there = datetime(2026, 11, 24, 14, 0, 5, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert stamp(there) == "20261124T130005Z"
    assert stamp(datetime(2026, 11, 24, 13, 0, tzinfo=UTC)) == "20261124T130000Z"
    assert stamp("2026-11-24 13:00:05.123456+00:00") == "20261124T130005Z"
