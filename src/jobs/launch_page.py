"""The page of a scored launch: one file that opens offline, beside the scored rows. It names leads by id alone."""

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..checks import CODES
from ..history.launch import Launch
from ..language import Language, Translator, mark
from ..language.formats import format_count, format_number, format_share
from ..reports import render_page
from ..scoring import TIERS, Findings, LaunchPredictions
from ..scoring.campaign_rates import NO_CAMPAIGN
from ..scoring.launch_summary import SMALL_CAMPAIGN_LEADS, LaunchSummary
from ..scoring.reason_text.families import name_family
from ..scoring.reasons import render_reason
from .output import write_text

_SHARES_IN_TABLE = (0.05, 0.1, 0.2, 0.5, 1.0)
_GROUPS = {"hot": mark("hot leads"), "tenth": mark("hottest tenth")}
_GRADES = {
    "strong": mark("Strong"),
    "good": mark("Good"),
    "fair": mark("Fair"),
    "weak": mark("Weak"),
    "untested": mark("Untested"),
}


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
        "launch_id": launch.launch_id,
        "summary": summary,
        "tiers": TIERS,
        "tier_names": {tier: words.translate(tier) for tier in (*TIERS, "all")},
        "families": {row["family"]: name_family(row["family"], words.translate) for row in summary.drivers},
        "headline": words.build_headline(summary),
        "subtitle": words.build_subtitle(summary, launch, model.version),
        "start": _find_start(summary),
        "table_lengths": _choose_table_rows(summary),
        "thresholds": _describe_thresholds(predictions, words),
        "most_in_bin": max(sum(row[tier] for tier in TIERS) for row in summary.histogram),
        "most_driving": max((abs(row["difference"]) for row in summary.drivers), default=0.0) or 1.0,
        "group": words.translate(_GROUPS[summary.driven_by]),
        "grade": words.translate(_GRADES[summary.quality.grade]),
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
    write_text(render_page("scored_launch.html", values, words.translate, filters), out)
    return out


