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
    dependencies = [('booking', '0013_unmet_demand')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ChangeHold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('reservation', fields.ForeignKeyField('booking.Reservation', source_field='reservation_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharField(default='held', max_length=12)),
                ('begins_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('quantity', fields.IntField()),
                ('wish', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('quote', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('terms', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('overrides', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('card_cents', fields.BigIntField()),
                ('revision', fields.IntField()),
                ('by', fields.ForeignKeyField('booking.Member', source_field='by_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('held_until', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'change_hold', 'app': 'booking', 'indexes': [Index(fields=['state', 'held_until'])], 'pk_attr': 'id', 'table_description': 'A dearer change of a reservation that a card has paid: its time is held until the difference is paid too.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Payout',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('entity', fields.ForeignKeyField('booking.Entity', source_field='entity_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('stripe_id', fields.CharField(unique=True, max_length=255)),
                ('amount_cents', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('status', fields.CharField(max_length=12)),
                ('failure', fields.CharField(default='', max_length=60)),
                ('arrives_on', fields.DateField(null=True)),
                ('transactions_cents', fields.BigIntField(null=True)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'payout', 'app': 'booking', 'indexes': [Index(fields=['entity_id', 'created_at'])], 'pk_attr': 'id', 'table_description': "Money that Stripe sends from an entity's account to its bank. Stripe's own states are kept as they are."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Claim',
            name='change',
            field=fields.ForeignKeyField('booking.ChangeHold', source_field='change_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Member',
            name='company',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Member',
            name='receipt_address',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
        ops.AddField(
            model_name='Member',
            name='vat_number',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Payment',
            name='change',
            field=fields.ForeignKeyField('booking.ChangeHold', source_field='change_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Receipt',
            name='address',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
    ]
