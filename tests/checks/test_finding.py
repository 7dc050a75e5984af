"""A finding reads as a sentence with its place and its remedy."""

import re
from dataclasses import replace
from pathlib import Path

from hotleads.checks import CODES, Finding, codes, describe_finding
from hotleads.language import Phrase, Translator


def test_a_finding_reads_as_a_sentence() -> None:
    finding = Finding(
        "mixed-currencies", "warning", "purchases", "currency", 12, "Convert them.", "12 of 90 are not in BRL", ("USD",)
    )
    sentence = "[mixed-currencies] purchases.currency: 12 of 90 are not in BRL (such as USD). Convert them."
    assert str(finding) == sentence
    assert (
        str(Finding("a", "note", "leads", "", 0, "Do nothing.", "all is well")) == "[a] leads: all is well. Do nothing."
    )


def test_every_refusal_has_a_line_in_the_catalogue() -> None:
    source = " ".join(path.read_text() for path in (Path(__file__).parents[2] / "src").rglob("*.py"))
    named = re.findall(r'LaunchError\([^)]*?"([a-z]+(?:-[a-z]+)+)"', source)
    assert len(named) >= 3
    assert set(named) <= set(CODES)


def test_every_finding_of_monitoring_has_a_line_in_the_catalogue() -> None:
    source = (Path(__file__).parents[2] / "src" / "monitoring" / "data_quality.py").read_text()
    used = set(re.findall(r"([A-Z_]+)\.build_finding\(", source))
    assert {getattr(codes, name) for name in used} == set(codes.MONITORING_CODES)
    assert {code.name for code in codes.MONITORING_CODES} == {
        "attribution-broken",
        "feature-missing",
        "unknown-category",
        "capture-gap",
        "late-rows",
    }
    assert {code.name for code in codes.MONITORING_CODES} <= set(CODES)


def test_a_finding_is_told_in_portuguese_with_its_place_rows_examples_and_remedy() -> None:
    finding = Finding("late-rows", "warning", "events", "", 12, "Import what came since.", "old", ("2024-01-02",))
    told = describe_finding(finding, Translator("pt_BR"))
    assert told.startswith("[late-rows] events: as últimas linhas")
    assert told.endswith("(12 linhas) (por exemplo 2024-01-02). Importe o que veio desde então, e pontue de novo.")
    message = Phrase("{left:.0%} is left of the least that earlier launches had", left=0.5)
    assert ": restam 50% do" in describe_finding(replace(finding, message=message), Translator("pt_BR"))
    assert describe_finding(finding, Translator("en")) == str(finding)
