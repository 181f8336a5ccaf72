"""Mail without a network: a folder of one's own per test."""

from pathlib import Path

import pytest

import settings


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that mails are written to."""
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path / "mails")
    return tmp_path / "mails"
