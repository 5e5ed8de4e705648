"""The refusals of the OpenAPI description: one shared component."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class Error(serializers.Serializer[Any]):
    """What every refusal looks like. Under /api/ it also has `status` ("error") and `message` (the same as `detail`)."""

    detail = serializers.CharField(help_text="What is wrong, in the reader's language.")
    code = serializers.IntegerField(help_text="The HTTP status.")
    timestamp = serializers.DateTimeField()
    error = serializers.CharField(help_text="The same fact for a program: never translated.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="What is wrong with each field."
    )


def errors(*codes: int) -> dict[int, OpenApiResponse]:
    """The `responses` of refusals: `responses={200: Answer, **errors(400, 401)}`."""
    return {code: OpenApiResponse(Error, description=HTTPStatus(code).phrase) for code in codes}
