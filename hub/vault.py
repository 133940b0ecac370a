"""Keeps people's data unreadable outside the hub: encryption bound to the row, and keyed look-ups.

Nothing here knows a table; callers name table, column and row. Keys come from a file, never from
the database, the environment's values or the command line (SEC-75, SEC-76, SEC-79).
"""

import base64
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = 1
_NONCE_BYTES = 12
_KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing, malformed or readable by others; the message says which."""


class UnreadableValueError(Exception):
    """A sealed value that does not open: wrong row, unknown key, or damaged."""


@dataclass(frozen=True)
class Vault:
    """A key ring. `keys` maps key ids to 32-byte keys; new values are sealed with `primary`."""

    primary: str
    keys: dict[str, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls("k1", {"k1": secrets.token_bytes(_KEY_BYTES)}, secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key ring; raise `KeyFileError` if it is absent, malformed or open to others."""
        try:
            mode = path.stat().st_mode
            raw = json.loads(path.read_text(encoding="utf8"))
            keys = {name: _decode_key(value) for name, value in raw["keys"].items()}
            vault = cls(str(raw["primary"]), keys, _decode_key(raw["index"]))
        except FileNotFoundError as error:
            raise KeyFileError(f"{path}: no key file; make one with `chasqui keys new`") from error
        except OSError as error:
            raise KeyFileError(f"{path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyFileError(f"{path}: not a key file ({type(error).__name__})") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(f"{path}: readable by others; run `chmod 600 {path}`")
        if vault.primary not in keys:
            raise KeyFileError(f"{path}: primary key {vault.primary!r} is not among the keys")
        return vault

    def save(self, path: Path) -> None:
        """Write a new key file with mode 0600; raise `FileExistsError` if there is one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "primary": self.primary,
            "keys": {name: _encode(key) for name, key in self.keys.items()},
            "index": _encode(self.index_key),
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf8") as file:
            json.dump(document, file, indent=2)

    def seal(self, table: str, column: str, row: str, text: str) -> bytes:
        """AES-256-GCM bound to the place: a value moved to another row does not open."""
        nonce = os.urandom(_NONCE_BYTES)
        name = self.primary.encode()
        head = bytes([_FORMAT, len(name)]) + name
        cipher = _cipher(self.keys[self.primary])
        return head + nonce + cipher.encrypt(nonce, text.encode(), _place(table, column, row))

    def open(self, table: str, column: str, row: str, sealed: bytes) -> str:
        """The text sealed for exactly this place; raise `UnreadableValueError` otherwise."""
        where = f"{table}.{column} of row {row}"
        if len(sealed) < 2 or sealed[0] != _FORMAT:
            raise UnreadableValueError(f"{where}: unknown format")
        body = 2 + sealed[1]
        key = self.keys.get(sealed[2:body].decode(errors="replace"))
        if key is None:
            raise UnreadableValueError(f"{where}: sealed with a key that is not in the ring")
        nonce, cipher = sealed[body : body + _NONCE_BYTES], sealed[body + _NONCE_BYTES :]
        try:
            return _cipher(key).decrypt(nonce, cipher, _place(table, column, row)).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableValueError(f"{where}: damaged, or sealed for another place") from error

    def index(self, purpose: str, value: str) -> bytes:
        """A blind index: equal values meet, within one purpose only; 32 bytes."""
        return self._digest(f"index:{purpose}", value)

    def sign(self, purpose: str, value: str) -> str:
        """A short signature (22 URL-safe characters, 128 bits) for ids that travel in URLs."""
        digest = self._digest(f"sign:{purpose}", value)
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def is_signed(self, purpose: str, value: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, value).encode(), signature.encode())

    def _digest(self, info: str, value: str) -> bytes:
        made = _keyed(self.index_key, info).copy()
        made.update(value.encode())
        return made.finalize()


# Every message needs the same few; they stay in memory as the keys do that they are made of.
@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


# To be copied: it has read its key. And it keeps the interpreter to itself, where the standard
# library's lets another thread in for each digest and waits for it.
@lru_cache(maxsize=64)
def _keyed(key: bytes, info: str) -> HMAC:
    return HMAC(HKDF(SHA256(), _KEY_BYTES, salt=None, info=info.encode()).derive(key), SHA256())


def _place(table: str, column: str, row: str) -> bytes:
    return f"{table}\x1f{column}\x1f{row}".encode()


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode_key(value: str) -> bytes:
    key = base64.b64decode(value, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key
