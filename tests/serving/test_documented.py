"""What docs/serving.md shows a client works, and its types are those of the answer."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from .conftest import LAUNCH, Row

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()


def client_code() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


@pytest.fixture(scope="module")
def snippet() -> dict[str, Any]:
    """The names that the snippet defines, without the request at its end."""
    names: dict[str, Any] = {"__name__": "snippet"}
    code = client_code().split("\nwith httpx.Client")[0]
    # pydantic, which holds the answer against these types below, cannot read typing's own before Python 3.12
    exec(code.replace("from typing import", "from typing_extensions import"), names)  # noqa: S102
    return names


def test_the_typed_client(client: TestClient, snippet: dict[str, Any], leads: list[Row]) -> None:
    rows = snippet["score"](client, LAUNCH, [*leads[:3], {"no": 1}], language="pt_BR")
    assert (
        rows
        == client.post(
            "/score", json={"launch_id": LAUNCH, "language": "pt_BR", "leads": [*leads[:3], {"no": 1}]}
        ).json()["leads"]
    )
    typed = TypeAdapter(snippet["ScoredLead"])
    assert [typed.validate_python(row, strict=True, extra="forbid") for row in rows] == rows
    with pytest.raises(ValueError, match="unknown_launch"):
        snippet["score"](client, "nope", leads[:1])


def test_the_request_at_its_end(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    monkeypatch.setattr(httpx, "Client", lambda **_: nullcontext(client))
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(client_code(), names)  # noqa: S102
    assert names["rows"][0]["lead_id"] == "x"
    assert names["rows"][0]["probability"] > 0


def test_the_curl_line_and_the_request_in_json(client: TestClient) -> None:
    (line,) = re.findall(r"^curl .*?'(\{.*?\})'$", PAGE, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    for body in (line, shown):
        response = client.post("/score", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 200, response.text
        assert "probability" in response.json()["leads"][0]


def test_the_metrics(client: TestClient) -> None:
    named = set(re.findall(r"^\| `(hotleads_[a-z_]+)", PAGE, re.MULTILINE))
    ours = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("hotleads_")}
    assert {name.removesuffix("_total") for name in named} == ours


def test_the_settings() -> None:
    from hotleads.serving.settings import ServingSettings

    section = PAGE.split("## Settings")[1]
    named = set(re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))))
    assert named == {name.upper() for name in ServingSettings.model_fields} | {"WORKERS"}
