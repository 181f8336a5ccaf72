"""Seven languages: texts by gettext, formats by CLDR.

The language of the work at hand (a request, a mail) is a context variable: `with speaking("nl"):`, and so is the clock,
of 24 hours or of 12: `with speaking_to(member):`. Sentences that are written at import time use `lazy()`,
which looks the text up when it is shown. English stands in the code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers, support

P = ParamSpec("P")
T = TypeVar("T")

LANGUAGES = {
    "en": "English",
    "nl": "Nederlands",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "sv": "Svenska",
}
LOCALE_DIR = Path(__file__).parent / "locale"
# "en" alone formats as in the United States; the network is European.
_LOCALE_OF = {"en": "en_GB"}
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")

_language: ContextVar[str] = ContextVar("language", default="en")
# All seven languages write 24 hours; who rather reads "2:30 pm" says so in their settings.
CLOCKS = (24, 12)
_clock_hours: ContextVar[int] = ContextVar("clock_hours", default=24)


@functools.cache
def catalogue(language: str) -> support.NullTranslations:
    """The compiled texts of a language; English is what stands in the code."""
    if language == "en":
        return support.NullTranslations()
    found = support.Translations.load(str(LOCALE_DIR), [language])
    texts: dict[Any, Any] = getattr(found, "_catalog", {})
    for key, text in texts.items():
        if key and isinstance(text, str):
            texts[key] = typeset(text, language)
    return found


def typeset(text: str, language: str) -> str:
    """The text with the apostrophes of print; in French with the spaces that keep a sign with its word.

    Whoever translates need not know where the keyboard hides them: narrow before ; ? and !, wide before : and inside
    quotation marks.
    """
    text = re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "\u2019", text)
    if language == "fr":
        text = re.sub(r"(?<=[^\s:]) (?=[;?!])", "\u202f", text)
        text = re.sub(r"(?<=\S) (?=:(\s|$)|»)|(?<=«) ", "\u00a0", text)
    return text


@functools.cache
def locale(language: str) -> Locale:
    return Locale.parse(_LOCALE_OF.get(language, language))


def language() -> str:
    """The language spoken here."""
    return _language.get()


def clock_hours() -> int:
    """How many hours the clocks here have: 24, or 12 and then again."""
    return _clock_hours.get()


def spoken() -> str:
    """What sets the words of one visitor apart from another's: the key of anything kept that may tell a time."""
    return language() if clock_hours() == 24 else f"{language()} {clock_hours()}"


def kept(function: Callable[P, T]) -> Callable[P, T]:
    """What a function says is worked out once for each language, clock and its arguments, which must be hashable: for
    words that a page with many rows says again and again."""

    @functools.lru_cache(maxsize=4096)
    def said(_spoken: str, *args: P.args, **named: P.kwargs) -> T:
        return function(*args, **named)

    @functools.wraps(function)
    def wrapped(*args: P.args, **named: P.kwargs) -> T:
        return said(spoken(), *args, **named)  # type: ignore[arg-type]

    return wrapped


@contextmanager
def speaking(code: str, clock: int = 24) -> Iterator[None]:
    """Everything inside is said in this language (English if it is not one of the seven), by this clock."""
    token = _language.set(code if code in LANGUAGES else "en")
    clock_token = _clock_hours.set(clock if clock in CLOCKS else 24)
    try:
        yield
    finally:
        _clock_hours.reset(clock_token)
        _language.reset(token)


def speaking_to(person: Any) -> AbstractContextManager[None]:
    """Everything inside is said as this person reads it: their language, their clock."""
    return speaking(person.language, person.clock_hours)


def gettext(text: str) -> str:
    return catalogue(language()).ugettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    return catalogue(language()).ungettext(one, many, n)


def pgettext(context: str, text: str) -> str:
    return str(catalogue(language()).upgettext(context, text))


def npgettext(context: str, one: str, many: str, n: int) -> str:
    return str(catalogue(language()).unpgettext(context, one, many, n))


_ = gettext


def colon(label: Any) -> str:
    """A label and its colon, which stands apart in French."""
    return gettext("%(label)s:") % {"label": label}


class Lazy:
    """A text looked up when it is shown. `%` fills its places; a context tells it from the same word elsewhere."""

    __slots__ = ("context", "text", "values")

    def __init__(self, text: str, values: Any = None, context: str = "") -> None:
        self.text = text
        self.values = values
        self.context = context

    def __str__(self) -> str:
        said = pgettext(self.context, self.text) if self.context else gettext(self.text)
        return said if self.values is None else said % self.values

    def __mod__(self, values: Any) -> Lazy:
        return Lazy(self.text, values, self.context)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))


def lazy(text: str) -> Lazy:
    """Mark a sentence for translation at import time."""
    return Lazy(text)


def plazy(context: str, text: str) -> Lazy:
    """The same for a word that means two things: the context is for the translator alone."""
    return Lazy(text, context=context)


