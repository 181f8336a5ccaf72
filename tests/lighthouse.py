"""Lighthouse over six pages of the demonstration, as a phone of middling speed sees them: `make lighthouse`.

    make lighthouse                                  all six; the reports are kept in lighthouse/
    make lighthouse ARGS="home search --write"       some; --write keeps the table in docs/face.md

Scores of speed depend on what else the machine does. A report, not a gate: it ends with 1 where a score is below 95.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.demonstration import ROOT, chromium, demonstration
from tests.main_pages import MAIN_PAGES
from tests.validator import NODE
from tests.visiting import ALICE, STELLA, Main, sign_in, visit

TOOL = ROOT / "tools" / "lighthouse"
GOAL = 95
NAMES = ("home", "search", "venue-day", "reserve", "reservations", "manage-today")
# Search engines are kept away from a member's own pages and from searches (robots.txt): no score of theirs to reach.
KEPT_OUT = {main.name for main in MAIN_PAGES if main.person in (ALICE, STELLA)} | {"search"}
SECTION = re.compile(r"(<!-- lighthouse -->\n).*?(<!-- /lighthouse -->)", re.DOTALL)


def addresses(home: str, mains: list[Main]) -> list[dict[str, str]]:
    """Where each page is, with the cookies of who looks at it."""
    found = []
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        pages: dict[str, Page] = {}
        for main in mains:
            if main.person not in pages:
                pages[main.person] = browser.new_context(locale="en-GB").new_page()
                if main.person:
                    sign_in(pages[main.person], home, main.person)
            page = pages[main.person]
            visit(page, home, main)
            cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
            found.append({"name": main.name, "url": page.url, "cookie": cookies if main.person else ""})
        browser.close()
    return found


def run(pages: list[dict[str, str]], folder: Path) -> list[dict[str, object]]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    done = subprocess.run(
        [str(NODE), "run.mjs", str(folder), found],
        cwd=TOOL,
        input=json.dumps(pages),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def table(told: list[dict[str, object]], version: str) -> str:
    """What was measured, as Markdown."""
    rows = ["| Page | Speed | Accessibility | Good practice | Search engines | Largest paint | Bytes |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in told:
        speed, access, practice, seo = one["scores"]  # type: ignore[misc]
        engines = "kept out" if one["name"] in KEPT_OUT else seo
        paint, size = one["paint"], one["bytes"]
        weighs = f"{paint / 1000:.1f} s | {size / 1000:.0f} kB"  # type: ignore[operator]
        rows.append(f"| {one['name']} | {speed} | {access} | {practice} | {engines} | {weighs} |")
    where = f"{platform.machine()} with other work going on"
    told_by = f"Lighthouse {version}, mobile, {date.today()}, {where}, the best of three."
    return "\n".join([told_by, "", *rows]) + "\n"


def below(told: list[dict[str, object]]) -> list[str]:
    """Scores under the goal, with what cost them."""
    return [
        f"{one['name']}: {', '.join(map(str, one['failed']))}"  # type: ignore[call-overload]
        for one in told
        if any(
            score is not None and score < GOAL
            for score in one["scores"][: 3 if one["name"] in KEPT_OUT else 4]  # type: ignore[index]
        )
    ]


def main(arguments: list[str]) -> int:
    reader = argparse.ArgumentParser(prog="make lighthouse", description="Lighthouse over some pages.")
    reader.add_argument(
        "names", nargs="*", metavar="PAGE", help=f"of all main pages; else {', '.join(NAMES)}"
    )
    reader.add_argument("--home", default="", help="a demonstration that runs already")
    reader.add_argument("--write", action="store_true", help="keep the table in docs/face.md")
    wish = reader.parse_args(arguments)
    by_name = {main.name: main for main in MAIN_PAGES}
    mains = [by_name[name] for name in wish.names or NAMES]
    folder = ROOT / "lighthouse"
    folder.mkdir(exist_ok=True)
    if wish.home:
        told = run(addresses(wish.home, mains), folder)
    else:
        with demonstration() as home:
            told = run(addresses(home, mains), folder)
    version = json.loads((TOOL / "package.json").read_text())["devDependencies"]["lighthouse"]
    text = table(told, version)
    sys.stdout.write(text)
    if wish.write:
        docs = ROOT / "docs" / "face.md"
        docs.write_text(SECTION.sub(lambda found: f"{found[1]}{text}{found[2]}", docs.read_text()))
    missed = below(told)
    sys.stdout.write("".join(f"{line}\n" for line in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
