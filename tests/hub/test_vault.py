"""Keys and what they protect: values bound to their row, look-ups bound to their purpose."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vault import KeyFileError, UnreadableValueError, Vault

VAULT = Vault.generate()
PLACE = ("contacts", "address", "row-1")
SEALED = VAULT.seal(*PLACE, "+51987654321")
NONCES = 100_000


@given(st.text(), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_value_opens_in_its_place(text: str, table: str, column: str, row: str) -> None:
    # SEC-75
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert VAULT.open(table, column, row, VAULT.seal(table, column, row, text)) == text


@pytest.mark.parametrize(
    "place",
    [
        ("contacts", "address", "row-2"),
        ("contacts", "name", "row-1"),
        ("inbox", "address", "row-1"),
        ("contacts", "addressrow", "-1"),
        ("", "", ""),
    ],
)
def test_a_value_moved_to_another_place_does_not_open(place: tuple[str, str, str]) -> None:
    # SEC-75
    with pytest.raises(UnreadableValueError, match="another place") as caught:
        VAULT.open(*place, SEALED)
    assert "987654321" not in str(caught.value)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_damaged_value_does_not_open(position: int, change: int) -> None:
    # SEC-75, F-18: whichever byte it is
    damaged = bytearray(SEALED)
    damaged[position] ^= change
    with pytest.raises(UnreadableValueError):
        VAULT.open(*PLACE, bytes(damaged))


@given(st.binary(max_size=80))
def test_anything_else_is_unreadable_rather_than_an_accident(value: bytes) -> None:
    # F-18
    with pytest.raises(UnreadableValueError):
        VAULT.open(*PLACE, value)


def test_another_ring_opens_nothing() -> None:
    with pytest.raises(UnreadableValueError):
        Vault.generate().open(*PLACE, SEALED)


def test_no_nonce_comes_twice() -> None:
    # SEC-75: the same words, sealed again and again
    head = 2 + len(VAULT.primary)
    nonces = {VAULT.seal(*PLACE, "")[head : head + 12] for _ in range(NONCES)}
    assert len(nonces) == NONCES


def test_an_older_key_still_opens_and_the_primary_seals() -> None:
    # SEC-78
    newer = Vault("k2", {**VAULT.keys, "k2": os.urandom(32)}, VAULT.index_key)
    assert newer.open(*PLACE, SEALED) == "+51987654321"
    assert newer.seal(*PLACE, "x")[2:4] == b"k2"
    with pytest.raises(UnreadableValueError, match="not in the ring"):
        VAULT.open(*PLACE, newer.seal(*PLACE, "x"))


def test_purposes_do_not_meet() -> None:
    # SEC-76
    purposes = ("person", "suppression", "dedupe")
    indexes = {VAULT.index(purpose, "+51987654321") for purpose in purposes}
    assert len(indexes) == len(purposes)
    assert all(len(index) == 32 for index in indexes)
    assert VAULT.index("person", "a") == VAULT.index("person", "a")
    assert VAULT.index("person", "a") != VAULT.index("person", "b")
    assert VAULT.index("person", "a") != Vault.generate().index("person", "a")


def test_signatures_hold_for_one_value_of_one_purpose() -> None:
    # SEC-03
    signature = VAULT.sign("twilio-status", "send-1")
    assert VAULT.is_signed("twilio-status", "send-1", signature)
    for purpose, value, given_signature in (
        ("twilio-status", "send-2", signature),
        ("other", "send-1", signature),
        ("twilio-status", "send-1", ""),
        ("twilio-status", "send-1", "ñ" * 22),
        ("twilio-status", "send-1", signature[:-1]),
        ("twilio-status", "send-1", signature + "A"),
    ):
        assert not VAULT.is_signed(purpose, value, given_signature)
    assert len(signature) == 22
    assert signature.replace("-", "a").replace("_", "a").isalnum()


def test_no_key_shows_when_a_ring_is_printed() -> None:
    # INV-9
    printed = repr(VAULT) + str(VAULT)
    for key in (*VAULT.keys.values(), VAULT.index_key):
        assert key.hex() not in printed
        assert repr(key) not in printed
        assert base64.b64encode(key).decode() not in printed


def test_a_ring_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    VAULT.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault.load(path) == VAULT


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    # Whoever loses the keys loses everybody's data.
    path = tmp_path / "keys.json"
    VAULT.save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        Vault.generate().save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    # SEC-79
    path = tmp_path / "keys.json"
    VAULT.save(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"{path}: readable by others; run `chmod 600"):
        Vault.load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=f"{tmp_path}/no.json: no key file; make one with"):
        Vault.load(tmp_path / "no.json")


GOOD = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "{}",
        '"text"',
        '{"primary": "k1", "keys": [], "index": ""}',
        json.dumps({"primary": "k1", "keys": {"k1": "short"}, "index": GOOD}),
        json.dumps({"primary": "k1", "keys": {"k1": GOOD}}),
        json.dumps({"primary": "k1", "keys": {"k1": GOOD}, "index": "%%%%"}),
        json.dumps({"primary": "k1", "keys": {"k1": 7}, "index": GOOD}),
        json.dumps({"primary": "k9", "keys": {"k1": GOOD}, "index": GOOD}),
        json.dumps({"primary": ["k1"], "keys": {"k1": GOOD}, "index": GOOD}),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content, encoding="utf8")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=str(path)) as caught:
        Vault.load(path)
    assert GOOD not in str(caught.value)


def test_a_folder_or_binary_file_is_no_key_file(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    binary.chmod(0o600)
    for path in (binary, tmp_path):
        with pytest.raises(KeyFileError, match=str(path)):
            Vault.load(path)
