"""What pages of a million contacts need: shared phones are marked, and lists find their rows by an index."""

from typing import Any

from django.db import migrations, models
from django.db.models import Index, Q

_MARK_SHARED = """
UPDATE hub_identity SET is_shared = true WHERE kind = 'phone' AND value_hmac IN (
    SELECT value_hmac FROM hub_identity WHERE kind = 'phone' GROUP BY value_hmac HAVING count(*) > 1
)
"""


def _build_contact(**options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("hub.contact", db_index=False, on_delete=models.PROTECT, **options)


class Migration(migrations.Migration):
    dependencies = [("hub", "0017_subscription")]
    operations = [
        migrations.AlterField("contact", "merged_into", _build_contact(null=True, related_name="merged_contacts")),
        migrations.AlterField("currentscore", "contact", _build_contact(related_name="+")),
        migrations.AlterField("score", "contact", _build_contact(related_name="+")),
        migrations.AddField("identity", "is_shared", models.BooleanField(default=False, editable=False)),
        migrations.AddIndex(
            "contact",
            Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="contact_that_merged"),
        ),
        migrations.AddIndex(
            "identity",
            Index(fields=["value_hmac", "contact"], condition=Q(is_shared=True), name="identity_that_is_shared"),
        ),
        migrations.AddIndex(
            "purchase",
            Index(fields=["seller_id"], condition=~Q(seller_id=""), name="purchase_of_other_seller"),
        ),
        migrations.AddIndex("capture", Index(fields=["launch", "utm_source", "contact"], name="capture_by_source")),
        migrations.AddIndex(
            "currentscore", Index(fields=["launch", "tier", "-probability", "contact"], name="current_score_by_tier")
        ),
        migrations.AddIndex(
            "launchlead", Index(fields=["launch", "-contact"], condition=Q(tier=""), name="launch_lead_without_score")
        ),
        migrations.RunSQL(_MARK_SHARED, migrations.RunSQL.noop),
    ]
