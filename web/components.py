"""The unlisted page that shows the design system: every component in every state."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from web.pages import page

COLOURS = (
    "ground", "surface", "raised", "line", "field-line", "text", "quiet", "accent", "accent-strong", "accent-text",
    "accent-ground", "bad", "bad-ground", "bad-strong", "good", "good-ground",
)  # fmt: skip
BUTTON_KINDS = ("", "primary", "danger", "plain")
SIGN_SIZES = ("little", "", "big")
TOAST_KINDS = ("", "good", "bad")
NAMES = ("alice", "bob", "charlie", "lin", "admin", "晚风", "Éva", "_")


@require_safe
@page
def gallery(request: HttpRequest) -> HttpResponse:
    words = {
        "colours": COLOURS,
        "button_kinds": BUTTON_KINDS,
        "toast_kinds": TOAST_KINDS,
        "names": NAMES,
        "sign_sizes": SIGN_SIZES,
        "icons": icon_names(),
    }
    response = render(request, "components.html", words)
    response["X-Robots-Tag"] = "noindex"
    return response


def icon_names() -> list[str]:
    """What static/img/icons.svg holds."""
    return re.findall(r'<symbol id="([\w-]+)"', (settings.BASE_DIR / "static/img/icons.svg").read_text())
