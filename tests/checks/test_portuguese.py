"""Every finding can be told in Portuguese."""

from hotleads.checks import CODES, Finding
from hotleads.checks.portuguese import CODES_PT, describe_finding


def test_every_code_has_its_meaning_and_remedy_in_portuguese() -> None:
    assert set(CODES_PT) == set(CODES)
    assert [name for name, text in CODES_PT.items() if not all(text) or text.meaning == CODES[name].meaning] == []


def test_a_finding_is_told_with_its_place_rows_examples_and_remedy() -> None:
    finding = Finding("late-rows", "warning", "events", "", 12, "Import what came since.", "old", ("2024-01-02",))
    told = describe_finding(finding, "pt_BR")
    assert told.startswith("[late-rows] events: as últimas linhas")
    assert told.endswith("(12 linhas) (por exemplo 2024-01-02). Importe o que veio desde então, e pontue de novo.")
    assert "deixou: faltam 3" in describe_finding(finding, "pt_BR", "deixou: faltam 3")
    assert describe_finding(finding, "en") == str(finding)
