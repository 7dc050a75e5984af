import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0009_purchase_utm"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="followed_by",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="job",
            name="previous",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="following", to="hub.job"
            ),
        ),
    ]
