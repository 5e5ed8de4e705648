"""The error table: every refusal Matinee can give, whatever door it leaves by.

A domain function raises one of these; `envelope` renders it for REST and `realtime` for sockets, so both say the same
words. `slug` is stable and machine-readable, `status` is the HTTP status and the `code` of the envelope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from core.clock import iso_ms, now

Fields = Mapping[str, Sequence[object]]
"""Invalid fields and, for each, what is wrong with it."""


class ApiError(Exception):
    """A refusal with a documented status, slug and words (kept lazy until rendered, so that the reader's language decides)."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "server_error"
    words: ClassVar[object] = _("Something went wrong on our side.")

    def __init__(
        self,
        detail: object | None = None,
        *,
        slug: str | None = None,
        errors: Fields | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.detail = detail if detail is not None else self.words
        self.error = slug or self.slug
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(self.error)


class Invalid(ApiError):
    status, slug, words = 400, "invalid", _("The request is not valid.")

    @classmethod
    def field(cls, name: str, detail: object, *, slug: str | None = None) -> Invalid:
        """One invalid field, named."""
        return cls(slug=slug, errors={name: [detail]})


class MalformedBody(ApiError):
    status, slug, words = 400, "malformed", _("The body is not valid JSON.")


class UnknownType(ApiError):
    status, slug, words = 400, "unknown_type", _("This type of frame is not known here.")


class NotAuthenticated(ApiError):
    status, slug, words = 401, "not_authenticated", _("Sign in first.")


class BadCredentials(ApiError):
    status, slug, words = 401, "bad_credentials", _("Name, e-mail or password is wrong.")


class BadToken(ApiError):
    status, slug, words = 401, "bad_token", _("The token is not valid or has ended.")


class Forbidden(ApiError):
    status, slug, words = 403, "forbidden", _("You may not do this.")


class Banned(ApiError):
    status, slug, words = 403, "banned", _("You are banned here.")


class Muted(ApiError):
    status, slug, words = 403, "muted", _("You are muted here.")


class Kicked(ApiError):
    status, slug, words = 403, "kicked", _("You were sent out of this room. Come back later.")


class WrongPassword(ApiError):
    status, slug, words = 403, "wrong_password", _("The password of this room is wrong.")


class GuestsRefused(ApiError):
    status, slug, words = 403, "guests_refused", _("Guests are not allowed here.")


class NotFound(ApiError):
    status, slug, words = 404, "not_found", _("Not found.")


class MethodNotAllowed(ApiError):
    status, slug, words = 405, "method_not_allowed", _("This method is not allowed here.")


class NotAcceptable(ApiError):
    status, slug, words = 406, "not_acceptable", _("None of the accepted types can be given.")


class Conflict(ApiError):
    status, slug, words = 409, "conflict", _("This conflicts with what is there.")


class RoomFull(ApiError):
    status, slug, words = 409, "room_full", _("This room is full.")


class TooLarge(ApiError):
    status, slug, words = 413, "too_large", _("The body is too large.")


class UnsupportedMediaType(ApiError):
    status, slug, words = 415, "unsupported_media_type", _("This content type is not supported.")


class RangeNotSatisfiable(ApiError):
    status, slug, words = 416, "range_not_satisfiable", _("The range lies outside the file.")


class TooManyRequests(ApiError):
    status, slug, words = 429, "too_many_requests", _("Too many requests. Try again later.")


class ServerError(ApiError):
    pass


class Unavailable(ApiError):
    status, slug, words = 503, "unavailable", _("Not available right now. Try again soon.")

    def __init__(self, detail: object | None = None, *, retry_after: float = 5, **more: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **more)


class StorageFull(ApiError):
    status, slug, words = 507, "storage_full", _("There is no room left for this file.")


def every_error() -> Iterator[type[ApiError]]:
    """Each row of the table, for the docs and their test."""
    yield from sorted(ApiError.__subclasses__(), key=lambda error: (error.status, error.slug))


BY_STATUS: dict[int, type[ApiError]] = {
    error.status: error
    for error in (
        Invalid, NotAuthenticated, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, Conflict, TooLarge,
        UnsupportedMediaType, RangeNotSatisfiable, TooManyRequests, ServerError, Unavailable, StorageFull,
    )
}  # fmt: skip
"""The row that speaks for an HTTP status when all that is known is the status."""


def envelope(error: ApiError, *, films_dialect: bool = False) -> dict[str, Any]:
    """The JSON body of a refusal, in the reader's language.

    `films_dialect` adds the two keys that every answer under /api/ has.
    """
    detail = str(error.detail)
    body: dict[str, Any] = {
        "detail": detail,
        "code": error.status,
        "timestamp": iso_ms(now()),
        "error": error.error,
    }
    if error.errors is not None:
        body["errors"] = {name: [str(word) for word in words] for name, words in error.errors.items()}
    if films_dialect:
        body |= {"status": "error", "message": detail}
    return body
