"""Which type of event a message is: Segment's names and those that the hub reserves, else the name in small letters.

docs/api.md lists them with the signals of the scorecard that they are.
"""

import re
import unicodedata
from urllib.parse import urlsplit

from .messages import Message, read_object, read_text

MAX_TYPE, MAX_NAME = 64, 200
#: Names of ``track``, in small letters without blanks and signs.
EVENT_TYPES = {
    "product viewed": "sales_page_visit",
    "product list viewed": "product_list_viewed",
    "product added": "product_added",
    "cart viewed": "cart_viewed",
    "cart abandoned": "cart_abandoned",
    "checkout started": "checkout_started",
    "payment info entered": "payment_info_entered",
    "order completed": "order_completed",
    "order refunded": "order_refunded",
    "order cancelled": "order_canceled",
    "order canceled": "order_canceled",
    "demo requested": "demo_request",
    "trial started": "trial_started",
    "signed up": "free_registration",
    "message sent": "message_to_seller",
    "sales contacted": "contact_sales",
    "calculator used": "calculator_used",
    "quiz completed": "calculator_used",
    "file downloaded": "file_downloaded",
    "product rated": "product_rated",
    "product reviewed": "product_rated",
    "webinar registered": "webinar_registered",
    "webinar attended": "webinar_attended",
    "live class attended": "live_class_attended",
    "course progressed": "members_progress",
    "email link clicked": "email_clicked",
}
#: Words in the name or path of a page, and what a visit of it is; the first that holds.
PAGE_RULES = (
    (r"checkout|finalizar-compra", "checkout_started"),
    (r"compar(e|ison|ar|ativo|acao)|versus|\bvs\b", "comparison_page_visit"),
    (r"calculat|calculadora|\bquiz\b|\broi\b", "calculator_used"),
    (r"syllabus|curriculum|ementa|conteudo-programatico|\bfaq\b|perguntas-frequentes", "syllabus_visit"),
    (r"\bdocs?\b|documentation|documentacao", "documentation_visit"),
    (r"pric(e|es|ing)\b|precos?\b|planos?\b|plans?\b|oferta|offer|inscricao|enroll?", "sales_page_visit"),
)
_RULES = [(re.compile(pattern), event_type) for pattern, event_type in PAGE_RULES]
_SIGNS = re.compile(r"[^a-z0-9]+")


def find_event_type(message: Message, kind: str) -> str:
    """Return the type of event of a message of a type."""
    if kind == "track":
        name = _fold(read_text(message.get("event"), 500))
        words = _SIGNS.sub(" ", name).strip()
        return EVENT_TYPES.get(words) or words.replace(" ", "_")[:MAX_TYPE] or "event"
    if kind in ("page", "screen"):
        return _find_page_type(message, kind)
    return kind


def read_name(message: Message, kind: str) -> str:
    """Return what the sender calls an event, as rules see it: the name in small letters, blanks as ``_``."""
    said = read_text(message.get("event" if kind == "track" else "name"), 500)
    return _SIGNS.sub("_", _fold(said)).strip("_")[:MAX_NAME] or kind


def read_path(message: Message) -> str:
    """Return the path of the page that a message speaks of; empty where it says none."""
    properties = read_object(message.get("properties"))
    page = read_object(read_object(message.get("context")).get("page"))
    path = read_text(properties.get("path"), 500) or read_text(page.get("path"), 500)
    if path:
        return path
    try:
        return urlsplit(read_text(properties.get("url"), 2_000) or read_text(page.get("url"), 2_000)).path
    except ValueError:
        return ""


def _find_page_type(message: Message, kind: str) -> str:
    text = _fold(f"{read_text(message.get('name'), 500)} {read_path(message)}")
    return next((found for pattern, found in _RULES if pattern.search(text)), f"{kind}_view")


def _fold(text: str) -> str:
    """Return a text in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
