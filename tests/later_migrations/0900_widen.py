from pathlib import Path

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

import migrations as ours

NEWEST = max(path.stem for path in Path(ours.__path__[0]).glob("0*.py"))


class Migration(migrations.Migration):
    dependencies = [("booking", NEWEST)]
    operations = [
        ops.AlterField(
            model_name="Member", name="home_city", field=fields.CharField(max_length=120, default="")
        ),
        ops.AlterField(
            model_name="Reservation", name="title", field=fields.CharField(max_length=160, default="")
        ),
    ]
