"""Signing in and out, registering, settings."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import pages as sessions
from accounts import selectors as accounts
from accounts.models import User
from accounts.services import check_credentials, log_out, register
from core.errors import ApiError
from core.net import request_address
from devices.selectors import devices_of
from devices.services import remove_device
from presence.services import set_visibility
from web.browsers import browser_name
from web.forms import LoginForm, RegisterForm, add_errors
from web.pages import next_path, page, sent


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def log_in_page(request: HttpRequest) -> HttpResponse:
    form = LoginForm(sent(request))
    if form.is_valid():
        try:
            user = check_credentials(**form.credentials, address=request_address(request))
            sessions.sign_in(request, user)
            return redirect(next_path(request))
        except ApiError as error:
            return _again(request, "accounts/login.html", form, error)
    return _form(request, "accounts/login.html", form)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def register_page(request: HttpRequest) -> HttpResponse:
    form = RegisterForm(sent(request))
    if form.is_valid():
        try:
            sessions.sign_in(request, register(**form.cleaned_data, address=request_address(request)))
            return redirect(next_path(request))
        except ApiError as error:
            return _again(request, "accounts/register.html", form, error)
    return _form(request, "accounts/register.html", form)


def _form(request: HttpRequest, template: str, form: LoginForm | RegisterForm, status: int = 200) -> HttpResponse:
    words = {"form": form, "next": next_path(request)}
    return render(request, template, words, status=400 if form.errors and status == 200 else status)


def _again(request: HttpRequest, template: str, form: LoginForm | RegisterForm, error: ApiError) -> HttpResponse:
    add_errors(form, error)
    return _form(request, template, form, status=error.status)


@require_POST
@page
def log_out_page(request: HttpRequest) -> HttpResponse:
    sessions.sign_out(request)
    return redirect("/")


@require_safe
@page
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    current = sessions.current_login(request)
    words = {
        "logins": [(login, browser_name(login.user_agent)) for login in accounts.live_logins(user).order_by("-last_seen_at")],
        "current_login_id": current.pk if current else None,
        "devices": devices_of(user),
        "saved": _("Saved.") if "saved" in request.GET else "",
    }
    return render(request, "accounts/settings.html", words)


@require_POST
@page
@login_required
def presence_switch(request: HttpRequest) -> HttpResponse:
    set_visibility(actor=_person(request), shows_presence="shows_presence" in request.POST)
    return redirect("/settings?saved")


@require_POST
@page
@login_required
def end_login(request: HttpRequest, login_id: uuid.UUID) -> HttpResponse:
    login = accounts.live_logins(_person(request)).filter(pk=login_id).first()
    if login is not None:
        log_out(login=login)
    return redirect("/settings?saved")


@require_POST
@page
@login_required
def end_device(request: HttpRequest) -> HttpResponse:
    remove_device(actor=_person(request), device_id=request.POST.get("device_id", ""))
    return redirect("/settings?saved")


def _person(request: HttpRequest) -> User:
    """Whom `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user
