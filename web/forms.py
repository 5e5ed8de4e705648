"""The pages' forms: they hold what was typed and show what is wrong. What is right is for the services to say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import ApiError


class LoginForm(forms.Form):
    name = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(
        max_length=1_000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    @property
    def credentials(self) -> dict[str, str]:
        """By e-mail when it looks like one: no name has an @ in it."""
        name = self.cleaned_data["name"]
        return {"email" if "@" in name else "username": name, "password": self.cleaned_data["password"]}


class RegisterForm(forms.Form):
    username = forms.CharField(
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        help_text=_("2 to 32 letters, digits, dots, hyphens or underscores."),
    )
    email = forms.CharField(max_length=1_000, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        max_length=1_000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not an ordinary one."),
    )


class CommentForm(forms.Form):
    content = forms.CharField(
        max_length=100_000, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Write something first.")}
    )


def add_errors(form: forms.Form, error: ApiError) -> None:
    """Show a service's refusal at the fields that it names, or above the form."""
    for name, words in (error.errors or {"": [error.detail]}).items():
        for word in words:
            form.add_error(name if name in form.fields else None, str(word))
