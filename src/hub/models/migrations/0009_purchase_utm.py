"""Where the buyer of a purchase came from, as the checkout says it."""

from django.db import migrations, models

_FIELDS = ("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term")


class Migration(migrations.Migration):
    dependencies = [("hub", "0008_erasure")]
    operations = [
        migrations.AddField("purchase", name, models.CharField(blank=True, max_length=500)) for name in _FIELDS
    ]
