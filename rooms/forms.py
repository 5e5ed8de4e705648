"""The form by which staff mute and ban."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from core.errors import ApiError
from rooms import services
from rooms.models import Sanction


class SanctionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses in the form what the service would refuse. `actor` is set by the admin for each request."""

    actor: User

    class Meta:
        model = Sanction
        fields = ["kind", "room", "user", "guest_name", "address", "until", "reason"]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        # The form field says "" where the column, and the constraint on it, mean none.
        said["address"] = said.get("address") or None
        if not self.errors:
            facts = {name: value for name, value in said.items() if name in self.Meta.fields}
            try:
                services.check_sanction(actor=self.actor, sanction=Sanction(**facts))
            except ApiError as refusal:
                for name, words in (refusal.errors or {"kind": [refusal.detail]}).items():
                    self.add_error(name, [str(word) for word in words])
        return said
