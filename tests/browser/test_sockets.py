"""The page's line to the server."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Arrive

pytestmark = pytest.mark.browser


def test_coming_back_waits_longer_each_time(arrive: Arrive) -> None:
    script = """async (tries) => {
      const { backOff, isFinal } = await import("/static/js/socket.js");
      const waits = tries.map((n) => [backOff(n, () => 0), backOff(n, () => 1)]);
      return { waits, final: [4008, 4501, 4503, 1012].map(isFinal) };
    }"""
    outcome = arrive().go("/login").evaluate(script, [0, 1, 5, 50])
    assert outcome["waits"] == [[250, 500], [500, 1_000], [7_500, 15_000], [7_500, 15_000]]
    assert outcome["final"] == [False, True, True, False]
