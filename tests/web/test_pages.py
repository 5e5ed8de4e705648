"""Every page, in both languages, with the headers that keep it safe."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from comments.services import hide_comment, post_comment
from core.clock import now
from core.errors import Unavailable
from movies import services as movies
from rooms import services as rooms
from rooms.data import RoomPost
from tests.movies.films import make_film
from tests.web.visitors import visitor
from web import components, phrases
from web.pages import page
from web.urls import urlpatterns

pytestmark = pytest.mark.django_db

ATTACK = "<script>alert('x')</script><img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """Every element of a page, as (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _every_page(person: User) -> dict[str, str]:
    """Pages for people by address, and whom they are for."""
    film = make_film()
    return {
        "/": "", f"/movies/{film.pk}": "", f"/watch/movie-{film.pk}": "", "/login": "", "/register": "", "/api/docs": "",
        "/docs/protocol": "", "/settings": person.username, "/password/forgotten": "", "/password/sent": "",
        "/_components": "", "/offline": "",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_renders_in_the_readers_language(alice: User, language: str) -> None:
    for address, name in _every_page(alice).items():
        response = visitor(name or None, language=language).get(address)
        assert response.status_code == 200, address
        html = response.content.decode()
        assert f'<html lang="{language}">' in html, address
        is_chinese = re.search(r"登录|退出|接口|API|网络", html) if language == "zh-hans" else None
        assert language == "en" or is_chinese, address
        assert address == "/_components" or 'href="/_components"' not in html, "it is for who makes the pages, and unlisted"
        assert "{{" not in html, address


def test_pages_run_nothing_inline_and_cannot_be_framed(alice: User) -> None:
    for address, name in _every_page(alice).items():
        response = visitor(name or None).get(address)
        policy = response["Content-Security-Policy"]
        for needed in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ):
            assert needed in policy, (address, policy)
        assert "unsafe" not in policy, address
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        for tag, attributes in Elements(response.content.decode()).found:
            assert "style" not in attributes, (address, tag)
            assert not [name for name in attributes if name.startswith("on")], (address, tag)
            assert tag != "style", address
            if tag == "script":
                assert attributes.get("src") or attributes.get("type") == "application/json", (address, attributes)


def test_everything_a_page_loads_is_here(alice: User) -> None:
    """Own addresses only, and each file exists."""
    for address, name in _every_page(alice).items():
        for tag, attributes in Elements(visitor(name or None).get(address).content.decode()).found:
            source = attributes.get("src") if tag in ("script", "img") else attributes.get("href") if tag == "link" else None
            if source:
                assert source.startswith("/"), (address, source)
                if source.startswith(settings.STATIC_URL):
                    assert finders.find(source.removeprefix(settings.STATIC_URL)), (address, source)


def test_browsers_that_ask_for_an_icon_by_its_old_name_get_ours() -> None:
    response = visitor().get("/favicon.ico")
    assert response.status_code == 301
    assert finders.find(response["Location"].removeprefix(settings.STATIC_URL))


def test_every_form_control_has_a_label(alice: User) -> None:
    for address, name in _every_page(alice).items():
        html = visitor(name or None).get(address).content.decode()
        elements = Elements(html).found
        labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
        for tag, attributes in elements:
            if tag in ("input", "textarea", "select") and attributes.get("type") not in ("hidden", "checkbox"):
                assert attributes.get("id") in labelled, (address, attributes)


def test_unknown_addresses_are_pages_for_people_and_envelopes_for_programs() -> None:
    for address in (
        "/nowhere",
        "/movies/999999",
        "/movies/" + "9" * 40,
        "/watch/movie-999999",
        "/watch/%3Cb%3E",
        "/watch/movie-01",
    ):
        response = visitor().get(address)
        assert response.status_code == 404, address
        assert "There is nothing here" in response.content.decode(), address
    assert visitor(language="zh-hans").get("/nowhere").content.decode().count("这里什么都没有") == 1
    assert visitor().get("/api/nowhere").json()["code"] == 404


def test_the_page_of_a_server_error_needs_no_request() -> None:
    with translation.override("en"):
        assert "Something went wrong" in render_to_string("500.html")


def test_a_refusal_is_a_page() -> None:
    @page
    def view(request: Any) -> Any:
        raise Unavailable

    request = RequestFactory().get("/")
    request.user = User(username="alice")
    request.session = {}
    response = view(request)
    assert response.status_code == 503
    assert response["Retry-After"]
    assert b"<h1>" in response.content


def test_a_refusal_that_is_absence_is_a_404() -> None:
    @page
    def view(request: Any) -> Any:
        raise Http404

    with pytest.raises(Http404):
        view(RequestFactory().get("/"))


PARTS: dict[str, Any] = {"comment_id": 5, "login_id": uuid.UUID(int=1), "key": "a", "token": "b-c"}


@pytest.mark.embedded_only
def test_no_address_of_a_page_is_a_dead_end(alice: User) -> None:
    """What a form is sent to is also opened: after a login, by the language's switch, from the address bar."""
    film, guest, member = make_film(), visitor(), visitor("alice")
    parts = PARTS | {"movie_id": film.pk, "room_id": f"movie-{film.pk}"}
    led = {}
    for pattern in urlpatterns:
        address = reverse(str(pattern.name), kwargs={name: parts[name] for name in pattern.pattern.converters})
        asked = [client.generic(method, address) for client in (guest, member) for method in ("GET", "HEAD")]
        assert 405 not in {answer.status_code for answer in asked}, address
        led[pattern.name] = {answer.headers.get("Location") for answer in asked}
    assert led["profile"] == {"/settings#profile"}
    assert led["end-login"] == {"/settings#logins"}
    assert led["open-party"] == {f"/movies/{film.pk}#party"}
    assert led["delete-comment"] == {f"/movies/{film.pk}#comment-5"}
    assert led["forget-progress"] == led["logout-page"] == {"/"}
    assert member.put("/settings/profile").status_code == 405


@pytest.mark.embedded_only
def test_what_somebody_signed_in_was_shown_is_kept_nowhere(alice: User) -> None:
    """Or Back shows it to whoever sits there after them."""
    party = rooms.open_party(actor=alice, movie_id=make_film().pk)
    for client, is_kept in ((visitor("alice"), False), (visitor(), True)):
        for address in ("/settings", f"/watch/{party.room_id}", "/"):
            policy = client.get(address)["Cache-Control"]
            assert {"private", "no-cache"} <= set(policy.split(", ")), address
            assert ("no-store" in policy) is not is_kept, address


# The catalogue --------------------------------------------------------------------------------------------------------


def test_the_catalogue_shows_published_films_newest_first() -> None:
    make_film("First & foremost")
    make_film("Second")
    make_film("Hidden one", published=False)
    html = visitor().get("/").content.decode()
    assert html.index("Second") < html.index("First &amp; foremost")
    assert "Hidden one" not in html


def test_the_catalogue_searches_and_says_when_nothing_is_found() -> None:
    make_film("Éclair")
    make_film("Other")
    found = visitor().get("/", {"search": "éCLAIR"}).content.decode()
    assert "Éclair" in found
    assert "Other" not in found
    assert "No films found" in visitor().get("/", {"search": "zzz\x00<b>"}).content.decode()


def test_an_empty_catalogue_says_so() -> None:
    assert "There are no films yet" in visitor().get("/").content.decode()


def test_the_catalogue_costs_the_same_for_many_films(django_assert_max_num_queries: Any) -> None:
    for number in range(70):
        make_film(f"Film {number}")
    with django_assert_max_num_queries(5):
        html = visitor().get("/").content.decode()
    assert 'rel="next"' in html
    assert 'rel="prev"' in visitor().get("/", {"page": "2"}).content.decode()
    assert visitor().get("/", {"page": "nonsense"}).status_code == 200


# A film ---------------------------------------------------------------------------------------------------------------


def test_a_film_that_is_taken_back_is_gone() -> None:
    film = make_film()
    assert visitor().get(f"/movies/{film.pk}").status_code == 200
    movies.unpublish(actor=None, movie=film)
    assert visitor().get(f"/movies/{film.pk}").status_code == 404
    assert visitor().get(f"/watch/movie-{film.pk}").status_code == 404


def test_comments_are_text(alice: User, staff: User) -> None:
    film = make_film(ATTACK)
    post_comment(actor=alice, movie_id=film.pk, content=ATTACK)
    hide_comment(actor=staff, comment=post_comment(actor=alice, movie_id=film.pk, content="not for everyone"))
    html = visitor().get(f"/movies/{film.pk}").content.decode()
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert(") >= 2
    assert "not for everyone" not in html


def test_posting_a_comment(alice: User) -> None:
    film = make_film()
    client = visitor("alice")
    response = client.post(f"/movies/{film.pk}", {"content": "  Lovely.\nReally. "})
    assert (response.status_code, response["Location"]) == (302, f"/movies/{film.pk}#comments")
    assert "Lovely.\nReally." in client.get(f"/movies/{film.pk}").content.decode()


def test_a_comment_that_cannot_be_says_why(alice: User, settings: Any) -> None:
    film = make_film()
    client = visitor("alice")
    empty = client.post(f"/movies/{film.pk}", {"content": "   "})
    assert empty.status_code == 400
    assert "Write something first." in empty.content.decode()
    settings.LIMIT_COMMENT_CHARS = 5
    long = client.post(f"/movies/{film.pk}", {"content": "much too long"})
    assert long.status_code == 400
    assert "much too long" in long.content.decode(), "what was typed stays"


def test_a_guest_who_comments_is_asked_to_log_in() -> None:
    film = make_film()
    response = visitor().post(f"/movies/{film.pk}", {"content": "hello"})
    assert response["Location"] == f"/login?next=%2Fmovies%2F{film.pk}%3Fdraft%23comments"


def test_older_comments_are_a_page_away(alice: User, settings: Any) -> None:
    settings.LIMIT_COMMENTS_PER_MINUTE = 0
    film = make_film()
    for number in range(103):
        post_comment(actor=alice, movie_id=film.pk, content=f"comment {number};")
    html = visitor().get(f"/movies/{film.pk}").content.decode()
    assert "comment 2;" not in html
    older = re.search(r"\?before=\d+", html)
    assert older
    html = visitor().get(f"/movies/{film.pk}{older[0]}").content.decode()
    assert "comment 2;" in html
    assert "comment 50;" not in html


# A room ---------------------------------------------------------------------------------------------------------------


def _say(film_id: int, content: str, **who: Any) -> None:
    post = RoomPost(room_id=f"movie-{film_id}", content=content, address="127.0.0.1", **who)
    (answer,) = rooms.post_messages([post])
    assert not isinstance(answer, Exception), answer


def _data(html: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def test_a_room_shows_its_last_messages_as_text(alice: User) -> None:
    film = make_film()
    rooms.open_room(f"movie-{film.pk}")
    for number in range(52):
        _say(film.pk, f"message {number};", user_id=alice.pk, username="alice")
    _say(film.pk, ATTACK, user_id=None, guest_name="</b><script>")
    html = visitor("alice").get(f"/watch/movie-{film.pk}").content.decode()
    assert html.count('<li class="said"') == 50
    assert "message 2;" not in html
    assert "message 3;" in html
    assert "<img src=x" not in html
    assert "</b><script>" not in html
    assert html.count('<span class="badge">guest</span>') == 1, "only the guest is marked"


def test_a_room_tells_its_scripts_who_is_there_and_what_to_say(alice: User) -> None:
    film = make_film()
    for name in (None, "alice"):
        html = visitor(name).get(f"/watch/movie-{film.pk}").content.decode()
        assert _data(html, "room-data") == {
            "room_id": f"movie-{film.pk}", "username": name, "room_kind": "public", "room_name": "",
            "role": "member" if name else "guest", "invite": None,
            "movie_id": film.pk, "public_url": settings.PUBLIC_URL, "is_companion": False,
        }  # fmt: skip
        assert set(_data(html, "phrases")) == set(phrases.ROOM)
        assert ('id="guest-name"' in html) == (name is None)
    assert _data(visitor(language="zh-hans").get(f"/watch/movie-{film.pk}").content.decode(), "phrases")["host"] == "房主"


def test_the_scripts_say_no_phrase_that_the_page_does_not_bring() -> None:
    used: set[str] = set()
    for path in Path(settings.BASE_DIR, "static/js").rglob("*.js"):
        used |= set(re.findall(r'\bsay\(\s*"(\w+)"', path.read_text()))
        used |= {word for pair in re.findall(r'\bsay\([^"]*\? "(\w+)" : "(\w+)"\)', path.read_text()) for word in pair}
    assert {"host_is", "catching_up"} <= used
    assert used <= set(phrases.ROOM) | set(phrases.FILM) | set(phrases.SETTINGS)


@pytest.mark.embedded_only
def test_every_colour_is_on_the_page_of_the_components() -> None:
    """But for those that are written or lie on another colour, and appear with it."""
    tokens = re.findall(r"--([a-z-]+): #", Path(settings.BASE_DIR, "static/css/tokens.css").read_text())
    assert {name for name in tokens if not name.startswith("on-")} - {"screen"} == set(components.COLOURS)


@pytest.mark.embedded_only
def test_no_style_is_for_nothing() -> None:
    """Each class that a stylesheet names is one that a page or a script of ours might use; the gallery does not count."""
    base, said = Path(settings.BASE_DIR), set[str]()
    for path in (*base.glob("templates/**/*.html"), *base.glob("static/js/**/*.js"), *base.glob("web/**/*.py")):
        said |= set(re.findall(r"[\w-]+", path.read_text())) if path.name != "components.html" else set()
    for path in base.glob("static/css/*.css"):
        selectors = re.sub(r"/\*.*?\*/|{[^{}]*}", "", path.read_text(), flags=re.DOTALL)
        assert path.name in ("docs.css", "gallery.css") or set(re.findall(r"\.([a-z][\w-]*)", selectors)) <= said, path.name


def test_only_our_own_pages_are_read_as_markup() -> None:
    """`tests/test_house.py` knows the ways that are closed to everyone; this one a script needs."""
    scripts = Path(settings.BASE_DIR, "static/js").rglob("*.js")
    assert [path.name for path in scripts if "parseFromString" in path.read_text()] == ["swap.js"]


def test_a_partys_page_asks_strangers_for_its_password_and_shows_no_talk(alice: User, bob: User, settings: Any) -> None:
    settings.LIMIT_CONTENT_CHARS = 321
    film = make_film()
    begins = now() + timedelta(days=1)
    party = rooms.open_party(actor=alice, movie_id=film.pk, name="Film <night>", password="sesame", starts_at=begins)
    rooms.post_messages([RoomPost(room_id=party.room_id, user_id=alice.pk, username="alice", content="only for us")])
    address, guest = f"/watch/{party.room_id}", visitor()
    for wrong in (address, f"{address}?invite=x"):
        door = guest.get(wrong).content.decode()
        assert "Film &lt;night&gt;" in door
        assert f'datetime="{begins:%Y-%m-%d}' in door
        assert "only for us" not in door
        assert "room-data" not in door
    refused = guest.post(address, {"password": "sesam"})
    assert (refused.status_code, "The password of this room is wrong." in refused.content.decode()) == (403, True)
    assert guest.post(address, {"password": ""}).status_code == 400

    way_in = guest.post(f"{address}?companion=1", {"password": "sesame"})["Location"]
    assert way_in == f"{address}?companion=1&invite={party.invite_key}"
    assert visitor("bob").post(address, {"password": "sesame"})["Location"] == address, "an account belongs to it"
    for name, path, role in ((None, way_in, "guest"), ("bob", address, "member"), ("alice", address, "owner")):
        inside = visitor(name).get(path).content.decode()
        data = _data(inside, "room-data")
        assert [data[key] for key in ("room_kind", "role", "invite")] == ["party", role, None if name else party.invite_key]
        assert "only for us" in inside
        assert 'maxlength="321"' in inside
    assert visitor("alice").post(f"{address}?invite=x")["Location"] == f"{address}?invite=x", "the door was open"
    rooms.close_party(actor=alice, room=party)
    assert visitor("alice").get(address).status_code == 404


def test_a_partys_door_says_who_may_not_come_in_and_heeds_its_limit(alice: User, settings: Any) -> None:
    party = rooms.open_party(actor=alice, movie_id=make_film().pk, password="sesame")
    settings.LIMIT_LOGINS_PER_MINUTE, guest = 1, visitor()
    wrong, waits = (guest.post(f"/watch/{party.room_id}", {"password": "x"}) for _ in range(2))
    assert (wrong.status_code, "Retry-After" in wrong) == (403, False)
    assert (waits.status_code, 1 <= int(waits["Retry-After"]) <= 61) == (429, True)
    settings.ALLOW_GUESTS = False
    refused = guest.post(f"/watch/{party.room_id}", {"password": "sesame"})
    assert (refused.status_code, "Guests are not allowed here." in refused.content.decode()) == (403, True)
