"""The page of a judged score: the verdict first, no lead named, nothing cut off in either language."""

from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotleads.jobs.judge_page import write_judge_page
from hotleads.judge import Judgement, build_headline, judge_scores
from hotleads.language import Language, Phrase, Translator
from tests.pages import find_page_faults, needs_chromium


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    folder = tmp_path_factory.mktemp("page")
    rng = np.random.default_rng(0)
    tier = rng.choice(["hot", "warm", "cold"], 900)
    label = rng.random(900) < pd.Series(tier).map({"hot": 0.4, "warm": 0.2, "cold": 0.05}).to_numpy()
    ids = [f"ana{k}@example.com" for k in range(900)]
    pd.DataFrame({"email": ids, "tier": tier, "as_of": "2024-01-01"}).to_csv(folder / "<b>&.csv", index=False)
    sales = pd.DataFrame({"email": ids, "time": "2024-01-05", "amount": 97.0})[label]
    sales.to_csv(folder / "sales.csv", index=False)
    return judge_scores(folder / "<b>&.csv", outcomes=folder / "sales.csv")


@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_the_page_begins_with_the_verdict_and_names_nobody(
    judgement: Judgement, language: Language, tmp_path: Path
) -> None:
    page = write_judge_page(judgement, tmp_path / "page.html", language).read_text(encoding="utf-8")
    assert f"<h1>{build_headline(judgement, language)}</h1>" in page
    assert "ana1" not in page
    assert "<b>&" not in page


def test_findings_and_notes_keep_their_figures_in_portuguese(judgement: Judgement, tmp_path: Path) -> None:
    page = write_judge_page(judgement, tmp_path / "page.html", "pt_BR").read_text(encoding="utf-8")
    said = [*(finding.message for finding in judgement.findings), *judgement.notes]
    assert len(said) > 2
    translate = Translator("pt_BR")
    for message in said:
        assert isinstance(message, Phrase)
        assert escape(translate.translate_phrase(message)) in page
        assert escape(message) not in page


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_the_page_has_no_fault(judgement: Judgement, language: Language, tmp_path: Path) -> None:
    assert find_page_faults(write_judge_page(judgement, tmp_path / "page.html", language)) == []
