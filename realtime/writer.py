"""Posting from sockets: whatever arrived while the last commit was in flight shares the next one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import Error as DatabaseError

from core.errors import ApiError, ServerError
from messaging.drafts import Draft, PrivateDraft
from messaging.message_view import Posted
from messaging.services import post_messages
from realtime.sharing import Shared
from realtime.work import Workers
from rooms.data import RoomPost
from rooms.services import drafts_for

logger = logging.getLogger("matinee.realtime")

Post = RoomPost | PrivateDraft | Callable[[], Draft]
"""A callable runs in the writer's thread: it checks rights in the database and gives the draft, or raises the refusal."""


class Writer(Shared[Post, Posted]):
    """`put` stores a message; it is committed when the future is done."""

    def __init__(self, workers: Workers) -> None:
        super().__init__(lambda batch: workers.post(prepare_and_post, batch))


def prepare_and_post(batch: list[Post]) -> list[Posted | Exception]:
    """One result per item, in order. One that is refused, or fails, does not touch the others."""
    results: list[Posted | Exception] = [ServerError()] * len(batch)
    drafts: dict[int, Draft] = {}
    prepared = {**_drafts_for_rooms(batch), **_other_drafts(batch)}
    for index in sorted(prepared):
        draft = prepared[index]
        if isinstance(draft, Exception):
            results[index] = draft
        else:
            drafts[index] = draft
    if drafts:
        for index, result in zip(drafts, post_messages(list(drafts.values())), strict=True):
            results[index] = result
    return results


def _drafts_for_rooms(batch: list[Post]) -> dict[int, Draft | Exception]:
    """All rooms' posts at once: two queries, whatever their number."""
    posts = {index: post for index, post in enumerate(batch) if isinstance(post, RoomPost)}
    return dict(zip(posts, drafts_for(list(posts.values())), strict=True)) if posts else {}


def _other_drafts(batch: list[Post]) -> dict[int, Draft | Exception]:
    found: dict[int, Draft | Exception] = {}
    for index, post in enumerate(batch):
        if isinstance(post, PrivateDraft):
            found[index] = post
        elif not isinstance(post, RoomPost):
            try:
                found[index] = post()
            except ApiError as refusal:
                found[index] = refusal
            except DatabaseError:
                raise
            except Exception as error:
                logger.exception("could not prepare a message")
                found[index] = error
    return found
