"""Signing in and out, registering, and a new password for a forgotten one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import pages as sessions
from accounts import resets
from accounts.models import User
from accounts.services import check_credentials, register
from core.errors import ApiError, BadToken
from core.net import request_address
from web import drafts
from web.forms import ForgottenForm, Form, LoginForm, RegisterForm, ResetForm, add_errors
from web.pages import form_on, form_page, next_path, page, sent

_RESET = "password_reset"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def log_in_page(request: HttpRequest) -> HttpResponse:
    form = LoginForm(sent(request))
    if form.is_valid():
        try:
            user = check_credentials(**form.credentials, address=request_address(request))
            return _enter(request, user)
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
            return _enter(request, register(**form.cleaned_data, address=request_address(request)))
        except ApiError as error:
            return _again(request, "accounts/register.html", form, error)
    return _form(request, "accounts/register.html", form)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """Signed in, and back to where the person came from, with what they were writing there."""
    brought = drafts.carried(request)
    sessions.sign_in(request, user)
    request.session.update(brought)
    return redirect(next_path(request))


def _form(request: HttpRequest, template: str, form: Form) -> HttpResponse:
    words = {"form": form, "next": next_path(request), "was_reset": "reset" in request.GET}
    return form_page(request, template, words, form)


def _again(request: HttpRequest, template: str, form: Form, error: ApiError) -> HttpResponse:
    add_errors(form, error)
    return _form(request, template, form)


@form_on("/")
@page
def log_out_page(request: HttpRequest) -> HttpResponse:
    sessions.sign_out(request)
    return redirect("/")


# A forgotten password -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@page
def forgotten_page(request: HttpRequest) -> HttpResponse:
    """Says the same for every address, whoever has it."""
    form = ForgottenForm(sent(request))
    if form.is_valid():
        try:
            resets.ask_for_reset(email=form.cleaned_data["email"].strip(), address=request_address(request))
            return redirect("/password/sent")
        except ApiError as error:
            return _again(request, "accounts/forgotten.html", form, error)
    return _form(request, "accounts/forgotten.html", form)


@require_safe
@page
def mail_sent_page(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/mail_sent.html", {"minutes": settings.PASSWORD_RESET_TIMEOUT // 60})


@require_http_methods(["GET", "HEAD"])
@page
def reset_link(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """The mail's link. It goes into the session and out of the address, which other pages and logs might see."""
    request.session[_RESET] = [key, token]
    return redirect(resets.PATH)


@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def reset_page(request: HttpRequest) -> HttpResponse:
    key, token = request.session.get(_RESET) or ("", "")
    form = ResetForm(sent(request))
    try:
        if form.is_valid():
            resets.reset_password(key=key, token=token, **form.cleaned_data)
            del request.session[_RESET]
            return redirect("/login?reset")
        resets.user_of_link(key, token)
    except BadToken as error:
        return render(request, "accounts/link_over.html", status=400 if request.method == "POST" else error.status)
    except ApiError as error:
        return _again(request, "accounts/reset.html", form, error)
    return _form(request, "accounts/reset.html", form)
