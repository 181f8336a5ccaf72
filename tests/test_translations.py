"""Every text is there in every language, with its places, and really translated."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from booking import i18n

ROOT = Path(__file__).parent.parent
OTHERS = [code for code in i18n.LANGUAGES if code != "en"]
PLACE = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]|\{\w*\}")
# Words that another language may really write as English does; longer texts that are equal were forgotten.
SAME_WORDS_MAX = 3


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Catalog:
    """The texts that stand in code and templates now."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "pyproject.toml"]
    command += ["-k", "lazy", "-k", "plazy:1c,2", "-k", "later", "-c", "NOTE:", "-o", str(path), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with path.open("rb") as file:
        return read_po(file)


def catalogue(code: str) -> Catalog:
    with (i18n.LOCALE_DIR / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def texts(message) -> tuple[list[str], list[str]]:
    """The English forms and the translated ones."""
    english = list(message.id) if isinstance(message.id, tuple) else [message.id]
    said = message.string
    return english, list(said) if isinstance(said, tuple | list) else [said]


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated(template, code):
    known = catalogue(code)
    missing = []
    for message in template:
        if not message.id:
            continue
        found = known.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        if found is None or found.fuzzy or not all(texts(found)[1]):
            missing.append(texts(message)[0][0])
    assert missing == []


@pytest.mark.parametrize("code", OTHERS)
def test_no_place_is_lost_or_invented(code):
    wrong = []
    for message in catalogue(code):
        if not message.id or not all(texts(message)[1]):
            continue
        english, said = texts(message)
        wanted = {place.group() for form in english for place in PLACE.finditer(form)}
        for form in said:
            places = {place.group() for place in PLACE.finditer(form)}
            # A singular may leave the number out: "one day".
            spare = {"%(num)s", "%(num)d", "%(n)s", "%(n)d", "%(count)s"} if len(said) > 1 else set()
            if not (places <= wanted and wanted - places <= spare):
                wrong.append((english[0], form))
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_sentences_are_not_left_in_english(code):
    same = []
    for message in catalogue(code):
        english, said = texts(message)
        if (
            message.id
            and english[0] == said[0]
            and len(re.findall(r"[a-z]{2,}", english[0])) > SAME_WORDS_MAX
        ):
            same.append(english[0])
    assert same == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_edges_of_a_text_stay(code):
    wrong = [
        (english[0], form)
        for message in catalogue(code)
        if message.id
        for english, said in [texts(message)]
        for form in said
        if form
        and (form[0].isspace() != english[0][0].isspace() or form[-1].isspace() != english[0][-1].isspace())
    ]
    assert wrong == []
