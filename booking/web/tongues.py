"""Texts by language in a form: one field per language, the reader's own first, the others folded away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from booking import i18n
from booking.forms import Line


def fields(name: str, most: int, *, line: bool = False) -> dict[str, Any]:
    """The fields of a shape for one text, for pydantic's create_model: 'description_en', 'description_nl' …"""
    kind: Any = Annotated[Line, Field(max_length=most)] if line else Annotated[str, Field(max_length=most)]
    return {f"{name}_{code}": (kind, "") for code in i18n.LANGUAGES}


def order() -> list[tuple[str, str]]:
    """(code, name) of the languages, the one spoken here first."""
    own = i18n.language()
    return sorted(i18n.LANGUAGES.items(), key=lambda each: each[0] != own)


def typed(name: str, texts: Mapping[str, str] | None) -> dict[str, str]:
    """The texts as they stand in the boxes."""
    return {f"{name}_{code}": (texts or {}).get(code, "") for code in i18n.LANGUAGES}


def texts_of(value: Any, name: str, there: Mapping[str, str] | None = None) -> dict[str, str]:
    """The texts of a valid shape. What the data has in further languages stays."""
    kept = {code: text for code, text in (there or {}).items() if code not in i18n.LANGUAGES}
    said = {code: getattr(value, f"{name}_{code}") for code in i18n.LANGUAGES}
    return kept | {code: text for code, text in said.items() if text}
