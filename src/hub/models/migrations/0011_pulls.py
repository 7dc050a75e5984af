import django.db.models.deletion
from django.db import migrations, models

import hotleads.hub.clock


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0010_following_jobs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="connection",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hotmart", "Hotmart webhooks"),
                    ("hotmart-api", "Hotmart API"),
                    ("activecampaign", "ActiveCampaign"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product_id", models.CharField(max_length=200)),
                ("name", models.CharField(blank=True, max_length=500)),
                ("status", models.CharField(blank=True, max_length=32)),
                ("format", models.CharField(blank=True, max_length=32)),
                ("is_subscription", models.BooleanField(default=False)),
                ("seen_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="products", to="hub.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "product_id"), name="product_of_connection")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pull",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("resource", models.CharField(max_length=32)),
                ("cursor", models.JSONField(null=True)),
                ("started_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                ("ended_at", models.DateTimeField(null=True)),
                ("covered_until", models.DateTimeField(null=True)),
                ("rows_read", models.PositiveBigIntegerField(default=0)),
                ("rows_new", models.PositiveBigIntegerField(default=0)),
                ("rows_unreadable", models.PositiveBigIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pulls", to="hub.connection"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("connection", "resource"), name="pull_of_resource")],
            },
        ),
    ]
