"""Server processes as tests get them: their own database, their own words, ended when told."""

from __future__ import annotations

import signal

from tests.rig.processes import accepts
from tests.rig.servers import Server, Starter


def test_people_register_on_the_shared_server(server: Server) -> None:
    alice, other_alice = server.register("alice"), server.register("alice")
    assert alice.username != other_alice.username
    assert alice.http.get("/api/user").json()["user"]["username"] == alice.username
    assert server.http.get("/api/user").status_code == 401


def test_shell_sees_the_servers_database(server: Server) -> None:
    bob = server.register("bob")
    code = f"from accounts.models import User; print(User.objects.get(pk={bob.id}).username)"
    assert server.shell(code).strip() == bob.username


def test_daphne_serves_the_same(daphne_server: Server, server: Server) -> None:
    charlie = daphne_server.register("charlie")
    assert charlie.http.get("/api/user").status_code == 200
    assert server.http.get("/api/user", headers=charlie.headers).status_code == 401


def test_a_second_server_may_share_the_first_ones_stores(server: Server, start_server: Starter) -> None:
    second = start_server(beside=server, LOG_LEVEL="WARNING")
    alice = server.register("alice")
    assert second.http.get("/api/user", headers=alice.headers).status_code == 200
    assert second.pid != server.pid
    second.child.stop(signal.SIGTERM)
    assert not accepts(second.port)
    assert server.http.get("/api/user", headers=alice.headers).status_code == 200
