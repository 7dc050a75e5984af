"""Names of the families of features, as a reader knows them."""

from ...language import Translator, mark

FAMILIES = {
    "recency": mark("how lately they bought"),
    "frequency": mark("how often they bought"),
    "tenure": mark("how long they have been buying"),
    "spend": mark("how much they spent"),
    "products": mark("what they own"),
    "rhythm": mark("the rhythm of their purchases"),
    "season": mark("what they bought in these weeks of other years"),
    "launches": mark("what they did in earlier launches"),
    "payment": mark("how they pay"),
    "refunds": mark("refunds"),
    "subscription": mark("subscriptions"),
    "capture": mark("how and when they came"),
    "campaign": mark("the campaign that brought them"),
    "form": mark("what they answered in forms"),
    "events": mark("what they did: visits, clicks, classes"),
}


def name_family(family: str, translate: Translator) -> str:
    """Return a family's name in a language; one that is not known, of another model, keeps its own."""
    return translate(FAMILIES[family]) if family in FAMILIES else family
