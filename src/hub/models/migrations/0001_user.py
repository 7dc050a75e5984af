"""Who signs in: alone and first, since sign-in, tokens and sessions of other packages point to it."""

from django.db import migrations, models

import hotleads.hub.clock
import hotleads.hub.sealing.fields


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("marketer", "Marketer"),
                            ("seller", "Seller"),
                            ("viewer", "Viewer"),
                        ],
                        default="viewer",
                        max_length=16,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "marketer", "seller", "viewer"])),
                        name="user_role_is_known",
                    )
                ],
            },
        ),
    ]
