"""The owner's rules for types of events, and what their patterns are matched with."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import hotleads.hub.clock


def fill_types(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Let the events that are there be called by their type."""
    apps.get_model("hub", "Event").objects.update(
        default_type=models.F("event_type"), event_name=models.F("event_type")
    )


class Migration(migrations.Migration):
    dependencies = [("hub", "0015_contact_said_at")]
    operations = [
        migrations.CreateModel(
            "EventRule",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_name", models.CharField(max_length=200, blank=True)),
                ("page", models.CharField(max_length=200, blank=True)),
                ("product_id", models.CharField(max_length=200, blank=True)),
                ("event_type", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
            ],
        ),
        migrations.AddField("event", "default_type", models.CharField(max_length=64, default=""), False),
        migrations.AddField("event", "event_name", models.CharField(max_length=200, blank=True)),
        migrations.AddField("event", "page", models.CharField(max_length=200, blank=True)),
        migrations.RunPython(fill_types, migrations.RunPython.noop),
    ]
