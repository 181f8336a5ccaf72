from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0017_stamps')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Member',
            name='clock_hours',
            field=fields.SmallIntField(default=24, db_default=24),
        ),
        ops.AddField(
            model_name='Member',
            name='leaves_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Member',
            name='mails_declined',
            field=fields.CharField(default='', db_default='', max_length=80),
        ),
        ops.AddField(
            model_name='Message',
            name='topic',
            field=fields.CharField(default='', db_default='', max_length=12),
        ),
    ]
