"""What a Brazilian reads: each phrase of the declarations in Portuguese.

A name in braces stands for what differs between declarations of one kind: ``{days}`` for digits, any other for words,
which are put into the translation as they are, or as ``WORDS`` has them. ``{value}`` stands for itself.
"""

import re
from functools import cache

from .declaration import Feature

#: English phrase -> Portuguese, for values and for missing ones. The first that fits counts: general ones come last.
PHRASES: dict[str, str] = {
    # purchases
    "last bought {value} ago": "comprou pela última vez há {value}",
    "first bought {value} ago": "comprou pela primeira vez há {value}",
    "kept buying for {value}": "seguiu comprando por {value}",
    "bought {value} so far": "comprou {value} até agora",
    "days with a purchase: {value}": "dias com compra: {value}",
    "different products bought: {value}": "produtos diferentes comprados: {value}",
    "spent {value} so far": "gastou {value} até agora",
    "spends {value} a purchase": "gasta {value} por compra",
    "spent up to {value} at once": "gastou até {value} de uma vez",
    "spent {value} the last time": "gastou {value} na última compra",
    "buys again after {value} on average": "volta a comprar depois de {value}, em média",
    "the days between purchases vary by {value}": "o intervalo entre as compras varia em {value}",
    "silent for {value} times the usual pause": "em silêncio por {value} vezes a pausa habitual",
    "bought {value} in the last {days} days": "comprou {value} nos últimos {days} dias",
    "spent {value} in the last {days} days": "gastou {value} nos últimos {days} dias",
    "recent purchases: {value} (each counts half after {days} days)": (
        "compras recentes: {value} (cada uma vale metade após {days} dias)"
    ),
    "recent spend: {value} (each amount counts half after {days} days)": (
        "gasto recente: {value} (cada valor conta metade após {days} dias)"
    ),
    "has never bought": "nunca comprou",
    "has no purchase with a known amount": "não tem compra com valor conhecido",
    "bought too seldom to have a rhythm": "comprou poucas vezes para ter um ritmo",
    # money back, subscriptions
    "took money back {value}": "pediu reembolso {value}",
    "took money back {value} in the last {days} days": "pediu reembolso {value} nos últimos {days} dias",
    "refunds come to {value}": "os reembolsos somam {value}",
    "charged back {value}": "contestou a cobrança {value}",
    "never took money back": "nunca pediu reembolso",
    "renewed {value}": "renovou {value}",
    "renewed {value} in the last {days} days": "renovou {value} nos últimos {days} dias",
    "reached charge {value} of a subscription": "chegou à cobrança {value} de uma assinatura",
    "subscription charges paid: {value}": "cobranças de assinatura pagas: {value}",
    "last paid a subscription {value} ago": "pagou uma assinatura pela última vez há {value}",
    "next subscription charge due in {value}": "próxima cobrança da assinatura em {value}",
    "has not yet paid two subscription charges": "ainda não pagou duas cobranças de assinatura",
    "subscription canceled by the customer: {value}": "assinatura cancelada pelo cliente: {value}",
    "subscription canceled by the seller: {value}": "assinatura cancelada pelo vendedor: {value}",
    "subscription canceled by the platform: {value}": "assinatura cancelada pela plataforma: {value}",
    "has no subscription": "não tem assinatura",
    # payments
    "had a payment slip issued {value}": "gerou boleto ou código de pagamento {value}",
    "had a payment slip issued {value} in the last {days} days": (
        "gerou boleto ou código de pagamento {value} nos últimos {days} dias"
    ),
    "let a payment lapse {value}": "deixou um pagamento expirar {value}",
    "had a charge overdue {value}": "teve cobrança em atraso {value}",
    "had a charge overdue {value} ago": "teve cobrança em atraso há {value}",
    "never had a charge overdue": "nunca teve cobrança em atraso",
    "started an order {value}": "iniciou um pedido {value}",
    "protested a payment {value}": "contestou um pagamento {value}",
    "had an order canceled {value}": "teve pedido cancelado {value}",
    "instalments of a purchase, on average: {value}": "parcelas por compra, em média: {value}",
    "instalments of the last purchase: {value}": "parcelas da última compra: {value}",
    "last paid by {method}|did not last pay by {_}": "última compra com {method}|última compra sem {method}",
    # products
    "purchases kept: {value}": "compras mantidas: {value}",
    "bought this product before: {value}": "já comprou este produto antes: {value}",
    "bought the entry product: {value}": "compras do produto de entrada: {value}",
    "bought the entry product {value} ago": "comprou o produto de entrada há {value}",
    "has not bought the entry product": "não comprou o produto de entrada",
    "earlier launches with a purchase: {value}": "lançamentos anteriores com compra: {value}",
    "products added at the check-out: {value}": "produtos adicionados no checkout: {value}",
    "spent {value} times the usual amount the last time": "na última compra, gastou {value} vezes o valor habitual",
    # captures
    "showed interest {value}": "demonstrou interesse {value}",
    "showed interest {value} in the last {days} days": "demonstrou interesse {value} nos últimos {days} dias",
    "last showed interest {value} ago": "demonstrou interesse pela última vez há {value}",
    "first showed interest {value} ago": "demonstrou interesse pela primeira vez há {value}",
    "shows interest every {value}": "demonstra interesse a cada {value}",
    "showed interest too seldom to have a rhythm": "demonstrou interesse poucas vezes para ter um ritmo",
    "launches joined: {value}": "lançamentos de que participou: {value}",
    "showed interest at {value} o'clock": "demonstrou interesse às {value} horas",
    "showed interest on a {value}": "dia em que demonstrou interesse: {value}",
    "was never captured": "nunca demonstrou interesse",
    # events
    "things done so far: {value}": "ações até agora: {value}",
    "things done in the last {days} days: {value}": "ações nos últimos {days} dias: {value}",
    "recent activity: {value} (each action counts half after {days} days)": (
        "atividade recente: {value} (cada ação vale metade após {days} dias)"
    ),
    "last did something {value} ago": "fez algo pela última vez há {value}",
    "has done nothing yet": "ainda não fez nada",
    "recent “{event}”: {value} (each counts half after {days} days)": (
        "“{event}” recentemente: {value} (cada vez vale metade após {days} dias)"
    ),
    "last “{event}”: {value} ago": "último registro de “{event}”: há {value}",
    "“{event}” stood at {value}": "“{event}” estava em {value}",
    "“{event}”: {value}": "“{event}”: {value}",
    "no “{event}” so far": "nenhum registro de “{event}”",
    # what was said
    "leads with this {field} convert {value} times as often as all": (
        "leads com o mesmo valor de {field} convertem {value} vezes a média"
    ),
    "{field} is “{level}”|{_} is not “{_}”": "{field} é “{level}”|{field} não é “{level}”",
    "{field} is unknown": "{field}: sem informação",
    "{field}: {value}": "{field}: {value}",
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
    """The declaration's two phrases in Portuguese; None where one of them is wanting."""
    phrase, missing = translate_phrase(feature.phrase), translate_phrase(feature.phrase_missing)
    return None if phrase is None or missing is None else (phrase, missing)


@cache
def translate_phrase(phrase: str) -> str | None:
    """The translation by the first pattern that the phrase fits."""
    for pattern, translation in PHRASES.items():
        if fitting := re.fullmatch(_expression(pattern), phrase):
            for name, words in fitting.groupdict().items():
                translation = translation.replace(f"{{{name}}}", WORDS.get(words, words))
            return translation
    return None


@cache
def _expression(pattern: str) -> str:
    """The pattern with a group for each name in braces, ``_`` for words that need not be kept."""
    parts = re.split(r"\{(\w+)\}", pattern)
    groups = {"value": re.escape("{value}"), "days": r"(?P<days>\d+)", "_": ".+"}
    return "".join(
        groups.get(part, f"(?P<{part}>.+)") if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
