"""The calendar programs: their buttons, and their names in the log of a feed."""

import pytest

from booking.calendars.clients import CLIENTS, recognised, subscribe_url


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Google-Calendar-Importer", "Google"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0", "Thunderbird"),
        ("iOS/26.1 (23B85) dataaccessd/1.0", "Apple (iOS)"),
        ("macOS/26.1 (25B78) CalendarAgent/1150", "Apple (macOS)"),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0)", "Outlook"),
        ("ICSx5/2.4 (Android)", "ICSx⁵"),
        ("vdirsyncer/0.21.0", "vdirsyncer"),
        ("curl/8.5.0", "curl"),
        ("somebody@example.org\r\nX: y", ""),
        ("", ""),
        ("x" * 500, "x" * 40),
    ],
)
def test_recognised(agent: str, name: str) -> None:
    assert recognised(agent) == name


def test_every_button_carries_the_whole_link() -> None:
    for client in CLIENTS:
        address = subscribe_url(client.key, "t" * 43, "My bookings & more")
        assert "t" * 43 + ".ics" in address
        assert " " not in address
