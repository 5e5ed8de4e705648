"""The language, and the page of the API."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.soundness import AXE, MEASURE, RUN_AXE

pytestmark = pytest.mark.browser


def test_the_language_can_be_switched(arrive: Arrive) -> None:
    page = arrive(locale="zh-CN").go("/login")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_the_apis_page_shows_every_operation_under_its_strict_policy(arrive: Arrive) -> None:
    visitor = arrive(viewport={"width": 360, "height": 740})
    visitor.context.add_init_script(path=AXE)
    page = visitor.go("/api/docs")
    operation = page.locator(".opblock", has_text="/api/movies/{movie_id}/comments").first
    expect(operation).to_be_visible()
    # The library's operations are buttons with links in them; it has one theme.
    assert page.evaluate(RUN_AXE, ["nested-interactive"]) + page.evaluate(MEASURE) == []
    operation.locator(".opblock-summary-control").click()
    expect(operation.locator(".opblock-body")).to_be_visible()
