"""The fields that a file of leads or purchases may have, and the names that known exports give them."""

from ...history.importing.column_kinds import WORDS
from ...history.schema import ATTRIBUTE_PREFIX, TABLES
from ..models import UploadKind

#: Who the row is about; a file needs one of the first three.
PERSON_FIELDS = ("email", "phone", "external_id", "area_code", "name", "last_name")
IDENTIFYING_FIELDS = PERSON_FIELDS[:3]
#: What the amount is worked out of where no column is it.
PRICE_FIELDS = ("unit_price", "quantity")
_TABLE_OF_KIND = {UploadKind.LEADS: "leads", UploadKind.PURCHASES: "purchases"}

#: What says which product was sold where no column is the product's own.
PRODUCT_DESCRIPTIONS = ("description", "item title", "line item", "descricao")

#: What the ids of rows without a transaction's begin with: each row is one.
NO_TRANSACTION = "(no transaction) "

#: The ids of Hotmart's transactions: each is one charge of one product, whoever tells of it.
HOTMART_TRANSACTION = r"HP\d+"

#: Beside the lab's words: what ActiveCampaign, HubSpot, Mailchimp, RD Station and Hotmart write over their columns.
_PERSON_WORDS: dict[str, tuple[str, ...]] = {
    "email": (
        *WORDS["leads"]["email"],
        *("email do comprador", "e mail do comprador", "email comprador", "buyer email", "customer email", "email id"),
    ),
    "phone": (
        *WORDS["leads"]["phone"],
        *("mobile phone number", "mobile phone", "telefone do comprador", "telefone comprador", "buyer phone"),
        *("celular do comprador", "telefone final", "ddd telefone"),
    ),
    "external_id": (
        *("lead id", "contact id", "customer id", "user id", "subscriber id", "record id", "id do cliente"),
        *("id do contato", "uuid", "leid"),
    ),
    "area_code": ("ddd", "area code", "phone area code", "ddd do comprador"),
    "name": (
        *WORDS["leads"]["name"],
        *(
            "nome do comprador",
            "nome comprador",
            "comprador",
            "comprador a",
            "buyer name",
            "customer name",
            "firstname",
        ),
    ),
    "last_name": ("last name", "lastname", "surname", "sobrenome", "ultimo nome", "apellido", "apellidos"),
}
_KIND_WORDS: dict[str, tuple[str, ...]] = {
    "captured_at": (
        *("create date", "optin time", "confirm time", "carimbo de data hora"),
        *("data da ultima conversao", "data da primeira conversao", "data da conversao"),
    ),
    "consent": ("base legal", "legal basis", "email marketing"),
    "utm_source": ("original source", "origem da ultima conversao", "origem da primeira conversao"),
    "utm_medium": ("midia da ultima conversao", "midia da primeira conversao"),
    "utm_campaign": ("campanha da ultima conversao", "campanha da primeira conversao"),
    "occurred_at": ("data de confirmacao", "data da transacao", "confirmation purchase date"),
    "transaction_id": ("transacao do produto principal", "codigo transacao"),
    "product_id": (
        "codigo produto",
        "id do produto",
        "stock code",
        "course name",
        "offer title",
        "lineitem name",
        "item name",
    ),
    "seller_id": ("seller id",),
    "unit_price": (
        *("unit price", "price per unit", "price each", "item price", "lineitem price", "preco unitario"),
        *("valor unitario", "precio unitario"),
    ),
    "quantity": ("quantity", "qty", "units", "lineitem quantity", "quantidade", "qtd", "qtde", "cantidad"),
}


def get_table(kind: str) -> str:
    """Return the history's table of a kind of upload."""
    return _TABLE_OF_KIND[UploadKind(kind)]


def list_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of file, those of the person first; beside them a file of leads has any attr_NAME."""
    own = [name for name in TABLES[get_table(kind)].names if name not in ("lead_id", *PERSON_FIELDS)]
    return (*PERSON_FIELDS, *own, *(PRICE_FIELDS if kind == UploadKind.PURCHASES else ()))


def list_words(kind: str, field: str) -> tuple[str, ...]:
    """Return the names of a field in exports, as plain words; best first."""
    if field in PERSON_FIELDS:
        return _PERSON_WORDS[field]
    return (*WORDS[get_table(kind)].get(field, ()), *_KIND_WORDS.get(field, ()))


def is_field(kind: str, name: str) -> bool:
    """Return whether a name is that of a field of a kind of file."""
    is_attribute = kind == UploadKind.LEADS and name.startswith(ATTRIBUTE_PREFIX) and len(name) > len(ATTRIBUTE_PREFIX)
    return is_attribute or name in list_fields(kind)
