"""Where a person's picture is seen, and that a guest of the same name never wears it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test.client import MULTIPART_CONTENT
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.avatars import set_avatar
from accounts.models import User
from comments.services import post_comment
from core import pictures
from tests.conftest import PASSWORD, make_user
from tests.movies.films import make_film
from tests.pictures import BLUE, picture, sent
from tests.rig.servers import Server
from tests.web.attending import attend
from tests.web.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    settings.PRESENCE_LEASE_SECONDS = 600


def address(user: User) -> str:
    return f'src="/media/avatars/{User.objects.get(pk=user.pk).avatar}.webp"'


def test_a_picture_is_chosen_and_removed_without_a_script(alice: User) -> None:
    client = visitor("alice")
    page = client.get("/settings").content.decode()
    assert "/media/avatars/" not in page
    assert "Remove the picture" not in page
    assert client.post("/settings/avatar", {"avatar": sent(picture())})["Location"] == "/settings?saved=profile#profile"
    page = client.get("/settings").content.decode()
    assert page.count(address(alice)) == 2, "in the header and beside the profile"
    client.post("/settings/avatar", {"avatar": sent(picture(colour=BLUE))})
    assert client.get("/settings").content.decode().count(address(alice)) == 2
    assert client.post("/settings/avatar/remove")["Location"] == "/settings?saved=profile#profile"
    assert "/media/avatars/" not in client.get("/settings").content.decode()


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({}, 400, "Choose a picture first."),
        ({"avatar": "text"}, 400, "Choose a picture first."),
        ({"avatar": sent(b"")}, 400, "This file is empty."),
        ({"avatar": sent(b"<svg/>", "me.svg")}, 400, "A picture is a JPEG, PNG, WebP or GIF file."),
        ({"avatar": sent(picture("JPEG")[:-100], "me.jpg")}, 400, "This picture is damaged and cannot be read."),
        ({"avatar": sent(picture() + b"x" * 10 * 1024 * 1024)}, 413, "A picture may have at most 10 MB."),
    ],
    ids=["nothing", "text", "empty", "svg", "damaged", "large"],
)
def test_a_bad_picture_is_told_apart(alice: User, form: dict[str, Any], status: int, words: str) -> None:
    response = visitor("alice").post("/settings/avatar", form)
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert 'aria-invalid="true"' in html
    assert User.objects.get().avatar == ""


def test_a_picture_that_has_to_wait_too_long_is_told_when_to_come_back(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_MOST_WAIT", 0.01)
    client = visitor("alice")
    with pictures._decoding:
        response = client.post("/settings/avatar", {"avatar": sent(picture())})
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "Not available right now." in response.content.decode()
    assert client.post("/settings/avatar", {"avatar": sent(picture())}).status_code == 302


@pytest.mark.parametrize("kind", [MULTIPART_CONTENT, "application/x-www-form-urlencoded"])
def test_text_in_the_place_of_a_picture_is_refused_unread(db: None, caplog: Any, kind: str) -> None:
    """Django reads a form to check its CSRF token, before anybody asks who sends it."""
    stranger = visitor(enforce_csrf_checks=True)
    stranger.get("/login")
    text = "x" * (settings.LIMIT_BODY_BYTES + 1)
    sent_text = {"avatar": text} if kind == MULTIPART_CONTENT else f"avatar={text}"
    response = stranger.post("/settings/avatar", sent_text, content_type=kind)
    assert response.status_code == 413
    assert "The body is too large." in response.content.decode()
    assert "Traceback" not in caplog.text


def test_pictures_beside_comments_cost_no_more_queries(alice: User) -> None:
    film = make_film()
    people = [alice, make_user("bob")]
    for person in people:
        set_avatar(actor=person, image=sent(picture()))
        post_comment(actor=person, movie_id=film.pk, content="good")
    client = visitor()
    with CaptureQueriesContext(connection) as few:
        page = client.get(f"/movies/{film.pk}").content.decode()
    assert [address(person) in page for person in people] == [True, True]
    for number in range(5):
        post_comment(actor=make_user(f"person{number}"), movie_id=film.pk, content="too")
    with CaptureQueriesContext(connection) as more:
        assert client.get(f"/movies/{film.pk}").content.decode().count("/media/avatars/") == 2
    assert len(more) == len(few)


def test_whom_one_blocks_has_a_picture_too(alice: User, bob: User) -> None:
    set_avatar(actor=bob, image=sent(picture()))
    accounts.block(actor=alice, username="bob")
    assert address(bob) in visitor("alice").get("/settings").content.decode()


def test_who_is_in_a_room_is_shown_and_a_namesake_is_not(alice: User) -> None:
    film, other = make_film("Rain"), make_film("Snow")
    set_avatar(actor=alice, image=sent(picture()))
    attend(film, alice)
    attend(other, "alice")
    for page in ("/", f"/movies/{film.pk}"):
        assert visitor().get(page).content.decode().count(address(alice)) == 1
    page = visitor().get(f"/movies/{other.pk}").content.decode()
    assert "alice" in page
    assert "/media/avatars/" not in page


@pytest.mark.parametrize(("language", "words"), [("en", "A picture may have at most 10 MB."), ("zh-Hans", "图片最大 10 MB。")])
def test_a_picture_that_no_server_reads_is_refused_by_a_page(server: Server, language: str, words: str) -> None:
    """Not so large that it is refused by its form, but by what stands before Django. Without a script."""
    browser = server.client(**{"Accept-Language": language, "Accept": "text/html,*/*;q=0.8"})
    post(browser, "/login", name=server.register("alice").username, password=PASSWORD)
    answer = post(browser, "/settings/avatar", files={"avatar": ("me.png", picture() + b"x" * (pictures.MOST_BYTES + 70_000))})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert f"<p>{words}</p>" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "/media/avatars/" not in browser.get("/settings").text


def post(browser: httpx.Client, path: str, *, files: Any = None, **form: Any) -> httpx.Response:
    """The form of a page at this address or the one it belongs to."""
    page = browser.get(path, follow_redirects=True).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    return browser.post(path, data={"csrfmiddlewaretoken": token[1], **form}, files=files)
