"""The help pages: Markdown files of docs/, made into HTML once per language and kept.

Short pages for members and guests, and first steps for houses and treasurers, are written in several languages
(`docs/help/LANGUAGE/NAME.md`); the long pages are the English documents of `docs/` themselves. A page that is not there
in the visitor's language comes in English, and says so. Raw HTML in a text is shown as text. Links between documents
lead to the help page of that document; to documents that are for developers alone there is no link, only the words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from booking.i18n import LANGUAGES, lazy
from booking.web.assets import asset

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PICTURES = ROOT / "static" / "src" / "help"
# In the order of the contents. Groups: what the reader is; pages: names, which stand in addresses.
MEMBERS = ("find", "book", "pay", "change", "door", "calendar", "guests", "privacy")
HOUSES = ("house", "managers")
BOOKS = ("books", "treasurers")
RUNNING = ("operating", "payments", "calendars", "import", "commands", "api")
GROUPS = (
    (lazy("For members and guests"), MEMBERS),
    (lazy("If you look after a house"), HOUSES),
    (lazy("If you keep the books"), BOOKS),
    (lazy("If you run the service, or write programs for it"), RUNNING),
)
NAMES = tuple(name for _words, names in GROUPS for name in names)
# Documents that have no page of their own here, and the page that says the same.
INSTEAD = {"members": "", "guests": "guests"}
FOUND_MAX = 20
SNIPPET_LETTERS = 160


@dataclass(frozen=True)
class Section:
    """A heading with its anchor, and what stands below it, as plain text. The first has the title and no anchor."""

    title: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Article:
    """A page: `language` is the one it is written in. `intro` is its first paragraph, as plain text."""

    name: str
    language: str
    title: str
    intro: str
    html: Markup
    sections: tuple[Section, ...]

    @property
    def contents(self) -> tuple[Section, ...]:
        return tuple(each for each in self.sections if each.anchor)


@dataclass(frozen=True)
class Found:
    """A place in the help that has all words that were asked for."""

    article: Article
    section: Section
    snippet: str


def source(name: str, language: str) -> tuple[Path, str]:
    """The file of a page in this language, or in English; and its language. Raises KeyError for no page of ours."""
    if name not in NAMES:
        raise KeyError(name)
    for spoken in (language, "en"):
        path = DOCS / "help" / spoken / f"{name}.md"
        if path.is_file():
            return path, spoken
    return DOCS / f"{name}.md", "en"


@cache
def article(name: str, language: str) -> Article:
    """The page in this language, or in English where it has not been translated. Raises KeyError."""
    path, spoken = source(name, language)
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    sections = _sections(tokens)
    _mend(tokens, path, spoken)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        tokens = tokens[3:]
    html = Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 (our own files, without raw HTML)
    intro = sections[0].text.split("\n", 1)[0]
    return Article(name, spoken, sections[0].title, intro, html, tuple(sections))


def articles(language: str) -> list[tuple[str, list[Article]]]:
    """Every page, by its group."""
    return [(str(words), [article(name, language) for name in names]) for words, names in GROUPS]


def find(question: str, language: str) -> list[Found]:
    """The places that have all words asked for, however accents and capitals are written: titles first."""
    words = plain(question).split()
    if not words:
        return []
    ranked = []
    for number, name in enumerate(NAMES):
        page = article(name, language)
        for place, section in enumerate(page.sections):
            title, text = plain(f"{page.title} {section.title}"), plain(section.text)
            if all(word in title or word in text for word in words):
                in_title = sum(word in title for word in words)
                found = Found(page, section, _snippet(section.text, words))
                ranked.append((-in_title, number, place, found))
    return [found for *_rank, found in sorted(ranked, key=lambda each: each[:3])[:FOUND_MAX]]


def plain(text: str) -> str:
    """Small letters without accents, to compare by."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


# --- reading -----------------------------------------------------------------------------------------


