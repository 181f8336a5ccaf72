from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('booking', '0003_texts_in_all_languages')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Presence',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('resource', fields.ForeignKeyField('booking.Resource', source_field='resource_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reservation', fields.ForeignKeyField('booking.Reservation', source_field='reservation_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('member', fields.ForeignKeyField('booking.Member', source_field='member_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('person', fields.CharField(default='', max_length=64)),
                ('people', fields.IntField(default=1)),
                ('begins_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('estimated', fields.BooleanField(default=False)),
                ('source', fields.CharField(max_length=12)),
                ('recorded_by', fields.ForeignKeyField('booking.Member', source_field='recorded_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('recorded_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('key', fields.CharField(null=True, unique=True, max_length=120)),
            ],
            options={'table': 'presence', 'app': 'booking', 'indexes': [Index(fields=['venue_id', 'begins_at']), Index(fields=['resource_id', 'begins_at'])], 'pk_attr': 'id', 'table_description': 'A person, or a count of people, in a venue or in one of its resources, from one instant to another.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Resource',
            name='release_minutes',
            field=fields.IntField(null=True),
        ),
        ops.AlterModelOptions(
            name='SignIn',
            options={'table': 'sign_in', 'app': 'booking', 'pk_attr': 'id', 'table_description': 'A request to sign in: a link for any browser, whose GET only shows a button, and a code for this browser.'},
        ),
        ops.AddField(
            model_name='Venue',
            name='presence_proof',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
