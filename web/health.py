"""Whether this process lives (/healthz), and whether it can do its work (/readyz)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger("matinee.health")

SECONDS = 2.0
# Threads of their own: a store that hangs holds these, and nobody else's.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readyz")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and channel layer answer within 2 s each, 503 and which does not otherwise."""
    checks = {"database": _pool.submit(_reach_database), "layer": _pool.submit(_reach_layer)}
    results = {name: "ok" if _succeeds(name, check.result) else "unreachable" for name, check in checks.items()}
    for check in checks.values():
        check.cancel()
    is_ready = all(result == "ok" for result in results.values())
    return JsonResponse({"status": "ok" if is_ready else "unavailable", **results}, status=200 if is_ready else 503)


def _succeeds(name: str, result: Callable[[float], None]) -> bool:
    try:
        result(SECONDS)
    except Exception as error:
        logger.warning("%s is not reachable: %r", name, error)
        return False
    return True


def _reach_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _reach_layer() -> None:
    """Redis where it is one; the layer in this process's memory is always there."""
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
            client.ping()
