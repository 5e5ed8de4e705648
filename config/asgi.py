"""HTTP and sockets behind one ASGI application."""

import os
from typing import cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  (Django must be set up before anything below is imported)
from django.conf import settings  # noqa: E402

from core.asgi import App, BodyLimit, Scope  # noqa: E402
from realtime.routing import socket_application  # noqa: E402

UPLOADS = ("/files/upload", "/api/user/avatar", "/settings/avatar")


def body_limit(scope: Scope) -> int:
    """Bytes a request may carry: uploads have a limit of their own."""
    path = scope["path"].rstrip("/")
    if path in UPLOADS or path.startswith("/admin/movies/"):
        # The form around the file is no part of the limit that is promised for the file.
        return settings.LIMIT_UPLOAD_BYTES and settings.LIMIT_UPLOAD_BYTES + 65_536
    return settings.LIMIT_BODY_BYTES


application = ProtocolTypeRouter(
    {"http": BodyLimit(cast(App, django_application), body_limit), "websocket": socket_application}
)
