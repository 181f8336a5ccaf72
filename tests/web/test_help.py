"""GET /help and /help/{name}: the pages, their languages, their pictures, the search, and what leads to them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from starlette.routing import Match, Route

from booking.i18n import LANGUAGES
from booking.web import help as help_pages
from booking.web import help_texts
from booking.web.routes import routes
from tests.help_pictures import PICTURES

HELP = help_texts.DOCS / "help"
WRITTEN = sorted(HELP.rglob("*.md"))
EVERYWHERE = help_texts.MEMBERS


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


async def test_it_works(db, client):
    answer = await client.get("/help")
    assert answer.status_code == 200
    assert 'href="/help/book"' in answer.text
    page = await client.get("/help/book")
    assert "<h1>Book</h1>" in page.text
    assert '<h2 id="again-next-week">Again next week</h2>' in page.text
    assert '<a href="#again-next-week">Again next week</a>' in page.text
    assert '<a href="/reservations">' in page.text
    assert re.search(
        r'<img src="/static/en-book-\w+\.webp" alt="The form[^"]+" width="\d+" height="\d+"', page.text
    )
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", help_texts.NAMES)
async def test_each_page_comes_in_each_language_or_says_that_it_is_in_english(db, client_of, name, language):
    client = await client_of(None, **{"Accept-Language": language})
    text = (await client.get(f"/help/{name}")).text
    translated = (HELP / language / f"{name}.md").is_file() or language == "en"
    assert f'<html lang="{language}"' in text
    assert ('<article class="help" lang="en">' in text) is not translated


async def test_a_page_that_there_is_not(db, client):
    for name in ("nothing", "developing", "members", "en"):
        assert (await client.get(f"/help/{name}")).status_code == 404


async def test_the_search_finds_words_however_they_are_written(db, client_of):
    client = await client_of()
    assert "places have “passkey”" in (await client.get("/help?q=passkey")).text
    assert 'href="/help/managers#your-passkey"' in (await client.get("/help?q=YOUR+PASSKEY")).text
    french = await client_of(None, **{"Accept-Language": "fr"})
    assert 'href="/help/change#annuler"' in (await french.get("/help?q=réservation+ANNULER")).text
    assert 'href="/help/change#annuler"' in (await french.get("/help?q=reservation+annuler")).text


async def test_a_search_without_an_answer_says_what_to_do(db, client):
    text = (await client.get("/help", params={"q": '<b>"xyzzy'})).text
    assert "Nothing has these words" in text
    assert "<b>" not in text.split("<main")[1]
    assert (await client.get("/help", params={"q": "x" * 200})).status_code == 422


def test_raw_html_is_shown_as_text(tmp_path, monkeypatch):
    path = tmp_path / "x.md"
    path.write_text(
        "# A\n\nB <script>alert(1)</script> [x](javascript:alert(1)) [y](developing.md) [z](https://e.org)\n"
    )
    monkeypatch.setattr(help_texts, "source", lambda name, language: (path, "en"))
    html = help_texts.article.__wrapped__("book", "en").html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert html.count("<a ") == 1
    assert '<a href="https://e.org" rel="noreferrer">z</a>' in html


# --- the texts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_members_read_everything_in_their_language(language):
    assert set(EVERYWHERE) <= {path.stem for path in (HELP / language).glob("*.md")}


@pytest.mark.parametrize("path", WRITTEN, ids=names)
def test_a_translation_has_the_form_of_the_english_page(path):
    """So a change of the English page that the others have not followed is seen."""

    def form(text: str) -> list[str]:
        tokens = MarkdownIt("commonmark").parse(text)
        marks = [f"{token.type} {token.tag}" for token in tokens if token.nesting == 1]
        links = sorted(re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", text))
        return marks + links + re.findall(r"/[a-z]{2}-(\w+\.webp)", text)

    assert form(path.read_text()) == form((HELP / "en" / path.name).read_text())


@pytest.mark.parametrize("path", WRITTEN, ids=names)
def test_links_into_the_site_lead_to_a_page(path):
    scope = {"type": "http", "method": "GET", "headers": []}
    for target in re.findall(r"\]\((/[^)]*)\)", path.read_text()):
        found = [route for route in routes if isinstance(route, Route)]
        assert any(route.matches({**scope, "path": target})[0] is Match.FULL for route in found), target


@pytest.mark.parametrize("name", help_texts.NAMES)
def test_anchors_of_links_between_pages_exist(name):
    html = str(help_texts.article(name, "en").html)
    for other, anchor in re.findall(r'href="/help/([a-z]+)#([^"]+)"', html):
        assert anchor in re.findall(r' id="([^"]+)"', str(help_texts.article(other, "en").html))


# --- the pictures ----------------------------------------------------------------------------------------


def test_every_picture_named_is_there_and_no_other():
    told = {
        name for path in WRITTEN for name in re.findall(r"static/src/help/([\w-]+\.webp)", path.read_text())
    }
    assert told == {path.name for path in help_texts.PICTURES.glob("*.webp")}


def test_every_page_shows_its_picture_in_its_own_language():
    """Each picture in each language, and none is a copy of another's: `make pictures` takes them all."""
    wanted = {f"{language}-{one.name}.webp" for language in LANGUAGES for one in PICTURES}
    kept = {path.name: path.read_bytes() for path in help_texts.PICTURES.glob("*.webp")}
    assert set(kept) == wanted
    seen: dict[bytes, str] = {}
    copies = [
        (name, seen[made]) for name, made in sorted(kept.items()) if seen.setdefault(made, name) != name
    ]
    assert not copies


def test_every_picture_has_a_way_to_take_it_and_its_size():
    sizes = json.loads((help_texts.PICTURES / "sizes.json").read_text())
    assert sizes == {one.name: [one.width, one.height] for one in PICTURES}
    used = {
        name.partition("-")[2].removesuffix(".webp")
        for name in (p.name for p in help_texts.PICTURES.glob("*.webp"))
    }
    assert used == set(sizes)


@pytest.mark.parametrize("path", WRITTEN, ids=names)
def test_every_picture_says_in_words_what_it_shows(path):
    for alt, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", path.read_text()):
        assert len(alt) > 20, target
        assert f"/{path.parent.name}-" in target


def test_the_pictures_are_light():
    octets = [path.stat().st_size for path in help_texts.PICTURES.glob("*.webp")]
    assert max(octets) < 45_000
    assert sum(octets) < 2_000_000


# --- from the pages of the site --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, name",
    [
        ("/", ""),
        ("/search", "find"),
        ("/venues/quai", "find"),
        ("/resources/7/reserve", "book"),
        ("/resources/7/guest", "guests"),
        ("/again", "book"),
        ("/reservations", "change"),
        ("/reservations/x/again", "book"),
        ("/reservations/x/change", "change"),
        ("/reservations/x/paid", "pay"),
        ("/c/abc", "door"),
        ("/calendar", "calendar"),
        ("/budgets/3", "pay"),
        ("/settings/keys", "privacy"),
        ("/manage/quai", "house"),
        ("/manage/quai/set-up/hours", "managers"),
        ("/manage/quai/occupancy", "managers"),
        ("/books/smartde", "books"),
        ("/books/smartde/ledger", "treasurers"),
        ("/admin/roles", "operating"),
        ("/calendars", ""),
        ("/guesthouse", ""),
    ],
)
def test_each_page_leads_to_its_help(path, name):
    assert help_pages.about(path) == name


async def test_the_link_stands_on_the_page(db, client):
    assert 'href="/help/find"' in (await client.get("/search")).text
