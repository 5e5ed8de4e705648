"""What a person may be called, and where they may be written to."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.text import compare_key

USERNAME_LENGTHS = (2, 32)
EMAIL_LENGTH = 254
DEVICE_ID_LENGTH = 128
USERNAME_KEY_LENGTH = 64
"""A letter may become several when casefolded ("ß" is "ss")."""

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that show nothing: with them one name could look like another."""


def clean_username(text: str) -> str:
    """`text` in NFC. Invalid (field `username`) unless it is 2-32 letters, digits, `_`, `.`, `-`, first a letter or digit."""
    name = unicodedata.normalize("NFC", text)
    shortest, longest = USERNAME_LENGTHS
    if not shortest <= len(name) <= longest or len(compare_key(name)) > USERNAME_KEY_LENGTH:
        raise Invalid.field("username", _("A name has 2 to 32 characters."))
    if _INVISIBLE.search(name) or not _starts_name(name[0]) or not all(_continues_name(char) for char in name[1:]):
        raise Invalid.field(
            "username", _("A name has letters, digits, dots, hyphens and underscores, and starts with a letter or digit.")
        )
    return name


def _starts_name(char: str) -> bool:
    return unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")


def _continues_name(char: str) -> bool:
    # Many scripts cannot be written without combining marks.
    return char in "_.-" or _starts_name(char) or unicodedata.category(char) in ("Mn", "Mc")


def clean_email(text: str) -> str:
    """`text` as an address. Invalid (field `email`) when it is none."""
    if len(text) <= EMAIL_LENGTH and len(compare_key(text)) <= EMAIL_LENGTH:
        try:
            validate_email(text)
            return text
        except ValidationError:
            pass
    raise Invalid.field("email", _("This is not an e-mail address."))


def clean_device_id(text: str) -> str:
    """A client's name for a device, which is also a segment of a path. Invalid (field `device_id`)."""
    if not 0 < len(text) <= DEVICE_ID_LENGTH or "/" in text or text in (".", "..") or not text.isprintable():
        raise Invalid.field("device_id", _("A device id has 1 to 128 characters and no slash."))
    return text
