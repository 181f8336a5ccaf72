from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('booking', '0014_cards_grown_up')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Entity',
            name='address',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
        ops.AddField(
            model_name='Entity',
            name='register_number',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='Receipt',
            name='seller_address',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
        ops.AddField(
            model_name='Receipt',
            name='seller_register_number',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
    ]
