from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from booking.db import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0006_printed_codes')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Challenge',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('purpose', fields.CharField(max_length=10)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('bound_hash', fields.CharField(max_length=64)),
                ('challenge', fields.CharField(max_length=64)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passkey_challenge', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'What a device must sign to register or use a passkey: random, for one purpose, once, for a few minutes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Identity',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('issuer', fields.CharField(max_length=300)),
                ('subject', fields.CharField(max_length=255)),
                ('email', fields.CharField(max_length=254)),
                ('linked_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'identity', 'app': 'booking', 'unique_together': (('issuer', 'subject'), ('issuer', 'member')), 'pk_attr': 'id', 'table_description': 'A member as another sign-in service knows them. `email` is the verified address that linked them once.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OidcRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('state_hash', fields.CharField(unique=True, max_length=64)),
                ('browser_hash', fields.CharField(max_length=64)),
                ('issuer', fields.CharField(max_length=300)),
                ('nonce', fields.CharField(max_length=64)),
                ('verifier', fields.CharField(max_length=128)),
                ('next_path', fields.CharField(default='/', max_length=500)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'oidc_request', 'app': 'booking', 'pk_attr': 'id', 'table_description': "Somebody was sent to the sign-in service and has not come back yet. `verifier` is PKCE's."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Passkey',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('credential_id', fields.CharField(unique=True, max_length=1400)),
                ('public_key', fields.TextField(unique=False)),
                ('sign_count', fields.BigIntField(default=0)),
                ('transports', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('synced', fields.BooleanField(default=False)),
                ('name', fields.CharField(max_length=80)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passkey', 'app': 'booking', 'pk_attr': 'id', 'table_description': "A key on a member's device that proves who they are. Only its public half is here."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Session',
            name='confirmed_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Session',
            name='confirmed_by',
            field=fields.ForeignKeyField('booking.Passkey', source_field='confirmed_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Session',
            name='signed_in_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
