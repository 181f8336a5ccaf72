"""Finds what a page says that nobody gave to be translated.

The page is asked for in the made-up language of `tests.pseudo`, whose texts stand in brackets. What stands outside of
them must be data: words of the database, of CLDR (months, countries, currencies), or of the short list below.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import holidays
from babel import Locale
from playwright.sync_api import Page

from booking.i18n import LANGUAGES
from tests.demonstration import ROOT
from tests.pseudo import CLOSES, OPENS

# Columns that hold what people wrote, and names. Not those of states and codes: their words must be translated.
DATA = {
    "floor_plan": ("name", "shapes"),
    "entity": ("key", "name", "legal_name", "status_note", "status_notes", "website"),
    "activity": ("name", "number"),
    "member": ("name", "email", "home_city", "number"),
    "skill": ("key", "names"),
    "venue": (
        "key", "name", "names", "descriptions", "operator", "street", "city", "city_names", "district", "access",
        "contact_name", "contact_email", "website", "status_note", "status_notes", "facts",
    ),
    "resource": ("name", "names", "descriptions", "located_in", "existence_note"),
    "unit": ("key", "name"),
    "yearly_closure": ("reason", "reasons"),
    "closure": ("reason", "reasons"),
    "reservation": ("title", "note", "company", "vat_number"),
    "allotment": ("reference", "note"),
    "transfer": ("note",),
    "session": ("agent",),
    "photo": ("alts",),
    "api_token": ("name",),
    "display": ("name",),
    "receipt": ("name", "company", "seller"),
    "webhook_endpoint": ("name", "url", "events"),
    "message": ("subject", "to_email", "to_name"),
}  # fmt: skip
# Names of things that are the same in every language: formats, programs, units, what people typed in these tests.
NAMES = set(
    re.findall(
        r"\w+",
        "csv pdf ics utc url http https api json png svg caldav webdav vat eur sek gbp smart share the desk wi fi qr "
        "geonames naturalearthdata natural earth unicode cldr babel iana lucide htmx sky software big osi open font "
        "license bsd mit isc agpl bricolage grotesque mathieu triay atkinson hyperlegible next braille institute "
        "database holidays stripe google outlook apple thunderbird localhost demo example org com chrome linux "
        "iphone ipad sil clause mac android microsoft icsx icsx⁵ zone heating mended laptop",
    )
)
WORD = re.compile(r"[^\W\d_]{3,}")
NAME_OF_COOKIE = re.compile(r"\bdesk_\w+")
READ_OUT = ("aria-label", "title", "alt", "placeholder", "data-label")

COLLECT = """([opens, closes, readOut]) => {
    // A mail is shown in the language of its reader.
    const skip = 'script, style, code, pre, kbd, .house-mail';
    let depth = 0, bare = '';
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.nodeType === 1) {
            if (node.matches(skip)) continue;
            for (const name of readOut) if (node.hasAttribute(name)) found.push(node.getAttribute(name));
            continue;
        }
        if (!node.parentElement || node.parentElement.closest(skip)) continue;
        bare = '';
        for (const sign of node.textContent) {
            if (sign === opens) depth += 1;
            else if (sign === closes) depth -= 1;
            else if (depth === 0) bare += sign;
        }
        if (bare.trim()) found.push(bare.trim());
    }
    return found;
}"""


def bare_words(page: Page, folder: Path) -> list[str]:
    """Texts of the page with a word that is neither in brackets nor known as data."""
    known = NAMES | cldr_words() | source_words() | data_words(folder)
    texts = page.evaluate(COLLECT, [OPENS, CLOSES, list(READ_OUT)])
    return [text for text in map(outside, texts) if words_of(NAME_OF_COOKIE.sub("", text)) - known]


def outside(text: str) -> str:
    """What stands outside of the brackets."""
    depth, kept = 0, ""
    for sign in text:
        depth += (sign == OPENS) - (sign == CLOSES)
        kept += sign if depth == 0 and sign != CLOSES else ""
    return kept.strip()


def words_of(text: str) -> set[str]:
    return set(map(str.lower, WORD.findall(text)))


def data_words(folder: Path) -> set[str]:
    """Words that stand in the database now."""
    found: set[str] = set()
    with closing(sqlite3.connect(f"file:{folder}/demo.sqlite3?mode=ro", uri=True)) as base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, columns in DATA.items():
            if table not in tables:
                continue
            there = {row[1] for row in base.execute(f"PRAGMA table_info('{table}')")}
            for column in there.intersection(columns):
                for (value,) in base.execute(f"SELECT DISTINCT {column} FROM {table}"):
                    found |= words_of(str(value or "").encode().decode("unicode_escape", "ignore"))
                    found |= words_of(str(value or ""))
    return found


@cache
def cldr_words() -> set[str]:
    """Words that Babel and the calendar of holidays write."""
    english = Locale.parse("en_GB")
    found = {word for name in LANGUAGES.values() for word in words_of(name)} | set(LANGUAGES)
    parts: list[Any] = [
        english.months,
        english.days,
        english.day_periods,
        english.territories,
        english.currencies,
    ]
    parts += [english.languages, english.unit_display_names, english._data["unit_patterns"]]
    parts += [english._data["date_fields"], english.time_zones, english.meta_zones]
    for part in parts:
        for text in strings(part):
            found |= words_of(text)
    for country in ("BE", "FR", "DE", "ES", "IT", "NL", "AT", "SE"):
        for name in holidays.country_holidays(country, years=[2026, 2027], language="en_US").values():
            found |= words_of(name)
    return found


@cache
def source_words() -> set[str]:
    """What the demonstration says about where its figures come from."""
    return words_of((ROOT / "booking" / "demo_network" / "history" / "source.json").read_text())


def strings(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif hasattr(tree, "items"):
        for _key, value in tree.items():
            yield from strings(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from strings(value)
