"""What staff do by the admin's actions is told to them and stays in "recent actions"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client

from accounts.models import Login, User
from comments.models import Comment
from core.clock import now
from groups.models import Membership
from messaging.models import Message
from movies.models import Movie
from rooms.models import Room, Sanction
from tests.doors.rows import MAKE, someone
from tests.doors.test_tables import REGISTERED, client_of, name_of, page

pytestmark = pytest.mark.django_db

ACTIONS: list[tuple[type[Model], str, str]] = [
    (User, "deactivate", "Deactivated"),
    (User, "activate", "Activated"),
    (User, "remove_avatars", "Picture removed"),
    (Login, "end", "Signed out"),
    (Movie, "unpublish", "Unpublished"),
    (Movie, "publish", "Published"),
    (Comment, "hide", "Hidden"),
    (Comment, "unhide", "Shown again"),
    (Message, "take_out", "Taken out"),
    (Membership, "expel", "Put out"),
    (Room, "lift_sanctions", "Lifted"),
    (Room, "hand_on", "Handed over"),
    (Room, "close", "Closed"),
    (Sanction, "lift", "Lifted"),
]


@pytest.fixture
def act(staff: User) -> Callable[..., list[tuple[str, str]]]:
    """`act(model, action, rows)`: what the staff member is told, as (level, words)."""
    client = client_of(staff)

    def post(model: type[Model], action: str, rows: list[Any], speaker: Client = client) -> list[tuple[str, str]]:
        sent = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
        answer = speaker.post(page(model, "changelist"), sent, follow=True)
        return [(message.level_tag, str(message)) for message in answer.context["messages"]]

    return post


def test_every_action_is_looked_at() -> None:
    known = {(model, action) for model in REGISTERED for action in admin.site._registry[model].actions or ()}
    assert known == {(model, action) for model, action, _ in ACTIONS}


def test_actions_say_what_they_did_and_are_remembered(act: Callable[..., Any], staff: User) -> None:
    rows: dict[type[Model], list[Any]] = {}
    for model, action, done in ACTIONS:
        ours = rows.setdefault(model, [MAKE[model](), MAKE[model]()])
        names = {str(row) for row in ours}
        LogEntry.objects.all().delete()
        assert act(model, action, ours) == [("success", f"{done}: 2")], action
        entries = LogEntry.objects.filter(user=staff)
        assert {(entry.object_repr, entry.change_message) for entry in entries} == {(name, done) for name in names}
        assert {entry.content_type.model for entry in entries if entry.content_type} == {name_of(model)}


def test_what_was_so_already_is_not_counted(act: Callable[..., Any]) -> None:
    film, comment, login, person = MAKE[Movie](), MAKE[Comment](), MAKE[Login](), someone()
    Login.objects.filter(pk=login.pk).update(revoked_at=now())
    assert act(Movie, "publish", [film]) == [("warning", "Published: 0")]
    assert act(Comment, "unhide", [comment]) == [("warning", "Shown again: 0")]
    assert act(Login, "end", [login]) == [("warning", "Signed out: 0")]
    assert act(User, "remove_avatars", [person]) == [("warning", "Picture removed: 0")]
    assert not LogEntry.objects.exists()


def test_what_is_refused_is_named_and_the_rest_goes_on(act: Callable[..., Any]) -> None:
    films = [MAKE[Movie](), MAKE[Movie]()]
    Movie.objects.update(is_published=False)
    Movie.objects.filter(pk=films[0].pk).update(video_link="", hls_path="")
    refused = (f"{films[0]}: A film without a video cannot be published.", "Published: 1")
    assert sorted(act(Movie, "publish", films)) == sorted(zip(("error", "success"), refused, strict=True))
    assert [entry.object_repr for entry in LogEntry.objects.all()] == [str(films[1])]


def test_the_admin_bears_the_houses_name(staff: User) -> None:
    index = client_of(staff).get("/admin/").content.decode()
    assert "Django" not in index
    assert "Matinee" in index
