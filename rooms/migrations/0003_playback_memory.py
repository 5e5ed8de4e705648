from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0002_parties'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='timelinerow',
            name='owner_gone_at',
        ),
        migrations.AddField(
            model_name='timelinerow',
            name='memory',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='timelinerow',
            name='reason',
            field=models.CharField(blank=True, max_length=16),
        ),
    ]
