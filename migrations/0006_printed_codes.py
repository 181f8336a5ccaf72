from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0005_photos')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Resource',
            name='code_revision',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Venue',
            name='code_revision',
            field=fields.IntField(default=1, db_default=1),
        ),
    ]
