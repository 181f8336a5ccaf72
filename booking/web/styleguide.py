"""The style guide: every component in every state, and the colours with their contrasts. For those who write pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

import settings
from booking.errors import NotFound
from booking.web.pages import page

TOKENS = Path(__file__).resolve().parents[2] / "static" / "src" / "css" / "tokens.css"
TEXT_LEAST, BORDER_LEAST = 4.5, 3
# Which text stands on which ground, somewhere on a page.
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "card", "sunk")],
    *[
        (ink, ground)
        for ink in ("petrol", "clay", "leaf", "plum", "honey")
        for ground in ("paper", "card", "sunk")
    ],
    *[("ink", f"{name}-soft") for name in ("petrol", "marigold", "clay", "leaf", "plum")],
    ("ink-2", "marigold-soft"),
    ("petrol", "petrol-soft"),
    ("petrol-strong", "petrol-soft"),
    ("petrol-strong", "paper"),
    ("honey", "marigold-soft"),
    ("clay", "clay-soft"),
    ("leaf", "leaf-soft"),
    ("plum", "plum-soft"),
    ("on-petrol", "petrol"),
    ("on-petrol", "petrol-strong"),
    ("on-clay", "clay"),
    ("on-marigold", "marigold"),
    *[("ink", f"ramp-{step}") for step in range(5)],
    *[("ramp-ink", f"ramp-{step}") for step in (5, 6)],
]
# Borders of controls, and the ring of the focus, which lies on a halo of paper or on what it surrounds.
BORDER_PAIRS = [
    ("edge", "paper"),
    ("edge", "card"),
    *[("petrol", ground) for ground in ("paper", "card", "sunk", "petrol-soft", "marigold-soft")],
]


@dataclass(frozen=True)
class Token:
    """A colour: its value in light and in dark, as #RRGGBB."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class Pair:
    """An ink on a ground, its contrast in both themes, and the least that it may be."""

    ink: str
    ground: str
    light: float
    dark: float
    least: float


async def show(request: Request) -> Response:
    """Only where there is nothing to protect."""
    if not (settings.DEMO or settings.DEBUG):
        raise NotFound
    return page(request, "styleguide.html", **colours())


def colours() -> dict[str, Any]:
    """The tokens and the pairs. Nothing where the sources are not at hand, as in an installed package."""
    known = tokens()
    return {"tokens": list(known.values()), "pairs": pairs(known) if known else []}


def tokens() -> dict[str, Token]:
    """Colours by name, in the order of tokens.css."""
    text = TOKENS.read_text(encoding="utf-8") if TOKENS.exists() else ""
    found = {}
    for name, both, light, dark in re.findall(
        r"--([a-z0-9-]+): (?:(#[0-9A-F]{6})|light-dark\((#\w{6}), (#\w{6})\))", text
    ):
        found[name] = Token(name, light or both, dark or both)
    return found


def pairs(known: dict[str, Token]) -> list[Pair]:
    return [
        Pair(
            ink,
            ground,
            contrast(known[ink].light, known[ground].light),
            contrast(known[ink].dark, known[ground].dark),
            least,
        )
        for some, least in ((TEXT_PAIRS, TEXT_LEAST), (BORDER_PAIRS, BORDER_LEAST))
        for ink, ground in some
    ]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
