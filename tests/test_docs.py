"""The documentation keeps up: it names every setting, command, option and job, and no link leads nowhere."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from booking import jobs
from booking.commands import parser

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXTS = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```|^(?: {4}|\t).*?$", re.DOTALL | re.MULTILINE)


def settings() -> list[str]:
    """What settings.py reads from the environment."""
    return re.findall(r'config\(\s*"([A-Z_]+)"', (ROOT / "settings.py").read_text())


def commands(of: argparse.ArgumentParser, words: str = "") -> list[str]:
    """Every command with its parts: ["serve", "import network", "role grant", ...]."""
    below = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        return [words.strip()]
    return [each for name, part in below[0].choices.items() for each in commands(part, f"{words} {name}")]


def options(of: argparse.ArgumentParser) -> set[str]:
    """Every --option of every command."""
    found = {option for action in of._actions for option in action.option_strings if option.startswith("--")}
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                found |= options(part)
    return found


def test_it_works() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "DEMO"} <= set(settings())
    assert {"serve", "migrate", "import network", "role grant"} <= set(commands(parser()))


@pytest.mark.parametrize("name", settings())
def test_each_setting_has_its_row(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", (DOCS / "operating.md").read_text(), re.MULTILINE)


def test_no_setting_is_told_that_does_not_exist() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "operating.md").read_text(), re.MULTILINE)
    assert set(told) <= set(settings())


@pytest.mark.parametrize("name", ["operating.md", "commands.md", "api.md"])
def test_no_row_stands_twice(name: str) -> None:
    """Merging two branches may keep both words for one setting, job or code."""
    told = re.findall(r"^\| (`[^`|]+`) \|", (DOCS / name).read_text(), re.MULTILINE)
    assert [each for each in sorted(set(told)) if told.count(each) > 1] == []


@pytest.mark.parametrize("command", commands(parser()))
def test_each_command_is_described(command: str) -> None:
    first, *rest = command.split()
    text = (DOCS / "commands.md").read_text()
    section = re.search(rf"^## {first}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section
    usage = [line for line in section[1].splitlines() if line.startswith(f"    python -m booking {first}")]
    assert any(set(rest) <= set(line.split()) for line in usage)


@pytest.mark.parametrize("option", sorted(options(parser()) - {"--help"}))
def test_each_option_is_described(option: str) -> None:
    assert option in (DOCS / "commands.md").read_text()


@pytest.mark.parametrize("job", [job.name for job in jobs.TIMETABLE])
def test_each_job_is_described(job: str) -> None:
    assert f"`{job}`" in (DOCS / "commands.md").read_text()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = [urlsplit(target) for target in LINK.findall(FENCE.sub("", path.read_text()))]
    missing = [
        target.path
        for target in targets
        if not target.scheme
        and target.path
        # The help leads into the site itself; tests/web/test_help.py follows these.
        and not (target.path.startswith("/") and path.is_relative_to(DOCS / "help"))
        and not (path.parent / target.path).exists()
    ]
    assert missing == []


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for text in TEXTS:
        told = set(re.findall(r"`make ([a-z-]+)", text.read_text()))
        assert told <= targets, f"{text.name}: {told - targets}"
