"""A room, and what else is no page of films or accounts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from core.clock import iso_ms
from core.errors import WrongPassword
from core.net import request_address
from rooms import selectors as rooms
from rooms.facts import Access, access_to
from rooms.selectors import is_invited
from rooms.services import open_room
from web import phrases
from web.films import film_facts
from web.pages import page

LONGEST_KEY = 64
QR_LIBRARY = "qrcode-generator/qrcode.mjs"
SLOW_CHOICES = (3, 5, 10, 30, 60, 300)
"""Seconds between two messages of a person, as the page offers them."""


@require_safe
@page
def room(request: HttpRequest, room_id: str) -> HttpResponse:
    found = open_room(room_id)
    username = request.user.username if request.user.is_authenticated else None
    invite = request.GET.get("invite", "")[:LONGEST_KEY] or None
    is_companion = "companion" in request.GET
    access = access_to(found, user_id=request.user.pk, address=request_address(request) or None, invite=invite)
    words = (
        film_facts(found.movie)
        | party_facts(access, invite)
        | {
            "room_id": room_id,
            "messages": rooms.newest_in(found) if access.refusal is None else [],
            "phrases": phrases.ROOM,
            "slow_choices": SLOW_CHOICES,
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
        "needs_password": isinstance(access.refusal, WrongPassword),
        "is_refused": access.refusal is not None and not isinstance(access.refusal, WrongPassword),
        "invite": invite if is_invited(room, invite) else None,
        "starts_at": iso_ms(room.starts_at) if room.starts_at else None,
    }


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page names no icon (the admin's, a picture's)."""
    return redirect(static("img/icon.svg"), permanent=True)
