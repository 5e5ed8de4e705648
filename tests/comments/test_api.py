from __future__ import annotations

from typing import Any

import pytest

from comments import services
from comments.models import Comment
from tests.assertions import TIME_S, assert_error
from tests.movies.films import make_film

pytestmark = pytest.mark.django_db


@pytest.fixture
def movie() -> Any:
    return make_film()


@pytest.fixture
def address(movie: Any) -> str:
    return f"/api/movies/{movie.pk}/comments"


def write(user: Any, movie: Any, count: int) -> list[int]:
    """The ids of `count` comments, oldest first."""
    made = Comment.objects.bulk_create(Comment(movie=movie, user=user, content=f"No. {n}") for n in range(count))
    return [comment.pk for comment in made]


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [comment["id"] for comment in response.json()["comments"]]


def test_posting_answers_the_contracts_words_and_the_comment(api: Any, alice: Any, address: str) -> None:
    posted = api(alice).post(address, {"content": " Great movie! "}, HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert posted.status_code == 200
    said = posted.json()
    assert set(said) == {"status", "message", "comment"}
    assert (said["status"], said["message"]) == ("success", "评论成功")
    made = said["comment"]
    assert TIME_S.match(made["created_at"])
    assert isinstance(made["id"], int)
    expected = {"user_id": alice.pk, "username": "alice", "content": " Great movie! ", "edited_at": None, "movie_time": None}
    assert made == {"id": made["id"], "created_at": made["created_at"], **expected}
    listed = api().get(address + "/").json()
    assert listed == {"status": "success", "comments": [made], "prev": None, "next": None}
    assert api(alice).post(address, {"content": "English"}).json()["message"] == "Comment posted"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"content": "Not bad", "user_id": 7, "colour": "red"}', "application/json"),
        (b"content=Not+bad", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nNot bad\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_any_of_three_content_types_will_do(api: Any, bob: Any, address: str, body: bytes, content_type: str) -> None:
    made = api(bob).generic("POST", address, body, content_type=content_type).json()["comment"]
    assert (made["content"], made["user_id"]) == ("Not bad", bob.pk)


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b'{"content": ""}', b'{"content": "  "}', b'{"content": null}', b'{"content": 5}', b'{"content": true}',
        b'{"content": ["a"]}', b'{"content": {"a": 1}}', b'{"content": "a\\u0000b"}', b'{"content": "\\ud800"}',
        b"[]", b'"a"', b"null", b"", b"{", b'{"content": NaN}', b'{"content": "\xff"}', b"[" * 100_000,
        b'{"content": "' + b"x" * 4001 + b'"}',
    ],
)  # fmt: skip
def test_bad_bodies_are_400(api: Any, alice: Any, address: str, body: bytes) -> None:
    refused = api(alice).generic("POST", address, body, content_type="application/json")
    assert_error(refused, 400)
    assert refused.json()["status"] == "error"
    assert not Comment.objects.exists()


def test_other_content_types_are_415(api: Any, alice: Any, address: str) -> None:
    assert_error(api(alice).generic("POST", address, b"content", content_type="text/plain"), 415)


def test_one_signs_in_to_write_but_not_to_read(api: Any, address: str) -> None:
    stale = api(HTTP_AUTHORIZATION="Bearer stale")
    assert_error(api().post(address, {"content": "Hello"}), 401, "not_authenticated")
    assert_error(stale.post(address, {"content": "Hello"}), 401, "bad_token")
    assert ids(api().get(address)) == ids(stale.get(address)) == []


def test_too_many_comments_are_429(api: Any, alice: Any, address: str, settings: Any) -> None:
    settings.LIMIT_COMMENTS_PER_MINUTE = 1
    assert api(alice).post(address, {"content": "One"}).status_code == 200
    refused = api(alice).post(address, {"content": "Two"})
    assert_error(refused, 429, "too_many_requests")
    assert int(refused["Retry-After"]) >= 1


def test_pages_go_from_the_newest_back_and_forth(api: Any, alice: Any, movie: Any, address: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://cinema.example"
    made = write(alice, movie, 5)
    newest = api().get(address, {"limit": 2})
    assert ids(newest) == made[3:]
    older = newest.json()["prev"]
    assert older == f"https://cinema.example{address}?before={made[3]}&limit=2"
    assert newest["Link"] == f'<{older}>; rel="prev"'
    assert newest.json()["next"] is None
    assert ids(api().get(address, {"before": made[3], "limit": 2})) == made[1:3]
    assert ids(api().get(address, {"after": made[0], "limit": 2})) == made[1:3]
    assert ids(api().get(address, {"after": made[4]})) == []
    assert ids(api().get(address, {"before": made[0]})) == []


def test_a_page_is_the_newest_hundred_and_at_most_two(api: Any, alice: Any, movie: Any, address: str) -> None:
    made = write(alice, movie, 205)
    assert ids(api().get(address)) == made[105:]
    assert ids(api().get(address, {"limit": 1000})) == made[5:]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "before=x", f"after={2**70}", "before=1&after=2", "before=", "limit=%C2%B2"]
)
def test_odd_cursors_are_refused(api: Any, address: str, query: str) -> None:
    assert_error(api().get(f"{address}?{query}"), 400, "invalid")


