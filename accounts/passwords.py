"""What a new password must be, where Django's own words are not in the reader's language."""

from __future__ import annotations

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    """Django's own, whose sentence its Chinese catalogue lacks."""

    def get_error_message(self) -> str:
        return _("This password is too short: at least %(min_length)d characters.") % {"min_length": self.min_length}
