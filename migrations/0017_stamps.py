from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0016_series_and_extras')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Stamp',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('mark', fields.CharField(max_length=40)),
            ],
            options={'table': 'stamp', 'app': 'booking', 'pk_attr': 'key', 'table_description': 'A mark that is another one whenever anything in certain tables has changed: triggers of the database write it, in'},
            bases=['Model'],
        ),
    ]
