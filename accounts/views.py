"""The account of the films contract (/api/...): answers carry `status`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as drf
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, serializers, services
from accounts.drf import caller
from accounts.names import clean_device_id
from accounts.services import Tokens
from core.drf import JSONParser
from core.net import request_address
from core.schema import errors

FILMS_PARSERS = [JSONParser, FormParser, MultiPartParser]
"""That contract names no content type."""


def taken(serializer: type[drf.Serializer[Any]], request: Request, **kwargs: Any) -> dict[str, Any]:
    """The validated body. ValidationError."""
    checked = serializer(data=request.data, **kwargs)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def begin_login(request: Request, user: Any, device_id: str = "") -> Tokens:
    """Log in for a request, from the device it names in its body or a header."""
    device_id = device_id or _utf8(request.headers.get("X-Device-ID", ""))
    if device_id:
        device_id = clean_device_id(device_id)
    return services.log_in(user=user, device_id=device_id, user_agent=request.headers.get("User-Agent", ""))


def _utf8(header: str) -> str:
    """Headers arrive read as Latin-1, whatever their client wrote."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _signed_in(tokens: Tokens) -> Response:
    return Response(
        {
            "status": "success",
            "message": _("Logged in"),
            "token": tokens.access,
            "refresh_token": tokens.refresh,
            "user": serializers.Account(tokens.login.user).data,
        }
    )


class Register(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = FILMS_PARSERS

    @extend_schema(
        operation_id="api_register",
        request=serializers.Registration,
        responses={200: serializers.FilmsSignedIn, **errors(400, 409, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Make an account and log in."""
        data = taken(serializers.Registration, request)
        user = services.register(**data, address=request_address(request))
        return _signed_in(begin_login(request, user))


class Login(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = FILMS_PARSERS

    @extend_schema(
        operation_id="api_login",
        request=serializers.EmailLogin,
        responses={200: serializers.FilmsSignedIn, **errors(400, 401, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Log in by e-mail."""
        data = taken(serializers.EmailLogin, request)
        device_id = data.pop("device_id", "")
        user = services.check_credentials(**data, address=request_address(request))
        return _signed_in(begin_login(request, user, device_id))


class Me(APIView):
    parser_classes = FILMS_PARSERS

    @extend_schema(operation_id="api_user", responses={200: serializers.FilmsAccount, **errors(401)})
    def get(self, request: Request) -> Response:
        """The caller."""
        return Response({"status": "success", "user": serializers.Account(caller(request)).data})

    @extend_schema(
        operation_id="api_user_update",
        request=serializers.Profile,
        responses={200: serializers.FilmsUpdated, **errors(400, 401, 409, 415)},
    )
    def put(self, request: Request) -> Response:
        """Change name and e-mail."""
        return self._update(request, partial=False)

    @extend_schema(
        operation_id="api_user_partial_update",
        request=serializers.Profile,
        responses={200: serializers.FilmsUpdated, **errors(400, 401, 409, 415)},
    )
    def patch(self, request: Request) -> Response:
        """Change any of name, e-mail, and whether others see when one is here and how far one has read."""
        return self._update(request, partial=True)

    def _update(self, request: Request, *, partial: bool) -> Response:
        data = taken(serializers.Profile, request, partial=partial)
        user = services.update_profile(actor=caller(request), **data)
        return Response({"status": "success", "message": _("Updated"), "user": serializers.Account(user).data})


class Blocks(APIView):
    parser_classes = FILMS_PARSERS

    @extend_schema(operation_id="api_blocks", responses={200: serializers.FilmsBlocks, **errors(401)})
    def get(self, request: Request) -> Response:
        """Whom the caller blocks."""
        blocks = serializers.Blocked(selectors.blocks_of(caller(request)), many=True)
        return Response({"status": "success", "blocks": blocks.data})

    @extend_schema(
        operation_id="api_blocks_create",
        request=serializers.BlockRequest,
        responses={200: serializers.FilmsBlock, **errors(400, 401, 404, 415)},
    )
    def post(self, request: Request) -> Response:
        """Block somebody: they cannot write to the caller any more."""
        blocked = services.block(actor=caller(request), **taken(serializers.BlockRequest, request))
        return Response({"status": "success", "block": serializers.Blocked(blocked).data})


class OneBlock(APIView):
    @extend_schema(operation_id="api_blocks_delete", responses={200: serializers.FilmsBlock, **errors(401, 404)})
    def delete(self, request: Request, username: str) -> Response:
        """Unblock somebody."""
        blocked = services.unblock(actor=caller(request), username=username)
        return Response({"status": "success", "block": serializers.Blocked(blocked).data})
