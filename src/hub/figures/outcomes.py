"""What became of the leads of each launch, and how good the model is: the job that reads both from the lab.

Labels and revenues are those of the synced history (``build_cohort``, ``read_revenues``), so that a page, a report and
a backtest say the same.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings
from django.db.models import Count

from ...history import History, build_cohort, open_history
from ...history.launch import Launch as LabLaunch
from ...history.outcomes import read_revenues
from ...language import Phrase
from ...scoring.model_quality import judge_model
from ...tracking.registry import CHAMPION_URI, load_registered_model
from ..clock import get_now
from ..engine.kinds import Options, Result
from ..models import HISTORY_FOLDER, Launch, LaunchLead, LaunchRollup, Purchase, StoredFigures
from ..models.purchase import SALE_STATUSES
from ..models.rollups import CHUNK_CONTACTS, Outcome, update_rollups
from ..money import convert_to_minor
from .base import store_flows
from .launch_figures import MODEL_KEY
from .model_evidence import store_drift, store_reliability


def run_outcomes(_options: Options, progress: Callable[[str], None]) -> Result:
    """Bring what is known of buyers, revenue and the model up to date: the job that comes after scoring."""
    history = open_history(Path(settings.HUB_DATA) / HISTORY_FOLDER)
    changed = 0
    for launch in Launch.objects.filter(archived_at=None).order_by("pk"):
        described = history.launches.get(launch.key)
        if described is not None and described.problem is None:
            progress(Phrase("buyers of {key}", key=launch.key))
            changed += store_outcomes(history, launch, described)
    progress(Phrase("the model's card"))
    version, reliable = store_model(), store_reliability()
    progress(Phrase("comparing the latest launch with those before it"))
    drift = store_drift(history)
    return {"leads": changed, "model": version, "judged": reliable, "drift": drift, "flows": store_flows()}


def store_outcomes(history: History, launch: Launch, described: LabLaunch) -> int:
    """Note of each lead of a launch whether they bought and what they paid; return of how many that changed."""
    cohort = build_cohort(history, described)
    currency = _find_currency(launch, described)
    LaunchRollup.objects.update_or_create(launch=launch, defaults={"currency": currency})
    found = _read_outcomes(history, cohort, described, currency)
    known = {
        contact_id: Outcome(bought, net_minor)
        for contact_id, bought, net_minor in LaunchLead.objects.filter(launch=launch).values_list(
            "contact_id", "bought", "net_minor"
        )
    }
    nothing = Outcome(None, 0)
    changed = sorted(lead for lead, before in known.items() if found.get(lead, nothing) != before)
    for start in range(0, len(changed), CHUNK_CONTACTS):
        chunk = changed[start : start + CHUNK_CONTACTS]
        update_rollups(chunk, {(launch.pk, lead): found.get(lead, nothing) for lead in chunk})
    return len(changed)


def store_model() -> str:
    """Keep what the champion's card says of its quality; return its version, empty where there is no model."""
    try:
        model = load_registered_model(CHAMPION_URI)
    except LookupError:
        StoredFigures.objects.filter(key=MODEL_KEY).delete()
        return ""
    values = describe_card(model.card) | {"version": model.version}
    StoredFigures.objects.update_or_create(key=MODEL_KEY, defaults={"values": values, "computed_at": get_now()})
    return model.version


def describe_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a model's card what pages show, in plain values."""
    quality = judge_model(card)
    return {
        "spread": quality.spread,
        "quality": quality._asdict(),
        "windows": card.get("quality_on_unseen_windows", {}),
        "learned_from": [window["name"] for window in card.get("windows", [])],
        "notes": list(card.get("notes", [])),
        "findings": list(card.get("findings", [])),
    }


def _read_outcomes(history: History, cohort: pd.DataFrame, described: LabLaunch, currency: str) -> dict[int, Outcome]:
    """Return by contact what the history says; whose window is not over is not judged."""
    until: datetime | None = history.observed_until
    if until is None or cohort.empty:
        return {}
    cohort = cohort[cohort["until"] <= until]
    revenues = read_revenues(history, cohort, [described.product_id] * len(cohort), currency or None)
    return {
        int(lead): Outcome(bool(label), convert_to_minor(Decimal(str(revenue)), currency))
        for lead, label, revenue in zip(cohort["lead_id"], cohort["label"], revenues, strict=True)
    }


def _find_currency(launch: Launch, described: LabLaunch) -> str:
    """Return the currency in which most of the launch's sales were made; empty where there are none."""
    own = Purchase.objects.visible().filter(seller_id="", status__in=SALE_STATUSES).exclude(currency="")
    sales = own.filter(occurred_at__gte=described.as_of, occurred_at__lt=described.closes_at)
    if launch.product_id:
        sales = sales.filter(product_id=launch.product_id)
    first = (
        sales.values("currency")
        .annotate(sales=Count("transaction_id", distinct=True))
        .order_by("-sales", "currency")
        .first()
    )
    return str(first["currency"]) if first else ""
