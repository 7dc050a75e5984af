"""Names, addresses and numbers of people who do not exist.

Mail goes to the domains reserved for examples; telephone numbers have an area code that nobody was given.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .arrays import BoolArray, IntArray
from .columns import join_strings, pad_digits
from .countries import COUNTRIES

FIRST_NAMES = (
    "Ana", "Beatriz", "Bruno", "Caio", "Camila", "Carla", "Daniel", "Diego", "Eduarda", "Felipe", "Gabriela", "Helena",
    "Isabel", "Joana", "Jorge", "Larissa", "Leonardo", "Lucas", "Luisa", "Marcos", "Maria", "Mateus", "Natalia",
    "Otavio", "Paula", "Pedro", "Rafael", "Renata", "Sofia", "Tiago", "Valentina", "Vitor",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Alves", "Araujo", "Barbosa", "Cardoso", "Carvalho", "Castro", "Costa", "Dias", "Fernandes", "Ferreira",
    "Gomes", "Lima", "Lopes", "Martins", "Melo", "Mendes", "Moreira", "Nunes", "Oliveira", "Pereira", "Pinto", "Ramos",
    "Ribeiro", "Rocha", "Santos", "Silva", "Soares", "Souza", "Teixeira", "Vieira", "Xavier",
)  # fmt: skip
DOMAINS = ("example.com", "example.net", "example.org")
ALIAS_SHARE = 0.3


def build_people_columns(
    number: IntArray, country: IntArray, aliased: BoolArray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Return E-mail, phone and name of the leads, one row a capture.

    ``aliased`` writes the same mailbox in another way: a tag after a plus sign, or in capitals.
    """
    first = pa.array(FIRST_NAMES).take(pa.array(number * 7919 % len(FIRST_NAMES)))
    last = pa.array(LAST_NAMES).take(pa.array(number * 104_729 // 32 % len(LAST_NAMES)))
    domain = pa.array(DOMAINS).take(pa.array(number % len(DOMAINS)))
    tag = rng.random(len(number)) < 0.5
    tags = pa.array(["", "+promo"]).take(pa.array((aliased & tag).astype(np.int64)))
    mail = join_strings(pc.utf8_lower(join_strings(first, ".", last, pad_digits(number, 0))), tags, "@", domain)
    mail = pc.if_else(pa.array(aliased & ~tag), pc.utf8_upper(mail), mail)
    dialing = pa.array([c.dialing_code for c in COUNTRIES]).take(pa.array(country))
    return {
        "email": mail,
        "phone": join_strings(dialing, "00", pad_digits(number, 9)),
        "name": join_strings(first, " ", last),
    }
