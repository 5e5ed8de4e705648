"""REST for groups, their members and their messages. A group one is not in is a 404, whatever one asks of it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from accounts.views import taken
from core.paging import cut, link_header, links, window_from
from core.schema import errors
from groups import selectors, serializers, services
from messaging.message_view import MessageView, view_of
from messaging.selectors import messages_of
from messaging.serializers import Body, GroupMessage, item_of
from messaging.views import LARGEST_PAGE, PAGE, PAGING, RETRY_KEY, note_delivered, sent_body


class Groups(APIView):
    @extend_schema(summary="My groups", tags=["groups"], responses={200: serializers.Group(many=True), **errors(401)})
    def get(self, request: Request) -> Response:
        return Response(serializers.Group(selectors.memberships_of(caller(request)), many=True).data)

    @extend_schema(
        summary="Make a group",
        description="Its maker owns it and is its first member.",
        tags=["groups"],
        request=serializers.NewGroup,
        responses={200: serializers.Group, **errors(400, 401, 415)},
    )
    def post(self, request: Request) -> Response:
        membership = services.create_group(actor=caller(request), **taken(serializers.NewGroup, request))
        return Response(serializers.Group(membership).data)


class OneGroup(APIView):
    @extend_schema(summary="A group of mine", tags=["groups"], responses={200: serializers.Group, **errors(401, 404)})
    def get(self, request: Request, group_id: int) -> Response:
        return Response(serializers.Group(selectors.access_membership(caller(request), group_id)).data)


class GroupMessages(APIView):
    @extend_schema(
        summary="What was said in a group since I joined",
        description="Oldest first; the newest page unless a cursor is given. Addresses of other pages are in the Link header.",
        tags=["groups"],
        parameters=PAGING,
        responses={200: GroupMessage(many=True), **errors(400, 401, 404)},
    )
    def get(self, request: Request, group_id: int) -> Response:
        actor = caller(request)
        group = selectors.access_group(actor, group_id)
        window = window_from(request.query_params, default=PAGE, most=LARGEST_PAGE)
        page = cut(messages_of(group.conversation, actor), window)
        messages = [view_of(message) for message in page.items]
        note_delivered(actor, messages)
        items = [_item(message, actor.pk) for message in messages]
        return Response(items, headers=link_header(links(request, page, window)))

    @extend_schema(
        summary="Say something in a group",
        tags=["groups"],
        parameters=[RETRY_KEY],
        request=Body,
        responses={200: GroupMessage, **errors(400, 401, 404, 409, 415, 429)},
    )
    def post(self, request: Request, group_id: int) -> Response:
        actor = caller(request)
        posted = services.post_to_group(actor=actor, group_id=group_id, **sent_body(Body, request))
        return Response(_item(posted.message, actor.pk))


def _item(message: MessageView, viewer_id: int) -> Any:
    return GroupMessage(item_of(message, viewer_id=viewer_id)).data


class Members(APIView):
    @extend_schema(
        summary="Who is in a group",
        description="The longest-standing first.",
        tags=["groups"],
        responses={200: serializers.Member(many=True), **errors(401, 404)},
    )
    def get(self, request: Request, group_id: int) -> Response:
        group = selectors.access_group(caller(request), group_id)
        return Response(serializers.Member(selectors.members_of(group), many=True).data)

    @extend_schema(
        summary="Let somebody in",
        description="For the owner and admins. A newcomer sees what is said from then on.",
        tags=["groups"],
        request=serializers.Newcomer,
        responses={200: serializers.Member, **errors(400, 401, 403, 404, 409, 415)},
    )
    def post(self, request: Request, group_id: int) -> Response:
        username = taken(serializers.Newcomer, request)["username"]
        membership = services.add_member(actor=caller(request), group_id=group_id, username=username)
        return Response(serializers.Member(membership).data)


class OneMember(APIView):
    @extend_schema(
        summary="Put somebody out, or leave",
        description="Answers the membership that was.",
        tags=["groups"],
        responses={200: serializers.Member, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, group_id: int, username: str) -> Response:
        membership = services.remove_member(actor=caller(request), group_id=group_id, username=username)
        return Response(serializers.Member(membership).data)


class Leave(APIView):
    @extend_schema(
        summary="Leave a group",
        description="An owner hands over to the admin, else the member, of longest standing. Answers the membership that was.",
        tags=["groups"],
        request=None,
        responses={200: serializers.Member, **errors(401, 404)},
    )
    def post(self, request: Request, group_id: int) -> Response:
        return Response(serializers.Member(services.leave(actor=caller(request), group_id=group_id)).data)
