"""Phrases keep their values for another language, and none that a page can show lacks its Portuguese."""

import ast
import copy
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

from hotleads.monitoring.advice import Action
from hotleads.monitoring.diagnosis import Diagnosis
from hotleads.reports.translation import Phrase, Translator

SOURCE = Path(__file__).parents[2] / "src"
TEMPLATES = SOURCE / "reports" / "templates"
KNOWN = json.loads((TEMPLATES / "portuguese.json").read_text(encoding="utf-8"))
PORTUGUESE = Translator("pt_BR")


def list_phrases() -> Iterator[str]:
    """List the patterns that source files give to `Phrase`: each must stand there as a literal."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Phrase":
                pattern = node.args[0]
                if ast.unparse(pattern) != "signal.cause":  # one of the diagnoses
                    assert isinstance(pattern, ast.Constant), (path, node.lineno)
                    yield pattern.value


def list_template_phrases() -> Iterator[str]:
    for path in TEMPLATES.glob("*.html"):
        yield from re.findall(r'"([^"]+)" \| t\b', path.read_text(encoding="utf-8"))


def test_every_phrase_of_code_and_of_templates_has_its_portuguese() -> None:
    phrases = {*list_phrases(), *list_template_phrases(), *get_args(Action)}
    phrases |= {name for kind in get_args(Diagnosis) for name in (get_args(kind) or (kind,))}
    assert len(phrases) > 200
    assert sorted(phrases - set(KNOWN)) == []


def test_a_translation_has_the_values_of_its_phrase() -> None:
    def list_values(text: str) -> list[tuple[str, str]]:
        return sorted((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name)

    assert [phrase for phrase, told in KNOWN.items() if list_values(phrase) != list_values(told)] == []


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
