"""The pages' forms: they hold what was typed and show what is wrong. What is right is for the services to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import pictures
from core.errors import ApiError
from web.templatetags.times import parse_time


def _new_password(**more: Any) -> forms.CharField:
    return forms.CharField(
        **more,
        max_length=1_000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not a common password."),
    )


class Form(forms.Form):
    """`refusal`: what a service said to what was sent in it."""

    refusal: ApiError | None = None

    @property
    def status(self) -> int:
        """Of the page that shows it again."""
        if self.refusal is not None:
            return self.refusal.status
        return 400 if self.errors else 200


class LoginForm(Form):
    name = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(
        max_length=1_000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    @property
    def credentials(self) -> dict[str, str]:
        """By e-mail when it looks like one: no name has an @ in it."""
        name = self.cleaned_data["name"]
        return {"email" if "@" in name else "username": name, "password": self.cleaned_data["password"]}


class RegisterForm(Form):
    """Nothing is required here: the service says what is wrong with all three at once."""

    username = forms.CharField(
        required=False,
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        help_text=_("2 to 32 letters, digits, dots, hyphens or underscores."),
    )
    email = forms.CharField(required=False, max_length=1_000, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = _new_password(required=False)


class ForgottenForm(Form):
    email = forms.CharField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}))


class ResetForm(Form):
    new_password = _new_password()


class ProfileForm(Form):
    username = forms.CharField(
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        help_text=_("2 to 32 letters, digits, dots, hyphens or underscores."),
    )
    email = forms.CharField(max_length=1_000, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class AvatarForm(Form):
    avatar = forms.FileField(
        widget=forms.FileInput(attrs={"accept": pictures.ACCEPTED}),
        help_text=_("JPEG, PNG, WebP or GIF, up to 10 MB. It is cropped to a square."),
        error_messages={
            "required": _("Choose a picture first."),
            "empty": _("This file is empty."),
        },
    )


class PasswordForm(Form):
    old_password = forms.CharField(
        max_length=1_000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new_password = _new_password()


class CommentForm(Form):
    content = forms.CharField(
        max_length=100_000, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Write something first.")}
    )
    at = forms.CharField(
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "12:34", "autocomplete": "off", "size": 8}),
    )

    def clean_at(self) -> float | None:
        text = self.cleaned_data["at"]
        seconds = parse_time(text) if text else None
        if text and seconds is None:
            raise forms.ValidationError(_("Write a time like 12:34 or 1:02:03."))
        return seconds

    @property
    def said(self) -> dict[str, Any]:
        """As the services take it."""
        return {"content": self.cleaned_data["content"], "movie_time": self.cleaned_data["at"]}


class PartyForm(Form):
    name = forms.CharField(
        required=False,
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Optional. Without one, the film's title is used."),
    )
    password = forms.CharField(
        required=False,
        max_length=1_000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Optional. People with your link do not need it."),
    )

    @property
    def wanted(self) -> dict[str, str]:
        """As the services take it."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class DoorForm(Form):
    password = forms.CharField(
        max_length=1_000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True})
    )


def add_errors(form: Form, error: ApiError) -> None:
    """Show a service's refusal at the fields that it names, or above the form."""
    form.refusal = error
    fields = {"movie_time": "at"}
    for name, words in (error.errors or {"": [error.detail]}).items():
        for word in words:
            field = fields.get(name, name)
            form.add_error(field if field in form.fields else None, str(word))
