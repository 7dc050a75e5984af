"""Every column that holds something about a person, in one registry: what is sealed, and what is not and why.

Erasure, the export of all that is known of a person, and the search for forgotten bytes take their columns from here. A
column of text, JSON, bytes or an address that is in neither list fails a test.
"""

from dataclasses import dataclass

#: Values that are encrypted at rest.
SEALED = "sealed"
#: Keyed hashes of such values.
LOOKUP = "lookup"
#: Values in plain text, with the reason in the registry.
PLAIN = "plain"


@dataclass(frozen=True)
class PersonalColumn:
    """One column with something about a person.

    Attributes
    ----------
    name
        ``table.column`` in the database.
    storage
        ``SEALED``, ``LOOKUP`` or ``PLAIN``.
    reason
        Why it is kept in plain text; empty otherwise.
    """

    name: str
    storage: str
    reason: str = ""


_SIGN_IN = "somebody who works here signs in with it"
_FEATURE = "the model reads it"

PERSONAL_COLUMNS = (
    PersonalColumn("hub_contact.email", SEALED),
    PersonalColumn("hub_contact.email_hmac", LOOKUP),
    PersonalColumn("hub_contact.phone", SEALED),
    PersonalColumn("hub_contact.phone_hmac", LOOKUP),
    PersonalColumn("hub_contact.name", SEALED),
    PersonalColumn("hub_contact.country", PLAIN, _FEATURE),
    PersonalColumn("hub_contact.language", PLAIN, _FEATURE),
    PersonalColumn("hub_identity.value", SEALED),
    PersonalColumn("hub_identity.value_hmac", LOOKUP),
    PersonalColumn("hub_capture.attributes", PLAIN, _FEATURE),
    PersonalColumn("hub_capture.country", PLAIN, _FEATURE),
    PersonalColumn("hub_capture.language", PLAIN, _FEATURE),
    PersonalColumn("hub_capture.consent", PLAIN, "what the form recorded, as it wrote it"),
    PersonalColumn("hub_capture.click_ids", SEALED),
    PersonalColumn("hub_capture.row_key", LOOKUP),
    PersonalColumn("hub_purchase.country", PLAIN, _FEATURE),
    PersonalColumn("hub_purchase.language", PLAIN, _FEATURE),
    PersonalColumn("hub_purchase.row_key", LOOKUP),
    PersonalColumn("hub_event.company", PLAIN, _FEATURE),
    PersonalColumn("hub_event.page", PLAIN, "rules are matched with it; addresses and long numbers are taken out"),
    PersonalColumn("hub_event.row_key", LOOKUP),
    PersonalColumn("hub_subscription.code", PLAIN, "the account knows the subscription by it"),
    PersonalColumn("hub_consentevent.row_key", LOOKUP),
    PersonalColumn("hub_inboxitem.body", SEALED),
    PersonalColumn("hub_inboxitem.visitor_hmac", LOOKUP),
    PersonalColumn("hub_connection.secrets", SEALED),
    PersonalColumn("hub_reviewrequest.answer", SEALED),
    PersonalColumn("hub_judgement.file_name", SEALED),
    PersonalColumn("hub_score.reasons", PLAIN, "the answer to why somebody was scored so"),
    PersonalColumn("hub_score.moved_because", PLAIN, "the answer to why somebody's score moved"),
    PersonalColumn("hub_score_current.reasons", PLAIN, "the answer to why somebody is scored so"),
    PersonalColumn("hub_score_current.moved_because", PLAIN, "the answer to why somebody's score moved"),
    PersonalColumn("hub_tombstone.digest", LOOKUP),
    PersonalColumn("hub_upload.file_names", SEALED),
    PersonalColumn("hub_user.email", PLAIN, _SIGN_IN),
    PersonalColumn("hub_user.name", PLAIN, "colleagues see it"),
    PersonalColumn("hub_user.language", PLAIN, "pages are shown in it"),
)

#: Columns that could hold something personal and never do: ids, codes, settings and the owner's own texts.
IMPERSONAL_COLUMNS = frozenset(
    f"{table}.{column}"
    for table, columns in {
        "hub_auditentry": (
            "action",
            "subject_type",
            "subject_id",
            "details",
        ),
        "hub_batch": ("source",),
        "hub_campaign": (
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "key",
        ),
        "hub_capture": (
            "source",
            "launch_key",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
        ),
        "hub_connection": (
            "kind",
            "name",
            "settings",
            "terms",
        ),
        "hub_consentevent": (
            "purpose",
            "basis",
            "text_version",
            "text_sha256",
            "source",
            "proof",
        ),
        "hub_contact": ("said_at",),
        "hub_contactmerge": (
            "reason",
            "moved",
        ),
        "hub_credential": (
            "name",
            "client_id",
            "write_key_hmac",
            "scopes",
            "ids_of",
            "default_country",
            "purpose",
            "basis",
            "consent_text",
            "text_version",
        ),
        "hub_erasure": (
            "state",
            "removed",
        ),
        "hub_event": (
            "event_type",
            "default_type",
            "event_name",
            "source",
            "event_id",
            "product_id",
        ),
        "hub_eventrule": (
            "event_name",
            "page",
            "product_id",
            "event_type",
        ),
        "hub_featureset": (
            "feature_hash",
            "declarations",
        ),
        "hub_identity": (
            "kind",
            "source",
        ),
        "hub_inboxitem": (
            "source",
            "envelope_id",
            "content_type",
            "headers",
            "outcome",
            "event_type",
            "error_code",
        ),
        "hub_installation": (
            "csv_lead_policy",
            "default_country",
            "time_zone",
            "language",
            "key_check",
        ),
        "hub_job": (
            "kind",
            "lane",
            "options",
            "idempotency_key",
            "state",
            "lease",
            "progress",
            "result",
            "error",
            "mlflow_run_id",
            "followed_by",
        ),
        "hub_judgement": (
            "state",
            "options",
            "result",
            "problems",
        ),
        "hub_launch": (
            "key",
            "name",
            "strategy",
            "product_id",
            "entry_product_id",
            "capture_rules",
            "tier_policy",
        ),
        "hub_launch_day": (
            "day",
            "tier",
        ),
        "hub_launch_lead": (
            "day",
            "tier",
        ),
        "hub_launch_rollup": ("currency",),
        "hub_product": (
            "product_id",
            "name",
            "status",
            "format",
        ),
        "hub_pull": (
            "resource",
            "cursor",
            "error",
        ),
        "hub_purchase": (
            "transaction_id",
            "source",
            "event_id",
            "product_id",
            "status",
            "currency",
            "payment_method",
            "seller_id",
            "offer",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
        ),
        "hub_ratebudget": ("key",),
        "hub_reviewrequest": ("state",),
        "hub_schedule": (
            "name",
            "kind",
            "options",
            "cron",
            "time_zone",
        ),
        "hub_score": (
            "state",
            "tier",
            "tier_policy",
            "findings",
            "model_version",
            "feature_hash",
            "context_hash",
        ),
        "hub_score_current": (
            "state",
            "tier",
            "tier_policy",
            "findings",
            "model_version",
            "feature_hash",
            "context_hash",
        ),
        "hub_spend": (
            "day",
            "currency",
        ),
        "hub_stored_figures": (
            "key",
            "values",
        ),
        "hub_subscription": (
            "product_id",
            "status",
            "currency",
        ),
        "hub_upload": (
            "options",
            "kind",
            "state",
            "mapping",
            "verdict",
            "purpose",
            "basis",
            "consent_text",
            "text_version",
        ),
        "hub_user": (
            "password",
            "role",
        ),
    }.items()
    for column in columns
)
