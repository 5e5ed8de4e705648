"""What makes the pages an app that can be installed: a manifest, and a worker that shows a page of ours without a network."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from web.pages import page

SHELL = (
    "css/tokens.css", "css/base.css", "css/components.css", "img/icon.svg", "img/icons.svg", "js/page.js", "js/components.js",
    "js/icons.js", "js/words.js", "js/forms.js", "js/session.js", "js/offline.js",
)  # fmt: skip
"""What the offline page is made of: the same for everyone, so it may be kept. Nothing else is."""
WORKER = "js/worker.js"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    words = {
        "id": "/",
        "name": gettext("Matinee: films, together"),
        "short_name": "Matinee",
        "description": gettext("Choose a film, send the link to your friends, and watch the same second, wherever they are."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#0e1015",
        "theme_color": "#171a22",
        "categories": ["entertainment", "social"],
        "icons": [
            {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": static("img/icon-maskable.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "maskable"},
        ],
    }
    response = JsonResponse(words, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, told what to keep. It changes with all that it keeps, so browsers fetch that anew."""
    facts = {"version": _version(get_language()), "shell": [static(name) for name in SHELL]}
    script = f"const SHELL = {json.dumps(facts)};\n{_text(WORKER)}"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@page
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the worker, so nobody's name is on it."""
    return HttpResponse(render_to_string("offline.html"))


@cache
def _version(language: str) -> str:
    """Of the files and of the offline page in the reader's `language`, which is the active one."""
    digest = hashlib.sha256(render_to_string("offline.html").encode())
    for name in (*SHELL, WORKER):
        digest.update(_text(name).encode())
    return digest.hexdigest()[:16]


def _text(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str), name
    with open(found, encoding="utf-8") as file:
        return file.read()
