"""Subscriptions as accounts list them, for recurring revenue."""

import django.db.models.deletion
from django.db import migrations, models

import hotleads.hub.clock


class Migration(migrations.Migration):
    dependencies = [("hub", "0016_event_rules")]
    operations = [
        migrations.CreateModel(
            "Subscription",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=200)),
                ("original_contact_id", models.BigIntegerField()),
                ("product_id", models.CharField(max_length=200, blank=True)),
                ("status", models.CharField(max_length=32)),
                ("is_smart_installments", models.BooleanField(default=False)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3, blank=True)),
                ("period_days", models.PositiveIntegerField(null=True)),
                ("seen_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="hub.connection"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="hub.contact"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "code"), name="subscription_of_connection")
                ]
            },
        ),
    ]
