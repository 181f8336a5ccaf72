from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0015_sellers_on_receipts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Series',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rule', fields.CharField(max_length=120)),
                ('first_on', fields.DateField()),
                ('title', fields.CharField(default='', max_length=120)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'series', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'Reservations made at once by a rule: one per local date, each with a life of its own.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Reservation',
            name='beside',
            field=fields.ForeignKeyField('booking.Reservation', source_field='beside_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Reservation',
            name='series',
            field=fields.ForeignKeyField('booking.Series', source_field='series_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Reservation',
            name='series_on',
            field=fields.DateField(null=True),
        ),
    ]
