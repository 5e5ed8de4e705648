"""The same uploads and films on an S3-compatible store, through a real server. The store is moto's, on the loopback."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import pytest
from botocore.config import Config
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer
from PIL import Image

from core.storage import S3Reader
from files import services
from files.models import StoredFile
from movies import services as movies
from tests.assertions import assert_error
from tests.files.reading import body
from tests.movies.films import PLAYLIST, hls_files, make_hls_film
from tests.pictures import BLUE, encoded, is_about, looked_at, picture
from tests.rig.servers import Person, Server, Starter

BUCKET = "films"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of a running store with one empty bucket."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    address = f"http://{host}:{port}"
    client(address).create_bucket(Bucket=BUCKET)
    yield address
    moto.stop()


def client(address: str) -> Any:
    return boto3.client("s3", endpoint_url=address, region_name="us-east-1", config=Config(proxies={}), **KEYS)


def keys(store: str) -> list[str]:
    return [item["Key"] for item in client(store).list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.fixture(scope="module")
def environment(store: str) -> dict[str, str]:
    return {
        "S3_BUCKET": BUCKET, "S3_ENDPOINT_URL": store, "S3_REGION": "us-east-1", "S3_ACCESS_KEY": "test",
        "S3_SECRET_KEY": "test", "S3_ADDRESSING_STYLE": "path",
    }  # fmt: skip


@pytest.fixture(scope="module")
def s3_server(start_module_server: Starter, environment: dict[str, str]) -> Server:
    return start_module_server(**environment)


@pytest.fixture(scope="module")
def uploader(s3_server: Server) -> Iterator[Person]:
    person = s3_server.register("alice")
    yield person
    person.http.close()


def upload(person: Person, content: Any, name: str = "page.html") -> dict[str, Any]:
    answer = person.http.post("/files/upload", files={"file": (name, content, "text/html")})
    assert answer.status_code == 200, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def test_bytes_go_to_the_store_and_come_back_in_ranges(s3_server: Server, uploader: Person, store: str) -> None:
    content = hashlib.sha256(b"seed").digest() * 20_000
    shown = upload(uploader, content)
    key = f"uploads/{shown['file_id']}"
    assert key in keys(store)
    assert client(store).head_object(Bucket=BUCKET, Key=key)["ContentType"] == "application/octet-stream"
    whole = uploader.http.get(shown["url"])
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "application/octet-stream"
    for asked, start, end in (("bytes=0-0", 0, 1), ("bytes=300000-300099", 300_000, 300_100), ("bytes=-7", 639_993, 640_000)):
        part = uploader.http.get(shown["url"], headers={"Range": asked})
        assert (part.status_code, part.content) == (206, content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/640000"
    assert_error(uploader.http.get(shown["url"], headers={"Range": "bytes=640000-"}), 416)
    assert uploader.http.get(shown["url"], headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert_error(s3_server.register("charlie").http.get(shown["url"]), 404)
    assert uploader.http.delete(shown["url"]).status_code == 200
    assert key not in keys(store)


def test_peoples_pictures_lie_there_too(s3_server: Server, uploader: Person, store: str) -> None:
    def put(content: bytes) -> str:
        answer = uploader.http.put("/api/user/avatar", files={"avatar": ("me.png", content, "image/png")})
        assert answer.status_code == 200, answer.content
        address: str = answer.json()["user"]["avatar"]
        return address

    photo = encoded(Image.effect_noise((1_300, 1_300), 150), "PNG")
    assert len(photo) > MIB, "more than other bodies may have"
    first, second = put(photo), put(picture(colour=BLUE))
    assert [key for key in keys(store) if key.startswith("avatars/")] == [f"avatars/{second.rsplit('/', 1)[1]}"]
    assert_error(uploader.http.get(first), 404)
    shown = httpx.get(second, trust_env=False)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert is_about(looked_at(shown.content).getpixel((9, 9)), BLUE)
    again = httpx.get(second, headers={"If-None-Match": shown.headers["etag"]}, trust_env=False)
    assert (again.status_code, again.content) == (304, b"")


def test_an_object_that_was_lost_is_not_found(uploader: Person, store: str) -> None:
    shown = upload(uploader, b"x")
    client(store).delete_object(Bucket=BUCKET, Key=f"uploads/{shown['file_id']}")
    assert_error(uploader.http.get(shown["url"]), 404, "not_found")


def test_a_large_file_passes_in_constant_memory(s3_server: Server, uploader: Person) -> None:
    size = 64 * MIB
    upload(uploader, b"warm up")
    process = psutil.Process(s3_server.pid)
    before = process.memory_info().rss
    shown = upload(uploader, b"\x01" * size)
    most, received = process.memory_info().rss, 0
    with uploader.http.stream("GET", shown["url"]) as streamed:
        for chunk in streamed.iter_bytes(4 * MIB):
            received += len(chunk)
            most = max(most, process.memory_info().rss)
    assert received == size
    assert most - before < 48 * MIB
    uploader.http.delete(shown["url"])


@pytest.fixture
def use_store(settings: Any) -> Callable[..., None]:
    """Let this process keep files in the store at an address."""

    def use(address: str) -> None:
        config = Config(
            s3={"addressing_style": "path"}, signature_version="s3v4", proxies={}, retries={"total_max_attempts": 1}
        )
        options = {
            "bucket_name": BUCKET, "endpoint_url": address, "region_name": "us-east-1", "access_key": "test",
            "secret_key": "test", "file_overwrite": False, "client_config": config,
        }  # fmt: skip
        default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"default": default}

    return use


@pytest.mark.django_db(transaction=True)
def test_a_film_is_played_from_the_store(api: Any, store: str, use_store: Any, tmp_path: Path) -> None:
    use_store(store)
    others = set(keys(store))
    movie = make_hls_film(tmp_path)
    replaced = movie.hls_path
    movie = movies.attach_hls(actor=None, movie=movie, files=hls_files(tmp_path))
    assert len(set(keys(store)) - others) == 3
    assert replaced not in keys(store)
    assert movie.hls_path in keys(store)
    assert body(api().get(f"/media/films/{movie.pk}/index.m3u8")) == PLAYLIST
    part = api().get(f"/media/films/{movie.pk}/seg0.m4s", HTTP_RANGE="bytes=256-511")
    assert (part.status_code, body(part)) == (206, bytes(range(256)))
    assert part["Content-Type"] == "video/iso.segment"
    assert_error(api().get(f"/media/films/{movie.pk}/seg1.m4s"), 404)
    movies.delete_movie(actor=None, movie=movie)
    assert set(keys(store)) == others


def store_file(user: Any, filename: str = "a.txt") -> StoredFile:
    return services.store(actor=user, content=ContentFile(b"<script>"), filename=filename, content_type="text/html")


@pytest.mark.django_db
def test_where_settings_say_so_the_store_answers_itself(
    api: Any, alice: Any, charlie: Any, store: str, use_store: Any, settings: Any, tmp_path: Path
) -> None:
    use_store(store)
    settings.S3_REDIRECT = True
    path = f"/files/{store_file(alice, '页 1.html').id}"
    redirect = api(alice).get(path)
    assert redirect.status_code == 302
    assert "no-store" in redirect["Cache-Control"]
    answer = httpx.get(redirect["Location"], trust_env=False)
    assert (answer.status_code, answer.content) == (200, b"<script>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''")
    assert_error(api(charlie).get(path), 404)
    movie = make_hls_film(tmp_path)
    assert body(api().get(f"/media/films/{movie.pk}/index.m3u8")) == PLAYLIST
    segment = api().get(f"/media/films/{movie.pk}/seg0.m4s")
    assert segment.status_code == 302
    assert httpx.get(segment["Location"], trust_env=False).headers["content-type"] == "video/iso.segment"


@pytest.mark.django_db
def test_a_store_that_is_down_is_503(api: Any, alice: Any, use_store: Any, store: str) -> None:
    use_store(store)
    path = f"/files/{store_file(alice).id}"
    use_store("http://127.0.0.1:9")
    upload = {"file": SimpleUploadedFile("a", b"x")}
    for answer in (api(alice).get(path), api(alice).post("/files/upload", upload, format="multipart")):
        assert_error(answer, 503, "unavailable")
        assert int(answer["Retry-After"]) >= 1
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_the_sweep_works_on_the_store_too(alice: Any, use_store: Any, store: str) -> None:
    use_store(store)
    kept, swept = store_file(alice), store_file(alice)
    StoredFile.objects.filter(pk=swept.pk).delete()
    services.sweep_uploads(older_than=timedelta(minutes=-1))
    assert f"uploads/{kept.id}" in keys(store)
    assert f"uploads/{swept.id}" not in keys(store)


class CountingObject:
    """An S3 object that notes which ranges were asked of it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[str] = []

    def get(self, Range: str) -> dict[str, Any]:
        self.asked.append(Range)
        return {"Body": io.BytesIO(self.content[int(Range.removeprefix("bytes=").rstrip("-")) :])}


def test_a_reader_asks_once_from_where_it_was_put() -> None:
    remote = CountingObject(b"0123456789")
    reader = S3Reader(remote)
    reader.seek(4)
    assert (reader.read(3), reader.read(2), reader.tell()) == (b"456", b"78", 9)
    assert remote.asked == ["bytes=4-"]
    reader.seek(1)
    assert reader.read(100) == b"123456789"
    assert remote.asked == ["bytes=4-", "bytes=1-"]
    reader.close()
