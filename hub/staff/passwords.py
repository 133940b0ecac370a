"""Staff passwords: which ones are accepted, and their argon2id hashes (SEC-20). Logs none."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_Result = TypeVar("_Result")

SHORTEST, LONGEST = 15, 128
_LEAST_LEFT, _LEAST_DISTINCT = 8, 5
_CONTEXT = ("chasqui", "gtrm", "acnur", "unhcr", "refugiad", "migrant", "refugee", "peru")
_COMMON = tuple(
    sorted(
        Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf8").split(),
        key=len,
        reverse=True,
    )
)


class Weakness(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    GUESSABLE = "guessable"


class WeakPasswordError(Exception):
    """A new password is refused; `weakness` says why, the message says what to do."""

    def __init__(self, weakness: Weakness) -> None:
        self.weakness = weakness
        super().__init__(
            {
                Weakness.TOO_SHORT: f"a password has at least {SHORTEST} characters",
                Weakness.TOO_LONG: f"a password has at most {LONGEST} characters",
                Weakness.GUESSABLE: "built from common words or names; use words without a pattern",
            }[weakness]
        )


class TooBusyError(Exception):
    """More sign-ins wait for a hash than is sane; this one was refused without looking at it."""


def check_new_password(password: str, names: Iterable[str] = ()) -> None:
    """Raise `WeakPasswordError` unless enough remains of it without common words and `names`."""
    if len(password) < SHORTEST:
        raise WeakPasswordError(Weakness.TOO_SHORT)
    if len(password) > LONGEST:
        raise WeakPasswordError(Weakness.TOO_LONG)
    rest = _strip_words(password, names)
    if len(rest) < _LEAST_LEFT or len(set(rest)) < _LEAST_DISTINCT:
        raise WeakPasswordError(Weakness.GUESSABLE)


def _strip_words(password: str, names: Iterable[str]) -> str:
    rest = unicodedata.normalize("NFC", password).casefold()
    own = [part for name in names for part in name.casefold().split() if len(part) > 2]
    for word in (*own, *_CONTEXT, *_COMMON):
        rest = rest.replace(word, "")
    return rest


class Passwords:
    """Hashes and checks, a few at a time: each takes 19 MiB, and floods must not take them all."""

    def __init__(
        self, *, memory_kib: int = 19 * 1024, passes: int = 2, at_once: int = 2, waiting: int = 40
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._present = 0
        self._nobody = self._hasher.hash("no staff member has this password")

    async def hash_new(self, password: str, names: Iterable[str] = ()) -> str:
        """The hash of an acceptable password; raise `WeakPasswordError` for any other."""
        check_new_password(password, names)
        return await self._hash(password)

    async def find_match(self, stored: str | None, password: str) -> str | None:
        """The hash to keep from now on if the password is right, otherwise None.

        It takes the same time whether or not there is a hash, also where an account has none yet.
        The hash that comes back is a new one when the parameters have risen since.
        """
        if len(password) > LONGEST or not stored or not stored.startswith("$argon2"):
            await self._verify(self._nobody, password[:LONGEST])
            return None
        if not await self._verify(stored, password):
            return None
        if self._hasher.check_needs_rehash(stored):
            return await self._hash(password)
        return stored

    async def _hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, _normalise(password))

    async def _verify(self, stored: str, password: str) -> bool:
        try:
            return await self._run(self._hasher.verify, stored, _normalise(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., _Result], *values: str) -> _Result:
        if self._present >= self._most:
            raise TooBusyError
        self._present += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work, *values)
        finally:
            self._present -= 1


def _normalise(password: str) -> str:
    """Keyboards write the same letter composed or decomposed."""
    return unicodedata.normalize("NFC", password)
