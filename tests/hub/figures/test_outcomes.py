"""What became of leads is what the synced history says: labels and revenues of the lab, on both databases."""

from datetime import timedelta

import pytest

from hotleads.history import build_cohort, open_history
from hotleads.history.outcomes import read_revenues
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.figures import outcomes
from hotleads.hub.figures.day_counts import read_day_counts
from hotleads.hub.figures.launch_figures import has_learned_from, read_launch_figures, read_spread
from hotleads.hub.figures.outcomes import describe_card, run_outcomes
from hotleads.hub.figures.quality import read_model_figures
from hotleads.hub.models import HISTORY_FOLDER, Launch, LaunchDay, LaunchLead, Purchase, StoredFigures
from hotleads.hub.models.rollups import recount_launch
from hotleads.scoring.forecast import estimate_launch_spread
from tests.hub.installations import Installation
from tests.hub.rows import NOON, build_capture, build_purchase, create_contact, create_launch

OPENS = NOON.replace(month=4)
_WINDOW = {
    "n": 100, "buyers": 12, "base_rate": 0.12, "mean_probability": 0.1, "roc_auc": 0.8, "lift_10": 3.0,
    "average_precision": 0.3, "brier": 0.1, "log_loss": 0.3, "ece": 0.01, "lift_5": 3.0, "lift_20": 2.0,
    "calibration_slope": 1.0, "calibration_intercept": 0.0,
}  # fmt: skip


@pytest.fixture
def launch(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Six leads: two buy, one gets the money back, one buys too late, one owned the product before."""
    monkeypatch.setattr(outcomes, "store_model", lambda: "")
    launch = create_launch(cart_opens_at=OPENS, cart_closes_at=OPENS + timedelta(days=7))
    contacts = [create_contact() for _ in range(6)]
    for contact in contacts:
        build_capture(contact, launch=launch, launch_key=launch.key).save()
    buy(contacts[0], 0, OPENS + timedelta(days=1))
    buy(contacts[1], 1, OPENS + timedelta(days=2))
    buy(contacts[1], 1, OPENS + timedelta(days=5), status="refunded")
    buy(contacts[2], 2, OPENS + timedelta(days=8))
    buy(contacts[3], 3, OPENS - timedelta(days=40))
    buy(create_contact(), 4, OPENS + timedelta(days=60))  # so long are purchases known
    recount_launch(launch)
    return launch


def buy(contact: object, number: int, at: object, **fields: object) -> None:
    values = {"product_id": "course", "occurred_at": at, "row_key": bytes([number, len(fields)]) * 16} | fields
    build_purchase(contact, number, **values).save()  # type: ignore[arg-type]


def test_buyers_and_revenue_are_those_of_the_history(launch: Launch, installation: Installation) -> None:
    run_sync({}, lambda message: None)
    changed = run_outcomes({}, lambda message: None)
    history = open_history(installation.data / HISTORY_FOLDER)
    cohort = build_cohort(history, history.get_launch(launch.key))
    revenue = read_revenues(history, cohort, ["course"] * len(cohort), "BRL")
    expected = {
        int(lead): (bool(label), round(100 * paid))
        for lead, label, paid in zip(cohort["lead_id"], cohort["label"], revenue, strict=True)
    }
    kept = {row.contact_id: (row.bought, row.net_minor) for row in LaunchLead.objects.filter(launch=launch)}
    owner = next(iter(set(kept) - set(expected)))
    assert kept.pop(owner) == (None, 0)  # owned it before, so that the launch is none for them
    assert kept == expected
    assert sorted(kept.values()) == [(False, 0), (False, 0), (False, 0), (True, 0), (True, 19_700)]
    assert changed is not None
    assert changed["leads"] == 5
    figures = read_launch_figures(Launch.objects.get(pk=launch.pk), read_day_counts(launch))
    assert (figures.rollup.currency, figures.worth and figures.worth.minor) == ("BRL", 9_850)
    again = run_outcomes({}, lambda message: None)
    assert again is not None
    assert again["leads"] == 0


def test_a_window_that_is_not_over_judges_nobody(launch: Launch) -> None:
    Purchase.objects.filter(occurred_at__gte=OPENS + timedelta(days=3)).delete()
    run_sync({}, lambda message: None)
    run_outcomes({}, lambda message: None)
    assert set(LaunchLead.objects.values_list("bought", flat=True)) == {None}
    assert not LaunchDay.objects.filter(judged__gt=0).exists()


def test_the_model_is_shown_as_its_card_says(installation: Installation) -> None:
    create_launch("2026-03", name="March")
    card = {
        "quality_on_unseen_windows": {"2026-03": _WINDOW},
        "windows": [{"name": "2026-03"}],
        "notes": [],
        "findings": [],
    }
    assert read_model_figures() is None
    StoredFigures.objects.create(key="model", values=describe_card(card) | {"version": "abc"})
    model = read_model_figures()
    assert model is not None
    (window,) = model.windows
    assert (window.name, window.leads, window.promised, window.buyers) == ("March", 100, 10.0, 12)
    assert window.low <= 10 <= window.high
    assert window.is_within
    assert read_spread() == model.spread == estimate_launch_spread(card)
    assert has_learned_from(Launch.objects.get())
