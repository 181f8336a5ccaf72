"""Reading JSON and CSV files into shapes, keeping for each record where it stands, and every complaint.

A complaint names the file, the line (in JSON the path), the field, and says what is wrong. All complaints about all
files are collected before anything is said, so that people correct a file once.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

BYTES_MAX = 50 << 20
CELL_CHARACTERS_MAX = 20_000

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One complaint. `place` is 'line 12' in CSV and 'venues[3].tariffs[0]' in JSON; `field` may be empty."""

    file: str
    place: str
    field: str
    sentence: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place, self.field) if part)
        return f"{where}: {self.sentence}"


class Wrong(Exception):
    """The files are not taken; nothing was changed. `problems` says all that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems")


@dataclass(frozen=True)
class Record(Generic[S]):
    """One object of a file, with its place in it."""

    value: S
    file: str
    place: str


@dataclass
class Reading:
    """Files being read: the complaints so far."""

    problems: list[Problem] = field(default_factory=list)

    def complain(self, where: Record[Any], name: str, sentence: str) -> None:
        """Something is wrong with one field of a record that could be read."""
        self.problems.append(Problem(where.file, where.place, name, sentence))

    def finish(self) -> None:
        """Raise Wrong if there was anything to complain about."""
        if self.problems:
            raise Wrong(self.problems)

    def shaped(self, shape: type[S], raw: Any, file: str, place: str) -> Iterator[Record[S]]:
        """The raw object as its shape; nothing, and a complaint per wrong field, when it does not fit."""
        try:
            yield Record(shape.model_validate(raw), file, place)
        except ValidationError as wrong:
            for error in wrong.errors():
                name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
                self.problems.append(Problem(file, place, name.lstrip("."), _said(dict(error))))

    def json(self, path: Path) -> Any:
        """What a JSON file holds, or None with a complaint."""
        text = self._text(path)
        if text is None:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as wrong:
            self.problems.append(
                Problem(path.name, f"line {wrong.lineno}", "", f"This is not JSON: {wrong.msg}.")
            )
        except RecursionError:
            self.problems.append(Problem(path.name, "", "", "This is nested too deeply."))
        return None

    def csv(
        self, path: Path, shape: type[S], unfold: Callable[[dict[str, str]], Mapping[str, Any]] = dict
    ) -> list[Record[S]]:
        """The rows of a CSV file with a header line, separated by commas or semicolons. Empty cells are left out.

        `unfold` makes of a row of texts what the shape reads; it may raise ValueError('column: sentence').
        """
        text = self._text(path)
        if text is None:
            return []
        found: list[Record[S]] = []
        first = text.splitlines()[0] if text.strip() else ""
        rows = csv.reader(
            text.splitlines(keepends=True), delimiter=";" if first.count(";") > first.count(",") else ","
        )
        try:
            header = [name.strip() for name in next(rows, [])]
            if not any(header) or len(set(header)) < len(header):
                self.problems.append(
                    Problem(path.name, "line 1", "", "The first line must name the columns, each once.")
                )
                return []
            line = rows.line_num + 1
            for cells in rows:
                place, line = f"line {line}", rows.line_num + 1
                if any(cell.strip() for cell in cells):
                    found += self._row(path.name, place, header, cells, shape, unfold)
        except csv.Error as wrong:
            self.problems.append(
                Problem(path.name, f"line {rows.line_num}", "", f"This is not CSV: {wrong}.")
            )
        return found

    def _row(
        self,
        file: str,
        place: str,
        header: list[str],
        cells: list[str],
        shape: type[S],
        unfold: Callable[[dict[str, str]], Mapping[str, Any]],
    ) -> list[Record[S]]:
        if len(cells) > len(header):
            sentence = f"This line has {len(cells)} cells, and the first line names {len(header)} columns."
            self.problems.append(Problem(file, place, "", sentence))
            return []
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
        if long := [name for name, cell in row.items() if len(cell) > CELL_CHARACTERS_MAX]:
            self.problems.append(Problem(file, place, long[0], f"At most {CELL_CHARACTERS_MAX} characters."))
            return []
        try:
            raw = unfold(row)
        except ValueError as wrong:
            name, _colon, sentence = str(wrong).partition(": ")
            self.problems.append(Problem(file, place, name, sentence))
            return []
        return list(self.shaped(shape, raw, file, place))

    def _text(self, path: Path) -> str | None:
        try:
            if path.stat().st_size > BYTES_MAX:
                self.problems.append(Problem(path.name, "", "", f"More than {BYTES_MAX >> 20} MB."))
                return None
            return path.read_text(encoding="utf-8-sig")
        except OSError as wrong:
            self.problems.append(Problem(path.name, "", "", f"It cannot be read: {wrong.strerror}."))
        except UnicodeDecodeError as wrong:
            line = wrong.object[: wrong.start].count(b"\n") + 1
            self.problems.append(Problem(path.name, f"line {line}", "", "This is not UTF-8 text."))
        return None


_SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no field of this name.",
    "string_type": "A text is needed.",
    "int_parsing": "A whole number is needed.",
    "int_type": "A whole number is needed.",
    "int_from_float": "A whole number is needed.",
    "float_parsing": "A number is needed.",
    "float_type": "A number is needed.",
    "bool_parsing": "true or false is needed.",
    "bool_type": "true or false is needed.",
    "list_type": "A list is needed.",
    "dict_type": "An object is needed.",
    "model_type": "An object is needed.",
    "date_from_datetime_parsing": "A date like 2027-01-31 is needed.",
    "date_parsing": "A date like 2027-01-31 is needed.",
    "date_type": "A date like 2027-01-31 is needed.",
    "greater_than": "More than {gt} is needed.",
    "greater_than_equal": "At least {ge} is needed.",
    "less_than_equal": "At most {le} is possible.",
    "string_too_long": "At most {max_length} characters.",
    "string_too_short": "At least {min_length} characters.",
    "too_short": "At least {min_length} are needed.",
    "too_long": "At most {max_length} are possible.",
    "literal_error": "One of {expected} is needed.",
    "string_pattern_mismatch": "This does not look right: {input!r}.",
}


def _said(error: dict[str, Any]) -> str:
    """A complaint of the validator in our own plain words."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    sentence = _SENTENCES.get(error["type"])
    return (
        sentence.format(**error.get("ctx", {}), input=error.get("input")) if sentence else str(error["msg"])
    )
