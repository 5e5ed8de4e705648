"""The admin speaks Chinese to whoever reads Chinese: titles, columns and labels; and calls people and things by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.templatetags.admin_list import result_headers
from django.db.models import Model
from django.test import Client
from django.utils import translation

from accounts.models import Login, User
from groups.models import ChatGroup, Membership
from rooms.models import Sanction
from tests.doors.rows import MAKE
from tests.doors.test_tables import ADDED, REGISTERED, name_of, page

pytestmark = pytest.mark.django_db
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def desk(staff: User) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(staff)
    return client


def labels_of(fieldsets: Any) -> Iterator[str]:
    for fieldset in fieldsets:
        for line in fieldset:
            for shown in line:
                yield str(shown.field["label"] if shown.is_readonly else shown.field.label)


def written_labels_of(fieldsets: Any) -> list[str]:
    """Without what is only read, whose labels the page itself begins with a capital."""
    return [
        str(shown.field.label) for fieldset in fieldsets for line in fieldset for shown in line if not shown.is_readonly
    ]  # fmt: skip


def words_of(desk: Client, model: type[Model]) -> Iterator[str]:
    """Columns of the list and the labels of the form, also of what hangs on it."""
    row = MAKE[model]()
    changelist = desk.get(page(model, "changelist")).context["cl"]
    yield from (str(header["text"]) for header in result_headers(changelist) if "action-checkbox" not in str(header))
    forms = [page(model, "change", row.pk), *([page(model, "add")] if name_of(model) in ADDED else [])]
    for path in forms:
        context = desk.get(path).context
        yield from labels_of(context["adminform"])
        for inline in context["inline_admin_formsets"]:
            yield str(inline.opts.verbose_name_plural)
            yield from (str(field["label"]) for field in inline.fields())


def test_titles_of_the_admin_are_chinese(desk: Client) -> None:
    apps = desk.get("/admin/").context["app_list"]
    tables = [str(model["name"]) for app in apps for model in app["models"]]
    titles = [*tables, *(str(app["name"]) for app in apps)]
    assert not [title for title in titles if not CHINESE.search(title)]
    assert len(set(tables)) == len(tables) == len(REGISTERED)


def test_columns_and_labels_of_the_admin_are_chinese(desk: Client) -> None:
    with translation.override("zh-hans"):
        words = {(name_of(model), word) for model in REGISTERED for word in words_of(desk, model)}
    assert {word for word in words if not CHINESE.search(word[1])} <= {("storedfile", "id")}


def test_labels_begin_with_a_capital_in_english(staff: User) -> None:
    desk = Client(headers={"accept-language": "en"})
    desk.force_login(staff)
    pages = [desk.get(page(model, "add")) for model in REGISTERED if name_of(model) in ADDED]
    assert len(pages) == len(ADDED)
    with translation.override("en"):
        labels = [label for opened in pages for label in written_labels_of(opened.context["adminform"])]
    assert "Title" in labels
    assert not [label for label in labels if label[0].islower()]


def test_rows_bear_names(staff: User) -> None:
    login, membership, sanction, group = (MAKE[model]() for model in (Login, Membership, Sanction, ChatGroup))
    assert str(login).startswith(f"{login.user.username} ")
    assert str(membership) == f"{membership.user.username} · {membership.group.name}"
    with translation.override("en"):
        assert str(sanction) == f"mute {sanction.user.username}"
    assert ChatGroup._meta.verbose_name_plural != "groups"
    assert str(group) == group.name
