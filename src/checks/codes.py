"""The codes that no check finds: what a launch, a lead or a model lacks, and what monitoring finds in a launch.

The codes of a check stand beside it. ``hotleads.checks.CODES`` holds all of them.
"""

from .finding import REFUSED, Code

_MONITORED = "scores are given as they are; the code stands in the monitoring report"

LAUNCH_CODES = (
    Code(
        "unreadable-history",
        "error",
        "the input is no history",
        "nothing is imported or written",
        "Mend what the message names",
    ),
    Code(
        "labels-immature",
        "error",
        "the launch's labels cannot be observed yet",
        "a backtest refuses the launch",
        "Wait until its window is over",
    ),
    Code(
        "no-earlier-launch",
        "error",
        "no earlier launch, and no earlier window of its length, was over before the launch",
        REFUSED,
        "Import earlier purchases and launches",
    ),
    Code(
        "too-few-outcomes",
        "error",
        "too few buyers, or too few others, to learn from",
        REFUSED,
        "Import earlier purchases and launches",
    ),
    Code(
        "single-class-labels",
        "error",
        "in the windows to learn from all leads bought, or none did",
        REFUSED,
        "Check that purchases and leads have the same ids, and products the same names",
    ),
    Code(
        "lead-unknown",
        "error",
        "no row of the history names the lead",
        "no score is given",
        "Check the id; ids keep their leading zeros",
    ),
    Code(
        "lead-not-in-launch",
        "error",
        "the lead is not in the launch's cohort",
        "no score is given; the launch's other leads have theirs",
        "Nothing where the lead owns the product; else check which launch its captures name, and their times",
    ),
    Code(
        "labels-provisional",
        "note",
        "label windows run on after the last row: more leads may have bought",
        "figures are called provisional",
        "Backtest again when the windows are over",
    ),
    Code(
        "labels-unknown",
        "note",
        "some leads' labels are not known yet",
        "those leads are left out of the figures",
        "Backtest again later",
    ),
)

FORECAST_UNLIKE_LAUNCHES = Code(
    "forecast-unlike-launches",
    "warning",
    "the share of leads expected to buy differs several-fold from the share that bought in earlier launches",
    "scores are given as they are; every row has the code, `hotleads score` and the report say the figures",
    "Look in the model's card at the windows that it learned from; with --expected-rate give the share that you expect",
)
FIRST_OF_ITS_KIND = Code(
    "first-of-its-kind",
    "warning",
    "no launch of its strategy was over before the launch opened: nothing shows what such launches bring",
    "scores are given as they are; every row has the code, `hotleads score` and the report say the figures",
    "Trust the order of the leads more than the number of buyers; with --expected-rate give the share that you expect",
)
NO_BETTER_THAN_CHANCE = Code(
    "no-better-than-chance",
    "warning",
    "the order of a launch's leads was not shown to be better than a random one",
    "the backtest and its report say the figures",
    "Do not choose leads by such scores; import earlier launches, captures with their fields, and events",
)
MODEL_CODES = (
    Code(
        "capture-after-as-of",
        "warning",
        "a lead of a request has a capture at or after the time that it is scored at",
        "the service leaves that capture out and says so in the lead's findings",
        "Send a later as_of, or mend the capture's time",
    ),
    Code(
        "duplicate-lead",
        "warning",
        "a request has the same lead more than once",
        "the service scores each by its own rows and says so in the findings of each",
        "Send a lead once, with all its rows",
    ),
    Code(
        "product-unseen",
        "warning",
        "the model was trained for another product and knows no launch of this one",
        "the service scores the leads and says so in the answer's findings",
        "Check the product's id; train for it once it has sold",
    ),
    FORECAST_UNLIKE_LAUNCHES,
    FIRST_OF_ITS_KIND,
    NO_BETTER_THAN_CHANCE,
    Code(
        "model-trained-on-launch",
        "error",
        "the model has learned from the launch that it scores, or is to be judged by",
        "scores are given, and every row has the code: they say what happened, not what will; monitoring refuses",
        "Score a later launch, or name a model from before this one; `hotleads train --until` makes one",
    ),
    Code(
        "prior-model-mismatch",
        "error",
        "the model was shrunk to a prior model, and none or another was given to retrain it",
        "monitoring refuses to retrain it",
        "Give that prior model with --prior-model, or none where the model has none",
    ),
    Code(
        "constant-features",
        "warning",
        "no feature differs from lead to lead",
        "every lead gets the base rate: the lowest baseline",
        "Import what leads did: purchases, events, form fields",
    ),
    Code(
        "trained-on-cut-offs",
        "note",
        "too few leads of earlier launches bought",
        "the model also learns from everyone known at earlier cut-offs",
        "Import earlier launches with their captures",
    ),
    Code(
        "single-training-window",
        "note",
        "there is one earlier window to learn from",
        "the model is not calibrated: one window says nothing of the next one's level; forecasts get a wider interval",
        "Import earlier launches",
    ),
    Code(
        "expected-rate-given",
        "note",
        "the owner gave the conversion rate to expect; it was not learned",
        "probabilities are moved to add up to it; the order of the leads and their scores stay",
        "Nothing; leave it out to use the rate of earlier launches",
    ),
    Code(
        "shrunk-to-prior",
        "note",
        "the model was shrunk to one made from other launches, since its own buyers are few",
        "the model's card and the report name the share of the score that is its own",
        "Nothing; the own share grows with the launches that are over",
    ),
    Code(
        "trained-on-own-leads",
        "note",
        "a perpetual launch without an earlier one",
        "its own earlier leads train the model, and the later ones are scored",
        "Nothing",
    ),
)

ATTRIBUTION_BROKEN = Code(
    "attribution-broken",
    "error",
    "a field or an event type that every earlier launch had has all but stopped coming",
    "monitoring advises to stop; its exit code is 12",
    "Mend the pixel or the form and import again before anyone acts on the scores",
)
FEATURE_MISSING = Code(
    "feature-missing",
    "warning",
    "features are missing for far more leads than in any earlier launch",
    _MONITORED,
    "Check that the rows they are computed from were imported",
)
UNKNOWN_CATEGORY = Code(
    "unknown-category",
    "warning",
    "a field's values were never seen in an earlier launch, more often than new values usually come",
    _MONITORED,
    "Map a renamed category to its old name; a new one has no history yet",
)
CAPTURE_GAP = Code(
    "capture-gap",
    "warning",
    "the captures paused longer than in any earlier launch",
    _MONITORED,
    "Check whether a form or an import stood still",
)
LATE_ROWS = Code(
    "late-rows",
    "warning",
    "the last rows before the launch are older, or fewer, than before the earlier ones",
    _MONITORED,
    "Import what came since, then score again",
)
MONITORING_CODES = (ATTRIBUTION_BROKEN, FEATURE_MISSING, UNKNOWN_CATEGORY, CAPTURE_GAP, LATE_ROWS)
