"""Files of any tool's scores that are judged on the page *Is it right?*."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hotleads.hub.clock import get_now
from hotleads.hub.sealing.fields import SealedTextField


class Migration(migrations.Migration):
    dependencies = [("hub", "0018_size")]
    operations = [
        migrations.CreateModel(
            "Judgement",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("judged", "Judged"), ("refused", "Refused")],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("file_name", SealedTextField(null=True)),
                ("options", models.JSONField(default=dict)),
                ("result", models.JSONField(null=True)),
                ("problem", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=get_now, editable=False)),
                ("ended_at", models.DateTimeField(null=True, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
