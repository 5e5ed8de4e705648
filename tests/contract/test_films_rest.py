"""The films contract's REST calls, in the document's order, over a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import shapes
from tests.contract.cast import Cast
from tests.contract.wire import PASSWORD, Person, answered, ask, new_name, new_person, request


def test_1_1_register_and_the_words_are_true(server: Any) -> None:
    username = new_name("user")
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    answer = ask(server, shapes.API_REGISTER, body)
    headers = {"Authorization": f"Bearer {answer['token']}"}
    user = answered(shapes.GET_USER, request(server, "GET", "/api/user", headers=headers))["user"]
    assert user["username"] == username


def test_1_2_log_in(server: Any, cast: Cast) -> None:
    answer = ask(server, shapes.API_LOGIN, {"email": cast.alice.email, "password": PASSWORD})
    assert answer["user"]["id"] == cast.alice.id


def test_1_3_get_user(server: Any, cast: Cast) -> None:
    user = ask(server, shapes.GET_USER, person=cast.alice)["user"]
    expected = {"id": cast.alice.id, "username": cast.alice.username, "email": cast.alice.email}
    assert {name: user[name] for name in expected} == expected


def test_1_4_update_user(server: Any) -> None:
    user = new_person(server, "user")
    username = new_name("renamed")
    ask(server, shapes.PUT_USER, {"username": username, "email": f"{username}@example.com"}, person=user)
    found = ask(server, shapes.GET_USER, person=user)["user"]
    assert (found["id"], found["username"], found["email"]) == (user.id, username, f"{username}@example.com")
    ask(server, shapes.AUTH_LOGIN, {"username": username, "password": PASSWORD})


def test_2_1_list_movies(server: Any, films: list[int]) -> None:
    movies = ask(server, shapes.LIST_MOVIES)["movies"]
    assert set(films) <= {movie["id"] for movie in movies}


def test_2_2_get_movie(server: Any, films: list[int]) -> None:
    movie = ask(server, shapes.GET_MOVIE, id=films[0])["movie"]
    assert movie["id"] == films[0]
    listed = ask(server, shapes.LIST_MOVIES)["movies"]
    found = next(item for item in listed if item["id"] == films[0])
    assert {name: found[name] for name in shapes.MOVIE} == {name: movie[name] for name in shapes.MOVIE}


def test_2_an_unpublished_film_does_not_exist(server: Any, cast: Cast, hidden_film: int) -> None:
    assert hidden_film not in {movie["id"] for movie in ask(server, shapes.LIST_MOVIES)["movies"]}
    for path in (f"/api/movies/{hidden_film}", f"/api/movies/{hidden_film}/comments", f"/api/rooms/movie-{hidden_film}"):
        assert request(server, "GET", path, person=cast.alice).status_code == 404, path
    answer = request(server, "POST", f"/api/movies/{hidden_film}/comments", person=cast.alice, json={"content": "x"})
    assert answer.status_code == 404


def test_3_comments(server: Any, cast: Cast, films: list[int]) -> None:
    before = ask(server, shapes.LIST_COMMENTS, id=films[0])["comments"]
    for person, content in ((cast.alice, "Great movie!"), (cast.bob, "Not bad")):
        ask(server, shapes.POST_COMMENT, {"content": content}, person=person, id=films[0])
    first, second = ask(server, shapes.LIST_COMMENTS, id=films[0])["comments"][len(before) :]
    assert (first["user_id"], first["username"], first["content"]) == (cast.alice.id, cast.alice.username, "Great movie!")
    assert (second["username"], second["content"]) == (cast.bob.username, "Not bad")
    assert ask(server, shapes.LIST_COMMENTS, id=films[1])["comments"] == []


@pytest.mark.parametrize("form", ["data", "files"])
def test_this_contract_takes_forms_as_well_as_json(server: Any, cast: Cast, films: list[int], form: str) -> None:
    def sent(path: str, fields: dict[str, str], person: Person | None = None) -> Any:
        body = {name: (None, value) for name, value in fields.items()} if form == "files" else fields
        return request(server, "POST", path, person=person, **{form: body})

    username = new_name("form")
    fields = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    answered(shapes.API_REGISTER, sent("/api/register", fields))
    answered(shapes.API_LOGIN, sent("/api/login", {"email": fields["email"], "password": PASSWORD}))
    answered(shapes.POST_COMMENT, sent(f"/api/movies/{films[0]}/comments", {"content": "by a form"}, cast.charlie))


def test_one_account_for_both_contracts(server: Any) -> None:
    user = new_person(server, "both")
    answer = ask(server, shapes.API_LOGIN, {"email": user.email, "password": PASSWORD})
    assert answer["user"]["id"] == user.id
    as_film_user = Person(user.id, user.username, user.email, answer["token"])
    assert ask(server, shapes.LIST_DEVICES, person=as_film_user) == []


def test_words_are_english_for_those_who_ask(server: Any) -> None:
    user = new_person(server, "english")
    body = {"username": user.username, "email": user.email}
    answer = request(server, "PUT", "/api/user", person=user, json=body, headers={"Accept-Language": "en"})
    assert answer.json()["message"] == "Updated"
