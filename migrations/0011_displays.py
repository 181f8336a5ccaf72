from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0010_guests_and_receipts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Display',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('resource', fields.ForeignKeyField('booking.Resource', source_field='resource_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=80)),
                ('language', fields.CharField(default='en', max_length=5)),
                ('code_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('code_expires_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('token_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.ForeignKeyField('booking.Member', source_field='created_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('paired_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('seen_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'display', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'A screen at the door of a venue, or of one of its resources. It shows when, never who.'},
            bases=['Model'],
        ),
    ]
