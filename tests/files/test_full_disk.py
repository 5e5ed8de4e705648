"""Wherever on an upload's way the disk fills up, the answer is 507 and nothing is kept."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from core import json
from core.asgi import BodyLimit
from files.models import StoredFile
from tests.assertions import assert_envelope, assert_error

FULL = OSError(errno.ENOSPC, "No space left on device")


async def test_while_the_body_is_spooled() -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise FULL

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/files/upload", "headers": []}
    await BodyLimit(app, lambda scope: 100)(scope, receive, send)
    assert sent[0]["status"] == 507
    assert_envelope(json.loads(sent[1]["body"]), 507, "storage_full")


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["the form is parsed", "the bytes are kept"])
def test_while(api: Any, alice: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, step: str) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise FULL

    if step == "the form is parsed":
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
        monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", fail)
    else:
        monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", fail)
    upload = {"file": SimpleUploadedFile("a", b"x" * 1000)}
    assert_error(api(alice).post("/files/upload", upload, format="multipart"), 507, "storage_full")
    assert not StoredFile.objects.exists()
    assert not default_storage.exists("uploads") or default_storage.listdir("uploads")[1] == []
