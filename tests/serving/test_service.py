"""The service as BentoML sets it up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Its settings are read when it is imported: in a process of its own.
_ASKED = """
from opentelemetry import trace
from starlette.testclient import TestClient

from hotleads.serving import scoring_service

async def get_openapi(self, request):
    return b"traced" if trace.get_current_span().get_span_context().is_valid else b"not traced", 0

scoring_service.ScoringService.get_openapi = get_openapi
from hotleads.serving.service import HotLeads

with TestClient(HotLeads.to_asgi(), base_url="http://127.0.0.1") as client:
    print(client.get("/openapi.json").text)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("tracing", "expected"), [("true", "traced"), ("", "not traced")])
def test_requests_are_traced_where_the_setting_says_so(folder: Path, tracing: str, expected: str) -> None:
    settings = {"HOTLEADS_SERVING_MODEL": str(folder), "HOTLEADS_SERVING_LOG_REQUESTS": "false"}
    settings |= {"HOTLEADS_SERVING_TRACING": tracing} if tracing else {}
    command = [sys.executable, "-W", "ignore", "-c", _ASKED]
    completed = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, timeout=300, check=True
    )
    assert completed.stdout.split("\n")[-2] == expected


_LOADED = """
import sys

import hotleads.serving.service
from hotleads.scoring.xgboost_import import import_xgboost_alone

import_xgboost_alone()
import hotleads.serving.application
from hotleads.tracking.registry import load_registered_model

load_registered_model(sys.argv[1])
print(",".join(sorted(sys.modules)))
"""


@pytest.mark.slow
def test_loading_a_model_imports_no_library_of_training_reports_or_plots(folder: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _LOADED, str(folder)]
    env = os.environ | {"HOTLEADS_SERVING_MODEL": str(folder)}
    completed = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=True)
    loaded = set(completed.stdout.split("\n")[-2].split(","))
    assert "hotleads.scoring.online.schemas" in loaded
    assert not loaded & {
        "django",
        "evidently",
        "hotleads.jobs",
        "hotleads.monitoring",
        "hotleads.training",
        "matplotlib",
        "optuna",
        "plotly",
        "shap",
        "sklearn",
    }
