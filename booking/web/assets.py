"""The built front end: addresses with a content hash in them, and the files behind those addresses.

`static/build.mjs` writes static/dist and its manifest.json; this reads the manifest once, serves the folder.
A hashed name never changes its bytes, so browsers may keep it for a year; any other name is asked for again.
"""

import json
import os
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "static" / "dist"
MOUNT = "/static"  # where app.py mounts `static_files()`
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # best first
TILES = "tiles-"
A_YEAR = "public, max-age=31536000, immutable"


class AssetsMissing(RuntimeError):
    """The front end was not built, or the file asked for is not part of it."""


@cache
def manifest() -> dict[str, str]:
    """Plain names to hashed ones, as the build wrote them. Raises AssetsMissing."""
    try:
        return json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError:
        raise AssetsMissing(
            f"{DIST}/manifest.json is missing: run `make setup` to build the front end"
        ) from None


def asset(name: str) -> str:
    """The address of a built file: asset("app.css") -> "/static/app-1a2b3c4d.css". Raises AssetsMissing."""
    try:
        return f"{MOUNT}/{manifest()[name]}"
    except KeyError:
        raise AssetsMissing(
            f"{name} is not in the built front end: run `make setup`, or mend its name"
        ) from None


def accepted(header: str) -> set[str]:
    """The encodings that an Accept-Encoding header allows: "gzip, br;q=0" -> {"gzip"}."""
    allowed = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        quality = weight.replace(" ", "").removeprefix("q=")
        if name.strip() and quality not in {"0", "0.0", "0.00", "0.000"}:
            allowed.add(name.strip())
    return allowed


class BuiltFiles(StaticFiles):
    """static/dist, with the .br or .gz that the build left beside a text file where the browser takes it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        wanted = accepted(Headers(scope=scope).get("accept-encoding", ""))
        has_twins = self.has(path + ENCODINGS[0][1])
        for encoding, ending in ENCODINGS:
            if has_twins and encoding in wanted:
                response = await super().get_response(path + ending, scope)
                # Starlette guessed the type from the twin's name; the browser wants that of the file inside.
                response.headers["content-type"] = content_type(path)
                if response.status_code != 304:
                    response.headers["content-encoding"] = encoding
                break
        else:
            response = await super().get_response(path, scope)
            if response.status_code < 300:
                response.headers["content-type"] = content_type(path)
        if has_twins:
            response.headers.add_vary_header("Accept-Encoding")
        # What lies in a folder (the tiles of the map) has the hash in the folder's name.
        for_good = path in manifest().values() or path.startswith(TILES)
        response.headers["cache-control"] = A_YEAR if for_good else "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response

    def has(self, path: str) -> bool:
        """Whether the folder has this file; a path that climbs out of the folder is not there."""
        found, stat = self.lookup_path(path)
        return bool(found) and stat is not None and os.path.isfile(found)


TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".pbf": "application/vnd.mapbox-vector-tile",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def content_type(path: str) -> str:
    """The media type by ending. Our own table: the machine's one may call a script text/plain."""
    return TYPES.get(Path(path).suffix, "application/octet-stream")


def static_files() -> BuiltFiles:
    """The ASGI application to mount at MOUNT. Raises AssetsMissing where nothing was built."""
    manifest()
    return BuiltFiles(directory=DIST)
