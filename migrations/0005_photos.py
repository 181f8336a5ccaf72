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
    dependencies = [('booking', '0004_presence')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Photo',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('resource', fields.ForeignKeyField('booking.Resource', source_field='resource_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField(default=0)),
                ('alts', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('width', fields.IntField()),
                ('height', fields.IntField()),
                ('widths', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('crop', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('blur', fields.CharField(default='', max_length=800)),
                ('stamp', fields.CharField(max_length=8)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.ForeignKeyField('booking.Member', source_field='created_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('removed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'photo', 'app': 'booking', 'indexes': [Index(fields=['venue_id', 'position'])], 'pk_attr': 'id', 'table_description': 'A picture of a venue, or of one of its resources.'},
            bases=['Model'],
        ),
    ]
