from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from booking.db import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('booking', '0011_displays')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FloorPlan',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=80)),
                ('position', fields.IntField(default=0)),
                ('width_cm', fields.IntField()),
                ('height_cm', fields.IntField()),
                ('shapes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('ground', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('sketch', fields.BooleanField(default=False)),
                ('published', fields.BooleanField(default=True)),
                ('revision', fields.IntField(default=1)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.ForeignKeyField('booking.Member', source_field='created_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('removed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'floor_plan', 'app': 'booking', 'indexes': [Index(fields=['venue_id', 'position'])], 'pk_attr': 'id', 'table_description': 'One floor of a venue from above. Lengths are whole centimetres, counted from its upper left corner.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Placement',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('plan', fields.ForeignKeyField('booking.FloorPlan', source_field='plan_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('resource', fields.ForeignKeyField('booking.Resource', source_field='resource_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('x', fields.IntField()),
                ('y', fields.IntField()),
                ('w', fields.IntField()),
                ('h', fields.IntField()),
                ('turn', fields.SmallIntField(default=0)),
            ],
            options={'table': 'placement', 'app': 'booking', 'unique_together': (('plan', 'resource'),), 'pk_attr': 'id', 'table_description': 'Where a resource lies on a plan: a rectangle, turned by so many degrees about its middle. Once per plan, but'},
            bases=['Model'],
        ),
    ]