def _sections(tokens: Sequence[Token]) -> list[Section]:
    """What stands below each heading of the first and second level; gives every heading its anchor on the way."""
    found: list[tuple[str, str, list[str]]] = []
    used: set[str] = set()
    inside = ""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title, inside = _text(tokens[place + 1]), token.tag
            anchor = anchor_of(title, used)
            if token.tag != "h1":
                token.attrSet("id", anchor)
            if token.tag in ("h1", "h2"):
                found.append((title, "" if token.tag == "h1" else anchor, []))
        elif token.type == "heading_close":
            inside = ""
        elif token.type == "inline" and found and inside not in ("h1", "h2"):
            found[-1][2].append(_text(token))
        elif token.type in ("fence", "code_block") and found:
            found[-1][2].append(token.content)
    return [Section(title, anchor, "\n".join(texts)) for title, anchor, texts in found]


def anchor_of(title: str, used: set[str]) -> str:
    """'Today: who is in the house' -> 'today-who-is-in-the-house', as forges make them too; a second one gets '-1'."""
    slug = re.sub(r"[^\w\- ]", "", title.casefold()).strip().replace(" ", "-") or "section"
    found, number = slug, 0
    while found in used:
        number += 1
        found = f"{slug}-{number}"
    used.add(found)
    return found


def _text(token: Token) -> str:
    said = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append(" ")
    return "".join(said)


def _snippet(text: str, words: Sequence[str]) -> str:
    """The text around the first word found."""
    flat = " ".join(text.split())
    at = min((spot for word in words if (spot := plain(flat).find(word)) >= 0), default=0)
    begin = max(0, at - SNIPPET_LETTERS // 3)
    begin = flat.find(" ", begin) + 1 if begin else 0
    cut = flat[begin : begin + SNIPPET_LETTERS]
    if begin + len(cut) < len(flat):
        cut = cut.rsplit(" ", 1)[0]
    return ("… " if begin else "") + cut + (" …" if begin + len(cut) < len(flat) else "")


# --- links and pictures ----------------------------------------------------------------------------------


def address_of(target: str, path: Path) -> str | None:
    """Where a link of the file leads on this site; None for what only the repository has."""
    parts = urlsplit(target)
    if parts.scheme in ("http", "https", "mailto") or target.startswith(("/", "#")):
        return target
    if parts.scheme or not parts.path.endswith(".md"):
        return None
    document = (path.parent / parts.path).resolve()
    if document.parent not in (DOCS, *(DOCS / "help" / language for language in LANGUAGES)):
        return None
    name = INSTEAD.get(document.stem, document.stem)
    if name and name not in NAMES:
        return None
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    return f"/help/{name}{anchor}" if name else "/help"


@cache
def sizes() -> dict[str, tuple[int, int]]:
    """Width and height of each picture, in pixels of the page, as `make pictures` wrote them down."""
    told = json.loads((PICTURES / "sizes.json").read_text())
    return {name: (width, height) for name, (width, height) in told.items()}


def picture_name(target: str) -> str:
    """'../../../static/src/help/en-find.webp' -> 'find'."""
    return Path(target).stem.partition("-")[2]


def picture(target: str, language: str) -> str:
    """The name of the built file of a picture: in the language of the page, else in English."""
    name = picture_name(target)
    spoken = language if (PICTURES / f"{language}-{name}.webp").is_file() else "en"
    return f"{spoken}-{name}.webp"


def _mend(tokens: Sequence[Token], path: Path, language: str) -> None:
    """Make links and pictures those of the site, and let wide tables scroll."""
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table")
        dropped: list[bool] = []
        for child in token.children or []:
            if child.type == "link_open":
                address = address_of(str(child.attrGet("href") or ""), path)
                dropped.append(address is None)
                if address is None:
                    child.hidden = True
                else:
                    child.attrSet("href", address)
                    if address.startswith("http"):
                        child.attrSet("rel", "noreferrer")
            elif child.type == "link_close":
                child.hidden = dropped.pop()
            elif child.type == "image":
                target = str(child.attrGet("src") or "")
                width, height = sizes()[picture_name(target)]
                child.attrs = {
                    "src": asset(picture(target, language)),
                    "alt": str(child.attrGet("alt") or ""),
                    "width": width,
                    "height": height,
                    "loading": "lazy",
                    "decoding": "async",
                }
