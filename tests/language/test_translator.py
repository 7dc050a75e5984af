"""Messages, phrases and numbers in a reader's language."""

import copy
import json
import pickle
from datetime import date

import pytest

from hotleads.language import Phrase, Translator
from hotleads.language.formats import format_count, format_date, format_number, format_share, split_currency_format

PORTUGUESE = Translator("pt_BR")


def test_a_message_is_told_by_its_english_with_values_by_name() -> None:
    assert PORTUGUESE("{count} rows", count="12") == "12 linhas"
    assert PORTUGUESE.ngettext("{launches} launch", "{launches} launches", 1, launches=1) == "1 lançamento"
    assert PORTUGUESE.ngettext("{launches} launch", "{launches} launches", 3, launches=3) == "3 lançamentos"
    assert (PORTUGUESE("hot"), PORTUGUESE.pgettext("share", "hot")) == ("quente", "quentes")
    assert Translator("en").ngettext("{launches} launch", "{launches} launches", 3, launches=3) == "3 launches"


def test_a_phrase_is_english_text_that_can_be_told_in_portuguese() -> None:
    item = Phrase("{name} ({share:.0%} left)", name="utm_source", share=0.031)
    phrase = Phrase("all but gone: {listed}", listed=(item, "phone"))
    assert phrase == "all but gone: utm_source (3% left), phone"
    assert PORTUGUESE.translate_phrase(phrase) == "quase sumiu: utm_source (restam 3%), phone"
    assert json.dumps(phrase) == '"all but gone: utm_source (3% left), phone"'
    assert Translator("en").translate_phrase(phrase) == phrase


def test_numbers_are_written_as_the_language_does_and_names_are_left_alone() -> None:
    phrase = Phrase("{name} ({share:.0%} left)", name="v1.5, {beta}", share=12.0)
    assert PORTUGUESE.translate_phrase(phrase) == "v1.5, {beta} (restam 1200%)"
    change = Phrase(
        "{rate:.2%} bought, {expected:.2%} were expected; {low:.2%} to {high:.2%} is usual",
        rate=0.03421,
        expected=0.05,
        low=0.02,
        high=0.1,
    )
    assert PORTUGUESE.translate_phrase(change).startswith("3,42% compraram, 5,00% eram esperados")


def test_a_copied_phrase_can_still_be_told() -> None:
    phrase = Phrase("higher: {names}", names=("spend_90d",))
    for copied in (copy.deepcopy(phrase), pickle.loads(pickle.dumps(phrase))):  # noqa: S301 - made here
        assert PORTUGUESE.translate_phrase(copied) == "maior: spend_90d"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["12,345", "1,234.50", "0.0", "12.5%", "0%", "3%", "Jun 2, 2025", ("R$", "")]),
        (
            "pt_BR",
            ["12.345", "1.234,50", "0,0", "12,5%", "0%", "3%", "2 de jun. de 2025", ("R$\N{NO-BREAK SPACE}", "")],
        ),
    ],
)
def test_numbers_money_and_dates_as_a_language_writes_them(language: str, expected: list[object]) -> None:
    assert [
        format_count(12345.4, language),
        format_number(1234.5, language, 2),
        format_number(-0.01, language),
        format_share(0.125, language, 1),
        format_share(-0.001, language),
        format_share(0.025, language),
        format_date(date(2025, 6, 2), language),
        split_currency_format("BRL", language),
    ] == expected
