"""The server behind `manage.py serve`: uvicorn, with sockets that are sent away gently and prepared frames."""

from __future__ import annotations

import asyncio
import signal
import socket

import uvicorn
from django.conf import settings

from realtime import runtime


class Server(uvicorn.Server):
    """uvicorn ends all sockets at once on SIGTERM; this one spreads it over DRAIN_SECONDS, then writes what is owed."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        runtime.current()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        running = runtime.running()
        if running is not None:
            for server in self.servers:
                server.close()
            await running.drain(0 if self.force_exit else settings.DRAIN_SECONDS)
        await super().shutdown(sockets)
        if running is not None:
            await running.stop()
        await asyncio.sleep(0)
        # uvicorn would raise it again when all is done, and the process would die of what it was asked to do.
        self._captured_signals = [signum for signum in self._captured_signals if signum != signal.SIGTERM]


def make_server(host: str, port: int) -> Server:
    config = uvicorn.Config(
        "config.asgi:application",
        host=host,
        port=port,
        http="httptools",
        loop="uvloop",
        ws="realtime.protocol:PreparedProtocol",
        ws_max_size=settings.LIMIT_FRAME_BYTES or 2**40,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Only core.net decides which proxy is believed.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        backlog=4096,
    )
    return Server(config)
