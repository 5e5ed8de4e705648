"""REST for files. A download is an attachment of bytes whatever was uploaded: no browser ever runs or shows it."""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from core import storage
from core.paging import link_header, number
from core.responses import ranged_file
from core.schema import errors
from files import selectors, services
from files.models import StoredFile
from files.serializers import StoredFileSerializer, UploadSerializer

DEFAULT_PAGE, LARGEST_PAGE = 100, 200
OCTETS = "application/octet-stream"
_FILE_ID = OpenApiParameter("file_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="At most this many, up to 200 (100).")
_BEFORE = OpenApiParameter("before", OpenApiTypes.UUID, description="Only files uploaded before this one of yours.")
_BYTES: dict[Any, Any] = {(200, OCTETS): OpenApiTypes.BINARY, (206, OCTETS): OpenApiTypes.BINARY, **errors(401, 404, 416)}


class UploadView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="files_upload",
        request={"multipart/form-data": UploadSerializer},
        responses={200: StoredFileSerializer, **errors(400, 401, 413, 415, 507)},
    )
    def post(self, request: Request) -> Response:
        with storage.refusing():
            sent = UploadSerializer(data=request.data)
            sent.is_valid(raise_exception=True)
        upload = sent.validated_data["file"]
        file = services.store(actor=caller(request), content=upload, filename=upload.name, content_type=upload.content_type)
        return Response(StoredFileSerializer(file).data)


class MyFilesView(APIView):
    @extend_schema(
        operation_id="files_list",
        parameters=[_LIMIT, _BEFORE],
        responses={200: StoredFileSerializer(many=True), **errors(400, 401, 404)},
    )
    def get(self, request: Request) -> Response:
        limit = min(number(request.query_params, "limit", smallest=1) or DEFAULT_PAGE, LARGEST_PAGE)
        page = selectors.page_of_files(caller(request), limit=limit, before=request.query_params.get("before"))
        links = {}
        if page.older:
            links["prev"] = f"{settings.PUBLIC_URL}{request.path}?{urlencode({'before': page.older, 'limit': limit})}"
        return Response(StoredFileSerializer(page.files, many=True).data, headers=link_header(links))


class FileView(APIView):
    @extend_schema(
        operation_id="files_download",
        parameters=[_FILE_ID],
        responses=_BYTES,
    )
    def get(self, request: Request, file_id: str) -> HttpResponseBase:
        return download(request, selectors.access_file(caller(request), file_id))

    @extend_schema(
        operation_id="files_delete",
        parameters=[_FILE_ID],
        responses={200: StoredFileSerializer, **errors(401, 403, 404)},
    )
    def delete(self, request: Request, file_id: str) -> Response:
        user = caller(request)
        file = selectors.access_file(user, file_id)
        gone: dict[str, Any] = StoredFileSerializer(file).data
        services.delete_file(actor=user, file=file)
        return Response(gone)


def download(request: Request, file: StoredFile) -> HttpResponseBase:
    """The bytes, or where S3_REDIRECT says so, a short-lived signed address of them."""
    name = str(file.content.name)
    disposition = content_disposition_header(as_attachment=True, filename=file.filename) or "attachment"
    if settings.S3_REDIRECT:
        signed = storage.signed_address(name, content_type=OCTETS, disposition=disposition)
        if signed:
            return HttpResponseRedirect(signed, headers={"Cache-Control": "private, no-store"})
    response = ranged_file(
        request._request,
        functools.partial(storage.open_stored, name),
        size=storage.size_of(name),
        content_type=OCTETS,
        etag=f'"{file.id.hex}"',
    )
    response["Cache-Control"] = "private, no-cache"
    if response.status_code < 400:
        response["Content-Disposition"] = disposition
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
