"""How to read the figures: one page, each number defined once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def show_help(request: HttpRequest) -> HttpResponse:
    """Show what each figure means, and how to read those of each strategy."""
    return render(request, "hub/help.html")
