"""QR codes as drawings inside the page: no file, no script, dark on light in every theme, or no phone reads them."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

import settings

QUIET_ZONE = 4  # modules of light around it, as the standard asks


@lru_cache(maxsize=1024)
def drawn(path: str) -> Markup:
    """The code that leads to a path of this site. A quarter of it may be dirty or torn, and it still leads there."""
    import segno  # only the pages that draw one pay for it

    code = segno.make(settings.BASE_URL + path, error="q", micro=False)
    svg = code.svg_inline(
        omitsize=True, border=QUIET_ZONE, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 drawn by segno
