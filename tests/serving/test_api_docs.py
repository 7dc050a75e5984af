"""The page at ``/docs`` shows every route of the OpenAPI document and asks no other machine for anything."""

import pytest
from starlette.testclient import TestClient

from hotleads.serving.api_docs import build_docs_routes
from hotleads.serving.scoring_service import ScoringService, build_host
from hotleads.serving.settings import ServingSettings
from tests.pages import CHROMIUM, needs_chromium

ADDRESS = "http://scoring.test"


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A client of a service that asks for keys, whose model is not loaded."""
    service = ScoringService(ServingSettings(keys="secret", log_requests=False))
    return TestClient(build_host(service, build_docs_routes()), base_url=ADDRESS)


def test_the_page_forbids_other_origins_and_inline_scripts(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in page.text


def test_the_interface_is_described_without_a_key_and_scored_with_one_alone(client: TestClient) -> None:
    assert client.get("/openapi.json").status_code == 200
    assert client.get("/model").status_code == 401
    assert client.post("/score", json={}).status_code == 401


@pytest.mark.slow
@needs_chromium
def test_a_browser_shows_every_route_and_leaves_the_machine_alone(client: TestClient) -> None:
    from playwright.sync_api import Route, sync_playwright

    requests: list[str] = []
    faults: list[str] = []

    def answer(route: Route) -> None:
        requests.append(route.request.url)
        response = client.get(route.request.url)
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 900})
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.route("**/*", answer)
        page.goto(f"{ADDRESS}/docs", timeout=120_000)
        page.wait_for_selector(".opblock-summary-path", timeout=60_000)
        shown = page.locator(".opblock-summary-path").all_inner_texts()
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        browser.close()
    paths = client.get("/openapi.json").json()["paths"]
    assert sorted(shown) == sorted(paths)
    assert not faults
    assert not sideways
    assert {url.removeprefix(ADDRESS) for url in requests} == {
        *("/docs", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js", "/openapi.json")
    }
