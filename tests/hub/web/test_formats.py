"""Pages speak the reader's language, numbers included."""

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.web.formats import format_day, format_money, format_number, format_share


def test_pages_speak_the_language_of_the_browser_or_of_the_user(owner: Client, clients: object) -> None:
    page = owner.get("/", headers={"accept-language": "pt-BR,pt;q=0.9"}).content.decode()
    assert '<html lang="pt-br">' in page
    assert "Lançamentos" in page
    saved = owner.post(reverse("profile"), {"name": "", "language": "pt-br"}, follow=True)
    assert "Salvo." in saved.content.decode()
    assert "Lançamentos" in owner.get("/").content.decode()
    owner.post(reverse("profile"), {"name": "", "language": ""})
    assert "Launches" in owner.get("/").content.decode()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["12,345", "12.5%", "R$1,234.50", "¥1,234"]),
        ("pt-br", ["12.345", "12,5%", "R$\xa01.234,50", "JP¥\xa01.234"]),
    ],
)
def test_numbers_and_money_are_written_as_the_language_has_them(language: str, expected: list[str]) -> None:
    from django.utils import translation

    with translation.override(language):
        shown = [format_number(12345), format_share(0.125, 1), format_money(123450, "BRL"), format_money(1234, "JPY")]
    assert shown == expected
    assert format_day(None) == "–"
