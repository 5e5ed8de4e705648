"""What all pages of the admin share: the house's name, and actions that say what they did and are remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils.translation import gettext

from core.errors import ApiError

admin.site.site_header = admin.site.site_title = "Matinee"


class TracedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def act_on(
        self, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], object], done: object, flag: int = CHANGE
    ) -> None:
        """Do `act` to each row, tell how many were `done` ("Published") and enter each under "recent actions" with `flag`.

        A row that a service refuses (ApiError) is named with the reason; the others go on. Rows are read before the first act.
        """
        count = 0
        for row in list(rows):
            entry = self._entry(request, row, done, flag)
            try:
                act(row)
            except ApiError as refusal:
                self.message_user(request, f"{row}: {_reason(refusal)}", messages.ERROR)
                continue
            entry.save()
            count += 1
        said = gettext("%(done)s: %(count)d") % {"done": done, "count": count}
        self.message_user(request, said, messages.SUCCESS if count else messages.WARNING)

    def _entry(self, request: HttpRequest, row: Any, done: object, flag: int) -> LogEntry:
        """Named as it is before the act, after which there may be nothing to name."""
        return LogEntry(
            user_id=cast(Any, request.user).pk,
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=flag,
            change_message=str(done),
        )


def _reason(refusal: ApiError) -> str:
    words = [word for said in (refusal.errors or {}).values() for word in said]
    return " ".join(str(word) for word in words or [refusal.detail])
