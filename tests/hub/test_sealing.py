"""Seals, look-up hashes and the installation key."""

import base64
import stat
from pathlib import Path

import pytest
from django.core.exceptions import FieldError
from django.test.utils import override_settings
from hypothesis import given
from hypothesis import strategies as st

from hotleads.hub.errors import KeyMissingError
from hotleads.hub.models import Contact
from hotleads.hub.sealing import hash_lookup, seal, unseal
from hotleads.hub.sealing.keys import SECRETS_FILE, create_key, derive_keyring, read_key

OTHER_KEY = base64.urlsafe_b64encode(b"x" * 32).decode()


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_seal_opens_to_the_same_text(text: str) -> None:
    assert unseal(seal(text, "hub_contact.email"), "hub_contact.email") == text


def test_equal_texts_have_different_seals() -> None:
    assert seal("ana@example.com", "hub_contact.email") != seal("ana@example.com", "hub_contact.email")


def test_a_seal_of_another_column_or_key_or_a_changed_one_does_not_open() -> None:
    sealed = seal("ana@example.com", "hub_contact.email")
    with pytest.raises(KeyMissingError, match=r"hub_contact\.name"):
        unseal(sealed, "hub_contact.name")
    with pytest.raises(KeyMissingError, match="does not open"):
        unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "hub_contact.email")
    with override_settings(HUB_KEY=OTHER_KEY), pytest.raises(KeyMissingError) as error:
        unseal(sealed, "hub_contact.email")
    assert "ana" not in str(error.value)


def test_a_seal_of_a_later_version_is_refused() -> None:
    with pytest.raises(KeyMissingError, match="newer"):
        unseal(b"\x02" + b"0" * 40, "hub_contact.email")


def test_lookup_hashes_depend_on_purpose_and_key() -> None:
    digest = hash_lookup("email", "ana@example.com")
    assert digest == hash_lookup("email", "ana@example.com")
    assert digest != hash_lookup("phone", "ana@example.com")
    with override_settings(HUB_KEY=OTHER_KEY):
        assert digest != hash_lookup("email", "ana@example.com")


def test_a_sealed_column_cannot_be_searched() -> None:
    with pytest.raises(FieldError, match="sealed"):
        Contact.objects.filter(email="ana@example.com")


def test_a_new_key_is_readable_by_its_owner_alone_and_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOTLEADS_HUB_KEY", raising=False)
    assert read_key(tmp_path) is None
    key = create_key(tmp_path)
    assert read_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / SECRETS_FILE).stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_key(tmp_path)
    keyring = derive_keyring(key)
    assert len({keyring.seal, keyring.lookup, keyring.web}) == 3


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_key(tmp_path)
    monkeypatch.setenv("HOTLEADS_HUB_KEY", OTHER_KEY)
    assert read_key(tmp_path) == OTHER_KEY


@pytest.mark.parametrize(("content", "mode", "message"), [("OTHER=1\n", 0o600, "holds no"), ("", 0o644, "chmod 600")])
def test_a_file_that_is_no_key_file_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, mode: int, message: str
) -> None:
    monkeypatch.delenv("HOTLEADS_HUB_KEY", raising=False)
    (tmp_path / SECRETS_FILE).write_text(content)
    (tmp_path / SECRETS_FILE).chmod(mode)
    with pytest.raises(KeyMissingError, match=message):
        read_key(tmp_path)


@pytest.mark.parametrize("key", ["", "short", "not base64 ü", base64.urlsafe_b64encode(b"x" * 31).decode()])
def test_a_key_of_another_length_is_refused(key: str) -> None:
    with pytest.raises(KeyMissingError, match="installation key"):
        derive_keyring(key)
