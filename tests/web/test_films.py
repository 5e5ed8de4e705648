"""What the catalogue and a film's page show to whom, and what people say about its moments."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from comments import services as comments
from comments.models import Comment
from movies import progress
from movies import services as movies
from rooms.models import Room
from rooms.selectors import parties_of
from rooms.services import open_room
from tests.movies.films import make_film
from tests.web.attending import attend
from tests.web.visitors import visitor
from web import film_views, live
from web.templatetags.people import first_letter, hue
from web.templatetags.times import Part, film_time, parse_time, with_times

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    settings.PRESENCE_LEASE_SECONDS = 600


# The catalogue --------------------------------------------------------------------------------------------------------


def test_the_entrance_shows_the_newest_film_and_what_one_has_begun(alice: User) -> None:
    begun, _other = make_film("Begun", duration=100.0), make_film("Newest")
    progress.save_progress(actor=alice, movie_id=begun.pk, position=40)
    html = visitor("alice").get("/").content.decode()
    assert re.search(r'id="hero-title"[^>]*><a href="/movies/\d+">Newest</a>', html)
    assert "Continue watching" in html
    assert "0:40 / 1:40" in html
    assert "Continue watching" not in visitor().get("/").content.decode()
    assert "hero-title" not in visitor("alice").get("/", {"search": "Newest"}).content.decode()


def test_a_film_can_be_taken_out_of_those_to_go_on_with(alice: User) -> None:
    film = make_film(duration=100.0)
    progress.save_progress(actor=alice, movie_id=film.pk, position=40)
    client = visitor("alice")
    assert client.post(f"/movies/{film.pk}/forget")["Location"] == "/"
    assert "Continue watching" not in client.get("/").content.decode()
    assert visitor().post(f"/movies/{film.pk}/forget")["Location"].startswith("/login")


def test_genres_and_words_narrow_the_films_together() -> None:
    drama, short = (movies.ensure_genre(actor=None, name=name) for name in ("Drama & more", "短片"))
    make_film("Rain", genres=[drama])
    make_film("Rain again", genres=[short])
    make_film("Snow", genres=[drama])
    client = visitor()

    def titles(**query: str) -> list[str]:
        return re.findall(r'<h3 dir="auto"><a href="/movies/\d+">([^<]+)</a>', client.get("/", query).content.decode())

    assert titles(genre=drama.slug) == ["Snow", "Rain"]
    assert titles(genre=short.slug) == ["Rain again"]
    assert titles(genre=drama.slug, search="rain") == ["Rain"]
    assert titles(genre="no-such") == []
    html = client.get("/", {"search": "ra in", "genre": drama.slug}).content.decode()
    assert f"/?search=ra%20in&amp;genre={drama.slug}" in html
    assert re.search(rf'genre={drama.slug}" aria-current="true">Drama &amp; more', html)


# Rooms ----------------------------------------------------------------------------------------------------------------


def test_rooms_with_people_are_shown_the_fullest_first(alice: User, bob: User) -> None:
    quiet, busy, empty = make_film("Quiet"), make_film("Busy"), make_film("Empty")
    open_room(f"movie-{empty.pk}")
    attend(quiet, alice)
    attend(busy, alice)
    attend(busy, bob)
    attend(busy, "<b>Gast")
    rooms = live.rooms_live_now()
    assert [(room.film["title"], room.people) for room in rooms] == [("Busy", 3), ("Quiet", 1)]
    html = visitor().get("/").content.decode()
    assert f'href="/watch/movie-{busy.pk}"' in html
    assert "3 people" in html
    page = visitor().get(f"/movies/{busy.pk}").content.decode()
    assert "Join them" in page
    assert "&lt;b&gt;Gast" in page
    movies.unpublish(actor=None, movie=busy)
    assert [room.film["title"] for room in live.rooms_live_now()] == ["Quiet"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("idle", "about to start 0:40"), ("playing", "live 0:40"), ("paused", "paused 0:40"), ("ended", "at the end")],
)
def test_a_room_says_whether_its_film_runs(state: str, words: str) -> None:
    with translation.override("en"):
        html = render_to_string("films/_state.html", {"state": state, "position": 40.2})
    assert " ".join(re.sub("<[^>]+>", " ", html).split()) == words


def names_of(room: live.LiveRoom) -> list[str]:
    return [person.name for person in room.named]


def test_who_hides_where_they_are_is_counted_and_not_named(alice: User, bob: User) -> None:
    film = make_film()
    alice.shows_presence = False
    alice.save()
    attend(film, alice)
    attend(film, bob)
    room = live.room_of(film)
    assert room is not None
    assert (room.people, names_of(room)) == (2, ["bob"])
    assert "alice" not in visitor().get(f"/movies/{film.pk}").content.decode()


def test_of_a_full_room_the_first_few_are_named_and_its_host_however_late(alice: User, bob: User) -> None:
    film, other = make_film("Full"), make_film("Other")
    attend(other, bob)
    for number in range(8):
        attend(film, f"guest {number}")
    for _ in range(3):
        attend(film, "guest 0")
    attend(film, bob)
    attend(film, alice)
    Room.objects.filter(movie=film).update(host_user=alice, host_name=alice.username)
    room = live.room_of(film)
    assert room is not None
    assert (names_of(room), room.people, room.host) == (
        [f"guest {number}" for number in range(5)],
        10,
        "alice",
    )
    read = live._named_in(list(Room.objects.all()))
    assert sorted(len(names) for names in read.values()) == [1, 6], "no more is read than is shown"


def test_a_host_among_the_first_takes_nobodys_place(alice: User) -> None:
    film = make_film()
    for who in ("guest 0", alice, "guest 1", "guest 2", "guest 3", "guest 4", "guest 5"):
        attend(film, who)
    Room.objects.update(host_user=alice, host_name=alice.username)
    room = live.room_of(film)
    assert room is not None
    assert (names_of(room), room.host) == (
        ["guest 0", "alice", "guest 1", "guest 2", "guest 3"],
        "alice",
    )


def test_live_rooms_cost_the_same_for_one_and_for_many(alice: User, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        attend(make_film(f"Film {number}"), alice)
    with django_assert_max_num_queries(2):
        assert len(live.rooms_live_now()) == 8


# Moments --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("at 1:15!", [Part("at "), Part("1:15", 75), Part("!")]),
        ("1:02:03", [Part("1:02:03", 3723)]),
        ("在12:34的时候", [Part("在"), Part("12:34", 754), Part("的时候")]),
        ("2026-11-28T05:36:14Z 12:345 1:2 10:61 x1:15 1:15:99 http://h:80:11/", None),
        ("", []),
    ],
)
def test_times_are_found_in_what_people_write(text: str, parts: list[Part] | None) -> None:
    assert with_times(text) == ([Part(text)] if parts is None else parts)
    assert "".join(part.text for part in with_times(text)) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:15", 75), (" 0:05 ", 5), ("1:02:03", 3723), ("75", 75), ("75.5", 75.5), ("-5", None), ("1:75", None), ("x", None),
     ("", None), ("9" * 50, None), ("１：15", None)],
)  # fmt: skip
def test_times_that_people_type(text: str, seconds: float | None) -> None:
    assert parse_time(text) == seconds


def test_times_as_people_read_them() -> None:
    assert [film_time(seconds) for seconds in (None, 0, 75.9, 3723)] == ["", "0:00", "1:15", "1:02:03"]


def test_a_comment_at_a_moment_and_its_times_are_links(alice: User) -> None:
    film = make_film()
    client = visitor("alice")
    client.post(f"/movies/{film.pk}", {"content": "and again at 2:05", "at": "1:15"})
    html = client.get(f"/movies/{film.pk}").content.decode()
    assert f'data-time="75.0" href="/movies/{film.pk}?t=1:15#screen"' in html
    assert f'data-time="125" href="/movies/{film.pk}?t=2%3A05#screen">2:05</a>' in html
    assert 'data-start="75.0"' in client.get(f"/movies/{film.pk}", {"t": "1:15"}).content.decode()
    wrong = client.post(f"/movies/{film.pk}", {"content": "when?", "at": "soon"})
    assert wrong.status_code == 400
    assert "Write a time like 12:34" in wrong.content.decode()
    assert "when?" in wrong.content.decode(), "what was typed stays"


def test_a_film_goes_on_where_one_was(alice: User) -> None:
    film = make_film(duration=100.0)
    progress.save_progress(actor=alice, movie_id=film.pk, position=40)
    assert 'data-start="40.0"' in visitor("alice").get(f"/movies/{film.pk}").content.decode()
    assert 'data-start="0.0"' in visitor().get(f"/movies/{film.pk}").content.decode()


def test_who_comments_too_fast_is_told_when_to_try_again(alice: User, settings: Any) -> None:
    settings.LIMIT_COMMENTS_PER_MINUTE = 1
    film = make_film()
    client = visitor("alice")
    assert client.post(f"/movies/{film.pk}", {"content": "first"}).status_code == 302
    refused = client.post(f"/movies/{film.pk}", {"content": "second", "at": "0:12"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    page = refused.content.decode()
    assert ">\nsecond</textarea>" in page
    assert 'value="0:12"' in page
    assert film.comments.count() == 1


# Changing one's mind --------------------------------------------------------------------------------------------------


def test_changing_ones_own_comment_in_its_place(alice: User, bob: User) -> None:
    film = make_film()
    comment = comments.post_comment(actor=alice, movie_id=film.pk, content="Befor", movie_time=75)
    address = f"/movies/{film.pk}/comments/{comment.pk}/edit"
    client = visitor("alice")
    form = client.get(address).content.decode()
    assert ">\nBefor</textarea>" in form
    assert 'value="1:15"' in form
    assert client.post(address, {"content": "  ", "at": ""}).status_code == 400
    done = client.post(address, {"content": "Before", "at": ""})
    assert done["Location"] == f"/movies/{film.pk}#comment-{comment.pk}"
    comment.refresh_from_db()
    assert (comment.content, comment.movie_time) == ("Before", None)
    assert "edited" in client.get(f"/movies/{film.pk}").content.decode()
    for other in (visitor("bob"), visitor()):
        assert other.post(address, {"content": "Mine"}).status_code in (302, 404)
        assert other.get(address).status_code in (302, 404)
    comment.refresh_from_db()
    assert comment.content == "Before"


def test_an_old_comment_is_changed_on_its_own_page(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_views, "COMMENTS_A_PAGE", 2)
    film = make_film()
    said = [comments.post_comment(actor=alice, movie_id=film.pk, content=f"number {number}") for number in range(4)]
    client = visitor("alice")
    for comment, page in ((said[0], f"?before={said[0].pk + 1}"), (said[1], f"?before={said[1].pk + 1}"), (said[2], "")):
        address = f"/movies/{film.pk}/comments/{comment.pk}/edit"
        assert f">\n{comment.content}</textarea>" in client.get(address).content.decode()
        done = client.post(address, {"content": f"changed {comment.pk}", "at": ""})
        assert done["Location"] == f"/movies/{film.pk}{page}#comment-{comment.pk}"
        assert f"changed {comment.pk}" in client.get(done["Location"]).content.decode()


def test_deleting_a_comment(alice: User, bob: User, staff: User) -> None:
    film = make_film()
    for who, status in (("bob", 403), ("alice", 302), ("staff", 302)):
        comment = comments.post_comment(actor=alice, movie_id=film.pk, content="Oh")
        address = f"/movies/{film.pk}/comments/{comment.pk}/delete"
        assert visitor(who).post(address).status_code == status
        assert Comment.objects.filter(pk=comment.pk).exists() == (who == "bob")
    assert visitor().post(address)["Location"].startswith("/login")


def test_who_may_change_what_is_offered_it(alice: User, bob: User, staff: User) -> None:
    film = make_film()
    comments.post_comment(actor=alice, movie_id=film.pk, content="Oh")
    offered = {}
    for who in (None, "alice", "bob", "staff"):
        html = visitor(who).get(f"/movies/{film.pk}").content.decode()
        offered[who] = ("/edit#" in html, '/delete"' in html)
    assert offered == {None: (False, False), "alice": (True, True), "bob": (False, False), "staff": (False, True)}


def test_what_was_written_while_a_login_ended_comes_back(alice: User) -> None:
    film, other = make_film(), make_film("Other")
    client = visitor()
    sent = client.post(f"/movies/{film.pk}", {"content": "long & <b>careful</b> words", "at": "1:15"})
    html = client.get(sent["Location"]).content.decode()
    assert f'name="next" value="/movies/{film.pk}?draft#comments"' in html
    login = {"name": "alice", "password": "correct horse battery", "next": f"/movies/{film.pk}?draft#comments"}
    back = client.post("/login", login)
    assert "careful" not in client.get(f"/movies/{other.pk}").content.decode()
    html = client.get(back["Location"]).content.decode()
    assert "long &amp; &lt;b&gt;careful&lt;/b&gt; words" in html
    assert 'value="1:15"' in html
    assert not Comment.objects.exists()
    assert "careful" not in client.get(f"/movies/{film.pk}").content.decode(), "once"


def test_a_change_that_was_written_while_a_login_ended_comes_back(alice: User) -> None:
    film = make_film()
    comment = comments.post_comment(actor=alice, movie_id=film.pk, content="Befor")
    address, client = f"/movies/{film.pk}/comments/{comment.pk}/edit", visitor()
    sent = client.post(address, {"content": "Before & after", "at": "1:15"})
    assert sent["Location"] == f"/login?{urlencode({'next': f'{address}?draft#comment-{comment.pk}'})}"
    login = {"name": "alice", "password": "correct horse battery", "next": f"{address}?draft"}
    back = client.post("/login", login)["Location"]
    assert "after" not in client.get(f"/movies/{film.pk}").content.decode(), "it is no new comment"
    html = client.get(back).content.decode()
    assert "Before &amp; after</textarea>" in html
    assert 'value="1:15"' in html
    assert ">\nBefor</textarea>" in client.get(back).content.decode(), "once"


# People ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sign"), [("alice", "a"), ("_x", "x"), ("晚风", "晚"), ("é́", "é́"), ("_", "?"), ("", "?"), ("7up", "7")]
)
def test_peoples_signs(name: str, sign: str) -> None:
    assert first_letter(name) == sign
    assert hue(name) in range(8)


# A private party ------------------------------------------------------------------------------------------------------


def test_opening_a_party_leads_into_it(alice: User) -> None:
    film = make_film()
    client = visitor("alice")
    assert 'action="/movies/' in client.get(f"/movies/{film.pk}").content.decode()
    opened = client.post(f"/movies/{film.pk}/party", {"name": "Ours", "password": "between us"})
    assert opened["Location"].startswith("/watch/party-")
    (party,) = parties_of(alice)
    assert (party.name, party.movie_id, bool(party.password)) == ("Ours", film.pk, True)
    assert client.get(opened["Location"]).status_code == 200
    assert client.post(f"/movies/{film.pk}/party", {}).status_code == 302, "neither is needed"


def test_a_party_that_cannot_be_says_why(alice: User) -> None:
    film = make_film()
    refused = visitor("alice").post(f"/movies/{film.pk}/party", {"name": "x" * 101, "password": "y" * 129})
    html = refused.content.decode()
    assert refused.status_code == 400
    assert 'id="party_name_error"' in html
    assert 'id="party_password_error"' in html
    assert visitor().post(f"/movies/{film.pk}/party")["Location"].startswith("/login")
    assert not parties_of(alice).exists()
