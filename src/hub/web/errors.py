"""The pages that say what went wrong, without a word of what was sent."""

import logging
import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ..errors import describe_error

_logger = logging.getLogger("hotleads.pages")


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read, or that is more than a form takes."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _show(
            request, 413, _("This is more than a form takes"), _("Go back, and shorten it or bring it as a file.")
        )
    return _show(request, 400, _("This request cannot be read"), _("Go back, load the page again, and try once more."))


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody whose role does not have this page."""
    return _show(request, 403, _("Your role does not have this page"), _("Ask an owner of this installation."))


def show_expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token."""
    return _show(request, 403, _("This form has expired"), _("Go back, load the page again, and try once more."))


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer where there is nothing."""
    return _show(request, 404, _("There is nothing here"), _("It may have been removed, or the link is incomplete."))


def show_failure(request: HttpRequest) -> HttpResponse:
    """Answer where the program failed, and note page, type and place of the error: its words may be a person's."""
    error = sys.exception()
    page = request.resolver_match.view_name if request.resolver_match else "a page"
    _logger.error("%s failed: %s", page, describe_error(error) if error else "no error is known")
    return _show(request, 500, _("Something went wrong here"), _("It is noted in the log. Try again in a moment."))


def _show(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    return render(request, "hub/error.html", {"title": title, "advice": advice}, status=status)
