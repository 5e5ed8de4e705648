"""People's pictures: what is taken, what is left of it, and whose they are."""

from __future__ import annotations

import io
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import translation
from PIL import Image

from accounts import avatars, services
from accounts.avatars import remove_avatar, set_avatar
from accounts.models import User
from core import pictures, storage
from core.errors import Forbidden, Invalid, NotFound, StorageFull, TooLarge
from tests.assertions import assert_error
from tests.files.reading import body
from tests.pictures import BLUE, RED, encoded, is_about, looked_at, picture, sent

pytestmark = pytest.mark.django_db
Api = Callable[..., Any]


def kept() -> list[str]:
    """The pictures that lie in the storage."""
    folder = Path(settings.MEDIA_ROOT) / "avatars"
    return sorted(path.stem for path in folder.iterdir()) if folder.exists() else []


def shown(user: User) -> bytes:
    with storage.open_stored(avatars.storage_key(user.avatar)) as file:
        return file.read()


def given(user: User, content: bytes) -> bytes:
    """What is kept of that picture."""
    return shown(set_avatar(actor=user, image=ContentFile(content)))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


# What is left of a picture --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_becomes_a_square_of_ours(alice: User, kind: str) -> None:
    content = picture(kind, (300, 120))
    ours = given(alice, content)
    image = looked_at(ours)
    assert ours != content
    assert (image.format, image.size) == ("WEBP", (avatars.SIDE, avatars.SIDE))
    assert is_about(image.getpixel((128, 128)), RED)
    assert kept() == [User.objects.get().avatar]


def test_the_middle_is_kept(alice: User) -> None:
    wide = Image.new("RGB", (300, 100), BLUE)
    wide.paste(RED, (100, 0, 200, 100))
    image = looked_at(given(alice, encoded(wide, "PNG")))
    for corner in ((4, 4), (251, 4), (4, 251), (251, 251)):
        assert is_about(image.getpixel(corner), RED)


@pytest.mark.parametrize("tail", [zipped(), b"<html><script>alert(1)</script></html>"], ids=["zip", "html"])
def test_what_hangs_on_a_picture_is_gone(alice: User, tail: bytes) -> None:
    ours = given(alice, picture("JPEG") + tail)
    assert tail[-20:] not in ours
    assert b"script" not in ours
    assert not zipfile.is_zipfile(io.BytesIO(ours))


def test_nothing_that_was_noted_about_a_picture_stays(alice: User) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at a secret place"  # ImageDescription
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    for kind in ("JPEG", "PNG", "WEBP"):
        content = picture(kind, exif=exif, icc_profile=b"secret profile", comment=b"a secret comment")
        assert b"secret" in content
        ours = given(alice, content)
        assert b"secret" not in ours
        assert b"EXIF" not in ours
        assert not looked_at(ours).getexif()
        assert "icc_profile" not in looked_at(ours).info


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_brought_upright(alice: User, orientation: int) -> None:
    """As a browser would show the file: red to the left above, blue to the right above."""
    upright = Image.new("RGB", (64, 64), (255, 255, 255))
    upright.paste(RED, (0, 0, 32, 32))
    upright.paste(BLUE, (32, 0, 64, 32))
    back = {
        1: (), 2: (Image.Transpose.FLIP_LEFT_RIGHT,), 3: (Image.Transpose.ROTATE_180,),
        4: (Image.Transpose.FLIP_TOP_BOTTOM,), 5: (Image.Transpose.TRANSPOSE,), 6: (Image.Transpose.ROTATE_90,),
        7: (Image.Transpose.TRANSVERSE,), 8: (Image.Transpose.ROTATE_270,),
    }  # fmt: skip
    held = upright
    for turn in back[orientation]:
        held = held.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = looked_at(given(alice, encoded(held, "JPEG", exif=exif, quality=95)))
    assert is_about(image.getpixel((64, 64)), RED)
    assert is_about(image.getpixel((192, 64)), BLUE)
    assert is_about(image.getpixel((128, 192)), (255, 255, 255))


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("RGBA", (*RED, 0), (255, 255, 255)), ("LA", (0, 0), (255, 255, 255)), ("L", (120,), (120, 120, 120)),
        ("1", (1,), (255, 255, 255)), ("I;16", (0x7800,), (120, 120, 120)), ("P", (0,), (0, 0, 0)),
    ],
)  # fmt: skip
def test_every_kind_of_colours_is_understood(alice: User, mode: str, colour: Any, seen: tuple[int, ...]) -> None:
    assert is_about(looked_at(given(alice, picture(mode=mode, colour=colour))).getpixel((9, 9)), seen)


