"""REST for private messages, the list of conversations, and one's own messages anywhere."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from accounts.models import User
from accounts.selectors import user_by_username
from accounts.views import taken
from core.errors import NotFound
from core.paging import Page, cut, link_header, links, window_from
from core.schema import errors
from core.text import is_encodable
from messaging import selectors, serializers, services
from messaging.drafts import PrivateDraft
from messaging.message_view import MessageView, view_of
from messaging.throttle import check_may_send

PAGE, LARGEST_PAGE = 50, 100
LARGEST_LIST = 200
PAGING = [
    OpenApiParameter("limit", int, description=f"{PAGE} unless given, at most {LARGEST_PAGE}."),
    OpenApiParameter("before", int, description="Messages older than this id."),
    OpenApiParameter("after", int, description="Messages newer than this id."),
]
RETRY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Instead of client_id.")


def sent_body(serializer: type[serializers.Body], request: Request) -> dict[str, Any]:
    """The validated body of a send, counted against the sender's limit. ValidationError, TooManyRequests."""
    body = taken(serializer, request)
    if body["client_id"] is None:
        body["client_id"] = request.headers.get("Idempotency-Key") or None
    check_may_send(caller(request).pk)
    return body


class PrivateMessages(APIView):
    @extend_schema(
        summary="Write to a person",
        tags=["messages"],
        parameters=[RETRY_KEY],
        request=serializers.PrivateSend,
        responses={200: serializers.PrivateMessage, **errors(400, 401, 404, 409, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        actor = caller(request)
        body = sent_body(serializers.PrivateSend, request)
        posted = services.post_message(PrivateDraft(actor_id=actor.pk, actor_name=actor.username, **body))
        return Response(_private_items([posted.message], actor)[0])


class PrivateHistory(APIView):
    @extend_schema(
        summary="What one person and I wrote to each other",
        description="Oldest first; the newest page unless a cursor is given. Addresses of other pages are in the Link header.",
        tags=["messages"],
        parameters=PAGING,
        responses={200: serializers.PrivateMessage(many=True), **errors(400, 401, 404)},
    )
    def get(self, request: Request, username: str) -> Response:
        actor = caller(request)
        other = user_by_username(username) if is_encodable(username) else None
        if other is None:
            raise NotFound
        window = window_from(request.query_params, default=PAGE, most=LARGEST_PAGE)
        page = cut(selectors.private_messages(actor, other), window)
        messages = [view_of(message) for message in page.items]
        note_delivered(actor, messages)
        return Response(_private_items(messages, actor), headers=link_header(links(request, page, window)))


def note_delivered(reader: User, messages: list[MessageView]) -> None:
    """What a person lists has reached them."""
    seqs = [message.seq for message in messages if message.sender_id != reader.pk]
    if seqs:
        services.mark_delivered(user=reader, conversation_id=messages[0].conversation_id, seq=max(seqs))


def _private_items(messages: list[MessageView], viewer: User) -> list[Any]:
    """The answer for messages of one conversation, with their status as of now."""
    cursors = selectors.private_cursors(messages[0].conversation_id, viewer_id=viewer.pk) if messages else {}
    return [
        serializers.PrivateMessage(
            serializers.item_of(message, viewer_id=viewer.pk, status=selectors.status_of(message, cursors))
        ).data
        for message in messages
    ]


class OneMessage(APIView):
    @extend_schema(
        summary="Edit my message",
        tags=["messages"],
        request=serializers.Edit,
        responses={200: serializers.AnyMessage, **errors(400, 401, 403, 404, 409, 415)},
    )
    def patch(self, request: Request, message_id: int) -> Response:
        content = taken(serializers.Edit, request)["content"]
        message = services.edit_message(actor=caller(request), message_id=message_id, content=content)
        return _any_message(message, request)

    @extend_schema(
        summary="Take back my message",
        description="Its place stays, empty.",
        tags=["messages"],
        responses={200: serializers.AnyMessage, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, message_id: int) -> Response:
        return _any_message(services.delete_message(actor=caller(request), message_id=message_id), request)


def _any_message(message: MessageView, request: Request) -> Response:
    return Response(serializers.AnyMessage(serializers.item_of(message, viewer_id=caller(request).pk)).data)


class Conversations(APIView):
    @extend_schema(
        summary="My conversations",
        description="With people and in groups, the last changed first. The address of the next page is in the Link header.",
        tags=["messages"],
        parameters=[
            OpenApiParameter("limit", int, description=f"{PAGE} unless given, at most {LARGEST_LIST}."),
            OpenApiParameter("before", int, description="Conversations that come after this id in the list."),
        ],
        responses={200: serializers.Conversation(many=True), **errors(400, 401, 404)},
    )
    def get(self, request: Request) -> Response:
        window = window_from(request.query_params, default=PAGE, most=LARGEST_LIST)
        found = selectors.conversations_of(caller(request), limit=window.limit + 1, before=window.before)
        shown = found[: window.limit]
        older = shown[-1].participant.conversation_id if len(found) > window.limit else None
        page: Page[Any] = Page(items=[], older=older, newer=None)
        return Response(serializers.Conversation(shown, many=True).data, headers=link_header(links(request, page, window)))


class ReadCursor(APIView):
    @extend_schema(
        summary="I have read up to here",
        description="Cursors move forward only: an older message changes nothing.",
        tags=["messages"],
        request=serializers.Reading,
        responses={200: serializers.Cursors, **errors(400, 401, 404, 415)},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        seq = taken(serializers.Reading, request)["seq"]
        cursors = services.mark_read(actor=caller(request), conversation_id=conversation_id, seq=seq)
        return Response(serializers.Cursors(cursors).data)
