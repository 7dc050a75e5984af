"""What was spent on the campaigns of a launch."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hotleads.hub.clock import get_now


class Migration(migrations.Migration):
    dependencies = [("hub", "0019_judgement")]
    operations = [
        migrations.CreateModel(
            "Spend",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField(default=get_now, editable=False)),
                (
                    "campaign",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "launch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spend", to="hub.launch"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("launch", "day", "campaign"), name="one_spend_a_day_and_campaign"),
                    models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="spend_is_not_negative"),
                ]
            },
        ),
    ]
