"""A history of the hub's rows, and scores back into it."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import transaction

from hotleads.features import hash_declarations
from hotleads.history import open_history
from hotleads.history.progress import ignore_progress
from hotleads.hub.clock import get_now
from hotleads.hub.feed.reasons import ReasonWriter
from hotleads.hub.feed.scores import store_scores
from hotleads.hub.feed.sync import export_history
from hotleads.hub.modelling.training import TooLittleHistoryError, run_backtesting
from hotleads.hub.models import ConsentEvent, CurrentScore, LaunchRollup, Purpose, Score, ScoreState
from hotleads.hub.models.rollups import recount_launch
from hotleads.hub.people.merging import merge_contacts
from hotleads.scoring import ReasonFormatter, TextOptions
from tests.hub.installations import Installation
from tests.hub.rows import (
    EXAMPLE_FEATURES,
    NOON,
    build_capture,
    build_event,
    build_key,
    build_purchase,
    create_contact,
    create_launch,
)

FORMATTER = ReasonFormatter(EXAMPLE_FEATURES, TextOptions(currency="BRL"))


def read(folder: Path, table: str) -> list[dict[str, object]]:
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def test_rows_become_a_history(installation: Installation) -> None:
    ana, bruno, objector = (create_contact(name=name) for name in ("Ana", "Bruno", "Carla"))
    launch = create_launch()
    build_capture(ana, utm_source="instagram", attributes={"age": "30 to 39"}, launch=launch).save()
    build_capture(bruno, 1).save()
    build_purchase(bruno, 2).save()
    build_purchase(bruno, 3, currency="JPY", amount_minor=500, seller_id="other").save()
    build_purchase(objector, 4).save()
    ConsentEvent.objects.create(
        contact=objector,
        original_contact_id=objector.pk,
        purpose=Purpose.PROFILING,
        granted=False,
        occurred_at=get_now(),
        source="page",
        row_key=build_key("objects"),
    )
    out = installation.data / "history"
    assert export_history(out) == {"leads": 2, "purchases": 2, "events": 0, "launches": 1}
    leads = read(out, "leads")
    assert [(row["lead_id"], row["launch_id"], row["attr_age"]) for row in leads] == [
        (str(ana.pk), "spring", "30 to 39"),
        (str(bruno.pk), None, None),
    ]
    assert leads[0]["utm_source"] == "instagram"
    assert leads[1]["utm_source"] is None
    amounts = {row["currency"]: row["amount"] for row in read(out, "purchases")}
    assert {code: float(amount) for code, amount in amounts.items()} == {"BRL": 197.0, "JPY": 500.0}
    assert [row["seller_id"] for row in read(out, "purchases")] == [None, "other"]
    assert open_history(out).get_launch("spring").product_id == "course"
    assert not (out / "people.parquet").exists() or read(out, "people") == []


def test_a_merge_after_the_feed_moves_the_rows_in_the_history_too(installation: Installation) -> None:
    create_launch()
    elder, younger = create_contact(), create_contact()
    build_purchase(elder, 1).save()
    build_purchase(younger, 2).save()
    out = installation.data / "history"
    export_history(out)
    assert {row["lead_id"] for row in read(out, "purchases")} == {str(elder.pk), str(younger.pk)}
    with transaction.atomic():
        merge_contacts(younger, elder, reason="test")
    export_history(out)
    assert {row["lead_id"] for row in read(out, "purchases")} == {str(elder.pk)}


def test_a_hub_without_captures_and_purchases_is_a_history_too(installation: Installation) -> None:
    out = installation.data / "history"
    assert export_history(out) == {"leads": 0, "purchases": 0, "events": 0, "launches": 0}
    create_launch()
    contact = create_contact()
    build_event(contact).save()
    assert export_history(out) == {"leads": 0, "purchases": 0, "events": 1, "launches": 1}
    assert [row["lead_id"] for row in read(out, "events")] == [str(contact.pk)]
    with pytest.raises(TooLittleHistoryError, match="no launch is over"):
        run_backtesting({}, ignore_progress)


def write_scores(path: Path, probabilities: dict[int, float], as_of: datetime = NOON) -> Path:
    rows = [
        {
            "lead_id": str(contact_id),
            "launch_id": "spring",
            "as_of": as_of,
            "probability": probability,
            "logit": 0.1,
            "score": 100 * probability,
            "tier": "hot" if probability > 0.5 else "cold",
            "tier_policy": "reference",
            "reasons": [{"feature": "spend", "group": "money", "value": 1.5, "contribution": 0.2, "text": "Spent"}],
            "findings": ["few-buyers"],
            "model_version": "1",
            "feature_hash": hash_declarations(EXAMPLE_FEATURES),
            "context_hash": "c",
        }
        for contact_id, probability in probabilities.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_scores_come_back_to_the_bit_and_what_they_replace_is_kept(installation: Installation) -> None:
    launch = create_launch()
    ana, bruno, gone = create_contact(), create_contact(), create_contact(merged_into=create_contact())
    for number, contact in enumerate((ana, ana, bruno)):
        build_capture(contact, number, launch=launch, utm_source="x" if number else "").save()
    path = installation.data / "scores.parquet"
    first = write_scores(path, {ana.pk: 0.1 + 0.2, bruno.pk: 0.9, gone.pk: 0.5, 10**9: 0.5})
    assert store_scores(first, launch, ScoreState.PROVISIONAL, FORMATTER) == 2
    assert store_scores(first, launch, ScoreState.PROVISIONAL, FORMATTER) == 2
    assert not Score.objects.exists()
    row = CurrentScore.objects.get(contact=ana)
    assert row.probability == 0.1 + 0.2
    assert row.as_of == NOON
    assert row.reasons == [{"feature": "spend", "group": "money", "value": 1.5, "contribution": 0.2, "currency": "BRL"}]
    assert ReasonWriter("pt_BR").write_reasons(row)[0]["text"].startswith("Gastou R$")
    store_scores(write_scores(path, {ana.pk: 0.6, bruno.pk: 0.9}), launch, ScoreState.PROVISIONAL, FORMATTER)
    assert [(old.contact_id, old.probability) for old in Score.objects.all()] == [(ana.pk, 0.1 + 0.2)]
    rollup = LaunchRollup.objects.get()
    counts = (rollup.leads, rollup.captures, rollup.with_utm_source, rollup.hot, rollup.warm, rollup.cold)
    assert counts == (2, 3, 2, 2, 0, 0)
    assert recount_launch(launch).hot == 2


def test_a_scoring_of_all_leaves_those_who_were_scored_after_it_began(installation: Installation) -> None:
    launch, ana, bruno = create_launch(), create_contact(), create_contact()
    path = installation.data / "scores.parquet"
    later, latest = NOON + timedelta(minutes=5), NOON + timedelta(minutes=9)
    store_scores(write_scores(path, {ana.pk: 0.6, bruno.pk: 0.1}), launch, ScoreState.PROVISIONAL, FORMATTER)
    store_scores(write_scores(path, {ana.pk: 0.9}, latest), launch, ScoreState.PROVISIONAL, FORMATTER)
    assert (
        store_scores(write_scores(path, {ana.pk: 0.7, bruno.pk: 0.2}, later), launch, ScoreState.PROVISIONAL, FORMATTER)
        == 2
    )
    assert dict(CurrentScore.objects.values_list("contact_id", "probability")) == {ana.pk: 0.9, bruno.pk: 0.2}
    store_scores(write_scores(path, {ana.pk: 0.8}, later), launch, ScoreState.FINAL, FORMATTER)
    assert CurrentScore.objects.get(contact=ana).probability == 0.8
