"""The page of a scored launch: one file that opens offline, beside the scored rows. It names leads by id alone."""

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from babel.numbers import format_decimal, format_percent

from ..checks import CODES
from ..checks.portuguese import CODES_PT
from ..history.launch import Launch
from ..reports import render_page
from ..scoring import TIERS, Findings, Language, LaunchPredictions
from ..scoring.campaign_rates import NO_CAMPAIGN
from ..scoring.launch_summary import SMALL_CAMPAIGN_LEADS, LaunchSummary
from ..scoring.reason_text.families import FAMILIES
from ..scoring.reasons import render_reason
from .launch_page_text import TEXTS
from .output import write_text

_SHARES_IN_TABLE = (0.05, 0.1, 0.2, 0.5, 1.0)


def write_launch_page(
    out: Path,
    summary: LaunchSummary,
    predictions: LaunchPredictions,
    hottest: pd.DataFrame,
    *,
    findings: Findings,
    language: Language,
) -> Path:
    """Write the page of a scored launch.

    Parameters
    ----------
    out
        The page's file; an older one is replaced.
    summary
        The launch's figures (``summarize_scored_launch``).
    predictions
        Where the figures come from.
    hottest
        Scored rows of the hottest leads.
    findings
        Codes of what the reader must know, each with the leads that it concerns (None: all).
    language
        Language of the page.

    Returns
    -------
    Path
        The page.
    """
    model, launch = predictions.model, predictions.profile.launch
    codes = dict.fromkeys(model.card.get("findings", ())) | dict(findings)
    words = _Words(language)
    values = {
        "t": words.texts,
        "launch_id": launch.launch_id,
        "summary": summary,
        "tiers": TIERS,
        "tier_names": {tier: words.texts[tier] for tier in (*TIERS, "all")},
        "families": FAMILIES[language],
        "headline": words.build_headline(summary),
        "subtitle": words.build_subtitle(summary, launch, model.version),
        "start": _find_start(summary),
        "table_lengths": _choose_table_rows(summary),
        "thresholds": _describe_thresholds(predictions, words),
        "most_in_bin": max(sum(row[tier] for tier in TIERS) for row in summary.histogram),
        "most_driving": max((abs(row["difference"]) for row in summary.drivers), default=0.0) or 1.0,
        "group": words.texts[f"group_{summary.driven_by}"],
        "hottest": [_build_lead(row) for row in hottest.to_dict("records")],
        "campaigns": [_build_campaign(row, words) for row in summary.campaigns],
        "campaign_scale": _choose_scale(max((row["high"] for row in summary.campaigns), default=1.0)),
        "sentences": words.build_sentences(summary, hottest),
        "unknown": words.build_unknown(summary, codes),
        "lists": {
            name: [row[name] for row in summary.lengths] for name in ("leads", "probability", "buyers", "low", "high")
        },
    }
    filters = {"count": words.format_count, "percent": words.format_percent, "number": words.format_number}
    write_text(render_page("scored_launch.html", values, filters), out)
    return out


