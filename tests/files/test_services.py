from __future__ import annotations

import errno
import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.db import DatabaseError

from core.errors import Forbidden, NotFound, StorageFull, TooLarge
from files import services
from files.models import StoredFile
from files.selectors import access_file, files_of, owned_file
from tests.files import policies

pytestmark = pytest.mark.django_db


def kept() -> list[str]:
    """Names of what lies in the uploads folder."""
    return default_storage.listdir("uploads")[1] if default_storage.exists("uploads") else []


def store(user: Any, content: bytes = b"hello", filename: str = "a.txt") -> StoredFile:
    return services.store(actor=user, content=ContentFile(content), filename=filename, content_type="text/plain")


def age(name: str, days: float) -> None:
    path = default_storage.path(f"uploads/{name}")
    moment = os.stat(path).st_mtime - days * 86_400
    os.utime(path, (moment, moment))


def test_bytes_lie_under_a_name_of_ours(alice: Any) -> None:
    file = store(alice, filename="../../a\x00.txt")
    assert kept() == [str(file.id)]
    assert file.filename == "a.txt"
    assert file.size == 5
    with default_storage.open(f"uploads/{file.id}") as opened:
        assert opened.read() == b"hello"


def test_the_size_is_limited(alice: Any, settings: Any) -> None:
    settings.LIMIT_UPLOAD_BYTES = 5
    store(alice, b"12345")
    with pytest.raises(TooLarge):
        store(alice, b"123456")
    assert len(kept()) == 1
    settings.LIMIT_UPLOAD_BYTES = 0
    store(alice, b"123456")


def test_a_full_disk_keeps_nothing(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save = FileSystemStorage._save  # type: ignore[attr-defined]

    def fill_up(self: Any, name: str, content: Any) -> str:
        save(self, name, ContentFile(b"the first half"))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fill_up)
    with pytest.raises(StorageFull):
        store(alice)
    assert kept() == []
    assert not StoredFile.objects.exists()


def test_a_row_that_fails_takes_its_bytes_along(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        assert kept()
        raise DatabaseError

    monkeypatch.setattr(StoredFile, "save", fail)
    with pytest.raises(DatabaseError):
        store(alice)
    assert kept() == []


def test_who_may_read(alice: Any, bob: Any, charlie: Any, staff: Any, settings: Any) -> None:
    settings.FILE_ACCESS_POLICIES = [f"{policies.__name__}.nobody", f"{policies.__name__}.bob"]
    file = store(alice)
    for user in (alice, bob):
        assert access_file(user, str(file.id)) == file
    for user in (charlie, staff):
        with pytest.raises(NotFound):
            access_file(user, str(file.id))
    assert owned_file(alice, str(file.id)) == file
    for user in (bob, charlie, staff):
        with pytest.raises(NotFound):
            owned_file(user, str(file.id))
    assert list(files_of(alice)) == [file]
    assert list(files_of(bob)) == []


@pytest.mark.parametrize("file_id", ["", "1", "../x", "00000000-0000-0000-0000-000000000000", "x" * 1000, "\x00", "\ud800"])
def test_no_file_has_such_an_id(alice: Any, file_id: str) -> None:
    for look in (access_file, owned_file):
        with pytest.raises(NotFound):
            look(alice, file_id)


@pytest.mark.django_db(transaction=True)
def test_the_owner_or_staff_delete_row_and_bytes(alice: Any, bob: Any, staff: Any) -> None:
    files = [store(alice) for _ in range(3)]
    with pytest.raises(Forbidden):
        services.delete_file(actor=bob, file=files[0])
    services.delete_file(actor=alice, file=files[0])
    services.delete_file(actor=staff, file=files[1])
    assert kept() == [str(files[2].id)]
    assert list(StoredFile.objects.all()) == [files[2]]


@pytest.mark.django_db(transaction=True)
def test_bytes_that_are_gone_already_do_not_keep_a_file(alice: Any) -> None:
    file = store(alice)
    default_storage.delete(f"uploads/{file.id}")
    services.delete_file(actor=alice, file=file)
    assert not StoredFile.objects.exists()


def test_the_sweep_takes_only_old_bytes_without_a_row(alice: Any) -> None:
    assert services.sweep_uploads() == 0
    owned, ownerless, fresh = store(alice), store(alice), store(alice)
    default_storage.save("uploads/not-an-id", ContentFile(b"x"))
    StoredFile.objects.filter(pk__in=[ownerless.pk, fresh.pk]).delete()
    for name in (str(owned.id), str(ownerless.id), "not-an-id"):
        age(name, days=1.1)
    call_command("sweep_uploads", verbosity=0)
    assert sorted(kept()) == sorted([str(owned.id), str(fresh.id)])
    assert services.sweep_uploads(older_than=timedelta(minutes=-1)) == 1
    assert kept() == [str(owned.id)]
