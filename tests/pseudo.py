"""A language for tests alone: English with accents on every letter, and a third longer.

⟦Ƒîñð å šþåçé ~~~~⟧: what a page says without these brackets was never given to be translated, or is data; what no
longer fits would not fit in German either. Nothing of it is shipped: the texts are made as they are asked for, by a
server that these tests start, and only for a request that brings the header `X-Pseudo`.

    python -m tests.pseudo serve --port 8131          the product as ever, plus this
"""

from __future__ import annotations

import re
import sys
from contextvars import ContextVar

from babel import support
from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "X-Pseudo"
OPENS, CLOSES = "⟦", "⟧"
LONGER_BY = 0.35

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ACCENTED = "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļṁñöþǫŕšţûṽŵẋýž"
ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
# What must stay as it is: the places that are filled, tags, entities.
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|<[^>]+>|&\w+;)")

_asked: ContextVar[bool] = ContextVar("asked", default=False)


def pseudo(text: str) -> str:
    """The text with accents, a third longer, in brackets. Spaces at its edges stay outside."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    parts = KEPT.split(words)
    letters = sum(len(part) for part in parts[::2])
    more = round(letters * LONGER_BY)
    # Words of seven letters, as real ones are: a tail in one piece would be wider than any word of a language.
    tail = " ".join("~" * min(7, more - at) for at in range(0, more, 8))
    said = "".join(part.translate(ACCENTS) if place % 2 == 0 else part for place, part in enumerate(parts))
    return f"{before}{OPENS}{said}{' ' + tail if tail else ''}{CLOSES}{after}"


class Pseudo(support.NullTranslations):
    """A catalogue that knows every text."""

    def ugettext(self, message: str) -> str:
        return pseudo(message)

    def ungettext(self, singular: str, plural: str, num: int) -> str:
        return pseudo(singular if num == 1 else plural)

    def upgettext(self, context: str, message: str) -> str:
        return pseudo(message)

    def unpgettext(self, context: str, singular: str, plural: str, num: int) -> str:
        return pseudo(singular if num == 1 else plural)


class Tongue(str):
    """The code of the language as caches see it: no other. Written somewhere, it is plain `en`."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tongue)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, Tongue)

    def __hash__(self) -> int:
        return hash("pseudo")


class Asked:
    """Notes whether a request asks for it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = HEADER.lower().encode()
        token = _asked.set(any(key == name for key, _value in scope.get("headers", [])))
        try:
            await self.app(scope, receive, send)
        finally:
            _asked.reset(token)


def install() -> None:
    """Teach this process the language. Before anything else imports the functions by their names."""
    from booking import i18n

    ours, tongue, catalogue, language = Pseudo(), Tongue("en"), i18n.catalogue, i18n.language
    i18n.catalogue = lambda code: ours if isinstance(code, Tongue) else catalogue(code)  # type: ignore[assignment]
    i18n.language = lambda: tongue if _asked.get() else language()
    i18n._LOCALE_OF[tongue] = "en_GB"

    import booking.app

    create = booking.app.create_app
    booking.app.create_app = lambda: Asked(create())  # type: ignore[assignment, return-value]


if __name__ == "__main__":
    from booking.commands import main

    install()
    sys.exit(main(sys.argv[1:]))
