"""The help: its contents, a search in it, one page; and which page helps with what the visitor looks at."""

from __future__ import annotations

import re

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n
from booking.errors import NotFound
from booking.forms import Line, Shape, read
from booking.web import help_texts
from booking.web.pages import page

# What of the site each page of the help is about, the first that fits: patterns of paths.
ABOUT = [
    (r"/resources/\d+/guest|/guest", "guests"),
    (r"/resources/\d+/(reserve|quote)|/again|/reservations/[^/]+/again", "book"),
    (r"/reservations/[^/]+/(pay|paid)|/guest/[^/]+/(pay|paid)", "pay"),
    (r"/reservations/[^/]+/check-in|/c/", "door"),
    (r"/reservations", "change"),
    (r"/search|/venues|/resources|/photos", "find"),
    (r"/budgets", "pay"),
    (r"/calendar", "calendar"),
    (r"/privacy|/settings|/sign-in|/confirm", "privacy"),
    (r"/manage/[^/]+/(occupancy|set-up|codes|displays|photos|closures)|/manage/new", "managers"),
    (r"/manage", "house"),
    (r"/books/[^/]+/(ledger|checks|receipts|cards)|/books/(receipts|cards)", "treasurers"),
    (r"/books", "books"),
    (r"/admin", "operating"),
]
_ABOUT = [(re.compile(rf"(?:{pattern})(?=/|$)|(?:{pattern})(?<=/)"), name) for pattern, name in ABOUT]


class Question(Shape):
    """What somebody looks for in the help."""

    q: Line = Field("", max_length=80)


async def index(request: Request) -> Response:
    """All pages by who reads them; or the places where the words asked for stand."""
    form = await read(request, Question)
    asked = form.value.q if form.valid else ""
    language = i18n.language()
    return page(
        request,
        "help/index.html",
        status=form.status,
        form=form,
        asked=asked,
        found=help_texts.find(asked, language),
        groups=help_texts.articles(language),
    )


async def show(request: Request) -> Response:
    """One page, in the visitor's language or in English."""
    name, language = request.path_params["name"], i18n.language()
    if name not in help_texts.NAMES:
        raise NotFound
    shown = help_texts.article(name, language)
    group, others = next(
        (words, pages)
        for words, pages in help_texts.articles(language)
        if any(each.name == name for each in pages)
    )
    return page(request, "help/show.html", article=shown, group=group, others=others)


def about(path: str) -> str:
    """The name of the page that helps with a path of the site; '' where none does more than another."""
    return next((name for pattern, name in _ABOUT if pattern.match(path)), "")
