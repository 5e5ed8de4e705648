"""The cast and the films as fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.cast import Cast, Place, prepare
from tests.contract.wire import Person


@pytest.fixture(scope="session")
def uvicorn_place(server: Any) -> Place:
    return prepare(server)


@pytest.fixture(scope="session", params=["uvicorn", "daphne"])
def place(request: pytest.FixtureRequest) -> Place:
    """The production server and the development server, one after the other."""
    if request.param == "daphne":
        return prepare(request.getfixturevalue("daphne_server"), is_daphne=True)
    prepared: Place = request.getfixturevalue("uvicorn_place")
    return prepared


@pytest.fixture
def cast(uvicorn_place: Place) -> Cast:
    return uvicorn_place.cast


@pytest.fixture
def films(uvicorn_place: Place) -> list[int]:
    """Ids of published films."""
    return uvicorn_place.films


@pytest.fixture
def hidden_film(uvicorn_place: Place) -> int:
    return uvicorn_place.hidden_film


@pytest.fixture
def unreadable_film(uvicorn_place: Place) -> int:
    return uvicorn_place.unreadable_film


@pytest.fixture
def gone(uvicorn_place: Place) -> dict[str, Person]:
    return uvicorn_place.gone