class _Words:
    """Sentences and numbers of one language."""

    def __init__(self, language: Language) -> None:
        self.translate, self._language = Translator(language), language

    def format_count(self, value: float) -> str:
        return format_count(value, self._language)

    def format_number(self, value: float, digits: int = 1) -> str:
        return format_number(value, self._language, digits)

    def format_percent(self, value: float, digits: int = 0) -> str:
        return format_share(value, self._language, digits)

    def build_headline(self, summary: LaunchSummary) -> str:
        hot, every = summary.tiers[0], summary.tiers[-1]
        row = hot if hot["leads"] else every
        ends = {"low": self.format_count(row["low"]), "high": self.format_count(row["high"])}
        if not hot["leads"]:
            return self.translate(
                "{leads} leads, none of them hot; expect {low} to {high} buyers among all",
                leads=self.format_count(summary.leads),
                **ends,
            )
        return self.translate(
            "Call the {hot} hot leads and expect {low} to {high} buyers among them",
            hot=self.format_count(hot["leads"]),
            **ends,
        )

    def build_subtitle(self, summary: LaunchSummary, launch: Launch, version: str) -> str:
        every = summary.tiers[-1]
        values = {name: self.format_count(every[name]) for name in ("buyers", "low", "high")}
        values |= {"leads": self.format_count(summary.leads), "version": version}
        if launch.strategy == "perpetual":
            return self.translate(
                "{leads} leads, each scored with what was known when they came, by model {version}. Expected of all: "
                "{buyers} buyers ({low} to {high}). Ranges hold nine times in ten.",
                **values,
            )
        as_of = f"{launch.as_of:%Y-%m-%d %H:%M}"
        return self.translate(
            "{leads} leads, scored with what was known at {as_of} UTC by model {version}. Expected of all: {buyers} "
            "buyers ({low} to {high}). Ranges hold nine times in ten.",
            as_of=as_of,
            **values,
        )

    def build_sentences(self, summary: LaunchSummary, hottest: pd.DataFrame) -> dict[str, str]:
        """Return the finding of each section."""
        hot, every = summary.tiers[0], summary.tiers[-1]
        ends = [self.format_percent(hottest["probability"].iloc[place], 1) for place in (-1, 0)]
        return {
            "call": self.describe_list(summary.lengths[_find_start(summary)], summary),
            "histogram": self.translate(
                "{share} of the leads are hot, and {buyers} of the buyers should be among them.",
                share=self.format_percent(hot["leads"] / summary.leads),
                buyers=self.format_percent(hot["buyers"] / every["buyers"] if every["buyers"] else 0),
            ),
            "drivers": self._describe_drivers(summary),
            "hottest": self.translate(
                "The {count} hottest are {low} to {high} likely to buy.",
                count=self.format_count(len(hottest)),
                low=ends[0],
                high=ends[1],
            ),
            "campaigns": self._describe_campaigns(summary),
            "quality": self._describe_quality(summary),
        }

    def describe_list(self, row: Mapping[str, Any], summary: LaunchSummary) -> str:
        total = summary.tiers[-1]["buyers"]
        counts = {name: self.format_count(row[name]) for name in ("leads", "buyers", "low", "high")}
        shares = {"share_leads": row["leads"] / summary.leads, "share_buyers": row["buyers"] / total if total else 0}
        return self.translate(
            "The hottest {leads} leads ({share_leads} of the list) should hold {share_buyers} of the buyers: "
            "{buyers} ({low} to {high}).",
            **counts,
            **{name: self.format_percent(share) for name, share in shares.items()},
        )

    def _describe_drivers(self, summary: LaunchSummary) -> str:
        group = self.translate(_GROUPS[summary.driven_by])
        first = summary.drivers[0] if summary.drivers else None
        if first is None or first["difference"] <= 0:
            return self.translate("Nothing sets the {group} apart.", group=group)
        family = name_family(first["family"], self.translate)
        return self.translate(
            "Above all “{first}” sets the {group} apart from the average lead: {share} of the difference.",
            first=family,
            group=group,
            share=self.format_percent(first["share"]),
        )

    def _describe_campaigns(self, summary: LaunchSummary) -> str:
        large = [row for row in summary.campaigns if row["leads"] >= SMALL_CAMPAIGN_LEADS]
        small = str(SMALL_CAMPAIGN_LEADS)
        if not large:
            return (
                self.translate("Every campaign has fewer than {small} leads: their shares say little.", small=small)
                if summary.campaigns
                else self.translate("The leads name fewer than two campaigns, so there is nothing to compare.")
            )
        best = max(large, key=lambda row: row["shrunk"])
        ends = {"low": self.format_percent(best["low"]), "high": self.format_percent(best["high"])}
        name = self.name_campaign(best["campaign"])
        return self.translate(
            "Of the campaigns with at least {small} leads, {best} brought the largest share of hot leads: {rate} "
            "({low} to {high}), small numbers allowed for.",
            small=small,
            best=name,
            rate=self.format_percent(best["shrunk"]),
            **ends,
        )

    def name_campaign(self, campaign: str) -> str:
        return self.translate("(no campaign)") if campaign == NO_CAMPAIGN else campaign

    def _describe_quality(self, summary: LaunchSummary) -> str:
        quality = summary.quality
        buyers = self.format_count(quality.buyers)
        if quality.grade == "untested":
            return self.translate(
                "Too few buyers are known from earlier windows to judge it ({window_buyers}). Take the order for a "
                "guess until this launch is over.",
                window_buyers=buyers,
            )
        return self.translate(
            "On {windows} earlier windows that it had not seen ({window_buyers} buyers), a buyer stood above another "
            "lead in {auc} of 100 pairs (a random order: 50), and the hottest tenth held {lift} times as many buyers "
            "as a random one. From {ratio_low} to {ratio_high} of the buyers predicted for a window came.",
            windows=self.format_count(quality.windows),
            window_buyers=buyers,
            auc=self.format_count(100 * (quality.roc_auc or 0)),
            lift=self.format_number(quality.lift_10 or 0),
            ratio_low=self.format_percent(quality.ratio_low or 0),
            ratio_high=self.format_percent(quality.ratio_high or 0),
        )

    def build_unknown(self, summary: LaunchSummary, codes: Findings) -> list[dict[str, str]]:
        """Return what the model does not know: in general, then what was found in this launch, with its code."""
        entries = [
            {
                "code": "",
                "text": self.translate("What happens after the time of scoring. Score again when more is known."),
            },
            {
                "code": "",
                "text": self.translate(
                    "Whether a call makes anybody buy. It says who is likely to buy, not whom a call would win."
                ),
            },
        ]
        spread = self.format_percent(summary.quality.spread)
        entries.append(
            {
                "code": "",
                "text": self.translate(
                    "What is special about this launch: its offer, price or season. Launches strayed from the "
                    "forecast by about {spread}; the ranges allow for that.",
                    spread=spread,
                ),
            }
        )
        if summary.never_bought:
            share = self.format_percent(summary.never_bought)
            entries.append(
                {
                    "code": "",
                    "text": self.translate(
                        "{share} of the leads have never bought. Of them it knows only how they came and what they "
                        "did since.",
                        share=share,
                    ),
                }
            )
        shown = {code: leads for code, leads in codes.items() if leads is None or len(leads)}
        return entries + [{"code": code, "text": self._describe_finding(code, shown[code])} for code in sorted(shown)]

    def _describe_finding(self, code: str, leads: Collection[str] | None) -> str:
        meaning = self.translate(CODES[code].meaning) if code in CODES else code
        if leads is None:
            return self.translate("{meaning} (all leads)", meaning=meaning)
        return self.translate("{meaning} ({rows} of the leads)", meaning=meaning, rows=self.format_count(len(leads)))


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
    start = words.translate("from")
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
