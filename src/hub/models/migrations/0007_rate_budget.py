from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0006_launch_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="RateBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                ("next_call_at", models.FloatField(default=0.0)),
            ],
        ),
    ]
