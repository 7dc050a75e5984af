"""The phrases of features in Portuguese; each stands beside its declaration.

A name in braces stands for what differs between declarations of one kind: ``{days}`` for digits, any other for words,
which are put into the translation as they are, or as ``WORDS`` has them. ``{value}`` stands for itself.
"""

import re
from functools import cache

from .capture_features import CAPTURE_PHRASES_PT
from .declaration import Feature
from .discovery import DISCOVERED_PHRASES_PT
from .event_features import EVENT_PHRASES_PT
from .payment_features import PAYMENT_PHRASES_PT
from .purchase_features import PURCHASE_PHRASES_PT
from .season_features import SEASON_PHRASES_PT

#: English phrase -> Portuguese, for values and for missing ones. The first that fits counts: general ones come last.
PHRASES: dict[str, str] = {
    **SEASON_PHRASES_PT,
    **PURCHASE_PHRASES_PT,
    **PAYMENT_PHRASES_PT,
    **CAPTURE_PHRASES_PT,
    **EVENT_PHRASES_PT,
    **DISCOVERED_PHRASES_PT,
}

#: What events, fields and payment methods are called; what is not here keeps its own name.
WORDS: dict[str, str] = {
    "email clicked": "clique em e-mail",
    "sales page visit": "visita à página de vendas",
    "comparison page visit": "visita à página de comparação",
    "syllabus visit": "visita ao programa do curso",
    "return visit": "nova visita",
    "checkout started": "checkout iniciado",
    "cart abandoned": "carrinho abandonado",
    "file downloaded": "arquivo baixado",
    "live class attended": "presença em aula ao vivo",
    "calculator used": "uso da calculadora",
    "free registration": "cadastro gratuito",
    "message to seller": "mensagem ao vendedor",
    "members first access": "primeiro acesso à área de membros",
    "members progress": "progresso na área de membros",
    "members inactive 15 days": "15 dias sem acessar a área de membros",
    "members inactive 30 days": "30 dias sem acessar a área de membros",
    "coupon sent": "cupom enviado",
    "product rated": "produto avaliado",
    "subscription active": "assinatura ativa",
    "subscription overdue": "assinatura em atraso",
    "subscription canceled by customer": "assinatura cancelada pelo cliente",
    "subscription canceled by seller": "assinatura cancelada pelo vendedor",
    "subscription canceled by admin": "assinatura cancelada pela plataforma",
    "source": "origem",
    "country": "país",
    "language": "idioma",
    "consent": "consentimento",
    "credit card": "cartão de crédito",
    "billet": "boleto",
    "true": "sim",
    "false": "não",
}


def translate_phrases(feature: Feature) -> tuple[str, str] | None:
    """Return the two phrases of a declaration in Portuguese; None where one of them has no translation."""
    phrase, missing = translate_phrase(feature.phrase), translate_phrase(feature.phrase_missing)
    return None if phrase is None or missing is None else (phrase, missing)


@cache
def translate_phrase(phrase: str) -> str | None:
    """Return the translation by the first pattern that the phrase fits; None where there is none."""
    for pattern, translation in PHRASES.items():
        if fitting := re.fullmatch(_compile_pattern(pattern), phrase):
            for name, words in fitting.groupdict().items():
                translation = translation.replace(f"{{{name}}}", WORDS.get(words, words))
            return translation
    return None


@cache
def _compile_pattern(pattern: str) -> str:
    """Return the pattern with a group for each name in braces, ``_`` for words that need not be kept."""
    parts = re.split(r"\{(\w+)\}", pattern)
    groups = {"value": re.escape("{value}"), "days": r"(?P<days>\d+)", "_": ".+"}
    return "".join(
        groups.get(part, f"(?P<{part}>.+)") if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
