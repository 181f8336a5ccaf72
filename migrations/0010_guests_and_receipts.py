from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('booking', '0009_take_cards')]

    initial = False

    operations = [
        ops.CreateModel(
            name='GuestKey',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('reservation', fields.OneToOneField('booking.Reservation', source_field='reservation_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('salt', fields.CharField(max_length=43)),
                ('secret_hash', fields.CharField(unique=True, max_length=64)),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guest_key', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'The key to the private page of one reservation of a guest.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GuestWish',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('sign_in_id', fields.UUIDField(unique=True)),
                ('browser_hash', fields.CharField(max_length=64)),
                ('resource', fields.ForeignKeyField('booking.Resource', source_field='resource_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('begins_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('people', fields.IntField(default=1)),
                ('quantity', fields.IntField(default=1)),
                ('email', fields.CharField(max_length=254)),
                ('name', fields.CharField(max_length=120)),
                ('company', fields.CharField(default='', max_length=120)),
                ('vat_number', fields.CharField(default='', max_length=20)),
                ('title', fields.CharField(default='', max_length=120)),
                ('note', fields.CharField(default='', max_length=1000)),
                ('language', fields.CharField(max_length=5)),
                ('seen_cents', fields.BigIntField()),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('verified_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guest_wish', 'app': 'booking', 'indexes': [Index(fields=['created_at'])], 'pk_attr': 'id', 'table_description': 'What somebody without an account typed, kept until their e-mail address is confirmed, for a day at most.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Receipt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=60)),
                ('kind', fields.CharField(max_length=12)),
                ('entity', fields.ForeignKeyField('booking.Entity', source_field='entity_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('year', fields.IntField()),
                ('number', fields.IntField()),
                ('reservation', fields.ForeignKeyField('booking.Reservation', source_field='reservation_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('payment', fields.ForeignKeyField('booking.Payment', source_field='payment_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('refund', fields.ForeignKeyField('booking.Refund', source_field='refund_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('corrects', fields.ForeignKeyField('booking.Receipt', source_field='corrects_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('currency', fields.CharField(max_length=3)),
                ('net_cents', fields.BigIntField()),
                ('vat_basis_points', fields.IntField()),
                ('vat_cents', fields.BigIntField()),
                ('gross_cents', fields.BigIntField()),
                ('vat_reason', fields.CharField(default='', max_length=200)),
                ('seller', fields.CharField(max_length=160)),
                ('seller_country', fields.CharField(max_length=2)),
                ('seller_vat_number', fields.CharField(default='', max_length=30)),
                ('name', fields.CharField(max_length=120)),
                ('company', fields.CharField(default='', max_length=120)),
                ('vat_number', fields.CharField(default='', max_length=20)),
                ('language', fields.CharField(max_length=5)),
                ('what', fields.CharField(max_length=300)),
                ('place', fields.CharField(max_length=300)),
                ('begins_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('zone', fields.CharField(max_length=40)),
                ('issued_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'receipt', 'app': 'booking', 'unique_together': (('entity', 'year', 'number'),), 'pk_attr': 'id', 'table_description': 'A numbered receipt for one payment, for one refund, or for a refund that came back. Written once, never changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ReceiptBook',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('entity', fields.ForeignKeyField('booking.Entity', source_field='entity_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('year', fields.IntField()),
                ('used', fields.IntField(default=0)),
            ],
            options={'table': 'receipt_book', 'app': 'booking', 'unique_together': (('entity', 'year'),), 'pk_attr': 'id', 'table_description': "How far the numbers of an entity's receipts of one year have come."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Member',
            name='guest',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Message',
            name='receipt',
            field=fields.ForeignKeyField('booking.Receipt', source_field='receipt_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Reservation',
            name='company',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Reservation',
            name='vat_number',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
    ]
