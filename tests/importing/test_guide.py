"""docs/import.md is true: its examples can be imported, and it names every field that there is."""

import re
from pathlib import Path

import pytest

from booking import importing
from booking.importing import money, past, people, shapes
from booking.importing.folder import SHAPES
from booking.places import Resource
from tests import make
from tests.conftest import NOW

GUIDE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
MORE = (
    shapes.Head,
    shapes.Hours,
    shapes.DatedClosure,
    shapes.Rules,
    shapes.TariffShape,
    shapes.Address,
    shapes.Contact,
    people.MemberShape,
    people.RoleShape,
    people.MemberSkillShape,
    money.ActivityShape,
    money.AllotmentShape,
    past.ReservationShape,
    past.PresenceShape,
    past.SourceShape,
)


async def test_the_tables_of_the_guide(db: str, tmp_path: Path) -> None:
    await make.entity(key="my-coop")
    venues, resources = re.findall(r"```csv\n(.*?)```", GUIDE, flags=re.S)
    (tmp_path / "venues.csv").write_text(venues)
    (tmp_path / "resources.csv").write_text(resources)
    report = await importing.network(tmp_path, at=NOW)
    assert {change.key for change in report.changes} >= {"old-mill", "old-mill--desk", "old-mill--desk--12"}
    assert (await Resource.get(key="old-mill--desk")).raster_minutes == 60


@pytest.mark.parametrize("shape", [*SHAPES.values(), *MORE], ids=lambda shape: shape.__name__)
def test_every_field_is_described(shape: type[shapes.Shape]) -> None:
    for name, field in shape.model_fields.items():
        assert f"`{field.alias or name}`" in GUIDE, f"{shape.__name__}.{field.alias or name}"
