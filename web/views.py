"""A room, and what else is no page of films or accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from core.errors import ApiError, NotFound, WrongPassword
from core.net import request_address
from rooms import selectors as rooms
from rooms.facts import Access, access_to
from rooms.models import Room
from rooms.selectors import is_invited
from rooms.services import join_party, open_room
from web import phrases
from web.films import film_facts
from web.forms import DoorForm, add_errors
from web.pages import form_page, page, sent

LONGEST_KEY = 64
QR_LIBRARY = "qrcode-generator/qrcode.mjs"
SLOW_CHOICES = (3, 5, 10, 30, 60, 300)
"""Seconds between two messages of a person, as the page offers them."""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def room(request: HttpRequest, room_id: str) -> HttpResponse:
    found = open_room(room_id)
    username = request.user.username if request.user.is_authenticated else None
    invite = request.GET.get("invite", "")[:LONGEST_KEY] or None
    is_companion = "companion" in request.GET
    access = access_to(found, user_id=request.user.pk, address=request_address(request) or None, invite=invite)
    if isinstance(access.refusal, WrongPassword):
        return _door(request, found, way_in=lambda key: way_of(room_id, key, is_companion=is_companion))
    if request.method == "POST":
        return redirect(request.get_full_path())  # The door was open.
    words = (
        film_facts(found.movie)
        | party_facts(access, invite)
        | {
            "room_id": room_id,
            "messages": rooms.newest_in(found) if access.refusal is None else [],
            "phrases": phrases.ROOM,
            "slow_choices": SLOW_CHOICES,
            "most_letters": settings.LIMIT_CONTENT_CHARS,
            "qr_library": static(QR_LIBRARY) if finders.find(QR_LIBRARY) else "",
            "is_companion": is_companion,
            "other_way": way_of(room_id, invite, is_companion=not is_companion),
            "room_data": {
                "room_id": room_id,
                "username": username,
                "movie_id": found.movie_id,
                "public_url": settings.PUBLIC_URL,
                "is_companion": is_companion,
            }
            | party_facts(access, invite),
        }
    )
    return render(request, "rooms/room.html", words)


def _door(request: HttpRequest, party: Room, *, way_in: Callable[[str | None], str]) -> HttpResponse:
    """Asks for the party's password. An account belongs to the party from then on; a guest goes on by its link."""
    form = DoorForm(sent(request))
    if form.is_valid():
        user = request.user if isinstance(request.user, User) else None
        try:
            joined = join_party(actor=user, room=party, address=request_address(request) or None, **form.cleaned_data)
            return redirect(way_in(None if user else joined.invite_key))
        except NotFound:
            raise
        except ApiError as error:
            add_errors(form, error)
    return form_page(request, "rooms/door.html", film_facts(party.movie) | {"party": party, "form": form}, form)


def way_of(room_id: str, invite: str | None, *, is_companion: bool) -> str:
    """The room's page with the film, or beside another device that plays it: the talk alone."""
    asked = ({"companion": "1"} if is_companion else {}) | ({"invite": invite} if invite else {})
    return f"/watch/{room_id}" + (f"?{urlencode(asked)}" if asked else "")


def party_facts(access: Access, invite: str | None) -> dict[str, Any]:
    """What the page of a room knows of who opens it. `invite` is what a socket shows at the door instead of a password."""
    room = access.room
    return {
        "room_kind": str(room.kind),
        "room_name": room.name,
        "role": access.role,
        "invite": invite if is_invited(room, invite) else None,
    }


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page names no icon (the admin's, a picture's)."""
    return redirect(static("img/icon.svg"), permanent=True)
