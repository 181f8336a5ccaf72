from tortoise import migrations
from tortoise.migrations import operations as ops
from booking.db import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0012_floor_plans')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Demand',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('venue', fields.ForeignKeyField('booking.Venue', source_field='venue_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=20)),
                ('wanted_on', fields.DateField()),
                ('hour', fields.SmallIntField()),
                ('outcome', fields.CharField(max_length=40)),
                ('wishes', fields.IntField(default=0)),
                ('since_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'demand', 'app': 'booking', 'unique_together': (('venue_id', 'wanted_on', 'kind', 'hour', 'outcome'),), 'pk_attr': 'id', 'table_description': 'How many wishes for one kind of space, one house, one hour of one day ended in one way. Never whose they were.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DemandMark',
            fields=[
                ('mark', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('demand', fields.ForeignKeyField('booking.Demand', source_field='demand_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rank', fields.SmallIntField()),
                ('made_at', UtcDatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'demand_mark', 'app': 'booking', 'pk_attr': 'mark', 'table_description': 'That a wish has been counted, and where: so that five tries of one person stay one wish. Gone after two days.'},
            bases=['Model'],
        ),
    ]
