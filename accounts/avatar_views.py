"""REST for people's pictures."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, serializers
from accounts.avatars import remove_avatar, set_avatar
from accounts.drf import caller
from accounts.models import User
from accounts.views import taken
from core import storage
from core.errors import Invalid
from core.schema import errors

MOST_NAMES = 100
_NAMES = OpenApiParameter(
    "username", OpenApiTypes.STR, many=True, description="Whose pictures, once for each name: at most 100."
)


class Avatar(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="api_user_avatar_update",
        request={"multipart/form-data": serializers.AvatarUpload},
        responses={200: serializers.FilmsUpdated, **errors(400, 401, 413, 415, 429, 507)},
    )
    def put(self, request: Request) -> Response:
        """Give oneself a picture. Its middle is kept, as a square of 256 pixels, and nothing else of the file."""
        with storage.refusing():
            sent = taken(serializers.AvatarUpload, request)
        return _updated(set_avatar(actor=caller(request), image=sent["avatar"]))

    @extend_schema(
        operation_id="api_user_avatar_delete", request=None, responses={200: serializers.FilmsUpdated, **errors(401)}
    )
    def delete(self, request: Request) -> Response:
        """Take one's picture away."""
        return _updated(remove_avatar(actor=caller(request), user=caller(request)))


def _updated(user: User) -> Response:
    return Response({"status": "success", "message": _("Updated"), "user": serializers.Account(user).data})


class Avatars(APIView):
    # A guest in a room sees the others too, and a stale token keeps nobody from what everyone may see.
    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="api_avatars", parameters=[_NAMES], responses={200: serializers.FilmsAvatars, **errors(400)}, auth=[]
    )
    def get(self, request: Request) -> Response:
        """The pictures of these accounts. A guest's name is nobody's: it must not get the picture of its namesake."""
        names = request.query_params.getlist("username")
        if len(names) > MOST_NAMES:
            raise Invalid.field("username", _("At most 100 names at once."))
        answer = {"status": "success", "avatars": selectors.avatars_of(names)}
        return Response(answer, headers={"Cache-Control": "private, max-age=60"})
