"""The backtest's page: self-contained, small, escaped, complete, and honest about what it lacks."""

import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.evaluation import compute_wilson_interval, summarize
from hotleads.training.baselines.comparison import COMPARED_METRICS, average_baselines
from hotleads.training.options import ModelParameters
from hotleads.training.report import write_report
from tests.pages import find_page_faults, needs_chromium

VOID = {"meta", "br", "img", "link", "input", "hr"}
NASTY = "<script>alert('x')</script>&\"$x_1$"


MATURITY = [
    {"name": name, "known_from": "2010-03-02", "mature_from": "2010-04-01", "state": state, "learned": learned}
    for name, state, learned in (("first", "mature", True), ("second", "over", True), ("third", "open", False))
]


def backtest(launches: int, rows: int = 200, name: str = "launch {}") -> tuple[dict[str, Any], pd.DataFrame]:
    """A report and its scores as the backtest writes them, from calibrated synthetic probabilities."""
    made = [_launch(name.format(i), i, rows) for i in range(launches)]
    entries = [entry for entry, _ in made]
    metrics = [entry["metrics"] for entry in entries]
    report = {
        "version": 1,
        "created_at": "2026-01-15T09:30:00+00:00",
        "history": "a history",
        "label": "plain",
        "seed": 7,
        "trials": 20,
        "packages": {"numpy": "2.4.6", "xgboost": "3.2.0"},
        "launches": entries,
        "skipped": [{"launch_id": "too early", "code": "no-earlier-launch", "reason": "No earlier launch was over."}],
        "mean": {key: float(np.mean([launch_metrics[key] for launch_metrics in metrics])) for key in metrics[0]}
        if metrics
        else {},
    }
    empty = pd.DataFrame(columns=["launch_id", "lead_id", "probability", "tier", "label"])
    report["baselines"] = average_baselines([entry["baselines"] for entry in entries])
    return report, pd.concat([scores for _, scores in made]) if made else empty


def _launch(launch_id: str, seed: int, rows: int) -> tuple[dict[str, Any], pd.DataFrame]:
    random = np.random.default_rng(seed)
    p = random.beta(1.2, 3, rows)
    y = (random.random(rows) < p).astype(int)
    tier = np.where(p >= 0.5, "hot", np.where(p >= 0.25, "warm", "cold"))
    metrics = summarize(y, p)
    entry = {
        "launch_id": launch_id,
        "strategy": "classic",
        "product_id": None,
        "as_of": f"{2010 + seed // 12}-{seed % 12 + 1:02d}-01T00:00:00+00:00",
        "until": f"{2010 + seed // 12}-{seed % 12 + 1:02d}-28T12:30:00+00:00",
        "rows": rows,
        "buyers": int(y.sum()),
        "forecast": {"buyers": float(p.sum()), "low": round(0.8 * p.sum()), "high": round(1.25 * p.sum())},
        "training": {
            "launches": ["first", "second"],
            "rows": 4321,
            "buyers": 987,
            "calibrated_on": "second",
            "parameters": asdict(ModelParameters()),
            "model_version": "0123456789ab",
            "maturity": MATURITY,
        },
        "mature_from": "2011-05-01T00:00:00+00:00",
        "mature": seed % 2 == 0,
        "metrics": metrics,
        "intervals": {"roc_auc": [metrics["roc_auc"] - 0.0411, metrics["roc_auc"] + 0.0377]},
        "tiers": [_tier(name, y[tier == name], int(y.sum())) for name in ("hot", "warm", "cold")],
        "notes": [f"Note on {launch_id}."],
        "campaigns": [
            {
                "campaign": f"ad-{launch_id}",
                "leads": 40,
                "buyers": 4,
                "conversion": 0.1,
                "shrunk": 0.15,
                "low": 0.1,
                "high": 0.2,
            },
            {
                "campaign": "(no campaign)",
                "leads": 9,
                "buyers": 0,
                "conversion": 0.0,
                "shrunk": 0.12,
                "low": 0.0,
                "high": 0.3,
            },
        ],
        "findings": [
            {"code": "single-training-window", "rows": rows, "meaning": f"Seen of {launch_id}", "effect": "nothing"}
        ],
        "baselines": [
            _baseline("base rate", y, [0.31, 0.2512, 0.3666]),
            _baseline("recency rule", y, [-0.02, -0.0311, -0.0122]),
        ],
        "beaten_by": "the recency rule (ROC AUC -0.0200, 90% interval -0.0311 to -0.0122)" if seed % 2 else None,
    }
    leads = [f"lead {i}" for i in range(rows)]
    scores = {"launch_id": launch_id, "lead_id": leads, "probability": p, "tier": tier, "label": y}
    return entry, pd.DataFrame(scores)


