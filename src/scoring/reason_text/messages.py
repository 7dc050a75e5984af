"""The messages that reasons are built from, as one language has them."""

from dataclasses import dataclass
from functools import cache

from ...features import Feature
from ...language import Language, Translator
from ...language.formats import read_separators
from ..launch_quantiles import LESS, LIKE, MIDDLE, MORE, UNLIKE, is_time_since


@dataclass(frozen=True)
class Messages:
    """The forms of values and of comparisons in one language.

    ``more`` and ``less`` have three forms each: of a time ago, of a number of days, of everything else. ``separators``
    maps those of English numbers to the language's own.
    """

    once: str
    times: str
    no_day: str
    one_day: str
    days: str
    separators: dict[int, str]
    more: tuple[str, str, str]
    less: tuple[str, str, str]
    like: str
    unlike: str
    middle: str
    leads: str
    leads_known: str

    def format_number(self, value: float, digits: int = 0, *, trim: bool = False) -> str:
        """Return the number with its digits in groups of three; ``trim`` drops zeros behind the decimal point."""
        text = f"{value:,.{digits}f}"
        return (text.rstrip("0").rstrip(".") if trim else text).translate(self.separators)

    def get_comparison(self, feature: Feature, kind: int) -> str | None:
        """Return the form of a comparison, with ``{share}`` and ``{leads}``; None where nothing is compared."""
        form = 0 if is_time_since(feature) else 1 if feature.unit == "days" else 2
        forms = {MORE: self.more[form], LESS: self.less[form], LIKE: self.like, UNLIKE: self.unlike}
        return (forms | {MIDDLE: self.middle}).get(kind)


@cache
def read_messages(language: Language) -> Messages:
    """Return the messages of a language, from its catalogue."""
    translate = Translator(language)
    return Messages(
        once=translate("once"),
        times=translate("{count} times"),
        no_day=translate("less than a day"),
        one_day=translate.ngettext("{count} day", "{count} days", 1, count=1),
        days=translate.ngettext("{count} day", "{count} days", 2),
        separators=read_separators(language),
        more=(
            translate("longer ago than {share} of {leads}"),
            translate("longer than {share} of {leads}"),
            translate("more than {share} of {leads}"),
        ),
        less=(
            translate("more recently than {share} of {leads}"),
            translate("shorter than {share} of {leads}"),
            translate("less than {share} of {leads}"),
        ),
        like=translate("like {share} of {leads}"),
        unlike=translate("unlike {share} of {leads}"),
        middle=translate("in the middle of {leads}"),
        leads=translate("this launch's leads"),
        leads_known=translate("this launch's leads of whom this is known"),
    )