def test_of_a_moving_picture_the_first_is_kept(alice: User) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert is_about(looked_at(given(alice, moving)).getpixel((9, 9)), RED)


# What is refused ------------------------------------------------------------------------------------------------------
def bomb(width: int, height: int) -> bytes:
    """A PNG that says to be that large. Whoever believed it would take that much memory."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")


REFUSED = {
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "A picture is a JPEG"),
    "html": (b"<!doctype html><img src=x onerror=alert(1)>", "A picture is a JPEG"),
    "another format": (picture("BMP"), "A picture is a JPEG"),
    "nothing": (b"", "A picture is a JPEG"),
    "a beginning": (picture(size=(400, 400))[:150], "damaged"),
    "a film": (b"\0\0\0\x18ftypmp42" + b"\0" * 99, "A picture is a JPEG"),
    "a bomb": (bomb(50_000, 50_000), "too many pixels"),
    "a small bomb": (bomb(10_000, 5_001), "too many pixels"),
    "a lie": (bomb(7_000, 7_000), "damaged"),
}


def refusal_of(user: User, content: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        set_avatar(actor=user, image=sent(content))
    with translation.override("en"):
        return str((refusal.value.errors or {})["avatar"][0])


@pytest.mark.parametrize("content", REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_picture_is_refused_and_changes_nothing(alice: User, content: tuple[bytes, str]) -> None:
    before = given(alice, picture())
    alice.refresh_from_db()
    assert content[1] in refusal_of(alice, content[0])
    assert shown(User.objects.get()) == before
    assert kept() == [alice.avatar]


def test_pixels_are_counted_before_anything_is_decoded(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*args: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    assert "too many pixels" in refusal_of(alice, bomb(10_000, 5_001))


def test_a_picture_that_is_gone_over_again_and_again_is_refused(alice: User) -> None:
    """Each scan costs its author some bytes, and us a look at every pixel."""
    plain = picture("JPEG", (1_000, 1_000), progressive=True)
    scan = plain[plain.rindex(b"\xff\xc4", 0, plain.rindex(b"\xff\xda")) : -2]
    assert given(alice, plain[:-2] + scan * 20 + plain[-2:])
    endless = plain[:-2] + scan * 2_500 + plain[-2:]
    assert len(endless) < 200_000
    assert "too long" in refusal_of(alice, endless)


def test_too_many_bytes_are_refused_unread(alice: User) -> None:
    with pytest.raises(TooLarge):
        set_avatar(actor=alice, image=ContentFile(picture() + b"x" * pictures.MOST_BYTES))
    assert kept() == []


def test_a_full_disk_leaves_everything_as_it_was(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    with pytest.raises(StorageFull):
        set_avatar(actor=alice, image=sent(picture()))
    assert User.objects.get().avatar == ""


# Whose it is ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_old_picture_goes_on_commit(alice: User) -> None:
    first = set_avatar(actor=alice, image=sent(picture()))
    with transaction.atomic():
        second = set_avatar(actor=alice, image=sent(picture(colour=BLUE)))
        assert kept() == sorted([first.avatar, second.avatar])
    assert kept() == [second.avatar]
    with transaction.atomic():
        remove_avatar(actor=alice, user=alice)
        transaction.set_rollback(True)
    assert kept() == [User.objects.get().avatar] == [second.avatar]
    assert remove_avatar(actor=alice, user=alice).avatar == ""
    assert kept() == []
    assert remove_avatar(actor=alice, user=alice).avatar == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_pictures_at_the_same_instant_one_stays(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    set_avatar(actor=alice, image=sent(picture()))
    both_written, write = threading.Barrier(2, timeout=30), storage.write

    def slow_write(*args: Any) -> None:
        write(*args)
        both_written.wait()

    monkeypatch.setattr(storage, "write", slow_write)
    failed: list[Exception] = []

    def run(colour: tuple[int, int, int]) -> None:
        try:
            set_avatar(actor=alice, image=sent(picture(colour=colour)))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(colour,)) for colour in (RED, BLUE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert kept() == [User.objects.get().avatar]


@pytest.mark.django_db(transaction=True)
def test_an_account_takes_its_picture_along(alice: User, bob: User) -> None:
    set_avatar(actor=alice, image=sent(picture()))
    services.delete_account(actor=None, user=alice)
    assert kept() == []
    with pytest.raises(NotFound):
        set_avatar(actor=alice, image=sent(picture()))
    assert kept() == []


def test_only_oneself_and_staff_remove_a_picture(alice: User, bob: User, staff: User) -> None:
    set_avatar(actor=alice, image=sent(picture()))
    with pytest.raises(Forbidden):
        remove_avatar(actor=bob, user=alice)
    assert User.objects.get(pk=alice.pk).avatar
    assert remove_avatar(actor=staff, user=alice).avatar == ""


def test_a_form_of_staff_does_not_bring_an_old_picture_back(alice: User, staff: User) -> None:
    stale = User.objects.get(pk=alice.pk)
    now = set_avatar(actor=alice, image=sent(picture())).avatar
    stale.email = "new@example.com"
    services.store_account(actor=staff, user=stale)
    row = User.objects.get(pk=alice.pk)
    assert (row.email, row.avatar) == ("new@example.com", now)


# REST -----------------------------------------------------------------------------------------------------------------
def test_a_picture_over_rest(api: Api, alice: User) -> None:
    client = api(alice)
    assert client.get("/api/user").json()["user"]["avatar"] is None
    answer = client.put("/api/user/avatar", {"avatar": sent(picture())}, format="multipart").json()
    assert (answer["status"], answer["message"]) == ("success", "Updated")
    address = answer["user"]["avatar"]
    assert address.startswith(f"{settings.PUBLIC_URL}/media/avatars/")
    assert client.get("/api/user").json()["user"]["avatar"] == address
    assert "email" in answer["user"]
    file = api().get(address.removeprefix(settings.PUBLIC_URL))
    assert (file.status_code, file["Content-Type"], file["X-Content-Type-Options"]) == (200, "image/webp", "nosniff")
    assert looked_at(body(file)).format == "WEBP"
    assert client.delete("/api/user/avatar").json()["user"]["avatar"] is None
    assert client.delete("/api/user/avatar").status_code == 200


def test_what_is_wrong_with_a_picture_is_said(api: Api, alice: User) -> None:
    client = api(alice)
    for wrong in ({}, {"avatar": "words"}, {"avatar": sent(b"")}, {"avatar": sent(b"<svg/>")}):
        assert_error(client.put("/api/user/avatar", wrong, format="multipart"), 400, "invalid", field="avatar")
    large = sent(picture() + b"x" * pictures.MOST_BYTES)
    assert_error(client.put("/api/user/avatar", {"avatar": large}, format="multipart"), 413, "too_large", field="avatar")
    assert_error(client.put("/api/user/avatar", {"avatar": "x"}, format="json"), 415, "unsupported_media_type")
    assert_error(client.put("/api/user/avatar", picture(), content_type="image/png"), 415, "unsupported_media_type")


def test_pictures_without_end_are_refused(api: Api, alice: User) -> None:
    client = api(alice)
    answers = [client.put("/api/user/avatar", {"avatar": sent(b"x")}, format="multipart") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert "Retry-After" in answers[-1]


@pytest.mark.parametrize("name", ["x.webp", "0" * 32 + ".html", "0" * 32 + ".webp", "..%2f..%2fmatinee.sqlite3", "%00.webp"])
def test_there_are_no_other_files(api: Api, name: str, db: None) -> None:
    assert api().get(f"/media/avatars/{name}").status_code == 404


def test_pictures_by_name(api: Api, alice: User, bob: User, django_assert_num_queries: Any) -> None:
    mine = set_avatar(actor=bob, image=sent(picture()))
    address = f"{settings.PUBLIC_URL}/media/avatars/{mine.avatar}.webp"
    with django_assert_num_queries(1):
        answer = api().get("/api/avatars", {"username": ["bob", "BOB", "alice", "nobody", "a\0b"]})
    assert answer.json() == {"status": "success", "avatars": {"bob": address, "BOB": address}}
    assert answer["Cache-Control"] == "private, max-age=60"
    assert api().get("/api/avatars").json()["avatars"] == {}
    assert api().get("/api/avatars", {"username": [f"n{number}" for number in range(100)]}).status_code == 200
    too_many = api().get("/api/avatars", {"username": [f"n{number}" for number in range(101)]})
    assert_error(too_many, 400, "invalid", field="username")
    assert api(HTTP_AUTHORIZATION="Bearer stale").get("/api/avatars").status_code == 200
