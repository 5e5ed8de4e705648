"""nginx as docs/operating.md configures it: the sample itself, with our addresses in it and without its certificate."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rig.processes import Child, RigError, accepts, clean_environment, free_port
from tests.rig.servers import ROOT, Server

ATTEMPTS = 3
OURS = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    add_header X-Process $upstream_addr always;
{sample}
}}
"""
"""What Debian's main configuration would say around the sample. `X-Process` tells tests where they are."""


def nginx_program() -> str | None:
    """Debian keeps it where only root's PATH leads."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def documented_sample() -> str:
    """The block for nginx in docs/operating.md."""
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "docs/operating.md").read_text(), re.DOTALL)
    assert found is not None, "docs/operating.md shows no configuration for nginx"
    return found[1]


def configuration(folder: Path, port: int, processes: list[Server]) -> str:
    sample = documented_sample()
    servers = "\n".join(f"    server 127.0.0.1:{process.port};" for process in processes)
    sample, addresses = re.subn(r"( +server [\d.]+:\d+;\n)+", servers + "\n", sample)
    sample, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", sample)
    sample, names = re.subn(r"server_name [\w.]+;", "server_name 127.0.0.1;", sample)
    assert addresses == listens == names == 1, "the sample in docs/operating.md looks different now"
    sample = re.sub(r" +ssl_certificate.*;\n", "", sample)
    return OURS.format(folder=folder, sample=sample)


class Front:
    """A running nginx. `url`, `ws_url`, `port`, as a server has them."""

    def __init__(self, folder: Path, processes: list[Server]) -> None:
        program = nginx_program()
        if program is None:
            raise RigError("nginx is not installed")
        for attempt in range(1, ATTEMPTS + 1):
            self.port = free_port()
            config = folder / "nginx.conf"
            config.write_text(configuration(folder, self.port, processes))
            command = [program, "-p", str(folder), "-c", str(config), "-e", "stderr"]
            self.child = Child(command, log=folder / "nginx.log", env=clean_environment(), cwd=folder)
            try:
                self.child.wait_until(lambda: accepts(self.port), "nginx")
                break
            except RigError:
                if attempt == ATTEMPTS:
                    raise
        self.url, self.ws_url = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"


@contextmanager
def running_front(*processes: Server) -> Iterator[Front]:
    folder = Path(tempfile.mkdtemp(prefix="matinee-nginx-"))
    front = None
    try:
        front = Front(folder, list(processes))
        yield front
    finally:
        if front is not None:
            front.child.stop()
        shutil.rmtree(folder, ignore_errors=True)
