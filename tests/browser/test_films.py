"""Finding a film, playing it, saying something about it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive, position, until
from tests.rig.servers import PASSWORD

pytestmark = pytest.mark.browser


def test_from_registering_to_a_film_that_plays_to_a_comment(arrive: Arrive, film: int, unique: str) -> None:
    visitor = arrive()
    page = visitor.go("/")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("Name", exact=True).fill(f"dora-{unique}")
    page.get_by_label("E-mail").fill(f"dora-{unique}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".top .me")).to_have_text(f"dora-{unique}")

    page.locator(f'a[href="/movies/{film}"]').click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Film ")
    video = page.locator("#video")
    until(page, lambda: video.evaluate("video => video.readyState > 0"), "the film is loaded")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    until(page, lambda: position(page) > 1, "the film plays")

    page.get_by_label("Your comment").fill("What a <b>light</b>!\n<script>alert(1)</script>")
    page.get_by_role("button", name="Post comment").click()
    comment = page.locator(".comment").last
    expect(comment.locator("p")).to_have_text("What a <b>light</b>!\n<script>alert(1)</script>")
    expect(comment.locator("b")).to_have_text(f"dora-{unique}")
    expect(comment.locator("time")).to_have_text(re.compile(r"\d\d:\d\d$"))
    assert comment.locator("script").count() == 0


def test_logging_in_says_what_is_wrong_and_leads_back(arrive: Arrive, film: int) -> None:
    visitor = arrive()
    visitor.allowed = ["401"]
    person = visitor.server.register("alice")
    page = visitor.go(f"/movies/{film}")
    page.get_by_role("link", name="Log in to comment").click()
    page.get_by_label("Name or e-mail").fill(person.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("Name, e-mail or password is wrong.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Your comment")).to_be_visible()
    page.locator("#account summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_the_language_can_be_switched(arrive: Arrive) -> None:
    page = arrive(locale="zh-CN").go("/login")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_the_apis_page_shows_every_operation_under_its_strict_policy(arrive: Arrive) -> None:
    page = arrive().go("/api/docs")
    operation = page.locator(".opblock", has_text="/api/movies/{movie_id}/comments").first
    expect(operation).to_be_visible()
    operation.locator(".opblock-summary-control").click()
    expect(operation.locator(".opblock-body")).to_be_visible()