@functools.lru_cache(maxsize=256)
def best_language(accept: str) -> str:
    """The first of our languages in an Accept-Language header, by its weights."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:400].split(",")):
        tag, _semicolon, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        wishes.append((-quality, place, tag.split("-")[0].lower()))
    return next((tag for quality, _place, tag in sorted(wishes) if tag in LANGUAGES and quality < 0), "en")


def said_in(texts: Mapping[str, str] | None, fallback: str = "") -> str:
    """The data's own text in the language spoken here, else English, else the fallback, else any."""
    texts = texts or {}
    return texts.get(language()) or fallback or texts.get("en") or next(iter(texts.values()), "")


def foreign_language(texts: Mapping[str, str] | None, fallback: str = "") -> str:
    """The language of what `said_in` returns, where it is not the one spoken here; else ''. A fallback is English."""
    texts = texts or {}
    if texts.get(language()):
        return ""
    found = "en" if fallback or texts.get("en") else next((code for code, text in texts.items() if text), "")
    return "" if found == language() else found


def name_of(thing: Any) -> str:
    """The name of a venue, resource or skill in the language spoken here."""
    return said_in(thing.names, getattr(thing, "name", "") or getattr(thing, "key", ""))


# --- formats -------------------------------------------------------------------------------------


def money(amount_cents: int, currency: str) -> str:
    """Minor units as the language writes them: 1234, 'EUR' → €12.34."""
    return _money(amount_cents, currency, language())


# A page says the same few prices, lengths and times over and over, and Babel takes some 50 µs for each.
@functools.lru_cache(maxsize=4096)
def _money(amount_cents: int, currency: str, spoken: str) -> str:
    written = numbers.format_currency(amount_cents / 100, currency, locale=locale(spoken))
    # CLDR puts a space between letters and figures, SEK 12.50; Babel leaves it out.
    return _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)


def number(value: float) -> str:
    return _number(value, language())


@functools.lru_cache(maxsize=4096, typed=True)
def _number(value: float, spoken: str) -> str:
    return numbers.format_decimal(value, locale=locale(spoken))


def percent(share: float, digits: int = 0) -> str:
    return numbers.format_percent(
        share, format=f"#,##0.{'0' * digits}%" if digits else None, locale=locale(language())
    )


def day(value: date | datetime, zone: str | None = None, style: str = "full") -> str:
    """A date in words: 'Tuesday, 24 November 2026'. A datetime needs the venue's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or "UTC")).date()
    return _day(value, style, language())


@functools.lru_cache(maxsize=4096)
def _day(value: date, style: str, spoken: str) -> str:
    if style == "full":
        return dates.format_date(value, "full", locale=locale(spoken))
    # CLDR's own spelling of these two: with any other, Babel takes the nearest it knows, other in each language.
    skeletons = {"medium": "yMMMEd", "short": "MMMEd"}
    return dates.format_skeleton(skeletons[style], value, locale=locale(spoken))


def days(first: date, last: date) -> str:
    """From day to day as the language writes it: 'Mon, 23 Nov – Sun, 29 Nov 2026', 'lun. 23 – dim. 29 nov. 2026'."""
    return _days(first, last, language())


@functools.lru_cache(maxsize=512)
def _days(first: date, last: date, spoken: str) -> str:
    words = dates.format_interval(first, last, "yMMMEd", locale=locale(spoken))
    # Dash and spaces as everywhere here, and without the zeros that CLDR's Swedish has in this place alone.
    words = re.sub(r"\s*–\s*", " – ", words).replace("\u2009", " ")
    return re.sub(r"\b0(?=\d\b)", "", words)


def month(value: date) -> str:
    """A month in words: 'November 2026'."""
    return _month(value.replace(day=1), language())


@functools.lru_cache(maxsize=512)
def _month(value: date, spoken: str) -> str:
    return dates.format_skeleton("yMMMM", value, locale=locale(spoken))


def weekday_name(value: date, width: str = "wide") -> str:
    """The name of the day's weekday by itself: 'Monday'; 'abbreviated': 'Mon'; 'narrow': 'M'."""
    return str(locale(language()).days["stand-alone"][width][value.weekday()])


def weekday(at: datetime, zone: str) -> str:
    """'Monday', as it stands inside a sentence."""
    return _weekday(at.astimezone(ZoneInfo(zone)).date(), language())


@functools.lru_cache(maxsize=4096)
def _weekday(value: date, spoken: str) -> str:
    return dates.format_date(value, "EEEE", locale=locale(spoken))


def clock(at: datetime, zone: str) -> str:
    """The venue's wall clock: '14:30' or '2:30 pm'; with the zone's abbreviation in the hour that comes twice."""
    return _clock(at.astimezone(UTC), zone, language(), clock_hours())


@functools.lru_cache(maxsize=8192)
def _clock(at: datetime, zone: str, spoken: str, of_hours: int) -> str:
    there = at.astimezone(ZoneInfo(zone))
    text = _hour_words(there.time(), spoken, of_hours)
    twin = there.replace(fold=1 - there.fold)
    return (
        f"{text} ({there.tzname()})"
        if twin.utcoffset() != there.utcoffset() and _really_twice(there)
        else text
    )


