"""HTTP and sockets behind one ASGI application."""

import os
from typing import cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  (Django must be set up before anything below is imported)
from django.conf import settings  # noqa: E402

from core import pictures  # noqa: E402
from core.asgi import App, BodyLimit, Scope  # noqa: E402
from core.errors import TooLarge  # noqa: E402
from realtime.routing import socket_application  # noqa: E402

AVATARS = ("/api/user/avatar", "/settings/avatar")
_FORM_BYTES = 65_536
"""The form around a file is no part of the limit that is promised for the file."""


def body_limit(scope: Scope) -> int:
    """Bytes a request may carry: uploads have a limit of their own."""
    path, upload = scope["path"].rstrip("/"), settings.LIMIT_UPLOAD_BYTES
    if path in AVATARS:
        return min(upload or pictures.MOST_BYTES, pictures.MOST_BYTES) + _FORM_BYTES
    if path == "/files/upload" or path.startswith("/admin/movies/"):
        return upload and upload + _FORM_BYTES
    return settings.LIMIT_BODY_BYTES


def too_large(scope: Scope) -> TooLarge:
    """A limit that is lower than that of pictures is not theirs to tell."""
    is_theirs = scope["path"].rstrip("/") in AVATARS and body_limit(scope) == pictures.MOST_BYTES + _FORM_BYTES
    return pictures.too_large("avatar") if is_theirs else TooLarge()


application = ProtocolTypeRouter(
    {"http": BodyLimit(cast(App, django_application), body_limit, too_large), "websocket": socket_application}
)
