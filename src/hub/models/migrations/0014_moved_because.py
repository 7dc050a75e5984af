from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0013_api_fields"),
    ]

    operations = [
        migrations.AddField(
            model_name="currentscore",
            name="moved_because",
            field=models.JSONField(default=list),
        ),
    ]
