"""Leads are scored as they arrive, with the bits that the next scoring of their launch gives them."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from hotleads.history import History, open_history
from hotleads.hub.clock import set_clock
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.modelling.arrivals import score_contacts
from hotleads.hub.modelling.champion import load_champion
from hotleads.hub.modelling.scoring import score_launch
from hotleads.hub.models import Contact, CurrentScore, Launch, ScoreState
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, OPENS_AT, PERPETUAL_LAUNCH

_COMPARED = (
    "as_of",
    "probability",
    "logit",
    "score",
    "tier",
    "tier_policy",
    "reasons",
    "context_hash",
    "model_version",
)


@pytest.fixture(scope="module")
def history(sample_hub: dict[str, int]) -> History:
    run_sync({}, lambda message: None)
    return open_history(settings.HUB_DATA / "history")


def read_scores(launch: Launch) -> dict[int, tuple[object, ...]]:
    rows = CurrentScore.objects.filter(launch=launch)
    return {row.contact_id: tuple(getattr(row, name) for name in (*_COMPARED, "state")) for row in rows}


@pytest.mark.parametrize(
    ("launch_id", "now", "state"),
    [
        (OPEN_LAUNCH, NOW, ScoreState.PROVISIONAL),
        (OPEN_LAUNCH, OPENS_AT + timedelta(days=1), ScoreState.FINAL),
        ("2024-12-mentoring", NOW.replace(year=2024, month=12, day=10), ScoreState.PROVISIONAL),
        (PERPETUAL_LAUNCH, NOW.replace(year=2024, month=10, day=20), ScoreState.FINAL),
    ],
)
def test_a_lead_has_the_bits_of_its_launch_scored_as_a_batch(
    history: History, launch_id: str, now: datetime, state: ScoreState
) -> None:
    launch = Launch.objects.get(key=launch_id)
    with set_clock(lambda: now):
        leads, run_id = score_launch(history, launch, replaces_final=True)
        batch = read_scores(launch)
        assert len(batch) == leads > 20
        assert len(run_id) == 32
        CurrentScore.objects.filter(launch=launch).delete()
        champion = load_champion()
        assert champion is not None
        everybody = sorted(Contact.objects.values_list("pk", flat=True))
        assert score_contacts(champion, [launch], everybody) == leads
    assert read_scores(launch) == batch
    assert {row[-1] for row in batch.values()} == {state}
