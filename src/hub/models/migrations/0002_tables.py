"""All other tables, after those of other packages: each migration of theirs would draw every table that points
to a user anew, which took a third of a first start.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import hotleads.hub.clock
import hotleads.hub.sealing.fields


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0001_user"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=32)),
                ("started_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("committed_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
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
            name="EventRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_name", models.CharField(blank=True, max_length=200)),
                ("page", models.CharField(blank=True, max_length=200)),
                ("product_id", models.CharField(blank=True, max_length=200)),
                ("event_type", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="Launch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("classic", "Classic launch"),
                            ("perpetual", "Perpetual or recovery"),
                            ("paid", "Paid launch"),
                        ],
                        max_length=16,
                    ),
                ),
                ("product_id", models.CharField(blank=True, max_length=200)),
                ("entry_product_id", models.CharField(blank=True, max_length=200)),
                ("capture_starts_at", models.DateTimeField(blank=True, null=True)),
                ("capture_ends_at", models.DateTimeField(blank=True, null=True)),
                ("cart_opens_at", models.DateTimeField(blank=True, null=True)),
                ("cart_closes_at", models.DateTimeField(blank=True, null=True)),
                ("horizon_days", models.PositiveIntegerField(blank=True, null=True)),
                ("capture_rules", models.JSONField(blank=True, default=list)),
                ("tier_policy", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
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
            ],
            options={
                "db_table": "hub_launch_day",
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
            ],
            options={
                "db_table": "hub_launch_lead",
            },
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
            ],
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
            ],
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original_contact_id", models.BigIntegerField()),
                ("transaction_id", models.CharField(db_index=True, max_length=200)),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("source", models.CharField(max_length=32)),
                ("event_id", models.CharField(blank=True, max_length=200)),
                ("product_id", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("billet_printed", "Slip issued"),
                            ("approved", "Approved"),
                            ("complete", "Complete"),
                            ("overdue", "Overdue"),
                            ("protested", "Protested"),
                            ("canceled", "Canceled"),
                            ("expired", "Expired"),
                            ("refunded", "Refunded"),
                            ("chargeback", "Charged back"),
                        ],
                        max_length=16,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("payment_method", models.CharField(blank=True, max_length=64)),
                ("installments", models.IntegerField(null=True)),
                ("recurrence_number", models.IntegerField(null=True)),
                ("seller_id", models.CharField(blank=True, max_length=200)),
                ("offer", models.CharField(blank=True, max_length=200)),
                ("utm_source", models.CharField(blank=True, max_length=500)),
                ("utm_medium", models.CharField(blank=True, max_length=500)),
                ("utm_campaign", models.CharField(blank=True, max_length=500)),
                ("utm_content", models.CharField(blank=True, max_length=500)),
                ("utm_term", models.CharField(blank=True, max_length=500)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("row_key", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="RateBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                ("next_call_at", models.FloatField(default=0.0)),
            ],
        ),
        migrations.CreateModel(
            name="ReviewRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("upheld", "Looked at: it stays"),
                            ("changed", "Looked at: decided otherwise"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("requested_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("answered_at", models.DateTimeField(editable=False, null=True)),
                ("answer", hotleads.hub.sealing.fields.SealedTextField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=64)),
                ("options", models.JSONField(default=dict)),
                ("cron", models.CharField(max_length=64)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("is_active", models.BooleanField(default=True)),
                ("next_run_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FeatureSet",
            fields=[
                ("feature_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("declarations", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("final", "Final"),
                            ("judged", "Judged"),
                            ("mature", "Mature"),
                        ],
                        max_length=16,
                    ),
                ),
                ("as_of", models.DateTimeField()),
                ("scored_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                ("probability", models.FloatField()),
                ("logit", models.FloatField()),
                ("score", models.FloatField()),
                ("tier", models.CharField(choices=[("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")], max_length=8)),
                ("tier_policy", models.CharField(max_length=200)),
                ("reasons", models.JSONField(default=list)),
                ("findings", models.JSONField(default=list)),
                ("model_version", models.CharField(max_length=64)),
                ("feature_hash", models.CharField(max_length=64)),
                ("context_hash", models.CharField(max_length=64)),
                ("moved_because", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="Spend",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
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
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=200)),
                ("original_contact_id", models.BigIntegerField()),
                ("product_id", models.CharField(blank=True, max_length=200)),
                ("status", models.CharField(max_length=32)),
                ("is_smart_installments", models.BooleanField(default=False)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("period_days", models.PositiveIntegerField(null=True)),
                ("seen_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
            ],
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("rows_kept_out", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("leads", "Leads"), ("purchases", "Purchases")], max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("checked", "Checked"),
                            ("refused", "Refused"),
                            ("importing", "Importing"),
                            ("imported", "Imported"),
                            ("failed", "Failed"),
                        ],
                        default="received",
                        max_length=16,
                    ),
                ),
                ("file_names", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("mapping", models.TextField(blank=True)),
                ("verdict", models.JSONField(default=dict)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email_marketing", "Marketing by e-mail"),
                            ("phone_marketing", "Marketing by calls, SMS and WhatsApp"),
                            ("ads_sharing", "Sharing with ad platforms"),
                            ("profiling", "Scoring"),
                            ("service", "Messages about a purchase"),
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Contract"),
                            ("legitimate_interest", "Legitimate interest"),
                            ("legal_obligation", "Legal obligation"),
                        ],
                        max_length=32,
                    ),
                ),
                ("consent_text", models.TextField(blank=True)),
                ("text_version", models.CharField(blank=True, max_length=64)),
                ("options", models.JSONField(default=dict)),
                ("imported_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("occurred_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("action", models.CharField(max_length=64)),
                ("subject_type", models.CharField(blank=True, max_length=32)),
                ("subject_id", models.CharField(blank=True, max_length=64)),
                ("details", models.JSONField(default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("hotmart", "Hotmart webhooks"),
                            ("hotmart-api", "Hotmart API"),
                            ("activecampaign", "ActiveCampaign"),
                        ],
                        max_length=32,
                    ),
                ),
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
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("email_hmac", hotleads.hub.sealing.fields.DigestField(max_length=32, null=True, unique=True)),
                ("phone", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("phone_hmac", hotleads.hub.sealing.fields.DigestField(db_index=True, max_length=32, null=True)),
                ("name", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("said_at", models.JSONField(default=dict)),
                ("came_by_file_only", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("erased_at", models.DateTimeField(editable=False, null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_contacts",
                        to="hub.contact",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original_contact_id", models.BigIntegerField()),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("email_marketing", "Marketing by e-mail"),
                            ("phone_marketing", "Marketing by calls, SMS and WhatsApp"),
                            ("ads_sharing", "Sharing with ad platforms"),
                            ("profiling", "Scoring"),
                            ("service", "Messages about a purchase"),
                        ],
                        max_length=32,
                    ),
                ),
                ("granted", models.BooleanField()),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Contract"),
                            ("legitimate_interest", "Legitimate interest"),
                            ("legal_obligation", "Legal obligation"),
                        ],
                        max_length=32,
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("text_version", models.CharField(blank=True, max_length=64)),
                ("text_sha256", models.CharField(blank=True, max_length=64)),
                ("source", models.CharField(max_length=32)),
                ("proof", models.CharField(blank=True, max_length=200)),
                ("row_key", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_events",
                        to="hub.contact",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original_contact_id", models.BigIntegerField()),
                ("captured_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("source", models.CharField(max_length=32)),
                ("launch_key", models.CharField(blank=True, max_length=200)),
                ("utm_source", models.CharField(blank=True, max_length=500)),
                ("utm_medium", models.CharField(blank=True, max_length=500)),
                ("utm_campaign", models.CharField(blank=True, max_length=500)),
                ("utm_content", models.CharField(blank=True, max_length=500)),
                ("utm_term", models.CharField(blank=True, max_length=500)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("consent", models.CharField(blank=True, max_length=200)),
                ("attributes", models.JSONField(default=dict)),
                ("click_ids", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("row_key", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="hub.batch",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="hub.contact",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=32)),
                ("merged_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("undone_at", models.DateTimeField(editable=False, null=True)),
                ("moved", models.JSONField(default=dict)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="hub.contact"
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.contact"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CurrentScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("final", "Final"),
                            ("judged", "Judged"),
                            ("mature", "Mature"),
                        ],
                        max_length=16,
                    ),
                ),
                ("as_of", models.DateTimeField()),
                ("scored_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                ("probability", models.FloatField()),
                ("logit", models.FloatField()),
                ("score", models.FloatField()),
                ("tier", models.CharField(choices=[("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")], max_length=8)),
                ("tier_policy", models.CharField(max_length=200)),
                ("reasons", models.JSONField(default=list)),
                ("findings", models.JSONField(default=list)),
                ("model_version", models.CharField(max_length=64)),
                ("feature_hash", models.CharField(max_length=64)),
                ("context_hash", models.CharField(max_length=64)),
                ("moved_because", models.JSONField(default=list)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.contact"
                    ),
                ),
            ],
            options={
                "db_table": "hub_score_current",
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("started", "Started"), ("done", "Done")], default="started", max_length=16
                    ),
                ),
                ("requested_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("learned_since", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
                ("compacted_at", models.DateTimeField(editable=False, null=True)),
                ("removed", models.JSONField(default=dict)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="hub.contact"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original_contact_id", models.BigIntegerField()),
                ("event_type", models.CharField(max_length=64)),
                ("default_type", models.CharField(max_length=64)),
                ("event_name", models.CharField(blank=True, max_length=200)),
                ("page", models.CharField(blank=True, max_length=200)),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("source", models.CharField(max_length=32)),
                ("event_id", models.CharField(blank=True, max_length=200)),
                ("product_id", models.CharField(blank=True, max_length=200)),
                ("value", models.FloatField(null=True)),
                ("company", models.CharField(blank=True, max_length=200)),
                ("row_key", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="hub.batch",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="hub.contact",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "E-mail address"), ("phone", "Phone number"), ("vendor", "Id at a vendor")],
                        max_length=16,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=32)),
                ("value", hotleads.hub.sealing.fields.SealedTextField()),
                ("value_hmac", hotleads.hub.sealing.fields.DigestField(max_length=32)),
                ("first_seen_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("is_shared", models.BooleanField(default=False, editable=False)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="hub.contact",
                    ),
                ),
            ],
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
                ("visitor_hmac", hotleads.hub.sealing.fields.DigestField(max_length=32, null=True)),
                ("event_type", models.CharField(blank=True, max_length=64)),
                ("error_code", models.CharField(blank=True, max_length=64)),
                ("processed_at", models.DateTimeField(null=True)),
                ("contacts", models.ManyToManyField(related_name="inbox_items", to="hub.contact")),
            ],
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "csv_lead_policy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not answered yet: in counts and charts"),
                            ("aggregate", "In counts and charts"),
                            ("listed", "Listed and exported"),
                        ],
                        max_length=16,
                    ),
                ),
                ("default_country", models.CharField(blank=True, max_length=2)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("language", models.CharField(default="en", max_length=16)),
                ("keep_messages_days", models.PositiveIntegerField(default=90)),
                ("keep_uploads_days", models.PositiveIntegerField(default=30)),
                ("keep_job_files_days", models.PositiveIntegerField(default=30)),
                ("is_demo", models.BooleanField(default=False)),
                ("key_check", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_installation")],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=64)),
                ("lane", models.CharField(default="jobs", max_length=16)),
                ("options", models.JSONField(default=dict)),
                ("idempotency_key", models.CharField(max_length=200, null=True, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("run_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("max_attempts", models.PositiveSmallIntegerField(default=3)),
                ("lease", models.CharField(blank=True, max_length=64)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("progress", models.CharField(blank=True, max_length=500)),
                ("result", models.JSONField(null=True)),
                ("error", models.TextField(blank=True)),
                ("mlflow_run_id", models.CharField(blank=True, max_length=64)),
                ("followed_by", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="following", to="hub.job"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("judged", "Judged"), ("refused", "Refused")],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("file_name", hotleads.hub.sealing.fields.SealedTextField(null=True)),
                ("options", models.JSONField(default=dict)),
                ("result", models.JSONField(null=True)),
                ("problem", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
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
        migrations.CreateModel(
            name="LaunchRollup",
            fields=[
                (
                    "launch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rollup",
                        serialize=False,
                        to="hub.launch",
                    ),
                ),
                ("leads", models.BigIntegerField(default=0)),
                ("captures", models.BigIntegerField(default=0)),
                ("with_utm_source", models.BigIntegerField(default=0)),
                ("with_utm_medium", models.BigIntegerField(default=0)),
                ("with_utm_campaign", models.BigIntegerField(default=0)),
                ("with_utm_content", models.BigIntegerField(default=0)),
                ("with_utm_term", models.BigIntegerField(default=0)),
                ("hot", models.BigIntegerField(default=0)),
                ("warm", models.BigIntegerField(default=0)),
                ("cold", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("updated_at", models.DateTimeField(default=hotleads.hub.clock.get_now)),
            ],
            options={
                "db_table": "hub_launch_rollup",
            },
        ),
        migrations.AddConstraint(
            model_name="launch",
            constraint=models.CheckConstraint(
                condition=models.Q(("strategy__in", ["classic", "perpetual", "paid"])), name="launch_strategy_is_known"
            ),
        ),
        migrations.AddField(
            model_name="currentscore",
            name="launch",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.launch"),
        ),
        migrations.AddField(
            model_name="capture",
            name="launch",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="captures", to="hub.launch"
            ),
        ),
        migrations.AddField(
            model_name="launchday",
            name="campaign",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
        ),
        migrations.AddField(
            model_name="launchday",
            name="launch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.launch"
            ),
        ),
        migrations.AddField(
            model_name="launchlead",
            name="campaign",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
        ),
        migrations.AddField(
            model_name="launchlead",
            name="contact",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.contact"),
        ),
        migrations.AddField(
            model_name="launchlead",
            name="launch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hub.launch"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="connection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="products", to="hub.connection"
            ),
        ),
        migrations.AddField(
            model_name="pull",
            name="connection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pulls", to="hub.connection"
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchases",
                to="hub.batch",
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to="hub.contact"
            ),
        ),
        migrations.AddField(
            model_name="reviewrequest",
            name="answered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reviewrequest",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="hub.contact"
            ),
        ),
        migrations.AddField(
            model_name="reviewrequest",
            name="requested_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.contact"
            ),
        ),
        migrations.AddField(
            model_name="score",
            name="launch",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.launch"),
        ),
        migrations.AddField(
            model_name="spend",
            name="campaign",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="hub.campaign"),
        ),
        migrations.AddField(
            model_name="spend",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="spend",
            name="launch",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="spend", to="hub.launch"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="connection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="hub.connection"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="hub.contact"
            ),
        ),
        migrations.AddField(
            model_name="tombstone",
            name="erasure",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tombstones", to="hub.erasure"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="batch",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="upload", to="hub.batch"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["subject_type", "subject_id"], name="audit_of_subject"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="contact_that_merged"
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                fields=["contact", "purpose", "occurred_at", "id", "granted"], name="consent_of_contact"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["contact", "occurred_at"], name="event_of_contact"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("batch__isnull", False)), fields=["batch"], name="event_of_batch"),
        ),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(fields=["value_hmac"], name="identity_value_hmac"),
        ),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(
                condition=models.Q(("is_shared", True)),
                fields=["value_hmac", "contact"],
                name="identity_that_is_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "phone"), _negated=True),
                fields=("kind", "source", "value_hmac"),
                name="identity_belongs_to_one_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                fields=("contact", "kind", "source", "value_hmac"), name="identity_is_noted_once"
            ),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(condition=models.Q(("outcome", "waiting")), fields=["id"], name="inbox_item_that_waits"),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(
                condition=models.Q(("visitor_hmac__isnull", False)),
                fields=["visitor_hmac"],
                name="inbox_item_of_visitor",
            ),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(fields=["source", "origin_id", "id"], name="inbox_of_connection"),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(fields=["source", "origin_id", "outcome"], name="inbox_by_outcome"),
        ),
        migrations.AddConstraint(
            model_name="inboxitem",
            constraint=models.UniqueConstraint(fields=("source", "envelope_id"), name="envelope_comes_once"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["lane", "run_at"], name="job_that_is_due"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "running")), fields=["lease_expires_at"], name="job_with_lease"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["ended_at"], name="job_that_failed"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["kind", "ended_at"], name="job_by_kind"),
        ),
        migrations.AddIndex(
            model_name="currentscore",
            index=models.Index(fields=["launch", "-probability", "contact"], name="current_score_by_rank"),
        ),
        migrations.AddIndex(
            model_name="currentscore",
            index=models.Index(fields=["launch", "tier", "-probability", "contact"], name="current_score_by_tier"),
        ),
        migrations.AddIndex(
            model_name="currentscore",
            index=models.Index(fields=["contact"], name="current_score_of_contact"),
        ),
        migrations.AddConstraint(
            model_name="currentscore",
            constraint=models.UniqueConstraint(fields=("launch", "contact"), name="one_current_score_a_lead"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["contact", "captured_at"], name="capture_of_contact"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(condition=models.Q(("batch__isnull", False)), fields=["batch"], name="capture_of_batch"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["launch", "contact"], name="capture_of_launch"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["launch", "utm_source", "contact"], name="capture_by_source"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["launch_key", "captured_at"], name="capture_by_launch_key"),
        ),
        migrations.AddConstraint(
            model_name="launchday",
            constraint=models.UniqueConstraint(fields=("launch", "day", "tier", "campaign"), name="one_count_a_day"),
        ),
        migrations.AddIndex(
            model_name="launchlead",
            index=models.Index(
                condition=models.Q(("tier", "")), fields=["launch", "-contact"], name="launch_lead_without_score"
            ),
        ),
        migrations.AddConstraint(
            model_name="launchlead",
            constraint=models.UniqueConstraint(fields=("launch", "contact"), name="one_row_a_lead_and_launch"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(fields=("connection", "product_id"), name="product_of_connection"),
        ),
        migrations.AddConstraint(
            model_name="pull",
            constraint=models.UniqueConstraint(fields=("connection", "resource"), name="pull_of_resource"),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(fields=["contact", "occurred_at"], name="purchase_of_contact"),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch"], name="purchase_of_batch"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("seller_id", ""), _negated=True),
                fields=["seller_id"],
                name="purchase_of_other_seller",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("contact",), name="one_open_review_of_a_contact"
            ),
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(fields=["contact", "launch", "scored_at"], name="score_of_contact"),
        ),
        migrations.AddConstraint(
            model_name="spend",
            constraint=models.UniqueConstraint(
                fields=("launch", "day", "campaign"), name="one_spend_a_day_and_campaign"
            ),
        ),
        migrations.AddConstraint(
            model_name="spend",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="spend_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("connection", "code"), name="subscription_of_connection"),
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("client_id", models.CharField(max_length=255, unique=True)),
                ("write_key_hmac", hotleads.hub.sealing.fields.DigestField(max_length=32, unique=True)),
                ("scopes", models.JSONField(default=list)),
                ("ids_of", models.CharField(default="api", max_length=20)),
                ("default_country", models.CharField(blank=True, max_length=2)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email_marketing", "Marketing by e-mail"),
                            ("phone_marketing", "Marketing by calls, SMS and WhatsApp"),
                            ("ads_sharing", "Sharing with ad platforms"),
                            ("profiling", "Scoring"),
                            ("service", "Messages about a purchase"),
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Contract"),
                            ("legitimate_interest", "Legitimate interest"),
                            ("legal_obligation", "Legal obligation"),
                        ],
                        max_length=32,
                    ),
                ),
                ("consent_text", models.TextField(blank=True)),
                ("text_version", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(default=hotleads.hub.clock.get_now, editable=False)),
                ("rotated_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "application",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="credential",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("name",),
                        name="credential_in_force_has_own_name",
                    )
                ],
            },
        ),
    ]
