"""The pages behind the scoring routes in one service, as BentoML runs it."""

import subprocess
import sys

import pytest

from tests.hub.installations import Installation

_ASKED = """
import sys
from starlette.testclient import TestClient
from hotleads.serving.service import HotLeads

with TestClient(HotLeads.to_asgi(), base_url="https://localhost", follow_redirects=False) as client:
    for path in ("/", "/healthz", "/readyz", "/openapi.json", "/account/login/", "/static/hub/hub.css", "/nowhere"):
        print(path, client.get(path).status_code)
    print("/score", client.post("/score", json={"leads": []}).status_code)
    print("/v1/leads", client.post("/v1/leads", json={}).status_code)
    print("/v1/batch", client.post("/v1/batch", json={"batch": [{}]}).status_code)
    print("/v1/none", client.get("/v1/none").json()["error"]["code"])
    print("described", {"/score", "/v1/leads", "/v1/batch"} <= set(client.get("/openapi.json").json()["paths"]))
    print("/docs", "swagger" in client.get("/docs").text)
    print("host", client.get("/account/login/", headers={"host": "evil.example"}).status_code)
print("training", [name for name in sys.modules if name.startswith("hotleads.training")])
"""


@pytest.mark.slow
def test_pages_and_scoring_routes_answer_beside_each_other_before_there_is_a_model(
    sqlite_installation: Installation,
) -> None:
    settings = {
        "HOTLEADS_HUB_DATABASE": f"sqlite:///{sqlite_installation.data}/hub.sqlite3",
        "HOTLEADS_SERVING_LOG_REQUESTS": "false",
        "HOTLEADS_SERVING_KEYS": "off",
    }
    command = [sys.executable, "-W", "ignore", "-c", _ASKED]
    done = subprocess.run(
        command, env=sqlite_installation.environment | settings, capture_output=True, text=True, timeout=300, check=True
    )
    shown = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.count(" ") >= 1)
    assert shown == {
        "/": "302",
        "/healthz": "200",
        "/readyz": "200",
        "/openapi.json": "200",
        "/account/login/": "200",
        "/static/hub/hub.css": "200",
        "/nowhere": "404",
        "/score": "503",
        "/v1/leads": "401",
        "/v1/batch": "401",
        "/v1/none": "no_such_route",
        "described": "True",
        "/docs": "True",
        "host": "400",
        "training": "[]",
    }
    assert not (sqlite_installation.data / "none.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("made", [False, True])
def test_serve_refuses_an_installation_that_is_not_ready(made: bool, tmp_path: object) -> None:
    env = Installation(tmp_path, "").environment  # type: ignore[arg-type]
    env |= {"HOTLEADS_HUB_DATABASE": f"sqlite:///{tmp_path}/hub.sqlite3"}
    if made:
        env["HOTLEADS_HUB_KEY"] = ""
    command = [sys.executable, "-m", "hotleads", "serve", "--port", "1"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "hotleads migrate --data DIR" in done.stderr
    assert "Traceback" not in done.stderr
