"""Every code: how bad it is, what it means, what is done instead of a silent score, what its owner can do."""

from collections.abc import Sequence
from typing import NamedTuple

from .finding import Finding, Severity


class Code(NamedTuple):
    """``instead`` is what the program does about it."""

    severity: Severity
    meaning: str
    instead: str
    remedy: str


_REFUSED = "the launch is refused"
_MONITORED = "scores are given as they are; the code stands in the monitoring report"
_SCORED = "scores are given as they are; the backtest's report and `hotleads train` name it"

CODES: dict[str, Code] = {
    # What a launch or a model lacks.
    "unreadable-history": Code(
        "error", "the input is no history", "nothing is imported or written", "Mend what the message names"
    ),
    "launch-incomplete": Code(
        "error",
        "the launch lacks a time or a product that its strategy needs",
        _REFUSED,
        "Add it to the launches table",
    ),
    "launch-reversed": Code(
        "error", "the launch ends before it begins", _REFUSED, "Mend its times in the launches table"
    ),
    "empty-cohort": Code(
        "error",
        "nobody is there to score: no lead was known, or all own the product",
        _REFUSED,
        "Import the launch's captures, or mend its times or its product",
    ),
    "history-ends-before-launch": Code(
        "warning",
        "the last row lies well before the launch opens, so that what leads did last is not known",
        "a backtest refuses the launch, since no label is known; a score is given from what is there",
        "Export again up to the day before the launch",
    ),
    "labels-immature": Code(
        "error",
        "the launch's labels cannot be seen yet",
        "a backtest refuses the launch",
        "Wait until its window is over",
    ),
    "no-earlier-launch": Code(
        "error",
        "no earlier launch, and no earlier window of its length, was over before the launch",
        _REFUSED,
        "Import earlier purchases and launches",
    ),
    "too-few-outcomes": Code(
        "error", "too few buyers, or too few others, to learn from", _REFUSED, "Import earlier purchases and launches"
    ),
    "single-class-labels": Code(
        "error",
        "everybody bought in the windows to learn from, or nobody did",
        _REFUSED,
        "Look whether purchases and leads have the same ids, and products the same names",
    ),
    "lead-unknown": Code(
        "error", "no row of the history names the lead", "no score is given", "Look at the id; ids keep their zeros"
    ),
    "lead-not-in-launch": Code(
        "error",
        "the lead is not of those that the launch is for",
        "no score is given; the launch's other leads have theirs",
        "Nothing where it owns the product; else look which launch its captures name, and at their times",
    ),
    "model-trained-on-launch": Code(
        "error",
        "the model was trained on the launch that it is to be judged by",
        "monitoring refuses to judge it there",
        "Name the model that scored the launch, or a later launch",
    ),
    "prior-model-mismatch": Code(
        "error",
        "the model was drawn to a prior model, and none or another was given to train it anew",
        "monitoring refuses to retrain it",
        "Give that prior model with --prior-model, or none where the model has none",
    ),
    "constant-features": Code(
        "warning",
        "nothing tells the leads apart",
        "every lead gets the base rate: the lowest baseline",
        "Import what leads did: purchases, events, form fields",
    ),
    "captures-after-as-of": Code(
        "warning",
        "captures name the launch, and all of them came after it opened",
        "everyone known before it opened is scored, as for a launch without captures",
        "Look at the zone of the captures' times, and at when the cart opened",
    ),
    "product-never-sold": Code(
        "note",
        "the launch's product was hardly ever sold before it opened",
        "the model learns from purchases of any product; where most leads buy something anyhow, nobody is scored",
        "Nothing, for a new product; else look whether the launch and the purchases name it alike",
    ),
    "trained-on-cut-offs": Code(
        "note",
        "too few leads of earlier launches bought",
        "the model learns from everyone known at earlier instants as well",
        "Import earlier launches with their captures",
    ),
    "single-training-window": Code(
        "note",
        "one earlier window is all there is to learn from",
        "calibrated on leads left out instead of launches left out; forecasts get a wider interval",
        "Import earlier launches",
    ),
    "expected-rate-given": Code(
        "note",
        "the conversion to expect was given by the owner, not learned",
        "probabilities are moved to add up to it; the order of the leads and their scores stay",
        "Nothing; leave it out to have what earlier launches tell",
    ),
    "shrunk-to-prior": Code(
        "note",
        "the model was drawn to one made from other launches, since its own buyers are few",
        "the model's card and the report say how much of the score is its own",
        "Nothing; the own share grows with the launches that are over",
    ),
    "labels-provisional": Code(
        "note",
        "label windows run on after the last row: more may have bought",
        "figures are called provisional",
        "Backtest again when the windows are over",
    ),
    "labels-unknown": Code(
        "note",
        "some leads' labels are not known yet",
        "those leads are left out of the figures",
        "Backtest again later",
    ),
    "trained-on-own-leads": Code(
        "note",
        "a perpetual launch without an earlier one",
        "its own earlier leads train the model, and the later ones are scored",
        "Nothing",
    ),
    "launch-duplicated": Code(
        "warning",
        "two launches of one product open at one time",
        "both are scored, and both are learned from",
        "Keep one of them in the launches table",
    ),
    "launch-unknown": Code(
        "warning",
        "captures name a launch that the launches table lacks",
        "those captures count as captures of no launch",
        "Add the launch, or mend its id",
    ),
    # What a history's rows show.
    "id-mismatch": Code(
        "error",
        "hardly any purchase is by a lead that was ever captured",
        _SCORED,
        "Look whether leads and purchases are named by the same id; an e-mail address in one and a number in the other "
        "never meet",
    ),
    "missing-days": Code(
        "warning",
        "days without rows where there should be some",
        _SCORED,
        "Export those days again, or confirm the pause",
    ),
    "timestamp-spike": Code(
        "note",
        "one instant holds a large share of a table's rows",
        _SCORED,
        "Look whether it is the instant of an import instead of that of each row",
    ),
    "future-timestamps": Code(
        "warning",
        "rows of times that are yet to come",
        _SCORED,
        "Look at their zone, and at day and month changed over",
    ),
    "implausible-timestamps": Code(
        "warning", "rows of a time long before all others", _SCORED, "Look for empty times that were written as 1970"
    ),
    "time-zone-shift": Code(
        "warning",
        "from some day on, rows stand at other hours of the day",
        _SCORED,
        "Look in which zone each part was exported; name it in the import",
    ),
    "missing-recent-rows": Code(
        "warning",
        "the last days before a launch have fewer rows than before earlier ones",
        _SCORED,
        "Rows may arrive late: import and score again",
    ),
    "duplicate-person": Code(
        "warning",
        "one e-mail address or telephone number under several lead ids",
        "each id is scored by its own rows; the code stands in those leads' scored rows",
        "Merge the ids in the source",
    ),
    "placeholder-contact": Code(
        "note", "one address or number that very many leads share", "not taken for one person", "Leave it empty"
    ),
    "status-out-of-order": Code(
        "warning",
        "a transaction is refunded before it is paid, or begun after it",
        "the ledger takes rows by their times; what comes first takes effect first",
        "Look at the times of those rows, and how their statuses were translated",
    ),
    "refund-without-purchase": Code(
        "note",
        "money taken back from transactions that were never seen paid",
        "spend is reduced, nothing else",
        "Import earlier purchases; where the export has a sale once, with its last status, write it as paid first too "
        "(docs/importing.md)",
    ),
    "mixed-currencies": Code(
        "warning",
        "purchases in several currencies, without rates",
        "amounts of the commonest currency count as spend; the others' purchases are counted, not summed",
        "Give the import a table of rates",
    ),
    "amounts-rescaled": Code(
        "warning",
        "a product's amounts change by a hundred times or so from some day on",
        _SCORED,
        "Look for cents that are read as whole units",
    ),
    "utm-missing": Code(
        "note",
        "most captures name no campaign",
        "campaigns are compared by those that do",
        "Add UTM fields to the links",
    ),
    "attribution-lost": Code(
        "warning",
        "a field or an event type that earlier launches had has all but vanished",
        _SCORED,
        "Look at the form, the pixel or the export",
    ),
    "target-leakage": Code(
        "error",
        "a field alone tells who buys, better than anything known beforehand should",
        _SCORED,
        "Ask when the field is filled in; leave it out in a mapping where that is after the purchase",
    ),
    "conversion-shift": Code(
        "warning",
        "a launch converted far from what earlier ones of its kind did",
        "later launches are calibrated on it",
        "Look for what changed: price, offer, a label that is incomplete",
    ),
    "audience-shift": Code(
        "note",
        "a launch's leads come from elsewhere than those of earlier ones",
        _SCORED,
        "Read its scores with care; train again after it",
    ),
    # What monitoring finds in a launch, against the launches before it.
    "attribution-broken": Code(
        "error",
        "a field or an event type that every earlier launch had has all but stopped coming",
        "monitoring advises to stop; its exit code is 12",
        "Mend the tracking and import again before anyone acts on the scores",
    ),
    "feature-missing": Code(
        "warning",
        "features are missing for far more leads than in any earlier launch",
        _MONITORED,
        "See whether the rows they are made of were imported",
    ),
    "unknown-category": Code(
        "warning",
        "a field's values were never seen in an earlier launch, more often than new values usually come",
        _MONITORED,
        "Map a renamed level to its old name; a new one has no history yet",
    ),
    "capture-gap": Code(
        "warning",
        "the captures paused longer than in any earlier launch",
        _MONITORED,
        "See whether a form or an import stood still",
    ),
    "late-rows": Code(
        "warning",
        "the last rows before the launch are older, or fewer, than before the earlier ones",
        _MONITORED,
        "Import what came since, then score again",
    ),
}


def finding(
    code: str,
    table: str,
    column: str,
    rows: int,
    what: str,
    examples: Sequence[object] = (),
    severity: Severity | None = None,
) -> Finding:
    """A finding of that code with the catalogue's remedy, and its severity unless another is named."""
    known = CODES[code]
    shown = tuple(str(example) for example in examples)
    return Finding(code, severity or known.severity, table, column, int(rows), f"{known.remedy}.", what, shown)


def describe_codes() -> str:
    """The codes as a page of Markdown."""
    lines = ["| code | verdict | what it means | what is done instead | what to do |", "|---|---|---|---|---|"]
    lines += [f"| `{name}` | {' | '.join(code)} |" for name, code in sorted(CODES.items())]
    return "\n".join(lines) + "\n"
