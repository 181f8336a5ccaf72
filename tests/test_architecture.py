"""The rules of the house that a machine can watch: floors, banned calls, sizes, templates without bare text.

The map is in booking/__init__.py. A rule that stands in the way is changed here, with its reason, never gone round.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BOOKING = ROOT / "booking"
MIGRATIONS = BOOKING.parent / "migrations"
MODULES = sorted(BOOKING.rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# Names on the first and on the last floor may import each other; on the others, never sideways.
FLOORS = [
    {
        "errors", "clock", "timespan", "money", "forms", "db", "records", "events", "i18n", "limits",
        "guards", "migrating", "sqlite_backend", "postgres_backend", "convertors", "outbound", "paper", "pictures",
        "picture_worker", "plan_worker", "plan_paths", "asker", "marks",
    },
    {"members", "places", "ledger"},
    {"availability", "pricing"},
    {"budgets"},
    {"reservations"},
    {"guests", "houses"},
    {"search", "payments", "occupancy", "calendars", "webhooks"},
    {"notifications", "checks", "importing", "leaving"},
    {"web", "api", "dav"},
    {
        "app", "jobs", "demo", "demo_past", "demo_plans", "demo_presence", "demo_series", "demo_weeks", "backups",
        "commands", "__main__", "stripe_double",
    },
]  # fmt: skip
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}
LINES_MAX, TEST_LINES_MAX = 450, 500
# Background work is started in these places only, and never inside a transaction (it would run in it).
MAY_START_TASKS = {
    "app.py",
    "asker.py",  # for all who wait for one answer; those in a transaction never do
    "sqlite_backend.py",
    "web/live.py",
    "web/manage_live.py",
    "web/sign_in.py",
    "web/slow.py",
    "webhooks/delivering.py",
    "stripe_double/app.py",
}
WORD = re.compile(r"[^\W\d_²]{2,}")  # symbols of units, as m², are the same in every language


def home_of(path: Path) -> str:
    return path.relative_to(BOOKING).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(package of booking, dotted rest) for each import of a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("booking."):
                package, _dot, rest = name.removeprefix("booking.").partition(".")
                yield package, rest


def calls(path: Path) -> Iterator[str]:
    """Dotted names of all attributes that are called or mentioned: 'asyncio.gather', 'Model.get_or_create'."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(BOOKING)))
def test_imports_only_point_down(path: Path) -> None:
    home = home_of(path)
    if home == "__init__":
        return
    for package, _rest in imported(path):
        if package == home:
            continue
        assert package in FLOOR_OF, f"booking.{package} is on no floor"
        same_end = FLOOR_OF[package] == FLOOR_OF[home] in (0, len(FLOORS) - 1)
        assert FLOOR_OF[package] < FLOOR_OF[home] or same_end, (
            f"{path.name} must not import booking.{package}"
        )


def test_every_module_has_its_floor() -> None:
    there = {home_of(path) for path in MODULES} - {"__init__"}
    assert there <= set(FLOOR_OF), f"not on the map: {there - set(FLOOR_OF)}"


def test_every_floor_is_on_the_map() -> None:
    text = (BOOKING / "__init__.py").read_text(encoding="utf-8")
    for name in {home_of(path) for path in MODULES} - {"__init__"}:
        assert re.search(rf"\b{name}\b", text), f"{name} is missing in booking/__init__.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(BOOKING)))
def test_what_is_not_called(path: Path) -> None:
    where = str(path.relative_to(BOOKING))
    for name in calls(path):
        last = name.rsplit(".", 1)[-1]
        # They look first and write then, outside of our locks: two requests may do both.
        assert last not in ("get_or_create", "update_or_create"), f"{where}: {name}"
        if last in ("gather", "create_task", "ensure_future", "TaskGroup"):
            assert where in MAY_START_TASKS, f"{where} starts tasks: {name}"
        if last == "select_for_update":
            assert where == "db.py", f"{where} locks rows by itself; db.lock does"
        if name in ("datetime.now", "datetime.utcnow", "date.today", "time.time"):
            assert where == "clock.py", f"{where} reads the clock; take at="


