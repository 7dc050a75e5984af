"""A judgement as plain values, for programs. It holds figures, names of columns and of launches, and nobody's id."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..evaluation import Interval
from .judgement import Judgement
from .verdict_text import build_headline, build_sentences

FORMAT = 1


def judgement_to_json(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as JSON holds it; what is undefined is null.

    Parameters
    ----------
    judgement
        The judgement.
    """
    verdict, order, calibration = judgement.verdict, judgement.order, judgement.calibration
    values = {
        "format": FORMAT,
        "verdict": {
            "code": verdict.code,
            "is_bad": verdict.is_bad,
            "rival": verdict.rival,
            "level": verdict.level,
            "against_hotleads": verdict.ours,
            "headline": build_headline(judgement, "en"),
            "sentences": build_sentences(judgement, "en"),
        },
        "file": judgement.name,
        "scale": asdict(judgement.scale),
        "columns": dict(judgement.columns),
        "judged": judgement.judged,
        "buyers": judgement.buyers,
        "excluded": dict(judgement.excluded),
        "buyers_before_score": judgement.buyers_before_score,
        "launches": [
            asdict(launch) | {"as_of": launch.as_of.isoformat(), "until": launch.until.isoformat()}
            for launch in judgement.launches
        ],
        "order": None
        if order is None
        else {
            **{name: _write_interval(value) for name, value in order.metrics.items()},
            "distinct": order.distinct,
            "largest_tie": order.largest_tie,
        },
        "rivals": [
            {
                "name": rival.name,
                "leads": rival.leads,
                "buyers": rival.buyers,
                **rival.metrics,
                "difference": {name: _write_interval(gap) for name, gap in rival.difference.items()},
            }
            for rival in judgement.rivals
        ],
        "calibration": None
        if calibration is None
        else {
            "expected_buyers": calibration.expected,
            "ratio": _write_interval(calibration.ratio),
            "slope": _write_interval(calibration.slope),
            "error": calibration.error,
            "error_by_chance": calibration.error_by_chance,
        },
        "heights": judgement.heights.to_dict("records"),
        "steps_down": [asdict(step) for step in judgement.steps],
        "hundred_points": asdict(judgement.points) if judgement.points else None,
        "call_lists": [
            {
                "name": entry.name,
                "leads": entry.leads,
                **{
                    name: _write_interval(value) if (value := getattr(entry, name)) is not None else None
                    for name in ("buyers", "revenue", "more_buyers", "more_revenue")
                },
            }
            for entry in judgement.lists
        ],
        "call_list_standing": judgement.list_standing,
        "currency": judgement.currency,
        "findings": [asdict(finding) for finding in judgement.findings],
        "notes": list(judgement.notes),
    }
    cleaned: dict[str, Any] = _clean(values)
    return cleaned


def _write_interval(interval: Interval) -> dict[str, float]:
    return interval._asdict()


def _clean(value: Any) -> Any:
    """Return plain values, with null for what JSON has no number for."""
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
