"""What people change about themselves: name, password, what others see, where they are signed in."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import pages as sessions
from accounts import selectors as accounts
from accounts.avatars import remove_avatar, set_avatar
from accounts.services import change_password, log_out, log_out_everywhere, unblock, update_profile
from core.errors import ApiError, NotFound
from devices.selectors import devices_of
from devices.services import remove_device
from web import phrases
from web.browsers import browser_name
from web.forms import AvatarForm, PasswordForm, ProfileForm, add_errors
from web.pages import form_on, page, person, with_headers

PRIVACY_SWITCHES = ("shows_presence", "shows_receipts")


@require_safe
@page
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    return _settings(request)


def _settings(request: HttpRequest, status: int = 200, **forms_in_use: forms.Form) -> HttpResponse:
    """The page, with a form that was refused in the place of its fresh one."""
    user, current = person(request), sessions.current_login(request)
    words: dict[str, Any] = {
        "profile": ProfileForm(initial={"username": user.username, "email": user.email}),
        "picture": AvatarForm(),
        "password": PasswordForm(),
        "logins": [(login, browser_name(login.user_agent)) for login in accounts.live_logins(user).order_by("-last_seen_at")],
        "current_login_id": current.pk if current else None,
        "devices": devices_of(user),
        "blocks": accounts.blocks_of(user),
        "phrases": phrases.SETTINGS,
        "saved": request.GET.get("saved", ""),
    }
    return render(request, "accounts/settings.html", words | forms_in_use, status=status)


def _saved(section: str) -> HttpResponse:
    return redirect(f"/settings?saved={section}#{section}")


@form_on("/settings#profile")
@page
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST)
    try:
        if form.is_valid():
            update_profile(actor=person(request), **form.cleaned_data)
            return _saved("profile")
    except ApiError as error:
        add_errors(form, error)
    person(request).refresh_from_db()
    return _settings(request, 400, profile=form)


@form_on("/settings#profile")
@page
@login_required
def avatar(request: HttpRequest) -> HttpResponse:
    form = AvatarForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            set_avatar(actor=person(request), image=form.cleaned_data["avatar"])
            return _saved("profile")
    except ApiError as error:
        add_errors(form, error)
        return with_headers(_settings(request, error.status, picture=form), error)
    return _settings(request, 400, picture=form)


@form_on("/settings#profile")
@page
@login_required
def end_avatar(request: HttpRequest) -> HttpResponse:
    remove_avatar(actor=person(request), user=person(request))
    return _saved("profile")


@sensitive_post_parameters("old_password", "new_password")
@form_on("/settings#password")
@page
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """A new password ends every login but this one."""
    form = PasswordForm(request.POST)
    try:
        if form.is_valid():
            keep = sessions.current_login(request)
            update_session_auth_hash(request, change_password(actor=person(request), keep=keep, **form.cleaned_data))
            return _saved("password")
    except ApiError as error:
        add_errors(form, error)
        return with_headers(_settings(request, error.status, password=form), error)
    return _settings(request, 400, password=form)


@form_on("/settings#privacy")
@page
@login_required
def privacy(request: HttpRequest) -> HttpResponse:
    """What others see. A box that is not ticked is not sent."""
    update_profile(actor=person(request), **{switch: switch in request.POST for switch in PRIVACY_SWITCHES})
    return _saved("privacy")


@form_on("/settings#privacy")
@page
@login_required
def end_block(request: HttpRequest) -> HttpResponse:
    with contextlib.suppress(NotFound):  # Ended already, in another tab.
        unblock(actor=person(request), username=request.POST.get("username", ""))
    return _saved("privacy")


@form_on("/settings#logins")
@page
@login_required
def end_login(request: HttpRequest, login_id: uuid.UUID) -> HttpResponse:
    login = accounts.live_logins(person(request)).filter(pk=login_id).first()
    if login is not None:
        log_out(login=login)
    return _saved("logins")


@form_on("/settings#logins")
@page
@login_required
def end_other_logins(request: HttpRequest) -> HttpResponse:
    log_out_everywhere(actor=person(request), keep=sessions.current_login(request))
    return _saved("logins")


@form_on("/settings#devices")
@page
@login_required
def end_device(request: HttpRequest) -> HttpResponse:
    remove_device(actor=person(request), device_id=request.POST.get("device_id", ""))
    return _saved("devices")
