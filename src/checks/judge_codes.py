"""The codes of what ``hotleads judge`` finds in a score, and ``hotleads leak-test`` in a function."""

from .finding import Code

_JUDGED = "`hotleads judge` says so before everything else; its exit code is 1"
_SAID = "`hotleads judge` says the figures"
_LEAK = "`hotleads leak-test` names the columns; its exit code is 1"

SCORES_TOO_LATE = Code(
    "scores-too-late",
    "error",
    "buyers had bought before their score was given",
    f"those buyers are not judged; where they are most of them {_JUDGED}",
    "Export scores before the sale, with the time of each, or judge the next launch",
)
SCORE_TOO_GOOD = Code(
    "score-too-good",
    "error",
    "a score is too good to be true against every rival",
    _JUDGED,
    "Find out when these values were written, and from what: look for a field that is filled once somebody buys",
)
SCORES_OF_BUYERS = Code(
    "scores-of-buyers",
    "error",
    "mostly buyers have a score",
    _JUDGED,
    "Export the scores of everyone who could have bought, as they were before the sale",
)
SCORE_JUMPS = Code(
    "score-jumps-at-purchase",
    "note",
    "scores rise when somebody buys",
    "each lead is judged by the score before its purchase",
    "Nothing where scores carry the time at which they were given; else export them before the sale",
)
SCORE_CONSTANT = Code(
    "score-constant",
    "error",
    "every lead has the same score",
    _JUDGED,
    "Look whether the right column was read; a constant orders nobody",
)
SCORE_TIED = Code(
    "score-tied",
    "warning",
    "more than half of the leads have the same score",
    f"{_SAID}; leads with one score are called in any order",
    "Ask the tool for a finer score, or call by recency inside of a tie",
)
SCORE_INVERTED = Code(
    "score-inverted",
    "error",
    "a higher score meant fewer buyers",
    _JUDGED,
    "Turn the order round (--reversed) if less is better; else do not use it",
)
SCORE_NOT_MONOTONE = Code(
    "score-not-monotone",
    "warning",
    "at some height more points meant fewer buyers",
    _SAID,
    "Do not take the points for a ladder: look at the table of heights",
)
SCORE_LEVEL_OFF = Code(
    "score-level-off",
    "warning",
    "probabilities do not add up to the buyers who came",
    _SAID,
    "Use the order alone, or correct the level by the share that bought (`hotleads score --expected-rate` does it)",
)
SCORE_WORSE = Code(
    "score-worse-than-simple-rule",
    "error",
    "a simple rule orders the same leads better",
    _JUDGED,
    "Sort by the rule instead",
)
SCORE_LIKE_CHANCE = Code(
    "score-like-chance",
    "error",
    "a score orders leads no better than chance",
    _JUDGED,
    "Do not choose leads by it",
)
TOO_FEW_TO_JUDGE = Code(
    "too-few-to-judge",
    "note",
    "too few leads bought, or did not, to tell how good a score is",
    "the verdict is that nobody can tell",
    "Judge again after the next launch, or several launches together",
)
SCORES_NOT_JUDGED = Code(
    "scores-not-judged",
    "note",
    "some leads of the file cannot be judged",
    "they are left out and counted by reason",
    "Give a time to scores without one (--scored-at), and the history's ids or addresses to leads without",
)
NO_RIVALS = Code(
    "no-rivals",
    "note",
    "a score could not be compared with simple rules",
    "the verdict is about chance alone",
    "Judge with --history, whose purchases and captures go back before the scores",
)

LEAKS_FUTURE = Code(
    "future-leak",
    "error",
    "a function's result moves when what comes after as_of is changed",
    _LEAK,
    "Keep to rows whose time is before as_of, in every join, mean and scaler of the column",
)
LEAKS_CLOCK = Code(
    "clock-leak",
    "error",
    "a function's result depends on the clock, not on as_of alone",
    _LEAK,
    "Count from as_of instead of from now",
)
NOT_REPEATABLE = Code(
    "not-repeatable",
    "error",
    "a function gives another result for the same input",
    "`hotleads leak-test` names those columns and does not test them for leaks; its exit code is 1",
    "Seed its random numbers, and order what it reads from sets or threads",
)

JUDGE_CODES = (
    SCORES_TOO_LATE,
    SCORE_TOO_GOOD,
    SCORES_OF_BUYERS,
    SCORE_JUMPS,
    SCORE_CONSTANT,
    SCORE_TIED,
    SCORE_INVERTED,
    SCORE_NOT_MONOTONE,
    SCORE_LEVEL_OFF,
    SCORE_WORSE,
    SCORE_LIKE_CHANCE,
    TOO_FEW_TO_JUDGE,
    SCORES_NOT_JUDGED,
    NO_RIVALS,
    LEAKS_FUTURE,
    LEAKS_CLOCK,
    NOT_REPEATABLE,
)
