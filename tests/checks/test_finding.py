"""A finding reads as a sentence with its place and its remedy."""

import re
from pathlib import Path

from hotleads.checks import CODES, Finding, codes


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
