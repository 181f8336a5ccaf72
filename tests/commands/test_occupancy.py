"""occupancy: the figures of a house, for people and for programs."""

import json
from pathlib import Path

import pytest

from booking.commands import main
from tests.conftest import use

NETWORK = Path(__file__).parents[2] / "booking" / "demo_network"
APRIL = ["occupancy", "bazaar-st-so", "2021-04-01", "2021-04-30"]


@pytest.fixture(autouse=True)
def own_database(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    use(database_url)
    assert main(["import", "network", str(NETWORK)]) == 0
    capsys.readouterr()


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "history", str(NETWORK / "history")]) == 0
    capsys.readouterr()
    assert main([*APRIL, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["figures"]["daily_visitors"]["value"] == 190
    assert answer["capacity_people"] == 250
    assert answer["figures"]["visitor_share"]["value"] == 0.76
    rooms = answer["kinds"]["meeting_room"]["booked_utilisation"]
    assert (rooms["numerator"], rooms["denominator"], rooms["value"]) == (840, 1050, 0.8)
    assert (rooms["n"], rooms["version"]) == (244, 1)
    assert len(answer["daily_visitors"]) == 30
    assert main(APRIL) == 0
    said = capsys.readouterr().out
    assert "Mean daily visitors: 190 of 250 (76.0 %)" in said
    assert "meeting_room: 840 of 1 050 hours booked (80.0 %)" in said


def test_a_dry_run_of_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "history", str(NETWORK / "history"), "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "This would be: 4443 new, 0 changed, 0 as they were. Nothing was saved."
    )
    assert main([*APRIL, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["figures"]["daily_visitors"]["value"] is None


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["occupancy", "nowhere", "2021-04-01", "2021-04-30"], "There is no venue nowhere."),
        (["occupancy", "bazaar-st-so", "2021-04-30", "2021-04-01"], "The last day is before the first."),
        (["occupancy", "bazaar-st-so", "2001-04-30", "2021-04-01"], "A report covers at most 731 days."),
        (["import", "history", "no-such-folder"], "There is no no-such-folder."),
    ],
)
def test_what_is_not_possible(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 3
    assert sentence in capsys.readouterr().err


def test_called_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["occupancy", "bazaar-st-so", "April", "2021-04-30"])
    assert ended.value.code == 2
