"""When what is known of a contact was said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0014_moved_because")]
    operations = [migrations.AddField("contact", "said_at", models.JSONField(default=dict))]
