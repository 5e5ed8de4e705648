from __future__ import annotations

import pytest

from accounts.names import clean_device_id, clean_email, clean_username
from core.errors import Invalid


@pytest.mark.parametrize("name", ["al", "a" * 32, "小明", "Éva", "हिन्दी", "1st_user.name-x", "Ünïcode", "นักดูหนัง", "e\u0301va"])
def test_names_of_any_script_are_fine(name: str) -> None:
    assert clean_username(name)


def test_a_name_is_kept_composed() -> None:
    assert clean_username("e\u0301va") == "\u00e9va"


@pytest.mark.parametrize(
    "name",
    [
        "", "a", "a" * 33, "_alice", ".alice", "-alice", "\u0301alice", "al ice", "al/ice", "al@ice", "al\x00ice", "al\nice",
        "al\u202eice", "al\u200bice", "al\ufe0fice", "\u3164\u3164", "ali🙂", "½½½", "\ufdfa" * 32, "al\ud800ice",
    ],
)  # fmt: skip
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_username(name)
    assert refusal.value.errors is not None
    assert list(refusal.value.errors) == ["username"]


def test_addresses() -> None:
    assert clean_email("alice@example.com") == "alice@example.com"
    for wrong in ("", "alice", "a@b", "alice@example.com\n", f"{'a' * 250}@example.com", "a b@example.com", "alice@\x00.com"):
        with pytest.raises(Invalid):
            clean_email(wrong)


def test_device_ids() -> None:
    for fine in ("a", "iPhone 15 (alice's)", "设备", "a" * 128, "...", "%2F", "a\\b"):
        assert clean_device_id(fine) == fine
    for wrong in ("", "a/b", ".", "..", "a" * 129, "a\x00", "a\nb", "a\u202eb"):
        with pytest.raises(Invalid):
            clean_device_id(wrong)
