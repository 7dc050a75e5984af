"""Names of the families of features, as a reader knows them."""

from .language import Language

FAMILIES: dict[Language, dict[str, str]] = {
    "en": {
        "recency": "how lately they bought",
        "frequency": "how often they bought",
        "tenure": "how long they have been buying",
        "spend": "how much they spent",
        "products": "what they own",
        "rhythm": "the rhythm of their purchases",
        "season": "what they bought in these weeks of other years",
        "launches": "what they did in earlier launches",
        "payment": "how they pay",
        "refunds": "refunds",
        "subscription": "subscriptions",
        "capture": "how and when they came",
        "campaign": "the campaign that brought them",
        "form": "what they answered in forms",
        "events": "what they did: visits, clicks, classes",
    },
    "pt_BR": {
        "recency": "há quanto tempo compraram",
        "frequency": "quantas vezes compraram",
        "tenure": "há quanto tempo são compradores",
        "spend": "quanto gastaram",
        "products": "o que já têm",
        "rhythm": "o ritmo das compras",
        "season": "o que compraram nestas semanas de outros anos",
        "launches": "o que fizeram em lançamentos anteriores",
        "payment": "como pagam",
        "refunds": "reembolsos",
        "subscription": "assinaturas",
        "capture": "como e quando chegaram",
        "campaign": "a campanha que os trouxe",
        "form": "o que responderam em formulários",
        "events": "o que fizeram: visitas, cliques, aulas",
    },
}