class _Words:
    """Sentences and numbers of one language."""

    def __init__(self, language: Language) -> None:
        self.texts, self._language = TEXTS[language], language

    def format_count(self, value: float) -> str:
        return str(format_decimal(round(value), locale=self._language))

    def format_number(self, value: float, digits: int = 1) -> str:
        rounded = round(value, digits) + 0.0  # no minus before a zero
        return str(format_decimal(rounded, format=f"#,##0.{'0' * digits}", locale=self._language))

    def format_percent(self, value: float, digits: int = 0) -> str:
        form = f"#,##0.{'0' * digits}%" if digits else "#,##0%"
        return str(format_percent(round(value, digits + 2) + 0.0, format=form, locale=self._language))

    def say(self, key: str, **values: str) -> str:
        return self.texts[key].format(**values)

    def build_headline(self, summary: LaunchSummary) -> str:
        hot, every = summary.tiers[0], summary.tiers[-1]
        row = hot if hot["leads"] else every
        ends = {"low": self.format_count(row["low"]), "high": self.format_count(row["high"])}
        if not hot["leads"]:
            return self.say("title_none", leads=self.format_count(summary.leads), **ends)
        return self.say("title", hot=self.format_count(hot["leads"]), **ends)

    def build_subtitle(self, summary: LaunchSummary, launch: Launch, version: str) -> str:
        every = summary.tiers[-1]
        key = "perpetual_subtitle" if launch.strategy == "perpetual" else "subtitle"
        counts = {name: self.format_count(every[name]) for name in ("buyers", "low", "high")}
        leads = self.format_count(summary.leads)
        return self.say(key, leads=leads, as_of=f"{launch.as_of:%Y-%m-%d %H:%M}", version=version, **counts)

    def build_sentences(self, summary: LaunchSummary, hottest: pd.DataFrame) -> dict[str, str]:
        """Return the finding of each section."""
        hot, every = summary.tiers[0], summary.tiers[-1]
        ends = [self.format_percent(hottest["probability"].iloc[place], 1) for place in (-1, 0)]
        return {
            "call": self.describe_list(summary.lengths[_find_start(summary)], summary),
            "histogram": self.say(
                "histogram_finding",
                share=self.format_percent(hot["leads"] / summary.leads),
                buyers=self.format_percent(hot["buyers"] / every["buyers"] if every["buyers"] else 0),
            ),
            "drivers": self._describe_drivers(summary),
            "hottest": self.say("hottest_finding", count=self.format_count(len(hottest)), low=ends[0], high=ends[1]),
            "campaigns": self._describe_campaigns(summary),
            "quality": self._describe_quality(summary),
        }

    def describe_list(self, row: Mapping[str, Any], summary: LaunchSummary) -> str:
        total = summary.tiers[-1]["buyers"]
        counts = {name: self.format_count(row[name]) for name in ("leads", "buyers", "low", "high")}
        shares = {"share_leads": row["leads"] / summary.leads, "share_buyers": row["buyers"] / total if total else 0}
        return self.say(
            "call_finding", **counts, **{name: self.format_percent(share) for name, share in shares.items()}
        )

    def _describe_drivers(self, summary: LaunchSummary) -> str:
        group = self.texts[f"group_{summary.driven_by}"]
        first = summary.drivers[0] if summary.drivers else None
        if first is None or first["difference"] <= 0:
            return self.say("drivers_none", group=group)
        family = FAMILIES[self._language].get(first["family"], first["family"])
        return self.say("drivers_finding", first=family, group=group, share=self.format_percent(first["share"]))

    def _describe_campaigns(self, summary: LaunchSummary) -> str:
        large = [row for row in summary.campaigns if row["leads"] >= SMALL_CAMPAIGN_LEADS]
        small = str(SMALL_CAMPAIGN_LEADS)
        if not large:
            return self.say("campaigns_all_small", small=small) if summary.campaigns else self.texts["campaigns_none"]
        best = max(large, key=lambda row: row["shrunk"])
        ends = {"low": self.format_percent(best["low"]), "high": self.format_percent(best["high"])}
        name = self.name_campaign(best["campaign"])
        return self.say("campaigns_finding", small=small, best=name, rate=self.format_percent(best["shrunk"]), **ends)

    def name_campaign(self, campaign: str) -> str:
        return self.texts["no_campaign"] if campaign == NO_CAMPAIGN else campaign

    def _describe_quality(self, summary: LaunchSummary) -> str:
        quality = summary.quality
        buyers = self.format_count(quality.buyers)
        if quality.grade == "untested":
            return self.say("quality_untested", window_buyers=buyers)
        return self.say(
            "quality_evidence",
            windows=self.format_count(quality.windows),
            window_buyers=buyers,
            auc=self.format_count(100 * (quality.roc_auc or 0)),
            lift=self.format_number(quality.lift_10 or 0),
            ratio_low=self.format_percent(quality.ratio_low or 0),
            ratio_high=self.format_percent(quality.ratio_high or 0),
        )

    def build_unknown(self, summary: LaunchSummary, codes: Findings) -> list[dict[str, str]]:
        """Return what the model does not know: in general, then what was found in this launch, with its code."""
        entries = [{"code": "", "text": self.texts[key]} for key in ("unknown_later", "unknown_effect")]
        spread = self.format_percent(summary.quality.spread)
        entries.append({"code": "", "text": self.say("unknown_spread", spread=spread)})
        if summary.never_bought:
            share = self.format_percent(summary.never_bought)
            entries.append({"code": "", "text": self.say("unknown_never", share=share)})
        shown = {code: leads for code, leads in codes.items() if leads is None or len(leads)}
        return entries + [{"code": code, "text": self._describe_finding(code, shown[code])} for code in sorted(shown)]

    def _describe_finding(self, code: str, leads: Collection[str] | None) -> str:
        meanings = CODES if self._language == "en" else CODES_PT
        meaning = meanings[code].meaning if code in meanings else code
        if leads is None:
            return self.say("finding_all", meaning=meaning)
        return self.say("finding", meaning=meaning, rows=self.format_count(len(leads)))


def _choose_scale(highest: float) -> float:
    return next(end for end in (0.1, 0.2, 0.5, 1.0) if end >= highest)


def _find_start(summary: LaunchSummary) -> int:
    """Return the list that the page opens with: the hot leads, else the hottest tenth."""
    wanted = summary.tiers[0]["leads"] or max(summary.leads // 10, 1)
    return next(number for number, row in enumerate(summary.lengths) if row["leads"] >= wanted)


def _choose_table_rows(summary: LaunchSummary) -> list[dict[str, Any]]:
    """Return the lists that the table shows: some shares of the leads, and the ends of the tiers."""
    hot, warm = (summary.tiers[number]["leads"] for number in (0, 1))
    wanted = {round(share * summary.leads) for share in _SHARES_IN_TABLE} | {hot, hot + warm}
    nearest = (min(summary.lengths, key=lambda row: abs(row["leads"] - leads)) for leads in wanted if leads)
    return sorted({row["leads"]: row for row in nearest}.values(), key=lambda row: int(row["leads"]))


def _describe_thresholds(predictions: LaunchPredictions, words: _Words) -> dict[str, str]:
    policy = predictions.profile.policy
    ends = {"hot": policy.hot, "warm": policy.warm}
    start = words.texts["from"]
    return {tier: f"{start} {words.format_percent(end, 1)}" for tier, end in ends.items() if end <= 1} | {"cold": ""}


def _build_lead(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    lead_id = str(row["lead_id"])
    return {
        "lead_id": None if "@" in lead_id else lead_id,  # an address that serves as id is not shown
        "probability": row["probability"],
        "score": row["score"],
        "tier": row["tier"],
        "reasons": [render_reason(reason) for reason in row["reasons"]],
    }


def _build_campaign(row: Mapping[str, Any], words: _Words) -> dict[str, Any]:
    return {**row, "name": words.name_campaign(row["campaign"]), "small": row["leads"] < SMALL_CAMPAIGN_LEADS}
