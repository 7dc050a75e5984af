"""What to do about a finding, as a page says it: the lab's remedies name commands, those here fields of forms."""

from django.utils.translation import gettext as _

from ...checks import CODES
from ...checks.judge_codes import NO_RIVALS, SCORE_INVERTED, SCORE_LEVEL_OFF, SCORES_NOT_JUDGED
from ...checks.purchases import MIXED_CURRENCIES
from ...language import Translator
from .formats import get_locale


def describe_remedy(code: str) -> str:
    """Return the remedy of a finding in the reader's language: the page's own where the lab's names a command."""
    own = _list_own_remedies()
    return own[code] if code in own else f"{Translator(get_locale())(CODES[code].remedy)}."


def _list_own_remedies() -> dict[str, str]:
    return {
        SCORE_INVERTED.name: _("Judge it again with “Less is better” ticked if it is so; else do not use it."),
        SCORE_LEVEL_OFF.name: _("Use the order alone: do not add these probabilities up."),
        SCORES_NOT_JUDGED.name: _(
            "Where scores have no time, say in “The scores were given on” when they were given. Where people are not "
            "found, name in “Column that says who” one with their e-mail addresses or ids."
        ),
        MIXED_CURRENCIES.name: _(
            "Amounts in any other currency than the commonest count as no spend. Convert them in the file first where "
            "they matter."
        ),
        NO_RIVALS.name: _(
            "Bring the purchases and sign-ups from before the day on which the scores were given (Uploads), then judge "
            "the file again."
        ),
    }
