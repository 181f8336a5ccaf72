"""Texts of messages from templates/emails: KIND.subject.txt, KIND.txt, KIND.html."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

import settings
from booking import i18n
from booking.calendars.text import clean_line

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SUBJECT_LETTERS_MAX = 200


@dataclass(frozen=True)
class Texts:
    """A message in one language."""

    subject: str
    text: str
    html: str


def render(kind: str, language: str, **context: Any) -> Texts:
    """The three texts of a message. Values are escaped in the HTML; the subject is one line."""
    with i18n.speaking(language):

        def said(suffix: str) -> str:
            template = environment().get_template(f"emails/{kind}{suffix}")
            return template.render(lang=language, base_url=settings.BASE_URL, **context)

        context["subject"] = clean_line(said(".subject.txt"))[:SUBJECT_LETTERS_MAX]
        return Texts(context["subject"], _tidy(said(".txt")), said(".html").strip() + "\n")


def _tidy(text: str) -> str:
    """No blanks at line ends, never two empty lines: what optional parts of a template leave behind."""
    kept: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept) + "\n"


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"], default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    made.globals |= {"network": settings.NETWORK_NAME}
    return made
