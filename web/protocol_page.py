"""docs/protocol.md as a page: what developers of clients need beside the API's description."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from web.pages import page

DOCUMENT = settings.BASE_DIR / "docs/protocol.md"


class Heading(NamedTuple):
    """`anchor` is the part of the address that leads there."""

    anchor: str
    words: str


class Document(NamedTuple):
    """`body` is our own text in HTML, nobody else's."""

    headings: list[Heading]
    body: SafeString


@require_safe
@page
def protocol(request: HttpRequest) -> HttpResponse:
    return render(request, "docs/protocol.html", _document()._asdict())


@lru_cache(maxsize=1)
def _document() -> Document:
    markdown = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=3)
    # A table may be wider than a phone: it is moved by itself, by keys too.
    markdown.add_render_rule("table_open", lambda *_: '<div class="wide" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    tokens = markdown.parse(DOCUMENT.read_text(encoding="utf-8"))
    return Document(list(_headings(tokens)), SafeString(markdown.renderer.render(tokens, markdown.options, {})))


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Of the second level: the chapters."""
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            yield Heading(str(opening.attrs["id"]), words.content)
