"""What a Brazilian reads: a phrase for each declaration's name, and for each way of having no value.

A name in braces stands for what differs between declarations of one kind: ``{days}`` for digits, any other for a word.
"""

import re
from functools import cache

from features.declaration import Feature

#: Declared name -> phrase, with ``{value}`` in the unit's own form.
PHRASES: dict[str, str] = {
    "days_since_last_purchase": "comprou pela última vez há {value}",
    "days_since_first_purchase": "comprou pela primeira vez há {value}",
    "days_from_first_to_last_purchase": "seguiu comprando por {value}",
    "purchases": "comprou {value} até agora",
    "purchase_days": "dias com compra: {value}",
    "distinct_products": "produtos diferentes comprados: {value}",
    "spend": "gastou {value} até agora",
    "mean_purchase_amount": "gasta {value} por compra",
    "largest_purchase_amount": "gastou até {value} de uma vez",
    "last_purchase_amount": "gastou {value} na última compra",
    "mean_days_between_purchases": "volta a comprar depois de {value}, em média",
    "deviation_days_between_purchases": "o intervalo entre as compras varia em {value}",
    "days_since_last_over_mean_gap": "em silêncio por {value} vezes a pausa habitual",
    "refunds": "pediu reembolso {value}",
    "refunds_{days}d": "pediu reembolso {value} nos últimos {days} dias",
    "refunded_amount": "os reembolsos somam {value}",
    "chargebacks": "contestou a cobrança {value}",
    "renewals": "renovou {value}",
    "renewals_{days}d": "renovou {value} nos últimos {days} dias",
    "last_recurrence_number": "chegou à cobrança {value} de uma assinatura",
    "purchases_{days}d": "comprou {value} nos últimos {days} dias",
    "spend_{days}d": "gastou {value} nos últimos {days} dias",
    "purchases_decayed_{days}d": "as compras recentes pesam {value} (metade a cada {days} dias)",
    "spend_decayed_{days}d": "o gasto recente pesa {value} (metade a cada {days} dias)",
    "captures": "demonstrou interesse {value}",
    "captures_{days}d": "demonstrou interesse {value} nos últimos {days} dias",
    "days_since_last_capture": "demonstrou interesse pela última vez há {value}",
    "days_since_first_capture": "demonstrou interesse pela primeira vez há {value}",
}

#: ``phrase_missing`` of a declaration -> the same in Portuguese.
PHRASES_MISSING: dict[str, str] = {
    "has never bought": "nunca comprou",
    "has no purchase with a known amount": "não tem compra com valor conhecido",
    "bought too seldom to have a rhythm": "comprou poucas vezes para ter um ritmo",
    "never took money back": "nunca pediu reembolso",
    "has no subscription": "não tem assinatura",
    "was never captured": "nunca demonstrou interesse",
}


def phrases_pt(feature: Feature) -> tuple[str, str] | None:
    """The declaration's phrase and the one for a missing value in Portuguese; None where one of them is wanting."""
    phrase, missing = phrase_pt(feature.name), PHRASES_MISSING.get(feature.phrase_missing)
    return None if phrase is None or missing is None else (phrase, missing)


@cache
def phrase_pt(name: str) -> str | None:
    """The phrase of the first pattern that the name fits."""
    for pattern, phrase in PHRASES.items():
        if fitting := re.fullmatch(_expression(pattern), name):
            return phrase.format(value="{value}", **fitting.groupdict())
    return None


def _expression(pattern: str) -> str:
    return re.sub(r"\{(\w+)\}", r"(?P<\1>\\w+)", pattern.replace("{days}", r"(?P<days>\d+)"))
