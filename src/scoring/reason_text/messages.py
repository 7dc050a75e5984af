"""The messages that reasons are built from, one set a language."""

from dataclasses import dataclass

from ...features import Feature
from ..launch_quantiles import LESS, LIKE, MIDDLE, MORE, UNLIKE, is_time_since
from .language import Language


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
    separators: dict[int, int]
    more: tuple[str, str, str]
    less: tuple[str, str, str]
    like: str
    unlike: str
    middle: str
    leads: str
    leads_known: str
    before: str
    reweighed: str
    all_higher: str
    all_lower: str

    def format_number(self, value: float, digits: int = 0, *, trim: bool = False) -> str:
        """Return the number with its digits in groups of three; ``trim`` drops zeros behind the decimal point."""
        text = f"{value:,.{digits}f}"
        return (text.rstrip("0").rstrip(".") if trim else text).translate(self.separators)

    def get_comparison(self, feature: Feature, kind: int) -> str | None:
        """Return the form of a comparison, with ``{share}`` and ``{leads}``; None where nothing is compared."""
        form = 0 if is_time_since(feature) else 1 if feature.unit == "days" else 2
        forms = {MORE: self.more[form], LESS: self.less[form], LIKE: self.like, UNLIKE: self.unlike}
        return (forms | {MIDDLE: self.middle}).get(kind)


MESSAGES: dict[Language, Messages] = {
    "en": Messages(
        once="once",
        times="{} times",
        no_day="less than a day",
        one_day="1 day",
        days="{} days",
        separators={},
        more=("longer ago than {share} of {leads}", "longer than {share} of {leads}", "more than {share} of {leads}"),
        less=(
            "more recently than {share} of {leads}",
            "shorter than {share} of {leads}",
            "less than {share} of {leads}",
        ),
        like="like {share} of {leads}",
        unlike="unlike {share} of {leads}",
        middle="in the middle of {leads}",
        leads="this launch's leads",
        leads_known="this launch's leads of whom this is known",
        before="before: {}",
        reweighed="the model now sees this differently: {}",
        all_higher="the model now rates all leads higher",
        all_lower="the model now rates all leads lower",
    ),
    "pt_BR": Messages(
        once="uma vez",
        times="{} vezes",
        no_day="menos de um dia",
        one_day="1 dia",
        days="{} dias",
        separators=str.maketrans(",.", ".,"),
        more=("há mais tempo que {share} d{leads}", "mais tempo que {share} d{leads}", "mais que {share} d{leads}"),
        less=(
            "mais recentemente que {share} d{leads}",
            "menos tempo que {share} d{leads}",
            "menos que {share} d{leads}",
        ),
        like="como {share} d{leads}",
        unlike="ao contrário de {share} d{leads}",
        middle="no meio d{leads}",
        leads="os leads deste lançamento",
        leads_known="os leads deste lançamento com esse dado",
        before="antes: {}",
        reweighed="o modelo agora vê isto de outro modo: {}",
        all_higher="o modelo agora avalia todos os leads mais alto",
        all_lower="o modelo agora avalia todos os leads mais baixo",
    ),
}
