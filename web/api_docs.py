"""The OpenAPI description and the page that shows it, with local assets and a policy of its own."""

from __future__ import annotations

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny

# The page shows and calls the API, and does nothing else.
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


@extend_schema(exclude=True)
class SchemaView(SpectacularJSONAPIView):
    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]


@require_safe
@csp(POLICY)
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "docs/api.html")
