"""REST for the people of a room: coming in, roles, invitations, order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from accounts.models import User
from core.clock import now
from core.errors import ApiError, Forbidden, NotFound
from core.net import request_address
from core.schema import errors
from messaging.throttle import check_may_send
from rooms import selectors, services
from rooms.facts import access_to
from rooms.models import Sanction
from rooms.people import people_of
from rooms.serializers import (
    EntrySerializer,
    InvitationsSerializer,
    InvitedSerializer,
    MemberAnswerSerializer,
    NewSanctionSerializer,
    PeopleSerializer,
    PersonSerializer,
    RoleSerializer,
    RoomAnswerSerializer,
    SanctionSerializer,
    SanctionsSerializer,
)
from rooms.services.invitations import MOST_PEOPLE
from rooms.services.roles import check_host
from rooms.views import INVITE, PAGES, SOME_SEE_MORE, RoomsAPIView, access_inside, page_of, room_answer


class EntriesView(RoomsAPIView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="rooms_enter",
        summary="Come into a party by password or link",
        description="An account belongs to the party from then on; a guest is told the link, which opens the sockets too.",
        request=EntrySerializer,
        responses={200: RoomAnswerSerializer, **errors(400, 401, 403, 404, 413, 415, 429)},
        auth=SOME_SEE_MORE,
    )
    def post(self, request: Request, room_id: str) -> Response:
        sent = EntrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        password, invite = (sent.validated_data.get(name) or None for name in ("password", "invite"))
        actor = request.user if isinstance(request.user, User) else None
        address = request_address(request._request) or None
        room = services.join_party(
            actor=actor, room=services.open_room(room_id), password=password, invite=invite, address=address
        )
        key = invite if actor is not None else room.invite_key
        return room_answer(access_to(room, user_id=request.user.pk, address=address, invite=key))


class MembersView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_members",
        summary="Who belongs to a room or is there",
        parameters=[*PAGES, INVITE],
        responses={200: PeopleSerializer, **errors(400, 403, 404)},
        auth=SOME_SEE_MORE,
    )
    def get(self, request: Request, room_id: str) -> Response:
        page, size = page_of(request)
        people = people_of(access_inside(request, room_id))
        shown = people[(page - 1) * size : page * size]
        body = {"members": PersonSerializer(shown, many=True).data, "page": page, "page_size": size, "total": len(people)}
        return Response({"status": "success", **body})


class MemberView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_set_role",
        summary="Make somebody host, member or, in my place, owner",
        request=RoleSerializer,
        responses={200: MemberAnswerSerializer, **errors(400, 401, 403, 404, 413, 415)},
    )
    def put(self, request: Request, room_id: str, username: str) -> Response:
        sent = RoleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        room = services.open_room(room_id)
        theirs = services.set_role(actor=caller(request), room=room, username=username, role=sent.validated_data["role"])
        return Response({"status": "success", "username": theirs.user.username, "role": theirs.role})

    @extend_schema(
        operation_id="rooms_leave",
        summary="Belong to a party no more",
        description="Only by one's own name. An owner's place goes to the host, else the member, of longest standing.",
        request=None,
        responses={200: MemberAnswerSerializer, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, room_id: str, username: str) -> Response:
        actor, room = caller(request), services.open_room(room_id)
        if username != actor.username:
            raise Forbidden
        services.leave_party(actor=actor, room=room)
        return Response({"status": "success", "username": actor.username, "role": "guest"})


class InviteView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_renew_invite",
        summary="Another link: the old one opens nothing any more",
        request=None,
        responses={200: RoomAnswerSerializer, **errors(401, 403, 404)},
    )
    def post(self, request: Request, room_id: str) -> Response:
        room = services.renew_invite(actor=caller(request), room=services.open_room(room_id))
        return room_answer(access_to(room, user_id=request.user.pk))


class InvitationsView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_invite",
        summary="Write the link to people, or into one of my groups",
        request=InvitationsSerializer,
        responses={200: InvitedSerializer, **errors(400, 401, 403, 404, 413, 415, 429)},
    )
    def post(self, request: Request, room_id: str) -> Response:
        sent = InvitationsSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        actor, room = caller(request), services.open_room(room_id)
        usernames, group_id = sent.validated_data.get("usernames", []), sent.validated_data.get("group_id")
        for _recipient in usernames[:MOST_PEOPLE] or [group_id]:
            check_may_send(actor.pk)
        invited = services.invite_people(actor=actor, room=room, usernames=usernames, group_id=group_id)
        refused = [_refusal(name, error) for name, error in invited.refused.items()]
        return Response({"status": "success", "invited": invited.usernames, "refused": refused})


class SanctionsView(RoomsAPIView):
    def get_authenticators(self) -> list[BaseAuthentication]:
        # Of these nobody may see anything without a token that is good.
        return APIView.get_authenticators(self)

    @extend_schema(
        operation_id="rooms_sanctions",
        summary="Who is muted, kicked or banned here: owner, hosts, staff",
        responses={200: SanctionsSerializer, **errors(401, 403, 404)},
    )
    def get(self, request: Request, room_id: str) -> Response:
        actor, room = caller(request), services.open_room(room_id)
        check_host(actor, room)
        return _sanctions(selectors.sanctions_in(room))

    @extend_schema(
        operation_id="rooms_sanction",
        summary="Mute, kick or ban somebody: owner, hosts, staff",
        request=NewSanctionSerializer,
        responses={200: SanctionsSerializer, **errors(400, 401, 403, 404, 413, 415)},
    )
    def post(self, request: Request, room_id: str) -> Response:
        sent = NewSanctionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = dict(sent.validated_data)
        seconds = said.pop("seconds", None)
        until = now() + timedelta(seconds=seconds) if seconds is not None else None
        room = services.open_room(room_id)
        return _sanctions(services.sanction_named(actor=caller(request), room=room, until=until, **said))


class SanctionView(RoomsAPIView):
    @extend_schema(
        operation_id="rooms_lift",
        summary="Lift a mute, a kick or a ban: owner, hosts, staff",
        request=None,
        responses={200: SanctionsSerializer, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, room_id: str, sanction_id: int) -> Response:
        actor, room = caller(request), services.open_room(room_id)
        check_host(actor, room)
        found = Sanction.objects.filter(pk=sanction_id, room=room).select_related("room", "user", "created_by").first()
        if found is None:
            raise NotFound
        services.lift(actor=actor, sanction=found)
        return _sanctions([found])


def _sanctions(found: Any) -> Response:
    return Response({"status": "success", "sanctions": SanctionSerializer(found, many=True).data})


def _refusal(name: str, error: ApiError) -> dict[str, str]:
    return {"username": name, "error": error.error, "detail": str(error.detail)}
