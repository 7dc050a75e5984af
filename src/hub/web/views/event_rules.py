"""Rules for events: which type they are; what a rule would match is shown before it is kept."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...intake.event_rules import (
    MAX_LOOKED_AT,
    SIGNALS,
    VOCABULARY,
    EventRuleError,
    add_rule,
    list_unknown,
    load_rules,
    match_events,
    remove_rule,
)
from ...models import EventRule
from ..access import get_user
from ..event_names import name_event, name_signal
from ..formats import translate_error

_GROUPS = 30


def _list_types() -> list[tuple[str, str]]:
    """Return the types of events by what they are called, with the signal that each is."""
    named = [
        (f"{name_event(name)} ({name_signal(SIGNALS[name])})" if name in SIGNALS else name_event(name), name)
        for name in VOCABULARY
    ]
    return [(name, words) for words, name in sorted(named)]


class _RuleForm(forms.Form):
    """The patterns of a rule, and the type that it gives."""

    event_name = forms.CharField(
        label=gettext_lazy("What its sender calls it"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("In small letters, blanks as _. A star stands for any letters, such as video_*."),
    )
    page = forms.CharField(
        label=gettext_lazy("Path of the page"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as */masterclass/*, without the host."),
    )
    product_id = forms.CharField(label=gettext_lazy("Product"), max_length=200, required=False)
    event_type = forms.ChoiceField(
        label=gettext_lazy("Is"),
        choices=_list_types,
        help_text=gettext_lazy("In brackets: the signal of the scorecard that it is."),
    )

    def build_rule(self) -> EventRule:
        """Return the rule, not saved."""
        return EventRule(**{name: value.strip() for name, value in self.cleaned_data.items()})


@require_GET
def list_rules(request: HttpRequest) -> HttpResponse:
    """Show the rules, and the events whose type is no signal."""
    rules = [(rule, SIGNALS.get(rule.event_type, "")) for rule in load_rules()]
    page = {"rules": rules, "unknown": list_unknown(_GROUPS), "looked_at": MAX_LOOKED_AT}
    return render(request, "hub/event_rule_list.html", page)


@require_http_methods(["GET", "POST"])
def create_rule(request: HttpRequest) -> HttpResponse:
    """Show what a rule would match, and keep it once somebody says so."""
    asked = {name: request.GET[name] for name in ("event_name", "page") if name in request.GET}
    form = _RuleForm(request.POST or None, initial=asked)
    shown: dict[str, object] = {"form": form, "looked_at": MAX_LOOKED_AT}
    if request.method == "POST" and form.is_valid():
        rule = form.build_rule()
        if "save" in request.POST:
            try:
                add_rule(rule, get_user(request))
            except EventRuleError as error:
                form.add_error(None, translate_error(error))
            else:
                messages.success(request, _("Kept. A job applies it to the events that are there."))
                return redirect("event_rule_list")
        else:
            events, groups = match_events(rule, _GROUPS)
            shown |= {"is_preview": True, "events": events, "groups": groups}
    return render(request, "hub/event_rule_create.html", shown)


@require_POST
def remove_one(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Remove a rule."""
    remove_rule(get_object_or_404(EventRule, pk=rule_id), get_user(request))
    messages.success(request, _("Removed. A job gives its events the type that they have without it."))
    return redirect("event_rule_list")
