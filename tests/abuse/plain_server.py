"""`python -m tests.abuse.plain_server`: Matinee as `manage.py serve` runs it, but on uvicorn's own protocol."""

from __future__ import annotations

import django
from django.conf import settings

if __name__ == "__main__":
    django.setup()
    from realtime.server import make_server

    server = make_server(settings.HOST, settings.PORT)
    server.config.ws = "websockets-sansio"
    server.run()
