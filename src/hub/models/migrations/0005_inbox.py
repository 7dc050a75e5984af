"""Connections, and the inbox of what arrives over HTTP."""

from django.db import migrations, models

import hotleads.hub.clock
import hotleads.hub.sealing.fields


class Migration(migrations.Migration):
    dependencies = [("hub", "0004_credentials")]

    operations = [
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("hotmart", "Hotmart webhooks")], max_length=32)),
                ("name", models.CharField(max_length=100)),
                ("secrets", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("settings", models.JSONField(default=dict)),
                ("terms", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("kind", "name"),
                        name="connection_has_its_own_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InboxItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=32)),
                ("envelope_id", models.CharField(max_length=200)),
                ("origin_id", models.BigIntegerField(null=True)),
                ("received_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("headers", models.JSONField(default=dict)),
                ("body", hotleads.hub.sealing.fields.SealedBytesField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("processed", "Processed"),
                            ("unknown", "Kept: not known"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("event_type", models.CharField(blank=True, max_length=64)),
                ("error_code", models.CharField(blank=True, max_length=64)),
                ("processed_at", models.DateTimeField(null=True)),
                ("contacts", models.ManyToManyField(related_name="inbox_items", to="hub.contact")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "waiting")), fields=["id"], name="inbox_item_that_waits"
                    ),
                    models.Index(fields=["source", "outcome", "received_at"], name="inbox_by_outcome"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "envelope_id"), name="envelope_comes_once")],
            },
        ),
    ]
