"""Path converters. `core.apps` registers them."""

from __future__ import annotations

from core.paging import MAX_ID


class IdConverter:
    """A row's id: `path("groups/<id:group_id>")`. What no id can be does not match, so it is a 404."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if not 0 < number <= MAX_ID:
            raise ValueError
        return number

    def to_url(self, value: int) -> str:
        return str(value)
