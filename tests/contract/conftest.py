"""The cast and the films as fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.cast import Cast, make_cast, make_films


@pytest.fixture(scope="session")
def cast(server: Any) -> Cast:
    return make_cast(server)


@pytest.fixture(scope="session")
def _films(server: Any) -> list[int]:
    return make_films(server)


@pytest.fixture
def films(_films: list[int]) -> list[int]:
    """Ids of published films."""
    return _films[:3]


@pytest.fixture
def hidden_film(_films: list[int]) -> int:
    return _films[3]
