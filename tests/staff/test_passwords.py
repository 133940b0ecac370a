"""SEC-20: which passwords are accepted, how they are kept, and what a flood of sign-ins takes."""

import asyncio
import os
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from hub.staff.passwords import Passwords, TooBusyError, Weakness, WeakPasswordError

GOOD = "tres llamas cruzan el puente"


async def test_the_stored_hash_is_argon2id_with_at_least_the_asked_parameters() -> None:
    parameters = extract_parameters(await Passwords().hash_new(GOOD))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert parameters.parallelism == 1


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("catorce letras"[:14], Weakness.TOO_SHORT),
        ("x" * 129, Weakness.TOO_LONG),
        ("passwordpassword1", Weakness.GUESSABLE),
        ("Contraseña2026!!", Weakness.LEAKED),
        ("ChasquiGTRM2026Peru", Weakness.GUESSABLE),
        ("123456789012345", Weakness.GUESSABLE),
        ("aaaaaaaaaaaaaaaaaaaa", Weakness.GUESSABLE),
        ("Marta Quispe 2026 !!", Weakness.GUESSABLE),
        ("m4rta-QUISPE-m4rta-1987", Weakness.GUESSABLE),
        ("Venezuela2026!!!", Weakness.LEAKED),
        ("dios es amor 2026", Weakness.GUESSABLE),
        ("sunshineprincess", Weakness.GUESSABLE),
        ("Dr4g0nM0nkey#2026", Weakness.GUESSABLE),
        ("abcabcabcabcabcabc", Weakness.GUESSABLE),
        ("abcdefghijklmnopqrstuvwxyz", Weakness.GUESSABLE),
        ("qwertyuiopasdfgh", Weakness.GUESSABLE),
        ("llama7llama7llama7llama7", Weakness.GUESSABLE),
        ("passwordstandard", Weakness.LEAKED),
        ("1qaz2wsx3edc4rfv", Weakness.LEAKED),
        ("MomsAnAladventure 7!", Weakness.LEAKED),
    ],
)
async def test_weak_passwords_are_refused_with_a_reason(password: str, weakness: Weakness) -> None:
    with pytest.raises(WeakPasswordError) as refusal:
        await Passwords().hash_new(password, ["marta", "Marta Quispe"])
    assert refusal.value.weakness is weakness


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery staple",
        "canción sin señales",
        "Xk7 wq-Pz4 mV9 tL2",
        "9f3kd72lqpw8zx1",
    ],
)
async def test_words_without_a_pattern_and_random_characters_pass(password: str) -> None:
    assert await Passwords().hash_new(password, ["marta", "Marta Quispe"])


async def test_accents_count_once_however_the_keyboard_writes_them(passwords: Passwords) -> None:
    # 14 letters, and two accents that some keyboards write as characters of their own
    with pytest.raises(WeakPasswordError) as refusal:
        await passwords.hash_new("ra\u0301pido llame\u0301")
    assert refusal.value.weakness is Weakness.TOO_SHORT
    longest = "".join(chr(97 + (7 * i * i + i) % 26) for i in range(126)) + "e\u0301" * 2
    assert len(longest) > 128
    assert await passwords.find_match(await passwords.hash_new(longest), longest)


async def test_every_character_counts_up_to_the_last(passwords: Passwords) -> None:
    long = "".join(chr(97 + (7 * i) % 26) for i in range(128))
    stored = await passwords.hash_new(long)
    changed = long[:99] + "Z" + long[100:]
    assert await passwords.find_match(stored, long)
    assert await passwords.find_match(stored, changed) is None
    assert await passwords.find_match(stored, long + "more") is None


async def test_composed_and_decomposed_letters_are_the_same_password(passwords: Passwords) -> None:
    stored = await passwords.hash_new("canción sin señales")
    assert await passwords.find_match(stored, "cancio\u0301n sin sen\u0303ales")


async def test_a_hash_with_old_parameters_is_renewed_when_it_is_used() -> None:
    old = await Passwords(memory_kib=64, passes=1).hash_new(GOOD)
    now = Passwords(memory_kib=128, passes=2)
    renewed = await now.find_match(old, GOOD)
    assert renewed is not None
    assert renewed != old
    assert extract_parameters(renewed).memory_cost == 128
    assert await now.find_match(renewed, GOOD) == renewed


async def test_nobody_and_unusable_hashes_never_match(passwords: Passwords) -> None:
    assert await passwords.find_match(None, "no staff member has this password") is None
    assert await passwords.find_match("!", "!") is None


@pytest.mark.parametrize("stored", [None, "", "!"])
async def test_where_there_is_no_password_yet_one_is_hashed_all_the_same(
    passwords: Passwords, stored: str | None
) -> None:
    # SEC-22: otherwise time would tell names that exist, and accounts that nobody opened yet
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            checked.append(str(hash))
            return super().verify(hash, password)

    passwords._hasher = Counting(time_cost=1, memory_cost=64, parallelism=1)
    assert await passwords.find_match(stored, GOOD) is None
    assert [hash_[:7] for hash_ in checked] == ["$argon2"]


async def test_forty_sign_ins_at_once_do_not_take_forty_times_the_memory() -> None:
    passwords = Passwords()
    stored = await passwords.hash_new(GOOD)
    before, peak = _resident_bytes(), 0
    tasks = [asyncio.create_task(passwords.find_match(stored, GOOD)) for _ in range(40)]
    while not all(task.done() for task in tasks):
        peak = max(peak, _resident_bytes())
        await asyncio.sleep(0.001)
    assert all(task.result() for task in tasks)
    assert peak - before < 4 * 19 * 1024 * 1024


async def test_beyond_the_queue_sign_ins_are_turned_away_unseen() -> None:
    passwords = Passwords(memory_kib=64, passes=1, at_once=1, waiting=2)
    results = await asyncio.gather(
        *(passwords.find_match(None, GOOD) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(result, TooBusyError) for result in results) == 3
    assert await passwords.find_match(None, GOOD) is None


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
