"""REST for rooms: which there are, what they are like, what was said in them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.encoding import iri_to_uri
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import LenientBearerAuthentication, PageAuthentication, caller
from core.drf import JSONParser
from core.net import request_address
from core.paging import MAX_ID, cut, link_header, links, number, window_from
from core.schema import errors
from messaging.message_view import view_of
from messaging.models import Message
from rooms import selectors, services
from rooms.facts import Access, access_to, facts_of, room_facts
from rooms.film_pages import film_links, film_window_from
from rooms.models import Room
from rooms.serializers import (
    ChangeRoomSerializer,
    NewRoomSerializer,
    RoomAnswerSerializer,
    RoomMessageAnswerSerializer,
    RoomMessageSerializer,
    RoomMessagesSerializer,
    RoomSerializer,
    RoomsSerializer,
)

DEFAULT_PAGE, LARGEST_PAGE = 50, 100
INVITE = OpenApiParameter("invite", OpenApiTypes.STR, description="The key of a party's link, instead of its password.")
SOME_SEE_MORE: list[Any] = [{}, {"bearer": []}, {"session": []}]
"""For the schema: nobody needs to sign in."""
PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1 on."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="Up to 100 (50)."),
]
_PAGING = [
    OpenApiParameter("limit", OpenApiTypes.INT, description="At most this many, up to 100 (50)."),
    OpenApiParameter("before", OpenApiTypes.INT, description="Only messages older than the one with this id."),
    OpenApiParameter("after", OpenApiTypes.INT, description="Only messages newer than the one with this id."),
    OpenApiParameter("from_time", OpenApiTypes.DOUBLE, description="In the film's order, from this second of it on."),
    OpenApiParameter("to_time", OpenApiTypes.DOUBLE, description="In the film's order, up to this second, not including it."),
    OpenApiParameter("movie_id", OpenApiTypes.INT, description="Of this film; of the room's without it. With from_time only."),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="From `next`. With from_time or to_time only."),
]


class RoomsAPIView(APIView):
    """Everyone reads, whatever their token is worth; who is signed in writes."""

    permission_classes = [IsAuthenticatedOrReadOnly]
    # The films dialect names no content type.
    parser_classes = [JSONParser, FormParser, MultiPartParser]

    def get_authenticators(self) -> list[BaseAuthentication]:
        reads = self.request is not None and self.request.method in ("GET", "HEAD", "OPTIONS")
        return [LenientBearerAuthentication(), PageAuthentication()] if reads else super().get_authenticators()


def access_of(request: Request, room_id: str, *, invite: str | None = None) -> Access:
    """How the caller stands to a room. NotFound for one that is not there."""
    key = invite if invite is not None else request.query_params.get("invite")
    return access_to(
        services.open_room(room_id),
        user_id=request.user.pk,
        address=request_address(request._request) or None,
        invite=key,
    )


def access_inside(request: Request, room_id: str) -> Room:
    """The room, for who may enter it. Banned, Kicked or WrongPassword for others."""
    access = access_of(request, room_id)
    if access.refusal is not None:
        raise access.refusal
    return access.room


def page_of(request: Request) -> tuple[int, int]:
    """`page` and `page_size`. Invalid for anything but positive whole numbers."""
    page, size = (number(request.query_params, name, smallest=1) for name in ("page", "page_size"))
    return min(page or 1, MAX_ID // LARGEST_PAGE), min(size or DEFAULT_PAGE, LARGEST_PAGE)


def room_answer(access: Access) -> Response:
    return Response({"status": "success", "room": RoomSerializer(room_facts(access)).data})


class RoomsView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_list",
        summary="Public rooms in which somebody is, or my parties",
        parameters=[*PAGES, OpenApiParameter("mine", OpenApiTypes.BOOL, description="The parties that I belong to.")],
        responses={200: RoomsSerializer, **errors(400, 401)},
        auth=SOME_SEE_MORE,
    )
    def get(self, request: Request) -> Response:
        if request.query_params.get("mine", "") not in ("", "0", "false"):
            found = selectors.parties_of(caller(request))
            return _rooms_page(request, found, lambda room: access_to_own(room))
        return _rooms_page(request, selectors.live_public_rooms(), lambda room: Access(room, "guest", None))

    @extend_schema(
        operation_id="rooms_create",
        summary="Open a party",
        request=NewRoomSerializer,
        responses={200: RoomAnswerSerializer, **errors(400, 401, 404, 409, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        sent = NewRoomSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return room_answer(access_to_own(services.open_party(actor=caller(request), **sent.validated_data), "owner"))


class RoomView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_detail",
        summary="A room, as far as I may see it",
        parameters=[INVITE],
        responses={200: RoomAnswerSerializer, **errors(404)},
        auth=SOME_SEE_MORE,
    )
    def get(self, request: Request, room_id: str) -> Response:
        return room_answer(access_of(request, room_id))

    @extend_schema(
        operation_id="rooms_change",
        summary="Other settings: owner, hosts, staff",
        request=ChangeRoomSerializer,
        responses={200: RoomAnswerSerializer, **errors(400, 401, 403, 404, 413, 415, 429)},
    )
    def patch(self, request: Request, room_id: str) -> Response:
        sent = ChangeRoomSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        room = services.change_room(actor=caller(request), room=services.open_room(room_id), **sent.validated_data)
        return room_answer(access_to(room, user_id=request.user.pk))

    @extend_schema(
        operation_id="rooms_close",
        summary="Close my party",
        request=None,
        responses={200: RoomAnswerSerializer, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, room_id: str) -> Response:
        access = access_of(request, room_id)
        services.close_party(actor=caller(request), room=access.room)
        return room_answer(access)


class RoomMessagesView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_messages",
        summary="What was said, by time or by the film's time",
        parameters=[*_PAGING, INVITE],
        responses={200: RoomMessagesSerializer, **errors(400, 403, 404)},
        auth=SOME_SEE_MORE,
    )
    def get(self, request: Request, room_id: str) -> Response:
        if {"from_time", "to_time"} & request.query_params.keys():
            return self._by_film_time(request, room_id)
        window = window_from(request.query_params, default=DEFAULT_PAGE, most=LARGEST_PAGE)
        page = cut(selectors.messages_in(access_inside(request, room_id)), window)
        return _messages_page(page.items, links(request._request, page, window))

    def _by_film_time(self, request: Request, room_id: str) -> Response:
        room = access_inside(request, room_id)
        window = film_window_from(request.query_params, movie_id=room.movie_id)
        messages = selectors.messages_by_film_time(room, window)
        return _messages_page(messages[: window.limit], film_links(request._request.path, messages, window))


class RoomMessageView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_remove_message",
        summary="Take a message out of the room: whose it is, owner, hosts, staff",
        description="Its place stays, empty; histories leave it out.",
        request=None,
        responses={200: RoomMessageAnswerSerializer, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, room_id: str, message_id: int) -> Response:
        room = services.open_room(room_id)
        message = services.remove_message(actor=caller(request), room=room, message_id=message_id)
        return Response({"status": "success", "message": RoomMessageSerializer(message).data})


def access_to_own(room: Any, role: str | None = None) -> Access:
    """Of a party that one belongs to, as `parties_of` gives it."""
    return Access(room, role or room.mine, None)  # type: ignore[arg-type]


def _rooms_page(request: Request, rooms: QuerySet[Room], access: Any) -> Response:
    page, size = page_of(request)
    paginator = Paginator(rooms, size)
    shown = paginator.page(page).object_list if page <= paginator.num_pages else []
    found = {
        relation: _page_address(request, other, size)
        for relation, other in (("prev", page - 1), ("next", page + 1))
        if 1 <= other <= paginator.num_pages
    }
    body = {
        "status": "success",
        "rooms": RoomSerializer(facts_of([access(room) for room in shown]), many=True).data,
        "page": page,
        "page_size": size,
        "total": paginator.count,
        "prev": found.get("prev"),
        "next": found.get("next"),
    }
    return Response(body, headers=link_header(found))


def _page_address(request: Request, page: int, size: int) -> str:
    asked = {name: request.query_params[name] for name in ("mine",) if name in request.query_params}
    return f"{settings.PUBLIC_URL}{iri_to_uri(request.path)}?{urlencode({**asked, 'page': page, 'page_size': size})}"


def _messages_page(messages: list[Message], found: dict[str, str]) -> Response:
    body = {
        "status": "success",
        "messages": RoomMessageSerializer([view_of(message) for message in messages], many=True).data,
        "prev": found.get("prev"),
        "next": found.get("next"),
    }
    return Response(body, headers=link_header(found))
