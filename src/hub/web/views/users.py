"""The people who use the hub."""

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...models import Role, User
from .. import accounts
from ..access import get_user, require_recent_sign_in

_ROLES = (
    (Role.OWNER.value, gettext_lazy("Owner: everything")),
    (Role.MARKETER.value, gettext_lazy("Marketer: everything but users, credentials, erasure and retention")),
    (Role.SELLER.value, gettext_lazy("Seller: own tasks and those leads")),
    (Role.VIEWER.value, gettext_lazy("Viewer: counts and charts, nobody's data")),
)


class _NewUserForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_ROLES, initial=Role.MARKETER.value)


class _UserForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_ROLES)
    is_active = forms.BooleanField(label=gettext_lazy("May sign in"), required=False)


@require_GET
def list_users(request: HttpRequest) -> HttpResponse:
    """Show everybody with their role."""
    factors = Authenticator.objects.filter(user_id=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    users = User.objects.annotate(has_factor=Exists(factors)).order_by("email")
    return render(request, "hub/user_list.html", {"users": users})


@require_recent_sign_in
def create_user(request: HttpRequest) -> HttpResponse:
    """Add somebody, and show the link at which they set their password, once."""
    form = _NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, link = accounts.add_user(
                form.cleaned_data["email"],
                Role(form.cleaned_data["role"]),
                form.cleaned_data["name"],
                get_user(request),
            )
        except accounts.AccountError as error:
            form.add_error("email", str(error))
        else:
            return render(request, "hub/user_link.html", {"subject": user, "link": link})
    return render(request, "hub/user_create.html", {"form": form})


@require_recent_sign_in
def edit_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change somebody's role, or whether they may sign in."""
    subject = get_object_or_404(User, pk=user_id)
    form = _UserForm(request.POST or None, initial={"role": subject.role, "is_active": subject.is_active})
    if request.method == "POST" and form.is_valid():
        role, is_active = Role(form.cleaned_data["role"]), form.cleaned_data["is_active"]
        try:
            accounts.change_user(subject, role, is_active, get_user(request))
        except accounts.AccountError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("user_list")
    return render(request, "hub/user_edit.html", {"subject": subject, "form": form})


@require_POST
@require_recent_sign_in
def make_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """Show a new one-time link, once."""
    subject = get_object_or_404(User, pk=user_id, is_active=True)
    return render(
        request, "hub/user_link.html", {"subject": subject, "link": accounts.make_link(subject, get_user(request))}
    )


@require_POST
@require_recent_sign_in
def reset_factors(request: HttpRequest, user_id: int) -> HttpResponse:
    """Remove somebody's second factors, for whom has lost them."""
    subject = get_object_or_404(User, pk=user_id)
    accounts.reset_factors(subject, get_user(request))
    messages.success(request, _("Removed. They choose a new second factor when they sign in next."))
    return redirect("user_edit", user_id=subject.pk)
