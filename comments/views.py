"""REST for comments. Everyone reads, people who are signed in write."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller
from comments import selectors, services
from comments.serializers import (
    CommentChangeSerializer,
    CommentDoneSerializer,
    CommentListSerializer,
    CommentSerializer,
    NewCommentSerializer,
)
from core.drf import JSONParser
from core.paging import cut, link_header, links, window_from
from core.schema import errors
from movies.selectors import access_movie

DEFAULT_PAGE, LARGEST_PAGE = 100, 200
_PAGING = [
    OpenApiParameter("limit", OpenApiTypes.INT, description="At most this many, up to 200 (100)."),
    OpenApiParameter("before", OpenApiTypes.INT, description="Only comments older than the one with this id."),
    OpenApiParameter("after", OpenApiTypes.INT, description="Only comments newer than the one with this id."),
]


class CommentsView(APIView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    # The films contract names no content type.
    parser_classes = [JSONParser, FormParser, MultiPartParser]

    def get_authenticators(self) -> list[BaseAuthentication]:
        # A stale token must not keep anyone from what everyone may read.
        reads = self.request is not None and self.request.method in ("GET", "HEAD", "OPTIONS")
        return [] if reads else super().get_authenticators()

    @extend_schema(
        operation_id="comments_list",
        parameters=_PAGING,
        responses={200: CommentListSerializer, **errors(400, 404)},
        auth=[],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        window = window_from(request.query_params, default=DEFAULT_PAGE, most=LARGEST_PAGE)
        page = cut(selectors.comments_of(access_movie(movie_id)), window)
        found = links(request._request, page, window)
        body = {
            "status": "success",
            "comments": CommentSerializer(page.items, many=True).data,
            "prev": found.get("prev"),
            "next": found.get("next"),
        }
        return Response(body, headers=link_header(found))

    @extend_schema(
        operation_id="comments_post",
        request=NewCommentSerializer,
        responses={200: CommentDoneSerializer, **errors(400, 401, 404, 413, 415, 429)},
    )
    def post(self, request: Request, movie_id: int) -> Response:
        sent = NewCommentSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        comment = services.post_comment(actor=caller(request), movie_id=movie_id, **sent.validated_data)
        return _done(_("Comment posted"), CommentSerializer(comment).data)


class CommentView(APIView):
    parser_classes = [JSONParser, FormParser, MultiPartParser]

    @extend_schema(
        operation_id="comments_edit",
        request=CommentChangeSerializer,
        responses={200: CommentDoneSerializer, **errors(400, 401, 403, 404, 413, 415)},
    )
    def patch(self, request: Request, movie_id: int, comment_id: int) -> Response:
        """Change one's own comment."""
        sent = CommentChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        comment = selectors.access_comment(access_movie(movie_id), comment_id)
        changed = services.edit_comment(actor=caller(request), comment=comment, **sent.validated_data)
        return _done(_("Comment changed"), CommentSerializer(changed).data)

    @extend_schema(operation_id="comments_delete", responses={200: CommentDoneSerializer, **errors(401, 403, 404)})
    def delete(self, request: Request, movie_id: int, comment_id: int) -> Response:
        comment = selectors.access_comment(access_movie(movie_id), comment_id)
        gone = CommentSerializer(comment).data
        services.delete_comment(actor=caller(request), comment=comment)
        return _done(_("Comment deleted"), gone)


def _done(message: str, comment: object) -> Response:
    return Response({"status": "success", "message": message, "comment": comment})
