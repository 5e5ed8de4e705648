"""What makes the pages an app, and how much they weigh."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from accounts.models import User
from tests.movies.films import make_film
from tests.web.visitors import visitor
from web import install

pytestmark = [pytest.mark.django_db, pytest.mark.embedded_only]
MOST_BYTES = 150 * 1024
APART = ("hls.js/",)
"""Loaded only where a film plays, and not ours."""


def _file(address: str) -> Path:
    found = finders.find(address.split("#")[0].removeprefix(settings.STATIC_URL))
    assert isinstance(found, str), address
    return Path(found)


@pytest.mark.parametrize(("language", "name"), [("en", "Matinee: films, together"), ("zh-hans", "Matinee：一起看电影")])
def test_the_manifest_speaks_the_readers_language(language: str, name: str) -> None:
    response = visitor(language=language).get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert (manifest["name"], manifest["lang"], manifest["start_url"]) == (name, language, "/")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert _file(icon["src"]).exists()


def test_the_worker_keeps_the_shell_and_nothing_else() -> None:
    response = visitor().get("/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    script = response.content.decode()
    shell = json.loads(script.split("\n")[0].removeprefix("const SHELL = ").removesuffix(";"))["shell"]
    for address in shell:
        assert _file(address).exists()
    assert script.count("caches.open") == 1
    assert ".put(" not in script, "no answer is ever added to what is kept"


def test_the_worker_changes_with_the_words_of_the_offline_page() -> None:
    """Who switches the language gets it for the page without a network too."""
    english, again, chinese = (visitor(language=language).get("/sw.js").content for language in ("en", "en", "zh-hans"))
    assert english == again != chinese


def test_the_shell_holds_all_that_the_offline_page_loads(alice: User) -> None:
    html = visitor("alice").get("/offline").content.decode()
    assert "alice" not in html
    wanted = {address.split("#")[0] for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', html)}
    for address in list(wanted):
        if address.endswith(".js"):
            wanted |= _modules(address)
    assert wanted <= {f"{settings.STATIC_URL}{name}" for name in install.SHELL}


def _modules(address: str) -> set[str]:
    """The address of a module and of all that it imports."""
    found, todo = set(), [address]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        folder = one.rsplit("/", 1)[0]
        for name in re.findall(r'(?:from|import) "(\.[^"]+)"', _file(one).read_text()):
            parts: list[str] = folder.split("/")
            for step in name.split("/"):
                parts = parts[:-1] if step == ".." else parts if step == "." else [*parts, step]
            todo.append("/".join(parts))
    return found


def weight_of(html: str) -> dict[str, int]:
    """The compressed bytes of what a page loads from us, by address."""
    found: set[str] = set()
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
        if not any(part in address for part in APART):
            found |= _modules(address.split("#")[0]) if address.split("#")[0].endswith(".js") else {address.split("#")[0]}
    return {address: len(gzip.compress(_file(address).read_bytes(), 6)) for address in found}


@pytest.mark.parametrize("path", ["/watch/movie-{}", "/movies/{}", "/", "/settings"])
def test_a_page_weighs_little(alice: User, path: str) -> None:
    film: Any = make_film()
    html = visitor("alice").get(path.format(film.pk)).content
    weights = weight_of(html.decode())
    assert any("components.css" in address for address in weights)
    assert sum(weights.values()) + len(gzip.compress(html)) <= MOST_BYTES, weights
