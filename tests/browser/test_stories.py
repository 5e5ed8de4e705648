"""What people come for, from the first letter typed to the last, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NO_WORKER, Arrive, Visitor, position, until
from tests.rig.servers import PASSWORD, Starter

pytestmark = [pytest.mark.browser, pytest.mark.embedded_only]
NEW = "quite another horse"


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


# Finding a film -------------------------------------------------------------------------------------------------------


def test_films_are_found_while_one_types(arrive: Arrive, film: int) -> None:
    page = arrive().go("/")
    title = page.locator(f'.film a[href="/movies/{film}"]').inner_text()
    expect(page.locator(".hero")).to_be_visible()
    among_all = _with_words_of(page, title)
    page.get_by_label("Search films").press_sequentially(title)
    expect(page.locator(".film")).to_have_count(len(among_all))
    expect(page.locator(".hero")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?search=Film"))
    expect(page.get_by_label("Search films")).to_be_focused()
    page.get_by_label("Search films").fill("no such film")
    expect(page.get_by_text("No films found.")).to_be_visible()
    page.get_by_role("link", name="Show all films").click()
    expect(page.get_by_label("Search films")).to_have_value("")
    expect(page.locator(".hero")).to_be_visible()
    page.get_by_role("link", name=re.compile("Abstract")).click()
    expect(page).to_have_url(re.compile(r"\?genre="))
    expect(page.locator(".chip[aria-current]")).to_contain_text("Abstract")
    page.go_back()
    expect(page.locator(".hero")).to_be_visible()


def _with_words_of(page: Page, title: str) -> list[str]:
    """Of all films, and not only those on the page: "Film 1" is also in "Film 10"."""
    movies = page.evaluate("fetch('/api/movies').then((answer) => answer.json()).then((answer) => answer.movies)")
    texts = [f"{movie['title']}\n{movie['description']}".casefold() for movie in movies]
    return [text for text in texts if all(word in text for word in title.casefold().split())]


def test_a_search_without_an_answer_says_so_and_can_be_tried_again(arrive: Arrive, film: int) -> None:
    visitor = arrive(service_workers="block")
    visitor.allowed = ["ERR_INTERNET_DISCONNECTED", NO_WORKER]
    page, held = visitor.go("/"), list[Route]()
    page.route("**/?search=*", lambda route: held.append(route))
    page.get_by_label("Search films").fill("Film")
    expect(page.locator(".films .skeleton").first).to_be_visible()
    held.pop().abort("internetdisconnected")
    expect(page.get_by_text("The server did not answer.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".film").first).to_be_visible()


def test_without_scripts_it_is_a_form_and_links(arrive: Arrive, film: int) -> None:
    page = arrive(java_script_enabled=False).go("/")
    page.get_by_label("Search films").fill("Film")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile(r"\?search=Film"))
    expect(page.locator(".film").first).to_be_visible()


# A film ---------------------------------------------------------------------------------------------------------------


def _ready(page: Page) -> None:
    until(page, lambda: page.locator("#video").evaluate("video => video.readyState") > 0, "the film is there")


def test_a_moment_is_said_pressed_and_gone_to(arrive: Arrive, film: int) -> None:
    page = arrive("alice").go(f"/movies/{film}")
    _ready(page)
    expect(page.get_by_text("No comments yet. Be the first to write one.")).to_be_visible()
    page.locator("#video").evaluate("video => { video.muted = true; video.currentTime = 75; }")
    page.get_by_label("Your comment").fill("Look! And again at 0:20.")
    page.get_by_role("button", name="Now").click()
    expect(page.get_by_label("Time in the film")).to_have_value("1:15")
    page.locator("#video").evaluate("video => { video.currentTime = 100; return video.play(); }")
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".comment .at")).to_have_text("1:15")
    assert position(page) >= 100, "the film plays on while a comment is posted"
    expect(page.get_by_label("Your comment")).to_have_value("")

    page.locator(".comment .at").click()
    until(page, lambda: 74 < position(page) < 99, "the player goes to the comment's moment")
    page.get_by_role("link", name="0:20").click()
    until(page, lambda: 19 < position(page) < 74, "the player goes to the time in the text")

    page.locator(".comment summary").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Change your comment").fill("Look again!")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".comment-text")).to_have_text("Look again!")
    expect(page.locator(".edited")).to_be_visible()
    page.locator(".comment summary").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".comment")).to_have_count(1)
    page.locator(".comment summary").click()
    page.locator(".comment").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".comment")).to_have_count(0)


def test_a_film_is_gone_on_with_where_one_was_on_any_device(arrive: Arrive, film: int) -> None:
    here = arrive("alice")
    page = here.go(f"/movies/{film}")
    _ready(page)
    with page.expect_response(lambda response: response.url.endswith("/progress") and response.request.method == "PUT"):
        page.locator("#video").evaluate("video => { video.muted = true; video.currentTime = 60; return video.play(); }")
    # Or it would go on being told while somebody else logs in.
    page.locator("#video").evaluate("video => video.pause()")
    page = arrive(username=here.username).go("/")  # type: ignore[attr-defined]
    page.get_by_role("region", name="Continue watching").get_by_role("link").first.click()
    expect(page.get_by_text("You were at 1:0")).to_be_visible()
    until(page, lambda: position(page) >= 59, "it goes on where it was left")
    page.go_back()
    page.get_by_role("button", name="Remove from the list").click()
    expect(page.get_by_text("Continue watching")).to_have_count(0)


def test_a_login_that_ends_while_one_writes_loses_nothing(arrive: Arrive, film: int) -> None:
    visitor = arrive("alice")
    page = visitor.go(f"/movies/{film}")
    page.get_by_label("Your comment").fill("what I had to say")
    visitor.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_text("You have been logged out. What you wrote is kept.")).to_be_visible()
    expect(page.get_by_label("Your comment")).to_have_value("what I had to say")
    page.get_by_role("link", name="Log in again").click()
    log_in(page, visitor.username)  # type: ignore[attr-defined]
    expect(page.get_by_label("Your comment")).to_have_value("what I had to say")
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".comment-text")).to_have_text("what I had to say")


def test_a_comment_that_does_not_arrive_stays_where_it_was_written(arrive: Arrive, film: int) -> None:
    visitor = arrive("alice")
    visitor.allowed = ["ERR_INTERNET_DISCONNECTED", "fetching the script"]
    page = visitor.go(f"/movies/{film}")
    page.get_by_label("Your comment").fill("from the tunnel")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_text("The server did not answer. What you wrote is still here.")).to_be_visible()
    visitor.context.set_offline(False)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".comment-text")).to_have_text("from the tunnel")


# Accounts -------------------------------------------------------------------------------------------------------------


def test_registering_says_all_that_is_wrong_at_once(arrive: Arrive, unique: str) -> None:
    visitor = arrive()
    visitor.allowed = ["400 (Bad Request)"]
    page = visitor.go("/register")
    page.get_by_label("Name", exact=True).fill("a b")
    page.get_by_label("E-mail").fill("nobody@nowhere")
    page.get_by_label("Password", exact=True).fill("12345678")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    for label, words in (("Name", f"dora-{unique}"), ("E-mail", f"dora-{unique}@example.com"), ("Password", PASSWORD)):
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".top .me")).to_have_text(f"dora-{unique}")


def test_settings(arrive: Arrive, unique: str) -> None:
    visitor = arrive("alice")
    other = arrive(username=visitor.username)  # type: ignore[attr-defined]
    page = visitor.go("/settings")
    profile = page.locator("#profile")
    profile.get_by_label("Name").fill(f"alicia-{unique}")
    profile.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".top .me")).to_have_text(f"alicia-{unique}")
    page.get_by_role("switch", name="Show others when I am online").uncheck()
    page.locator("#privacy").get_by_role("button", name="Save").click()
    expect(page.get_by_role("switch", name="Show others when I am online")).not_to_be_checked()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator(".logins li")).to_have_count(1)
    expect(other.go("/settings").get_by_label("Name or e-mail")).to_be_visible()
    page.locator("#language").get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")
    page.locator("#account summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_a_forgotten_password(start_server: Starter, browser: object, arrive: Arrive, tmp_path: Path) -> None:
    """With the mail as it was sent."""
    server = start_server(EMAIL_URL=f"filemail:///{tmp_path}")
    person = server.register("alice")
    visitor = Visitor(server, browser.new_context(locale="en-US"))  # type: ignore[attr-defined]
    page = visitor.go("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    until(page, lambda: any("/password/new/" in mail.read_text() for mail in tmp_path.iterdir()), "the mail is there")
    (mail,) = tmp_path.iterdir()
    link = re.search(r"http://\S+/password/new/\S+", mail.read_text())
    assert link
    page.goto(link[0])
    expect(page).to_have_url(re.compile("/password/new$"))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    log_in(page, person.email, NEW)
    expect(page.locator(".top .me")).to_have_text(person.username)
    visitor.context.close()
    visitor.check()
