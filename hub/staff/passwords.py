"""Staff passwords: which ones are accepted, and their argon2id hashes (SEC-20). Logs none."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.staff.guessing import count_bits, is_leaked

_Result = TypeVar("_Result")

SHORTEST, LONGEST = 15, 128
_LEAST_BITS = 40  # a million million guesses, and each takes a hash


class Weakness(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LEAKED = "leaked"
    GUESSABLE = "guessable"


class WeakPasswordError(Exception):
    """A new password is refused; `weakness` says why, the message says what to do."""

    def __init__(self, weakness: Weakness) -> None:
        self.weakness = weakness
        super().__init__(
            {
                Weakness.TOO_SHORT: f"a password has at least {SHORTEST} characters",
                Weakness.TOO_LONG: f"a password has at most {LONGEST} characters",
                Weakness.LEAKED: "it is on lists of stolen and common passwords; take another",
                Weakness.GUESSABLE: "built from common words or names; use words without a pattern",
            }[weakness]
        )


class TooBusyError(Exception):
    """More sign-ins wait for a hash than is sane; this one was refused without looking at it."""


def check_new_password(password: str, names: Iterable[str] = ()) -> None:
    """Raise `WeakPasswordError` if it is too short, too long, leaked, or too easy to guess by
    somebody who knows the member's `names`."""
    password = _normalise(password)
    if len(password) < SHORTEST:
        raise WeakPasswordError(Weakness.TOO_SHORT)
    if len(password) > LONGEST:
        raise WeakPasswordError(Weakness.TOO_LONG)
    folded = password.casefold()
    if is_leaked(folded):
        raise WeakPasswordError(Weakness.LEAKED)
    if count_bits(folded, map(_normalise, names)) < _LEAST_BITS:
        raise WeakPasswordError(Weakness.GUESSABLE)


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
        password = _normalise(password)
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
