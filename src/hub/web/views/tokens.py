"""Access tokens for programs: OAuth 2.0 client credentials, by django-oauth-toolkit."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.views import TokenView

from ...intake.guess_limit import GuessLimit

_guesses = GuessLimit()


class ThrottledTokenView(TokenView):  # type: ignore[misc]
    """Gives a token for a client id and secret (Basic, or in the body); an address that guesses has to wait."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        """Answer as RFC 6749 says, and 429 after too many failures."""
        address = request.META.get("REMOTE_ADDR", "")
        wait = _guesses.get_wait_seconds(address)
        if wait:
            refused = {"error": "slow_down", "error_description": f"too many failures; try again in {wait} seconds"}
            return JsonResponse(refused, status=429, headers={"Retry-After": str(wait), "Cache-Control": "no-store"})
        request.META.pop("asgi.scope", None)  # oauthlib decodes all it is given, and these headers are bytes
        response: HttpResponse = super().post(request, *arguments, **options)
        if response.status_code == 401:
            _guesses.note_failure(address)
        return response
