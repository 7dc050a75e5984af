"""The page of a launch that is unlike the sample's: small, perpetual, without a hot lead, with hostile names."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.history import Launch
from hotleads.jobs.launch_page import write_launch_page
from hotleads.language import Language
from hotleads.scoring import TierPolicy, forecast_buyers
from hotleads.scoring.forecast import forecast_by_length
from hotleads.scoring.launch_summary import LaunchSummary, build_tier_histogram, choose_list_lengths
from hotleads.scoring.model_quality import judge_model
from tests.pages import find_page_faults, needs_chromium

NASTY = "<script>alert('x')</script>&\"{0}%s"


def write_page(
    out: Path, probability: list[float], hot: float, *, language: Language = "en", strategy: Any = "classic"
) -> str:
    """Write the page of leads with these probabilities, whose names are hostile, and return it."""
    p = np.array(probability)
    policy = TierPolicy("rule", hot, min(hot, 0.1))
    tiers = policy.assign_tiers(p)
    lengths = choose_list_lengths(len(p), np.array([(tiers == "hot").sum()]))
    summary = LaunchSummary(
        leads=len(p),
        tiers=forecast_buyers(p, tiers, spread=0.25).to_dict("records"),  # type: ignore[arg-type]
        lengths=forecast_by_length(p, lengths, spread=0.25).to_dict("records"),  # type: ignore[arg-type]
        histogram=build_tier_histogram(p, tiers).to_dict("records"),  # type: ignore[arg-type]
        drivers=[{"family": NASTY, "difference": 0.0, "share": 0.0}],
        driven_by="hot" if (tiers == "hot").any() else "tenth",
        campaigns=[{"campaign": NASTY, "leads": 3, "conversion": 0.0, "shrunk": 0.1, "low": 0.0, "high": 0.6}],
        quality=judge_model({}),
        never_bought=None,
    )
    opens = datetime(2025, 6, 2, 13, tzinfo=UTC)
    launch = Launch(NASTY, strategy, cart_opens_at=opens, capture_starts_at=opens)
    predictions: Any = SimpleNamespace(
        model=SimpleNamespace(card={"findings": ["single-training-window"]}, version="0123"),
        profile=SimpleNamespace(launch=launch, policy=policy),
    )
    hottest = pd.DataFrame({"lead_id": ["ana@example.com", NASTY][: len(p)], "probability": p[:2], "tier": tiers[:2]})
    reason = {"contribution": 1.0, "text": NASTY}
    hottest = hottest.assign(score=50.0, reasons=[[reason], []][: len(p)])
    write_launch_page(
        out, summary, predictions, hottest, findings={"duplicate-person": {"a", "b"}, "none": set()}, language=language
    )
    return out.read_text(encoding="utf-8")


def test_without_a_hot_lead_the_page_speaks_of_all(tmp_path: Path) -> None:
    page = write_page(tmp_path / "launch.html", [0.2, 0.05], hot=float("inf"))
    assert "<h1>2 leads, none of them hot; expect 0 to 1 buyers among all</h1>" in page
    assert "Nothing sets the hottest tenth apart." in page
    assert "inf" not in page.split("<main>")[1].split("<script>")[0].replace("information", "")


def test_an_untested_model_and_small_campaigns_are_called_so(tmp_path: Path) -> None:
    page = write_page(tmp_path / "launch.html", [0.2, 0.05], hot=0.15)
    assert '<p class="grade">Untested</p>' in page
    assert "Every campaign has fewer than 30 leads" in page
    assert '<span class="mark">small</span>' in page


def test_names_are_escaped_and_an_address_that_serves_as_id_is_not_shown(tmp_path: Path) -> None:
    page = write_page(tmp_path / "launch.html", [0.2, 0.05], hot=0.15)
    assert page.count("<script>") == 1
    assert page.count("&lt;script&gt;") >= 5
    assert "ana@example.com" not in page
    assert "(id in the file)" in page


@pytest.mark.parametrize(
    ("language", "meaning"),
    [("en", "one e-mail address or telephone number"), ("pt_BR", "um e-mail ou telefone em vários ids de lead (2 dos")],
)
def test_findings_of_some_leads_are_counted_and_others_hold_for_all(
    language: Language, meaning: str, tmp_path: Path
) -> None:
    page = write_page(tmp_path / "launch.html", [0.2, 0.05], hot=0.15, language=language)
    assert meaning in page
    assert "single-training-window" in page
    assert "<code>none</code>" not in page


@pytest.mark.slow
@needs_chromium
def test_a_launch_of_one_lead_has_a_page_without_a_fault(tmp_path: Path) -> None:
    write_page(tmp_path / "launch.html", [0.0], hot=0.15, strategy="perpetual", language="pt_BR")
    assert find_page_faults(tmp_path / "launch.html") == []
