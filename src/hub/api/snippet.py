"""The file that pages of other sites load to send what their visitors do."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FILE = Path(__file__).parent / "static" / "capture.js"
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def build_snippet_route() -> Route:
    """Return the route of the file."""
    content = _FILE.read_bytes()

    async def send_file(request: Request) -> Response:
        return Response(content, media_type="text/javascript", headers=_HEADERS)

    return Route("/capture.js", send_file)
