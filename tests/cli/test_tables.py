"""Tables on the console speak the language that the reasons speak, numbers included."""

from io import StringIO

import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table

from hotleads.checks import CODES, CheckResult
from hotleads.cli.tables import (
    render_change_table,
    render_checks_table,
    render_forecast_table,
    render_launches_table,
    render_outcomes_table,
    render_reasons_table,
    render_regret_table,
    render_tables_table,
)
from hotleads.jobs.explain import Explanation, ScoreChangeSummary
from hotleads.language import Translator

PORTUGUESE = Translator("pt_BR")
REASONS = [{"contribution": 0.25, "text": "Comprou 3 vezes", "part": "lead"}]
FORECAST = pd.DataFrame(
    [
        {"tier": tier, "leads": 1200, "buyers": 30.5, "low": 20, "high": 1040}
        | {"revenue": 3000.0, "profit": 1500.0, "profit_low": 900.0, "profit_high": 2100.0}
        for tier in ("hot", "all")
    ]
)
METRICS = dict.fromkeys(("roc_auc", "average_precision", "lift_10", "log_loss", "ece"), 0.5)
REPORT = {"launches": [{"launch_id": "a", "rows": 1200, "buyers": 7, "metrics": METRICS}], "skipped": []}
EXPLANATION = Explanation("x", 0.657, 100.0, "hot", -2.897, REASONS, 3.3, 0.65, None)  # type: ignore[arg-type]
CHANGE = ScoreChangeSummary(
    {"before": 0.1, "after": 0.35, "time": 0.0, "lead": 0.25, "model": 0.0},
    REASONS,  # type: ignore[arg-type]
)
TABLES = pd.DataFrame([{"table": "leads", "rows": 1200, "people": 900, "bought": None, "first": None, "last": None}])
OUTCOMES = pd.DataFrame(
    [
        {"launch_id": "a", "has_begun": True, "purchases": 1200, "of_product": 3, "buyers": 0},
        {"launch_id": "b", "has_begun": False},
    ]
)
REGRETS = pd.DataFrame(
    [
        {"launch_id": "a", "leads": 1200, "figure": name}
        | dict.fromkeys(("truth", "model", "regret", "low", "high"), 0.5)
        for name in ("roc_auc", "average_precision", "lift_10", "log_loss")
    ]
)
FINDING = CODES["no-purchases"].build_finding("purchases", "", 1200, "no row of purchases was paid")
CHECKED = [CheckResult("outcomes", "0 purchases that were paid", (FINDING,))]


def render(table: Table) -> str:
    console = Console(width=200, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (render_launches_table(REPORT, PORTUGUESE), ["lançamento", "1.200", "0,500"]),
        (render_forecast_table("a", FORECAST, PORTUGUESE), ["quente", "todos", "30,5 (20 a 1.040)", "lucro", "1.500"]),
        (render_reasons_table(EXPLANATION, PORTUGUESE), ["65,7% de chance", "-2,897", "todas as outras", "+0,650"]),
        (render_change_table(CHANGE, PORTUGUESE), ["Log-odds de 0,100 a 0,350", "o que o lead fez", "+0,250"]),
        (render_tables_table(TABLES, {}, PORTUGUESE), ["O que o histórico contém", "deixadas fora", "1.200"]),
        (render_outcomes_table(OUTCOMES, PORTUGUESE), ["do seu produto", "1.200", "ainda por vir"]),
        (
            render_regret_table(REGRETS, PORTUGUESE),
            ["perda", "+0,5000 (+0,5000 a +0,5000)", "ROC AUC", "precisão média", "lift a 10%", "log loss"],
        ),
        (
            render_checks_table(CHECKED, PORTUGUESE),
            ["Verificações", "resultados", "erro", "achados: 1", "nenhuma linha é uma compra paga (1.200 linhas)"],
        ),
    ],
)
def test_a_table_is_in_portuguese(table: Table, expected: list[str]) -> None:
    text = render(table)
    assert all(part in text for part in expected), text
    for word in ("leads of", "buyers", "adds to", "altogether", "all others", " to "):
        assert word not in text


def test_a_table_is_in_english_unless_asked_otherwise() -> None:
    assert "30.5 (20 to 1,040)" in render(render_forecast_table("a", FORECAST))
    assert "65.7% likely to buy" in render(render_reasons_table(EXPLANATION))


def test_a_launch_to_come_has_no_figures() -> None:
    (row,) = [line for line in render(render_outcomes_table(OUTCOMES)).splitlines() if line.startswith("│ b")]
    assert row.split() == ["│", "b", "│", "-", "│", "-", "│", "still", "to", "come", "│"]
