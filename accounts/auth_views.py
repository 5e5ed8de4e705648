"""Registration, login and what ends it, as the messaging contract has them (/auth/...)."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services
from accounts.drf import caller, caller_login
from accounts.models import Login as LoginRow
from accounts.views import begin_login, taken
from core.net import request_address
from core.schema import errors


class Register(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_register",
        request=serializers.Registration,
        responses={200: serializers.Registered, **errors(400, 409, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Make an account."""
        data = taken(serializers.Registration, request)
        user = services.register(**data, address=request_address(request))
        return Response(serializers.Registered(user).data)


class Login(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_login",
        request=serializers.UsernameLogin,
        responses={200: serializers.TokenPair, **errors(400, 401, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Log in by name."""
        data = taken(serializers.UsernameLogin, request)
        device_id = data.pop("device_id", "")
        user = services.check_credentials(**data, address=request_address(request))
        return Response(serializers.TokenPair(begin_login(request, user, device_id)).data)


class Refresh(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auth_refresh",
        request=serializers.Refresh,
        responses={200: serializers.TokenPair, **errors(400, 401, 415)},
    )
    def post(self, request: Request) -> Response:
        """New tokens for a refresh token, which can be used once. Using it again ends the login."""
        tokens = services.refresh(token=taken(serializers.Refresh, request)["refresh_token"])
        return Response(serializers.TokenPair(tokens).data)


class Logout(APIView):
    @extend_schema(operation_id="auth_logout", request=None, responses={200: serializers.Said, **errors(401)})
    def post(self, request: Request) -> Response:
        """End the login that asks: its tokens and sockets too."""
        services.log_out(login=caller_login(request))
        return Response({"message": _("Logged out")})


class LogoutEverywhere(APIView):
    @extend_schema(operation_id="auth_logout_everywhere", request=None, responses={200: serializers.Said, **errors(401)})
    def post(self, request: Request) -> Response:
        """End every login of the caller, this one too."""
        services.log_out_everywhere(actor=caller(request))
        return Response({"message": _("Logged out")})


class Password(APIView):
    @extend_schema(
        operation_id="auth_password",
        request=serializers.PasswordChange,
        responses={200: serializers.Said, **errors(400, 401, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """Change the password and end every other login."""
        login = caller_login(request)
        user = services.change_password(actor=caller(request), keep=login, **taken(serializers.PasswordChange, request))
        if login.kind == LoginRow.Kind.SESSION:
            update_session_auth_hash(request._request, user)
        return Response({"message": _("Password changed")})
