"""A forgotten password: a link by mail, and a new password by that link. Nobody learns here who has an account."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import get_language, gettext, override

from accounts import selectors, throttle
from accounts.models import User
from accounts.services import check_new_password, set_password
from core.errors import BadToken
from core.text import compare_key

logger = logging.getLogger("matinee.accounts")

PATH: Final = "/password/new"


def ask_for_reset(*, email: str, address: str) -> None:
    """Mail a link to whoever has that address, in the reader's language. TooManyRequests.

    Says and takes the same whether there is such a person: writing and sending happen beside the request.
    """
    throttle.count_reset(email=compare_key(email), address=address)
    user = selectors.user_by_email(email)
    if user is not None and user.is_active:
        threading.Thread(target=_send, args=(user, get_language()), name="password mail").start()


def _send(user: User, language: str | None) -> None:
    """In the thread of its own: nobody waits for it, so a failure is for the log."""
    try:
        with override(language):
            minutes = settings.PASSWORD_RESET_TIMEOUT // 60
            words = {"user": user, "link": _link(user), "minutes": minutes, "site": settings.PUBLIC_URL}
            text = render_to_string("accounts/mail/reset.txt", words)
            EmailMessage(gettext("A new password for Matinee"), text, to=[user.email]).send()
    except Exception as error:
        logger.error("could not send a password mail: %r", error)


def _link(user: User) -> str:
    """By the address that this server is known under, not by what a request called it."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{settings.PUBLIC_URL}{PATH}/{key}/{default_token_generator.make_token(user)}"


def user_of_link(key: str, token: str) -> User:
    """Whose link that is. BadToken for one that was used, is too old, or never was."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(key)), is_active=True).first()
    except (ValueError, OverflowError):
        user = None
    if user is None or not default_token_generator.check_token(user, token):
        raise BadToken
    return user


def reset_password(*, key: str, token: str, new_password: str) -> User:
    """Set it and end every login, so that whoever knew the old one is out. BadToken; Invalid names `new_password`.

    Of two at the same time with one link, the second finds it used.
    """
    user = user_of_link(key, token)
    check_new_password(user, new_password, "new_password")
    return set_password(user=user, new_password=new_password, only_first=True)
