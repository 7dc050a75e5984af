"""The page at ``/docs``: Swagger UI on the service's own OpenAPI document, all of it served from here.

Its files are in ``vendor`` as they came (``make vendor``). The page asks no other machine for anything, and its policy
would not let it.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_FOLDER = Path(__file__).parent / "vendor" / "swagger-ui-dist"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Addresses without a leading slash, so that the page works under a path too.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hotleads scoring: the interface</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<main id="interface"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
#: Without ``validatorUrl: null`` the page would send the document's address to a validator elsewhere.
_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#interface", validatorUrl: null, deepLinking: true, defaultModelsExpandDepth: 0
});
"""


def build_docs_routes() -> list[BaseRoute]:
    """Return the routes of the page and its files; the document itself is ``/openapi.json``."""
    return [
        Route("/docs", _show_page),
        Route("/docs/start.js", _show_script),
        Mount("/docs", StaticFiles(directory=_FOLDER)),
    ]


async def _show_page(request: Request) -> Response:
    return Response(_PAGE, media_type="text/html", headers=_HEADERS)


async def _show_script(request: Request) -> Response:
    return Response(_SCRIPT, media_type="text/javascript", headers=_HEADERS)
