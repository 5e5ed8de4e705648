"""REST for rooms: what everyone may see of the public ones."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.paging import cut, link_header, links, window_from
from core.schema import errors
from messaging.message_view import view_of
from rooms import selectors, services
from rooms.serializers import RoomAnswerSerializer, RoomMessageSerializer, RoomMessagesSerializer, RoomSerializer

DEFAULT_PAGE, LARGEST_PAGE = 50, 100
_PAGING = [
    OpenApiParameter("limit", OpenApiTypes.INT, description="At most this many, up to 100 (50)."),
    OpenApiParameter("before", OpenApiTypes.INT, description="Only messages older than the one with this id."),
    OpenApiParameter("after", OpenApiTypes.INT, description="Only messages newer than the one with this id."),
]


class PublicView(APIView):
    # A stale token must not keep anyone from what everyone may see.
    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]


class RoomView(PublicView):
    @extend_schema(operation_id="rooms_detail", responses={200: RoomAnswerSerializer, **errors(404)}, auth=[])
    def get(self, request: Request, room_id: str) -> Response:
        facts = selectors.room_facts(services.open_room(room_id))
        return Response({"status": "success", "room": RoomSerializer(facts).data})


class RoomMessagesView(PublicView):
    @extend_schema(
        operation_id="rooms_messages",
        parameters=_PAGING,
        responses={200: RoomMessagesSerializer, **errors(400, 404)},
        auth=[],
    )
    def get(self, request: Request, room_id: str) -> Response:
        window = window_from(request.query_params, default=DEFAULT_PAGE, most=LARGEST_PAGE)
        page = cut(selectors.messages_in(services.open_room(room_id)), window)
        found = links(request._request, page, window)
        body = {
            "status": "success",
            "messages": RoomMessageSerializer([view_of(message) for message in page.items], many=True).data,
            "prev": found.get("prev"),
            "next": found.get("next"),
        }
        return Response(body, headers=link_header(found))