@pytest.mark.parametrize(
    "path",
    [*MODULES, *TEMPLATES, *sorted((ROOT / "tests").rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_fit_in_a_head(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= (TEST_LINES_MAX if "tests" in path.parts else LINES_MAX), (
        f"{lines} lines: split it by what it does"
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(BOOKING)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with a sentence"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


# --- templates -------------------------------------------------------------------------------------


def without_code(text: str) -> str:
    """A template's own HTML: comments, translated blocks, statements and expressions are taken out."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.S)
    text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.S)
    return re.sub(r"<!--.*?-->", "", text, flags=re.S)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_inline_style_or_script(path: Path) -> None:
    if "emails" in path.parts:
        return  # mail programs load no files; a style element is all they have
    html = without_code(path.read_text(encoding="utf-8"))
    assert not re.search(r"<style\b", html)
    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"\son[a-z]+\s*=", html)
    for tag in re.findall(r"<script\b[^>]*>", html):
        assert " src=" in tag or 'type="application/json"' in tag, tag


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_can_be_translated(path: Path) -> None:
    if path.name == "styleguide.html" or path.parent.name == "styleguide":
        return  # shows the parts to developers, and is no page of the product
    assert bare_texts(path.read_text(encoding="utf-8")) == []


def bare_texts(template: str) -> list[str]:
    """What people would read that no translation reaches: between tags, and in the attributes that are read out."""
    html = re.sub(r"<(style|script)\b.*?</\1>", "", without_code(template), flags=re.S)
    read_out = re.findall(r'\b(?:title|alt|aria-label|placeholder|aria-description)="([^"]*)"', html)
    # A macro may hold attributes without their tag.
    between = [re.sub(r'[a-z-]+="[^"]*"|&\w+;', "", text) for text in re.split(r"<[^>]*>", html)]
    return [text.strip() for text in [*read_out, *between] if WORD.search(text)]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>{{ _('Hello') }} · 3&nbsp;m²</p>", 0),
        ("{% trans n=1 %}Hello {{ n }}{% endtrans %}{# a comment #}", 0),
        ("<p>Hello</p>", 1),
        ('<img alt="A room">', 1),
        ("<a title=\"{{ _('A room') }}\">{% if a > b %}x{% else %}no way{% endif %}</a>", 1),
    ],
)
def test_bare_texts_are_seen(template: str, found: int) -> None:
    assert len(bare_texts(template)) == found


def test_colours_stand_in_the_tokens_only() -> None:
    sheets = [path for path in (ROOT / "static" / "src" / "css").rglob("*.css") if path.name != "tokens.css"]
    assert sheets
    for path in sheets:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)|\b(?:rgb|hsl|oklch|oklab)a?\(", text), (
            path.name
        )


@pytest.mark.parametrize("path", [*sorted(MIGRATIONS.glob("0*.py"))], ids=lambda path: path.name)
def test_no_semicolon_in_what_a_migration_says_of_tables(path: Path) -> None:
    """On SQLite the migrations cut their SQL at each semicolon, the docstring of a model within it, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "table_description":
                    assert ";" not in str(ast.literal_eval(value)), f"{path.name}: {ast.literal_eval(value)}"
        if (
            isinstance(node, ast.keyword)
            and node.arg == "description"
            and isinstance(node.value, ast.Constant)
        ):
            assert ";" not in str(node.value.value), f"{path.name}: {node.value.value}"


def test_no_semicolon_at_the_head_of_a_model() -> None:
    """The first line of a model's docstring becomes the comment of its table; see above."""
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Model" for base in node.bases):
                head = (ast.get_docstring(node) or "").partition("\n")[0]
                assert ";" not in head, f"{path.relative_to(BOOKING)}: {node.name}: {head}"
