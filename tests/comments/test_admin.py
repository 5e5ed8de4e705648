from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comments import services
from comments.models import Comment
from tests.movies.films import make_film

pytestmark = pytest.mark.django_db
LIST = "/admin/comments/comment/"


@pytest.fixture
def desk(staff: Any) -> Client:
    """staff's browser, with a session that has begun."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    client.get("/admin/")
    return client


def act(client: Client, action: str, *comments: Comment, **more: str) -> None:
    chosen = {"action": action, "_selected_action": [comment.pk for comment in comments], **more}
    assert client.post(LIST, chosen).status_code == 302


def test_staff_hide_show_and_delete(desk: Client, staff: Any, alice: Any) -> None:
    movie = make_film()
    rude, kind = (services.post_comment(actor=alice, movie_id=movie.pk, content=word) for word in ("Rude", "Kind"))
    act(desk, "hide", rude)
    assert Comment.objects.get(is_hidden=True).hidden_by == staff
    act(desk, "unhide", rude)
    assert not Comment.objects.filter(is_hidden=True).exists()
    act(desk, "delete_selected", rude, post="yes")
    assert desk.post(f"{LIST}{kind.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Comment.objects.exists()


def test_staff_do_not_write_in_others_names(desk: Client, alice: Any) -> None:
    comment = services.post_comment(actor=alice, movie_id=make_film().pk, content="Mine")
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.get(f"{LIST}{comment.pk}/change/").status_code == 200
    desk.post(f"{LIST}{comment.pk}/change/", {"content": "Yours"})
    comment.refresh_from_db()
    assert comment.content == "Mine"


def test_the_list_costs_the_same_for_any_length(desk: Client, alice: Any, staff: Any, settings: Any) -> None:
    settings.LIMIT_COMMENTS_PER_MINUTE = 0
    costs = []
    for count in (3, 7):
        for number in range(count):
            movie = make_film(f"Film {number}")
            comment = services.post_comment(actor=alice, movie_id=movie.pk, content="Rude")
            services.hide_comment(actor=staff, comment=comment)
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(LIST, {"q": "rude", "is_hidden__exact": 1})
        assert page.status_code == 200
        costs.append(len(queries))
    assert page.context["cl"].result_count == 10
    assert costs[0] == costs[1]
