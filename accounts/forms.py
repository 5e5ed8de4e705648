"""The admin's forms: the same rules for names, addresses and passwords as everywhere."""

from __future__ import annotations

from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm

from accounts import services
from accounts.models import User


class AddUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["username", "email"]

    def clean_username(self) -> str:
        """Without Django's own look for other cases of the name: the model's is the one that knows all scripts."""
        username: str = self.cleaned_data["username"]
        return username


class ChangeUserForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Staff set somebody's password, which ends all of that person's logins."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        services.store_account(actor=user, user=user)
        return user
