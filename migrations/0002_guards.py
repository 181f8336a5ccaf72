"""The guards of `booking/guards.py`: overlapping claims, spans, amounts, immutable rows. See `booking/migrating.py`."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from booking.migrating import add_guards


async def leave(apps, editor):
    """Guards stay until their tables go."""


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]
    operations = [ops.RunPython(add_guards, leave)]
