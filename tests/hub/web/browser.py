"""The pages behind a server of their own, and Chromium on them: cut off, scripts' errors, axe, requests elsewhere."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.test.utils import override_settings

from tests.pages import CHROMIUM, FIND_CUT_OFF

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

_PLAIN = {
    "SECURE_SSL_REDIRECT": False,
    "SESSION_COOKIE_SECURE": False,
    "CSRF_COOKIE_SECURE": False,
    "SESSION_COOKIE_NAME": "hotleads",
    "CSRF_COOKIE_NAME": "csrf",
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serve_pages() -> Iterator[str]:
    """The address of the pages of the installation in use, by http."""
    with override_settings(**_PLAIN):
        server = make_server("127.0.0.1", 0, WSGIHandler(), server_class=_Server, handler_class=_QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def open_browser(address: str, client: Client, **options: Any) -> Iterator["BrowserContext"]:
    """A browser that is signed in as a client is."""
    from playwright.sync_api import sync_playwright

    session = next(iter(client.cookies.values())).value
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(**options)
        context.add_cookies([{"name": "hotleads", "value": session, "url": address}])
        yield context
        browser.close()


def find_faults(page: "Page", url: str, address: str, status: int = 200) -> list[str]:
    """What is wrong with a page: cut off, an error of a script, an axe violation, a request elsewhere."""
    from axe_playwright_python.sync_playwright import Axe

    faults: list[str] = []
    own = (address, "data:")
    page.on("request", lambda request: None if request.url.startswith(own) else faults.append(request.url))
    if status == 200:  # Chromium calls any other answer an error
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    response = page.goto(url, wait_until="load", timeout=60_000)
    assert response is not None
    if response.status != status:
        faults.append(f"{url}: {response.status}")
    faults += page.evaluate(FIND_CUT_OFF)
    for violation in Axe().run(page).response["violations"]:
        faults.append(f"axe {violation['id']}: {violation['nodes'][0]['html'][:160]}")
        faults.append(violation["nodes"][0]["failureSummary"][:200])
    return [f"{url}: {fault}" for fault in faults]
