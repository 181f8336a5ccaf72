"""Comparing with files of tests/golden. GOLDEN=write makes them anew; then read the difference before you keep it."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "golden"


def same_as(name: str, found: str) -> None:
    """Fail unless the file says exactly this. Line ends are the file's own (CRLF in calendars)."""
    path = FOLDER / name
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.encode())
    assert path.exists(), f"{name} is missing: run with GOLDEN=write"
    assert found.encode() == path.read_bytes(), f"{name} differs: GOLDEN=write, then look at the difference"
