"""A launch with leads of every kind, made by hand: what the tests of pages look at."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from hotleads.hub.figures.launch_figures import DRIFT_KEY, MODEL_KEY, RELIABILITY_KEY
from hotleads.hub.models import (
    Capture,
    ConsentEvent,
    Contact,
    CurrentScore,
    Launch,
    LegalBasis,
    Purchase,
    PurchaseStatus,
    Purpose,
    Score,
    ScoreState,
    StoredFigures,
    Strategy,
    Tier,
)
from hotleads.hub.models.rollups import recount_launch
from hotleads.hub.sealing import hash_lookup
from tests.hub.rows import BOUGHT, store_example_features

OPENS = datetime(2026, 3, 2, 13, tzinfo=UTC)
#: What a hostile form could have put into a name or a reason.
FORMULA = '=HYPERLINK("http://evil.example","click")'


def create_contact(number: int, **fields: Any) -> Contact:
    email = f"lead{number}@example.org"
    values: dict[str, Any] = {"email": email, "email_hmac": hash_lookup("email", email), "name": f"Ana Lead{number}"}
    if "phone" in fields:
        values["phone_hmac"] = hash_lookup("phone", fields["phone"])
    return Contact.objects.create(**values | fields)


def create_capture(contact: Contact, launch: Launch | None, number: int, **fields: Any) -> Capture:
    values = {
        "launch_key": launch.key if launch else "",
        "utm_source": "instagram" if number % 2 else "youtube",
        "utm_campaign": f"cake-{number % 3}",
    }
    return Capture.objects.create(
        contact=contact,
        original_contact_id=contact.pk,
        captured_at=OPENS - timedelta(days=number % 20 + 1),
        source="file",
        launch=launch,
        row_key=hashlib.sha256(f"capture {contact.pk} {number}".encode()).digest(),
        **values | fields,
    )


def create_score(contact: Contact, launch: Launch, probability: float, **fields: Any) -> CurrentScore:
    tier = Tier.HOT if probability >= 0.2 else Tier.WARM if probability >= 0.1 else Tier.COLD
    values = {
        "state": ScoreState.PROVISIONAL,
        "as_of": OPENS,
        "probability": probability,
        "logit": 0.0,
        "score": 100 * probability,
        "tier": tier,
        "tier_policy": "default",
        "reasons": [BOUGHT],
        "model_version": "0123456789abcdef",
        "feature_hash": store_example_features(),
        "context_hash": "c",
    }
    return CurrentScore.objects.create(contact=contact, launch=launch, **values | fields)


def create_example(leads: int = 8) -> Launch:
    """A launch with scored leads, one lead without a score, and one that came by a file only."""
    launch = Launch.objects.create(
        key="2026-03-cake", name="Cake course, March", strategy=Strategy.CLASSIC, product_id="cake",
        capture_starts_at=OPENS - timedelta(days=30), cart_opens_at=OPENS, cart_closes_at=OPENS + timedelta(days=7),
    )  # fmt: skip
    for number in range(leads):
        contact = create_contact(number, came_by_file_only=number == 1, phone=f"+5511987654{number:03}")
        create_capture(contact, launch, number)
        if number != 2:
            create_score(contact, launch, 0.4 / (number + 1))
    first = Contact.objects.get(email_hmac=hash_lookup("email", "lead0@example.org"))
    Score.objects.create(
        contact=first, launch=launch, state=ScoreState.PROVISIONAL, as_of=OPENS, probability=0.1, logit=0, score=10,
        tier=Tier.WARM, tier_policy="default", model_version="old", feature_hash="f", context_hash="c",
    )  # fmt: skip
    Purchase.objects.create(
        contact=first, original_contact_id=first.pk, transaction_id="t1", occurred_at=OPENS - timedelta(days=50),
        source="file", product_id="bread", status=PurchaseStatus.APPROVED, amount_minor=19700, currency="BRL",
        row_key=hashlib.sha256(b"purchase").digest(),
    )  # fmt: skip
    ConsentEvent.objects.create(
        contact=first, original_contact_id=first.pk, purpose=Purpose.EMAIL_MARKETING, granted=True,
        basis=LegalBasis.CONSENT, occurred_at=OPENS, source="file", row_key=hashlib.sha256(b"consent").digest(),
    )  # fmt: skip
    recount_launch(launch)
    return launch


def store_evidence(launch: Launch) -> None:
    """Keep of a model what its card, a backtest and monitoring say, as the job ``outcomes`` does."""
    window = {"n": 800, "buyers": 40, "base_rate": 0.05, "mean_probability": 0.06, "roc_auc": 0.74, "lift_10": 2.9}
    model = {
        "version": "0123456789abcdef",
        "spread": 0.3,
        "quality": {"grade": "fair"},
        "windows": {"2025-09-cake": window, "2025-12-cake": window | {"buyers": 71}},
        "learned_from": ["2025-06-cake", "2025-09-cake"],
        "notes": [],
    }
    bins = [
        {"n": 80, "buyers": 8 * place, "mean_probability": 0.09 * place, "observed_rate": 0.1 * place,
         "low": 0.09 * place - 0.05, "high": 0.1 * place + 0.06}
        for place in range(1, 7)
    ]  # fmt: skip
    words = {
        "meaning": "a field or an event all but stopped coming",
        "reasons": ["attribution: utm_source has a value in 20% of the captures; 80% are usual"],
        "signals": [{"cause": "attribution", "evidence": "utm_source: 20%, usually 80%", "alarm": True}],
        "notes": ["nobody has bought yet"],
    }
    own = {
        "meaning": "um campo ou um evento quase deixou de vir",
        "reasons": ["atribuição: utm_source tem valor em 20% dos cadastros; o usual são 80%"],
        "signals": [{"cause": "atribuição", "evidence": "utm_source: 20%, em geral 80%", "alarm": True}],
        "notes": ["ainda ninguém comprou"],
    }
    drift = {
        "launch": launch.key,
        "compared_with": ["2025-09-cake", "2025-12-cake"],
        "diagnosis": "attribution",
        "action": "stop",
        "texts": {"en": words, "pt_BR": own},
    }
    for key, values in ((MODEL_KEY, model), (RELIABILITY_KEY, {"bins": bins, "launches": []}), (DRIFT_KEY, drift)):
        StoredFigures.objects.create(key=key, values=values)
