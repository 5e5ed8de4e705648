"""What every page shares: refusals become pages, and only paths of our own are gone back to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.drf import as_api_error, error_headers
from core.errors import ApiError, NotFound, TooLarge
from web.forms import Form

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """A view that answers people: a service's refusal is a page too, and nothing of it is kept in shared caches.

    What somebody signed in was shown is kept nowhere: whoever presses Back after they have left asks the server.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Exception as exc:
            error = as_api_error(exc)
            if error is None or isinstance(exc, Http404):
                raise
            response = refused(request, error)
        patch_cache_control(response, private=True, no_cache=True)
        if request.user.is_authenticated:
            patch_cache_control(response, no_store=True)
        return response

    return cast(View[P], wrapped)


def form_on(back: str) -> Callable[[View[P]], View[P]]:
    """A view that only takes the form of the page at `back` (with the address's own parts in braces).

    Who comes by its address, from a login, the language's switch or the address bar, is brought to that page.
    """

    def decorated(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method != "POST":
                return redirect(back.format(**kwargs))
            return view(request, *args, **kwargs)

        return cast(View[P], require_http_methods(["GET", "HEAD", "POST"])(wrapped))

    return decorated


def refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    """A refusal as a page. An absent thing is a 404 like an unknown path."""
    if isinstance(error, NotFound):
        raise Http404
    words: dict[str, Any] = {"status": error.status, "reason": error.detail}
    return with_headers(render(request, "error.html", words, status=error.status), error)


def form_page(request: HttpRequest, template: str, words: dict[str, Any], form: Form) -> HttpResponse:
    """A page with a form; where that was refused, with the status of the refusal and what it says to programs."""
    response = render(request, template, words, status=form.status)
    return response if form.refusal is None else with_headers(response, form.refusal)


def with_headers(response: HttpResponse, error: ApiError) -> HttpResponse:
    """A page that shows a refusal, with what the refusal says to programs: when to try again."""
    for name, value in error_headers(error).items():
        response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400, but for a form that is too large, which is refused as everywhere: it fails before any view."""
    error = as_api_error(exception)
    return refused(request, error) if isinstance(error, TooLarge) else defaults.bad_request(request, exception)


def next_path(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a path here; the catalogue otherwise."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # A host would make it an open redirect, even our own one by another name.
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return settings.LOGIN_REDIRECT_URL


def local(address: str) -> str:
    """An absolute address of this server as a path, so that pages work by whichever name the server was called."""
    return address.removeprefix(settings.PUBLIC_URL)


def person(request: HttpRequest) -> User:
    """Whom `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST is a form with everything missing, a GET is none."""
    return request.POST if request.method == "POST" else None
