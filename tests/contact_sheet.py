"""A page with all pictures of a folder in small, page by page, for looking through them: see `screenshots`."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PIL import Image

THUMB_WIDTH, THUMB_HEIGHT_MAX = 240, 420
# Long pages are long pictures; ours, not strangers'.
Image.MAX_IMAGE_PIXELS = None

SHEET = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Pictures of every page</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 24px; background: #eee; color: #111 }}
  section {{ border-top: 1px solid #999; padding: 12px 0 }}
  h2 {{ font-size: 18px; margin: 0 0 8px }}
  div {{ display: flex; gap: 16px; overflow-x: auto; align-items: flex-start }}
  figure {{ margin: 0; flex: none }}
  img {{ display: block; border: 1px solid #999; background: #fff }}
  nav {{ columns: 12em }} nav a {{ display: block }}
</style></head><body>
<h1>{count} pictures of {pages} pages</h1><nav>{links}</nav>
{sections}
</body></html>
"""


def write_sheet(folder: Path) -> Path:
    """Write index.html over the PNG files of the folder, named PAGE-WIDTH-THEME, and their small ones. Returns it."""
    small = folder / "small"
    small.mkdir(exist_ok=True)
    pages: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*-*-*.png"), key=lambda one: one.stat().st_mtime_ns):
        pages.setdefault(path.stem.rsplit("-", 2)[0], []).append(path)
    sections = []
    for name, pictures in sorted(pages.items()):
        figures = "".join(_figure(path, small) for path in pictures)
        sections.append(f'<section id="{escape(name)}"><h2>{escape(name)}</h2><div>{figures}</div></section>')
    sheet = folder / "index.html"
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in sorted(pages))
    count = sum(map(len, pages.values()))
    sheet.write_text(SHEET.format(count=count, pages=len(pages), links=links, sections="\n".join(sections)))
    return sheet


def _figure(path: Path, small: Path) -> str:
    thumb = small / f"{path.stem}.webp"
    if not thumb.exists() or thumb.stat().st_mtime_ns < path.stat().st_mtime_ns:
        with Image.open(path) as whole:
            height = round(whole.height * THUMB_WIDTH / whole.width)
            drawn = whole.convert("RGB").resize(
                (THUMB_WIDTH, height), Image.Resampling.BILINEAR, reducing_gap=2
            )
            drawn.crop((0, 0, THUMB_WIDTH, min(height, THUMB_HEIGHT_MAX))).save(thumb, quality=70)
    _page, width, theme = path.stem.rsplit("-", 2)
    link, words = escape(path.name), f"{escape(width)}, {escape(theme)}"
    picture = f'<img loading="lazy" width="{THUMB_WIDTH}" src="small/{escape(thumb.name)}" alt="{escape(path.stem)}">'
    return f'<figure><a href="{link}">{picture}</a><figcaption>{words}</figcaption></figure>'
