"""How forms look, and the fields that several of them have."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Draws forms and fields by the hub's own templates."""

    form_template_name = "hub/form.html"
    field_template_name = "hub/field.html"


class InstantField(forms.DateTimeField):
    """A day and a time in the installation's time zone, with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)