def test_hidden_comments_are_absent(api: Any, alice: Any, staff: Any, movie: Any, address: str) -> None:
    first, second = (services.post_comment(actor=alice, movie_id=movie.pk, content=word) for word in ("Rude", "Kind"))
    services.hide_comment(actor=staff, comment=first)
    for client in (api(), api(alice), api(staff)):
        assert ids(client.get(address)) == [second.pk]
    assert_error(api(alice).delete(f"{address}/{first.pk}"), 404)


def test_one_deletes_ones_own(api: Any, alice: Any, bob: Any, movie: Any, address: str) -> None:
    mine = api(alice).post(address, {"content": "Mine"}).json()["comment"]
    path = f"{address}/{mine['id']}"
    assert_error(api().delete(path), 401)
    assert_error(api(bob).delete(path), 403, "forbidden")
    assert_error(api(alice).delete(f"/api/movies/{make_film('Other').pk}/comments/{mine['id']}"), 404)
    gone = api(alice).delete(path)
    assert gone.status_code == 200
    assert gone.json() == {"status": "success", "message": "Comment deleted", "comment": mine}
    assert_error(api(alice).delete(path), 404)
    assert_error(api(alice).delete(f"{address}/{2**70}"), 404)
    assert ids(api().get(address)) == []


def test_a_page_costs_two_queries(
    api: Any, alice: Any, bob: Any, movie: Any, address: str, django_assert_num_queries: Any
) -> None:
    for count in (3, 10):
        write(alice, movie, count)
        write(bob, movie, count)
        with django_assert_num_queries(2):
            api().get(address)


# The film's time, and changing one's mind ------------------------------------------------------------------------------


def test_a_comment_may_be_about_a_moment(api: Any, alice: Any, address: str) -> None:
    made = api(alice).post(address, {"content": "Here!", "movie_time": 75.5}, format="json").json()["comment"]
    assert made["movie_time"] == 75.5
    by_form = api(alice).post(address, "content=There&movie_time=12", content_type="application/x-www-form-urlencoded")
    assert by_form.json()["comment"]["movie_time"] == 12
    assert [comment["movie_time"] for comment in api().get(address).json()["comments"]] == [75.5, 12]


@pytest.mark.parametrize("time", ["-1", "1e308", "1e7", '"12"', "true", "[]", "NaN"])
def test_what_is_no_time_is_refused_and_nothing_said(api: Any, alice: Any, address: str, time: str) -> None:
    body = f'{{"content": "Here!", "movie_time": {time}}}'
    answer = api(alice).post(address, body, content_type="application/json")
    assert_error(answer, 400)
    assert not Comment.objects.exists()


def test_one_changes_ones_own_comment(api: Any, alice: Any, movie: Any, address: str) -> None:
    made = services.post_comment(actor=alice, movie_id=movie.pk, content="Befor", movie_time=3)
    changed = api(alice).patch(f"{address}/{made.pk}", {"content": "Before"}, format="json")
    assert changed.status_code == 200
    comment = changed.json()["comment"]
    assert (comment["content"], comment["movie_time"]) == ("Before", 3)
    assert TIME_S.match(comment["edited_at"])
    again = api(alice).patch(f"{address}/{made.pk}", {"movie_time": None}, format="json").json()["comment"]
    assert (again["content"], again["movie_time"]) == ("Before", None)


def test_saying_the_same_again_is_no_edit(api: Any, alice: Any, movie: Any, address: str) -> None:
    made = services.post_comment(actor=alice, movie_id=movie.pk, content="Same")
    assert api(alice).patch(f"{address}/{made.pk}", {"content": "Same"}, format="json").json()["comment"]["edited_at"] is None
    assert api(alice).patch(f"{address}/{made.pk}", {}, format="json").status_code == 200


def test_nobody_puts_words_into_others_mouths(api: Any, alice: Any, bob: Any, staff: Any, movie: Any, address: str) -> None:
    made = services.post_comment(actor=alice, movie_id=movie.pk, content="Mine")
    for other in (bob, staff):
        assert_error(api(other).patch(f"{address}/{made.pk}", {"content": "Yours"}, format="json"), 403, "forbidden")
    assert_error(api(alice).patch(f"{address}/{made.pk}", {"content": "  "}, format="json"), 400, "invalid")
    services.hide_comment(actor=staff, comment=made)
    assert_error(api(alice).patch(f"{address}/{made.pk}", {"content": "Shown?"}, format="json"), 404, "not_found")
    made.refresh_from_db()
    assert made.content == "Mine"
