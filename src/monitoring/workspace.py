"""An Evidently workspace of all launches: a project for each history and strategy, a snapshot for each launch."""

import os
from collections.abc import Mapping
from pathlib import Path

os.environ.setdefault("DO_NOT_TRACK", "1")  # read whenever Evidently would send something

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import MeanValue
from evidently.sdk.models import PanelMetric
from evidently.sdk.panels import line_plot_panel
from evidently.ui.workspace import Project, Workspace

from .result import MonitoringResult

#: Each panel's title and its figures, by the names in ``Monitored.figures``.
PANELS: Mapping[str, tuple[str, ...]] = {
    "ROC AUC: expected and realised": ("expected_roc_auc", "roc_auc"),
    "Lift at 10%: expected and realised": ("expected_lift_10", "lift_10"),
    "Conversion: expected and base rate": ("expected_conversion", "base_rate"),
    "Expected calibration error": ("ece",),
    "Share of features that drifted from training": ("drifted_share",),
    "Signals": ("attribution_signal", "campaign_mix_signal", "covariate_signal", "conversion_signal"),
    "Tier sizes, as shares of the leads": ("hot_share", "warm_share", "cold_share"),
}
_LAUNCH = "launch_id"


def add_to_workspace(folder: Path, history: str, strategy: str, result: MonitoringResult) -> list[dict[str, object]]:
    """Add the launch to its project, in place of an earlier snapshot of it, and return all its launches, oldest first.

    An entry has ``launch_id``, ``as_of``, ``diagnosis``, ``advice`` and ``figures``. ``evidently ui --workspace
    FOLDER`` shows the project, named after the history and the strategy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace.create(str(folder))
    project = _open_project(workspace, f"{history}, {strategy} launches")
    for run_id in workspace.list_runs(project.id):
        run = workspace.get_run(project.id, run_id)
        if run is not None and run.metadata.get(_LAUNCH) == result.launch_id:
            workspace.delete_run(project.id, run_id)
    metadata = {_LAUNCH: result.launch_id, "diagnosis": result.diagnosis, "advice": result.advice.action}
    figures = pd.DataFrame([result.figures])
    definition = DataDefinition(numerical_columns=list(figures.columns))
    report = Report([MeanValue(column=name) for name in figures.columns], metadata=metadata)
    snapshot = report.run(Dataset.from_pandas(figures, definition), None, timestamp=result.as_of, name=result.launch_id)
    workspace.add_run(project.id, snapshot)
    return _list_launches(workspace, project)


def _open_project(workspace: Workspace, name: str) -> Project:
    projects = workspace.search_project(name)
    if projects:
        return projects[0]
    project = workspace.create_project(name)
    for title, figures in PANELS.items():
        values = [
            PanelMetric(metric="MeanValue", metric_labels={"column": figure}, legend=figure.replace("_", " "))
            for figure in figures
        ]
        project.dashboard.add_panel(line_plot_panel(title, values, size="half"))
    return project


def _list_launches(workspace: Workspace, project: Project) -> list[dict[str, object]]:
    runs = [workspace.get_run(project.id, run_id) for run_id in workspace.list_runs(project.id)]
    entries = [
        {
            **{name: run.metadata[name] for name in (_LAUNCH, "diagnosis", "advice")},
            "as_of": run.timestamp.isoformat(),
            "figures": {
                metric.metric_value_location.metric.params["column"]: metric.value
                for metric in run.metric_results.values()
            },
        }
        for run in runs
        if run is not None and _LAUNCH in run.metadata
    ]
    return sorted(entries, key=lambda entry: str(entry["as_of"]))
