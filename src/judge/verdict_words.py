"""The words of a verdict."""

from ..language import mark
from .rivals import OURS

#: What the rivals are called in a sentence.
RIVAL_NAMES = {
    "recency rule": mark("the day of their last purchase"),
    "RFM quintiles": mark("fifths of recency, frequency and spend"),
    "logistic regression on RFM": mark("a plain formula of recency, frequency and spend"),
    "scorecard": mark("a scorecard of recent signals"),
    "gradient boosting": mark("plain boosting"),
    OURS: mark("hotleads' own model"),
}

#: Why a score was not judged.
EXCLUDED_NAMES = {
    "no-time": mark("no time"),
    "no-score": mark("no score"),
    "unknown-lead": mark("unknown lead"),
    "scored-after-window": mark("scored after the window"),
    "already-bought": mark("had bought already"),
    "outcome-unknown": mark("outcome not known yet"),
    "not-in-a-launch": mark("in no judged launch"),
}

HEADLINES = {
    "nothing-to-judge": mark("Nothing to judge: no lead of this file has both a score and an outcome"),
    "given-too-late": mark("Given too late: {late} of {all_buyers} buyers had bought before their score was given"),
    "suspected-leak": mark("Too good to be true: this score seems to know who bought"),
    "cannot-tell": mark("Cannot tell: {buyers} buyers are too few to say how good this score is"),
    "constant": mark("It orders nobody: every lead has the same score"),
    "inverted": mark("Upside down: a higher score meant fewer buyers"),
    "no-better-than-chance": mark("It orders people no better than chance"),
    "worse-than-simple-rule": mark("It orders people worse than {rival}"),
    "no-better-than-simple-rule": mark("It orders people no better than {rival}"),
    "cannot-tell-from-simple-rule": mark("Better than chance, but whether better than {rival} cannot be told"),
    "better-than-simple-rules": mark("It orders people better than any simple rule"),
    "better-than-chance": mark("It orders people better than chance; no simple rule could be compared"),
}

LEVELS = {
    "right": mark("Its probabilities are about right: {expected} buyers expected, {buyers} came."),
    "too-high": mark("Its probabilities are too high: {expected} buyers expected, {buyers} came."),
    "too-low": mark("Its probabilities are too low: {expected} buyers expected, {buyers} came."),
    "too-extreme": mark("Its probabilities are too extreme: high ones are too high, low ones too low."),
    "too-timid": mark("Its probabilities are too timid: high ones are too low, low ones too high."),
    "cannot-tell": mark(
        "Whether its probabilities are right cannot be told from {buyers} buyers ({expected} expected)."
    ),
}

SENTENCES = {
    "order": mark(
        "Of 100 pairs of a buyer and another lead it puts the buyer first in {auc} ({low} to {high}; chance: 50)."
    ),
    "tenth": mark("The first tenth of its list holds {share} of the buyers."),
    "ours_better": mark("It orders the same leads better than hotleads' own model, by {gap} pairs in 100."),
    "ours_worse": mark("hotleads' own model orders the same leads better, by {gap} pairs in 100."),
    "ours_alike": mark("hotleads' own model orders the same leads about as well."),
    "ours_cannot-tell": mark("Whether hotleads' own model orders them better cannot be told."),
    "rival": mark("Against {rival}: {gap} pairs in 100 ({low} to {high})."),
    "list_worse": mark("But for a list of {leads} leads take {rival}: it has {gap} more buyers ({low} to {high})."),
    "list_better": mark(
        "But for a list of {leads} leads take the score: it has {gap} more buyers ({low} to {high}) than {rival}."
    ),
    "judged": mark("{judged} scores were judged, {buyers} of the leads bought afterwards."),
    "steps": mark("More points did not always mean more buyers: {low} bought at one height, {high} at a higher one."),
    "monotone": mark("Nowhere did more points surely mean fewer buyers."),
    "points": mark("Leads with {points} points bought in {rate} of the cases ({low} to {high})."),
    "points_unreached": mark(
        "Nobody had {points} points; of the highest scores, from {first} to {last}, {rate} bought ({low} to {high})."
    ),
}
