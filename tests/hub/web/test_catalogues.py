"""The texts of the pages in each language: all there, and compiled as they stand."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.web.catalogues import LANGUAGES, compile_catalogue, find_messages, get_path, read_catalogue
from hotleads.hub.web.formats import format_day, format_money, format_number, format_share

_PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_pages_is_translated_with_its_placeholders(language: str) -> None:
    catalogue = read_catalogue(language)
    for message in find_messages():
        if not message.id:
            continue
        kept = catalogue.get(message.id, message.context)
        assert kept is not None, f"make messages: {message.id}"
        assert kept.string, f"no translation: {message.id}"
        assert "fuzzy" not in kept.flags
        assert sorted(_PLACEHOLDER.findall(str(kept.string))) == sorted(_PLACEHOLDER.findall(str(message.id)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_that_of_its_texts(language: str) -> None:
    assert get_path(language).with_suffix(".mo").read_bytes() == compile_catalogue(read_catalogue(language))


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