def _baseline(name: str, y: np.ndarray, gap: list[float]) -> dict[str, Any]:
    metrics = summarize(y, np.full(len(y), y.mean()))
    return {"baseline": name, "metrics": metrics, "difference": dict.fromkeys(COMPARED_METRICS, gap)}


def _tier(name: str, y: np.ndarray, buyers: int) -> dict[str, Any]:
    low, high = (float(end) for end in compute_wilson_interval(y.sum(), len(y)))
    share = float(y.sum() / buyers)
    counts = {"tier": name, "leads": len(y), "buyers": int(y.sum()), "conversion": float(y.mean())}
    return counts | {"low": low, "high": high, "share_of_buyers": share}


class Page(HTMLParser):
    """Checks while parsing that every element is closed in order; keeps what the tests ask about."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def values(self, *names: str) -> list[str]:
        return [value or "" for name, value in self.attributes if name in names]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Page]:
    report, scores = backtest(2)
    report["mean"]["lift_10"] = 2.44
    return report, Page(write_report(report, scores, tmp_path_factory.mktemp("two")))


def test_the_page_says_how_good_in_plain_words(two: tuple[dict[str, Any], Page]) -> None:
    assert (
        "On average over 2 launches, the hottest 10% of the leads hold 24% of the buyers, 2.4 times a random pick"
        in two[1].text
    )


def test_the_page_shows_every_figure_of_every_launch(two: tuple[dict[str, Any], Page]) -> None:
    report, page = two
    for launch in report["launches"]:
        metrics = launch["metrics"]
        for name in ("roc_auc", "average_precision", "ece"):
            assert f"{metrics[name]:.3f}" in page.text
        for name in ("lift_5", "lift_10", "lift_20", "calibration_slope"):
            assert f"{metrics[name]:.2f}" in page.text
        for name in ("brier", "log_loss"):
            assert f"{metrics[name]:.4f}" in page.text
        low, high = launch["intervals"]["roc_auc"]
        assert f"{low:.3f} to {high:.3f}" in page.text
        assert launch["launch_id"] in page.text
        assert launch["notes"][0] in page.text
        assert f"ad-{launch['launch_id']} 40 4 10.0% 15.0% 10.0% to 20.0%" in page.text
        assert (
            f"single-training-window ({launch['rows']:,} leads): {launch['findings'][0]['meaning']}; nothing."
            in page.text
        )
        for tier in launch["tiers"]:
            assert f"{100 * tier['conversion']:.1f}%" in page.text
            assert f"{100 * tier['low']:.1f}% to {100 * tier['high']:.1f}%" in page.text
            assert f"{100 * tier['share_of_buyers']:.1f}%" in page.text


def test_a_figure_over_all_launches_is_their_mean_and_nothing_else(two: tuple[dict[str, Any], Page]) -> None:
    report, page = two
    assert page.text.count("Mean of the launches") == 3  # of two tables, and in the glossary
    assert f"Mean of the launches {100 * report['mean']['base_rate']:.1f}% {report['mean']['roc_auc']:.3f}" in page.text
    assert "Pooled" not in page.text


def test_the_worst_launch_is_named_and_drawn(two: tuple[dict[str, Any], Page]) -> None:
    report, page = two
    worst = min(report["launches"], key=lambda launch: launch["metrics"]["lift_10"])
    assert f"in the worst launch {worst['metrics']['lift_10'] / 10:.0%}." in page.text
    assert f"the dark one the worst launch, {worst['launch_id']}." in page.text
    assert "worst launch" in re.findall(r"<svg.*?</svg>", page.source, re.DOTALL)[0]


def test_pictures_come_before_tables(two: tuple[dict[str, Any], Page]) -> None:
    assert two[1].tags.index("svg") < two[1].tags.index("table")


def test_says_as_many_bought_as_predicted_only_where_the_interval_holds(tmp_path: Path) -> None:
    report, scores = backtest(2)
    for launch in report["launches"]:
        launch["metrics"]["mean_probability"] = launch["buyers"] / launch["rows"]
        launch["forecast"] = {"buyers": launch["buyers"], "low": launch["buyers"] - 9, "high": launch["buyers"] + 9}
    assert "In each launch as many bought as was predicted" in Page(write_report(report, scores, tmp_path)).text
    off = report["launches"][1]
    off["metrics"]["mean_probability"] = 2 * off["buyers"] / off["rows"]
    off["forecast"] = {"buyers": 2 * off["buyers"], "low": 2 * off["buyers"] - 9, "high": 2 * off["buyers"] + 9}
    text = Page(write_report(report, scores, tmp_path)).text
    assert "In 1 of 2 launches not as many bought as was predicted" in text
    assert f"fewer than the {2 * off['buyers']} (" in text
    assert "In each launch as many bought" not in text


@pytest.mark.slow
@needs_chromium
def test_nothing_is_cut_off_and_axe_finds_nothing(tmp_path: Path) -> None:
    report, scores = backtest(2, name="2025-04-bakery-business-course {}")
    for launch in report["launches"]:
        launch["segments"] = {name: {**launch, "intervals": {}} for name in ("customers", "newcomers")}
    for language in ("en", "pt_BR"):
        assert find_page_faults(write_report(report, scores, tmp_path / language, language)) == []


def test_the_page_speaks_portuguese(tmp_path: Path) -> None:
    report, scores = backtest(2)
    for launch in report["launches"]:
        launch["segments"] = {name: {**launch, "intervals": {}} for name in ("customers", "newcomers")}
    page = Page(write_report(report, scores, tmp_path, "pt_BR"))
    assert ("lang", "pt-BR") in page.attributes
    assert f"{report['mean']['roc_auc']:.3f}".replace(".", ",") in page.text
    for words in ("Clientes e novos leads", "Média dos lançamentos", "compradores encontrados", "pior lançamento"):
        assert words in page.text
    for words in ("Buyers", "Launch", "predicted", "buyers", "worst", "Mean of"):
        assert words not in page.text


def test_the_page_says_how_it_was_done(two: tuple[dict[str, Any], Page]) -> None:
    for words in ("a history", "plain", "20 a launch", "numpy 2.4.6 · xgboost 3.2.0", "first, second", "4,321"):
        assert words in two[1].text
    for term in ("ROC AUC", "Lift at 10%", "Brier score", "Log loss", "Reliability, ECE", "Gains curve", "Tier"):
        assert term in two[1].text


def test_skipped_launches_are_named_with_their_reason(two: tuple[dict[str, Any], Page]) -> None:
    assert "too early no-earlier-launch No earlier launch was over." in two[1].text


def test_the_page_loads_nothing_and_runs_nothing(two: tuple[dict[str, Any], Page]) -> None:
    page = two[1]
    assert not {"script", "link", "iframe", "img", "object", "image", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith("#") for value in page.values("href", "src", "xlink:href", "action"))
    assert "http" not in page.source
    assert "@import" not in page.source
    assert set(re.findall(r"url\((.)", page.source)) <= {"#"}


def test_inner_references_lead_somewhere_and_ids_are_unique(two: tuple[dict[str, Any], Page]) -> None:
    page = two[1]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    referred = {value[1:] for value in page.values("href")} | set(re.findall(r"url\(#([\w-]+)\)", page.source))
    assert referred <= set(ids)


def test_two_launches_have_their_own_and_pooled_pictures(two: tuple[dict[str, Any], Page]) -> None:
    assert two[1].tags.count("svg") == 3 * (2 + 1) + 2


def test_colors_come_from_the_page(two: tuple[dict[str, Any], Page]) -> None:
    pictures = "".join(re.findall(r"<svg.*?</svg>", two[1].source, re.DOTALL))
    assert "var(--blue)" in pictures
    assert not re.findall(r"(?:fill|stroke): #\w+", pictures)


@pytest.mark.slow
def test_twenty_four_launches_stay_under_a_megabyte(tmp_path: Path) -> None:
    path = write_report(*backtest(24, rows=1500), tmp_path)
    assert path.stat().st_size < 1_000_000
    assert Page(path).tags.count("svg") == 3 * (24 + 1) + 2


@pytest.mark.slow
def test_more_launches_stay_under_a_megabyte_and_say_what_is_left_out(tmp_path: Path) -> None:
    path = write_report(*backtest(40, rows=60), tmp_path)
    assert path.stat().st_size < 1_000_000
    page = Page(path)
    assert page.tags.count("svg") == 3 * (24 + 1) + 2
    assert page.tags.count("article") == 40
    assert "Pictures of the latest 24 launches are shown" in page.text


def test_says_which_launches_are_mature_and_from_when(tmp_path: Path) -> None:
    text = Page(write_report(*backtest(2), tmp_path)).text
    assert "mature since 2011-05-01" in text
    assert "not mature before 2011-05-01" in text
    expected_text = "second (over; mature from 2010-04-01); third (not over; mature from 2010-04-01, not learned from)"
    assert text.count(expected_text) == 2


def test_names_are_escaped_everywhere(tmp_path: Path) -> None:
    report, scores = backtest(2, name=NASTY + " {}")
    report |= {"history": NASTY, "packages": {NASTY: NASTY}}
    report["skipped"] = [{"launch_id": NASTY, "code": NASTY, "reason": NASTY}]
    for launch in report["launches"]:
        launch |= {"product_id": NASTY, "strategy": NASTY, "notes": [NASTY], "until": NASTY}
        launch["training"] |= {"launches": [NASTY], "calibrated_on": NASTY}
        launch["tiers"][0]["tier"] = NASTY
    page = Page(write_report(report, scores, tmp_path))
    assert "script" not in page.tags
    assert page.text.count(NASTY) > 20
    assert not re.search(r"<script", page.source)


def test_nothing_scored_is_a_page_with_reasons(tmp_path: Path) -> None:
    page = Page(write_report(*backtest(0), tmp_path))
    assert "No launch could be scored." in page.text
    assert "No earlier launch was over." in page.text
    assert "svg" not in page.tags


@pytest.mark.parametrize("launches", [1, 2])
def test_launches_without_buyers_have_dashes_for_what_is_undefined(tmp_path: Path, launches: int) -> None:
    report, scores = backtest(launches)
    scores["label"] = 0
    for launch in report["launches"]:
        launch_scores = scores[scores.launch_id == launch["launch_id"]]
        launch |= {"buyers": 0, "metrics": summarize(launch_scores.label, launch_scores.probability), "intervals": {}}
        for tier in launch["tiers"]:
            tier |= {"buyers": 0, "conversion": None, "low": None, "high": None, "share_of_buyers": None}
    report["mean"] = dict.fromkeys(report["mean"])
    page = Page(write_report(report, scores, tmp_path))
    assert "there is nothing to rank" in page.text
    assert "Nobody bought, so there is no order to judge." in page.text
    assert "–" in page.text
    assert not re.search(r"\b(nan|None|inf)\b", page.text)


def test_a_mature_report_shows_mature_labels(tmp_path: Path) -> None:
    report, scores = backtest(2)
    report["label"] = "mature"
    path = write_report(report, scores.rename(columns={"label": "label_mature"}).assign(label=0), tmp_path)
    page = Page(path)
    assert "The mature label says who bought" in page.text
    assert "100%" in re.findall(r"<svg.*?</svg>", page.source, re.DOTALL)[0]  # gains of the mature labels


def test_everybody_bought(tmp_path: Path) -> None:
    report, scores = backtest(1)
    scores["label"] = 1
    report["launches"][0] |= {"buyers": 200, "metrics": summarize(scores.label, scores.probability)}
    page = Page(write_report(report, scores, tmp_path))
    assert not re.search(r"\b(nan|None|inf)\b", page.text)


def test_the_same_backtest_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(*backtest(2), tmp_path / "a").read_bytes()
    assert write_report(*backtest(2), tmp_path / "b" / "deeper").read_bytes() == first


def test_bad_scores_leave_an_older_page_untouched(tmp_path: Path) -> None:
    report, scores = backtest(1)
    before = write_report(report, scores, tmp_path).read_bytes()
    with pytest.raises(ValueError, match="labels are 0 or 1"):
        write_report(report, scores.assign(label=2), tmp_path)
    with pytest.raises(ValueError, match="the scores have no row of it"):
        write_report(report, scores.iloc[:0], tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
