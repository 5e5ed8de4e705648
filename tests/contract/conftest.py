"""The cast and the films as fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.cast import Cast, Place, make_cast, make_films


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


@pytest.fixture(scope="session", params=["uvicorn", "daphne"])
def place(request: pytest.FixtureRequest) -> Place:
    """The production server and the development server, one after the other."""
    if request.param == "uvicorn":
        server, cast, films = (request.getfixturevalue(name) for name in ("server", "cast", "_films"))
    else:
        server = request.getfixturevalue("daphne_server")
        cast, films = make_cast(server), make_films(server)
    return Place(server, request.param == "daphne", cast, films[:3], films[3])
