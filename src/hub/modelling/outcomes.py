"""What became of leads: who bought in a launch's window, and what they paid less refunds, for the counts of pages."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ...history import DEFAULT_MATURITY_DAYS, History, build_cohort
from ..models import Launch, LaunchRollup
from ..models.launch_lead import LaunchLead
from ..models.rollups import CHUNK_CONTACTS, Outcome, update_rollups
from ..money import convert_to_minor
from .launches import build_lab_launch

#: Refunds count within this time of a purchase; until it is over for all, the sums may change.
_MATURITY = timedelta(days=DEFAULT_MATURITY_DAYS)
_PAID = """
    WITH sales AS (
        SELECT lead_id, transaction_id, occurred_at, currency FROM purchases JOIN cohort USING (lead_id)
        WHERE bought AND occurred_at >= as_of AND occurred_at < until AND ($product IS NULL OR product_id = $product)
    )
    SELECT sales.lead_id, sales.currency, sum(payments.net_amount)
    FROM sales JOIN purchases AS payments USING (lead_id, transaction_id)
    WHERE payments.occurred_at >= sales.occurred_at AND payments.occurred_at < sales.occurred_at + to_days($days)
    GROUP BY ALL ORDER BY ALL
"""


def update_outcomes(history: History, observed_until: datetime) -> int:
    """Count who bought in each launch whose windows end, and return how many leads are judged.

    A launch is looked at until its refunds are over; one that was brought with its past is looked at once.

    Parameters
    ----------
    history
        The hub's rows.
    observed_until
        The instant up to which purchases are known.
    """
    judged = 0
    for launch in Launch.objects.filter(archived_at=None):
        described = build_lab_launch(launch)
        if described.problem is not None or described.as_of + described.length > observed_until:
            continue
        is_mature = described.closes_at + 2 * _MATURITY <= observed_until
        if is_mature and LaunchLead.objects.filter(launch=launch, bought__isnull=False).exists():
            continue
        outcomes = _read_outcomes(history, launch, observed_until)
        contact_ids = sorted(contact_id for _, contact_id in outcomes)
        for start in range(0, len(contact_ids), CHUNK_CONTACTS):
            update_rollups(contact_ids[start : start + CHUNK_CONTACTS], outcomes)
        judged += len(outcomes)
    return judged


def _read_outcomes(history: History, launch: Launch, observed_until: datetime) -> Mapping[tuple[int, int], Outcome]:
    """Return what became of the leads whose windows are over; the launch's currency is the one most paid in."""
    described = build_lab_launch(launch)
    cohort = build_cohort(history, described, observed_until=observed_until)
    cohort = cohort[cohort["until"] <= observed_until]
    with history.connect() as con:
        con.register("cohort", cohort[["lead_id", "as_of", "until"]])
        values = {"product": described.product_id, "days": DEFAULT_MATURITY_DAYS}
        paid = con.execute(_PAID, values).fetchall()
    currencies = [currency for _, currency, _ in paid if currency]
    main = max(sorted(set(currencies)), key=currencies.count, default="")
    LaunchRollup.objects.filter(launch=launch).update(currency=main)
    net = {lead_id: convert_to_minor(amount, main) for lead_id, currency, amount in paid if currency == main}
    labels = zip(cohort["lead_id"], cohort["label"], strict=True)
    return {(launch.pk, int(lead_id)): Outcome(bool(label), net.get(lead_id, 0)) for lead_id, label in labels}