def clock_short(at: datetime, zone: str) -> str:
    """The same where there is little room: '14:00', or '2 pm'."""
    said = clock(at, zone)
    if clock_hours() == 24 or at.astimezone(ZoneInfo(zone)).minute or "(" in said:
        return said
    return said.replace(":00", "", 1)


def times_short(begins_at: datetime, ends_at: datetime, zone: str) -> str:
    """'14:00–16:30', or '2–4:30 pm', of times of one day."""
    begin, end = clock_short(begins_at, zone), clock_short(ends_at, zone)
    hour, _space, half = begin.partition("\N{NO-BREAK SPACE}")
    # The half of the day is said once, where both times are in it and no zone stands behind.
    return f"{hour}–{end}" if half and "(" not in half and end.endswith(half) else f"{begin}–{end}"


def wall_clock(minutes: int) -> str:
    """Minutes past midnight as a wall clock: 510 → '08:30' or '8:30 am', 1500 → '01:00'; 1440 → '24:00', as a clock of
    12 hours has it: '12:00 am'."""
    if minutes == 1440 and clock_hours() == 24:
        return "24:00"
    return _hour_words(time(minutes // 60 % 24, minutes % 60), language(), clock_hours())


@functools.lru_cache(maxsize=4096)
def _hour_words(wall: time, spoken: str, of_hours: int) -> str:
    words = dates.format_time(wall, "HH:mm" if of_hours == 24 else "h:mm a", locale=locale(spoken))
    # A time of day never breaks over two lines.
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _really_twice(there: datetime) -> bool:
    """Tell the repeated hour from the missing one: both make fold matter."""
    return there.replace(fold=0).utcoffset() > there.replace(fold=1).utcoffset()  # type: ignore[operator]


def moment(at: datetime, zone: str, style: str = "medium") -> str:
    """Date and time in the venue's zone."""
    return f"{day(at, zone, style)}, {clock(at, zone)}"


def span(begins_at: datetime, ends_at: datetime, zone: str, style: str = "medium") -> str:
    """'Tue 24 Nov 2026, 14:00–16:30', or with both dates where they differ."""
    if _within_a_day(begins_at, ends_at, zone):
        return f"{day(begins_at, zone, style)}, {times(begins_at, ends_at, zone)}"
    return f"{moment(begins_at, zone, style)} – {moment(ends_at, zone, style)}"


def times(begins_at: datetime, ends_at: datetime, zone: str) -> str:
    """'14:00–16:30', where the day is known; the end of the day is 24:00. A later end tells its own day."""
    begin, end = clock(begins_at, zone), clock(ends_at, zone)
    if not _within_a_day(begins_at, ends_at, zone):
        return f"{begin} – {moment(ends_at, zone, 'short')}"
    there = ZoneInfo(zone)
    same = begins_at.astimezone(there).date() == ends_at.astimezone(there).date()
    return f"{begin}–{end if same else wall_clock(1440)}"


def _within_a_day(begins_at: datetime, ends_at: datetime, zone: str) -> bool:
    """Also when it ends with the day."""
    first, last = begins_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
    if first.date() == last.date():
        return True
    return (last.hour, last.minute) == (0, 0) and last.date() - first.date() == timedelta(1)


def duration(minutes: int) -> str:
    """'2 h 30 min' as the language shortens it."""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(_unit(hours, "duration-hour"))
    if rest or not hours:
        parts.append(_unit(rest, "duration-minute"))
    return " ".join(parts)


def days_and_hours(minutes: int) -> str:
    """'3 days 4 hr' for what is longer than a day, whole hours of it; else as `duration`."""
    days, hours = divmod(round(minutes / 60), 24)
    if not days:
        return duration(minutes)
    return " ".join([_unit(days, "duration-day"), *([_unit(hours, "duration-hour")] if hours else [])])


def hours_narrow(minutes: int) -> str:
    """A length as hours, where there is little room: '6.5h'."""
    return _counted(round(minutes / 60, 1), "duration-hour", language(), "narrow")


def _unit(value: float, unit: str) -> str:
    """Not by Babel's format_unit: where one is shortened as many, as in Spanish, it writes the name ("1 horas")."""
    return _counted(value, unit, language())


@functools.lru_cache(maxsize=4096, typed=True)
def _counted(value: float, unit: str, language: str, width: str = "short") -> str:
    spoken = locale(language)
    forms = spoken._data["unit_patterns"][unit][width]
    pattern: str = forms.get(spoken.plural_form(value), forms["other"])
    return pattern.format(numbers.format_decimal(value, locale=spoken))


def distance(km: float) -> str:
    """'850 m', '3.2 km', '120 km'."""
    if km < 1:
        return _unit(round(km * 1000, -1), "length-meter")
    return _unit(round(km, 1) if km < 10 else round(km), "length-kilometer")


def country(code: str) -> str:
    return locale(language()).territories.get(code, code)


def language_name(code: str) -> str:
    return locale(language()).languages.get(code, code)
