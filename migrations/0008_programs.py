from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from booking.db import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('booking', '0007_passkeys')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ApiToken',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=80)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('token_hint', fields.CharField(max_length=16)),
                ('scopes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_token', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'A key for a program that acts for its member. Only its SHA-256 is kept. It does what `scopes` say, and ends.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KeyedRequest',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('key', fields.CharField(max_length=255)),
                ('request_hash', fields.CharField(max_length=64)),
                ('started_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('status', fields.IntField(null=True)),
                ('location', fields.CharField(default='', max_length=300)),
                ('body', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'keyed_request', 'app': 'booking', 'unique_together': (('member', 'key'),), 'pk_attr': 'id', 'table_description': 'A writing request that brought an Idempotency-Key, per member. `finished_at` empty: it runs, or was killed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.ForeignKeyField('booking.Member', source_field='owner_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=8)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('entity', fields.ForeignKeyField('booking.Entity', source_field='entity_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=80)),
                ('url', fields.CharField(max_length=500)),
                ('salt', fields.CharField(max_length=64)),
                ('events', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('active', fields.BooleanField(default=True)),
                ('off_reason', fields.CharField(default='', max_length=10)),
                ('failing_since', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('deleted_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_endpoint', 'app': 'booking', 'pk_attr': 'id', 'table_description': "Where events are told to, on whose behalf. kind: 'member' (own bookings), 'venue' or 'entity' (guard)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('endpoint', fields.ForeignKeyField('booking.WebhookEndpoint', source_field='endpoint_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('event', fields.ForeignKeyField('booking.Event', source_field='event_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=60)),
                ('body', fields.TextField(unique=False)),
                ('state', fields.CharField(default='waiting', max_length=8)),
                ('attempts', fields.IntField(default=0)),
                ('next_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('tried_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sent_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('status', fields.IntField(null=True)),
                ('response', fields.CharField(default='', max_length=500)),
                ('error', fields.CharField(default='', max_length=300)),
            ],
            options={'table': 'webhook_delivery', 'app': 'booking', 'indexes': [Index(fields=['endpoint_id', 'state', 'id'])], 'pk_attr': 'id', 'table_description': 'One event told to one endpoint, in the order of ids: the next waits until this one was sent or parked.'},
            bases=['Model'],
        ),
    ]
