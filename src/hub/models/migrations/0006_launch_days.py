import django.db.models.deletion
from django.db import migrations, models

import hotleads.hub.clock
import hotleads.hub.sealing.fields


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0005_inbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("utm_source", models.CharField(blank=True, max_length=500)),
                ("utm_medium", models.CharField(blank=True, max_length=500)),
                ("utm_campaign", models.CharField(blank=True, max_length=500)),
                ("utm_content", models.CharField(blank=True, max_length=500)),
                ("key", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="StoredFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("values", models.JSONField(default=dict)),
                ("computed_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
            ],
            options={
                "db_table": "hub_stored_figures",
            },
        ),
        migrations.AddField(
            model_name="launchrollup",
            name="currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.CreateModel(
            name="LaunchDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "tier",
                    models.CharField(
                        blank=True, choices=[("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")], max_length=8
                    ),
                ),
                ("leads", models.BigIntegerField(default=0)),
                ("captures", models.BigIntegerField(default=0)),
                ("chance", models.BigIntegerField(default=0)),
                ("variance", models.BigIntegerField(default=0)),
                ("judged", models.BigIntegerField(default=0)),
                ("buyers", models.BigIntegerField(default=0)),
                ("net_minor", models.BigIntegerField(default=0)),
                (
                    "campaign",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
                ),
                (
                    "launch",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.launch"),
                ),
            ],
            options={
                "db_table": "hub_launch_day",
                "constraints": [
                    models.UniqueConstraint(fields=("launch", "day", "tier", "campaign"), name="one_count_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="LaunchLead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "tier",
                    models.CharField(
                        blank=True, choices=[("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")], max_length=8
                    ),
                ),
                ("chance", models.BigIntegerField(default=0)),
                ("captures", models.PositiveIntegerField(default=0)),
                ("with_utm_source", models.PositiveIntegerField(default=0)),
                ("with_utm_medium", models.PositiveIntegerField(default=0)),
                ("with_utm_campaign", models.PositiveIntegerField(default=0)),
                ("with_utm_content", models.PositiveIntegerField(default=0)),
                ("with_utm_term", models.PositiveIntegerField(default=0)),
                ("bought", models.BooleanField(null=True)),
                ("net_minor", models.BigIntegerField(default=0)),
                (
                    "campaign",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
                ),
                (
                    "contact",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.contact"),
                ),
                (
                    "launch",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.launch"),
                ),
            ],
            options={
                "db_table": "hub_launch_lead",
                "constraints": [
                    models.UniqueConstraint(fields=("launch", "contact"), name="one_row_a_lead_and_launch")
                ],
            },
        ),
    ]
