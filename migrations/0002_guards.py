"""Once made the guards of `booking/guards.py`, which `booking/migrating.py` now brings up to date after every run."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]
    operations = []
