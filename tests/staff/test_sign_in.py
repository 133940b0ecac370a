"""SEC-21, SEC-22: two factors, each code once, guessing slowed without locking staff out."""

import asyncio
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.accounts import disable, find_staff
from hub.staff.audit import find_break
from hub.staff.delays import WaitError
from hub.staff.models import AuditEntry, SignInDelay, StaffMember, StaffSession
from hub.staff.passwords import Passwords
from hub.staff.sessions import Limits
from hub.staff.sign_in import Attempt, RefusedError, SignIn
from hub.vault import Vault
from tests.staff.conftest import PASSWORD, Person


async def test_password_and_code_open_a_session_and_leave_one_audit_entry(
    desk: SignIn, person: Person, database: Database
) -> None:
    token = await desk.sign_in(person.attempt())
    assert len(token) >= 43  # 256 bits in base 64
    async with database.read() as session:
        acts = list(
            await session.scalars(sa.select(AuditEntry.action).where(AuditEntry.actor == person.id))
        )
        assert acts == ["sign_in"]  # INV-11
        assert await find_break(session) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "tres llamas cruzan el río"},
        {"code": "000000"},
        {"code": "١٢٣٤٥٦"},
        {"code": "ninguno"},
    ],
)
async def test_either_factor_wrong_is_refused(
    desk: SignIn, person: Person, wrong: dict[str, str]
) -> None:
    with pytest.raises(RefusedError):
        await desk.sign_in(person.attempt(**wrong))


@pytest.mark.parametrize(("steps", "accepted"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
async def test_clocks_may_differ_by_one_step(
    desk: SignIn, person: Person, steps: int, accepted: bool
) -> None:
    attempt = person.attempt(code=person.code(steps=steps))
    if accepted:
        assert await desk.sign_in(attempt)
    else:
        with pytest.raises(RefusedError):
            await desk.sign_in(attempt)


async def test_a_code_is_refused_the_second_time(desk: SignIn, person: Person) -> None:
    attempt = person.attempt()
    await desk.sign_in(attempt)
    with pytest.raises(RefusedError):
        await desk.sign_in(attempt)


async def test_a_code_sent_several_times_at_once_opens_one_session(
    desk: SignIn, person: Person, database: Database
) -> None:
    clients = [person.attempt(client=f"client {number}") for number in range(6)]
    results = await asyncio.gather(*map(desk.sign_in, clients), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, RefusedError) for result in results) == 5
    async with database.read() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(StaffSession)) == 1


async def test_guessing_gets_slower_and_slower(
    desk: SignIn, person: Person, clock: ManualClock
) -> None:
    waits = []
    for _ in range(32):
        try:
            await desk.sign_in(person.attempt(code="000000"))
        except RefusedError:
            continue
        except WaitError as wait:
            waits.append(wait.seconds)
            clock.advance(timedelta(seconds=wait.seconds))
    assert waits[:4] == [2, 4, 8, 16]
    assert waits == sorted(waits)
    assert waits[-1] == 15 * 60


async def test_while_waiting_even_the_right_answer_is_not_looked_at(
    desk: SignIn, person: Person
) -> None:
    for _ in range(4):
        with pytest.raises(RefusedError):
            await desk.sign_in(person.attempt(code="000000"))
    with pytest.raises(WaitError):
        await desk.sign_in(person.attempt())


async def test_an_attacker_elsewhere_does_not_lock_staff_out(desk: SignIn, person: Person) -> None:
    for _ in range(4):
        with pytest.raises(RefusedError):
            await desk.sign_in(person.attempt(code="000000", client="attacker"))
    with pytest.raises(WaitError):
        await desk.sign_in(person.attempt(code="000000", client="attacker"))
    assert await desk.sign_in(person.attempt(client="office"))


async def test_parallel_guesses_do_not_slip_past_the_delay(desk: SignIn, person: Person) -> None:
    guesses = [person.attempt(code=f"{number:06}") for number in range(20)]
    results = await asyncio.gather(*map(desk.sign_in, guesses), return_exceptions=True)
    assert sum(isinstance(result, RefusedError) for result in results) == 4
    assert sum(isinstance(result, WaitError) for result in results) == 16


async def test_success_forgets_the_failures(
    desk: SignIn, person: Person, database: Database
) -> None:
    with pytest.raises(RefusedError):
        await desk.sign_in(person.attempt(code="000000"))
    await desk.sign_in(person.attempt())
    async with database.read() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(SignInDelay)) == 0


async def test_unknown_names_are_refused_and_delayed_like_known_ones(
    desk: SignIn, person: Person
) -> None:
    for username in ("nadie", person.username):
        attempt = Attempt(username, "not the password at all", "123456", "a")
        kinds = []
        for _ in range(5):
            try:
                await desk.sign_in(attempt)
            except (RefusedError, WaitError) as error:
                kinds.append((type(error), str(error)))
        assert kinds == [(RefusedError, "")] * 4 + [(WaitError, "wait 2 s")]


async def test_unknown_names_take_as_long_as_known_ones(
    database: Database, vault: Vault, clock: ManualClock, limits: Limits, person: Person
) -> None:
    """With a cost at which hashing outweighs everything else, as in production."""
    passwords = Passwords(memory_kib=32 * 1024, passes=3)
    await _give_password(database, person, await passwords.hash_new(PASSWORD))
    desk = SignIn(database, vault, clock, passwords, limits)
    known, unknown = [], []
    for number in range(5):
        client = f"client {number}"
        known.append(await _time(desk, Attempt("marta", "wrong" * 4, "1", client)))
        unknown.append(await _time(desk, Attempt("nadie", "wrong" * 4, "1", client)))
    assert 0.5 < sorted(unknown)[2] / sorted(known)[2] < 2


async def test_a_disabled_member_is_refused(
    desk: SignIn, person: Person, database: Database, clock: ManualClock
) -> None:
    async with database.write() as session:
        member = await find_staff(session, person.username)
        await disable(session, member, now=clock.now(), actor="cli")
    with pytest.raises(RefusedError):
        await desk.sign_in(person.attempt())


async def test_signing_in_renews_an_old_hash(
    person: Person, database: Database, vault: Vault, clock: ManualClock, limits: Limits
) -> None:
    stronger = SignIn(database, vault, clock, Passwords(memory_kib=128, passes=2), limits)
    await stronger.sign_in(person.attempt())
    async with database.read() as session:
        stored = await session.scalar(sa.select(StaffMember.password_hash))
    assert stored is not None
    assert "m=128,t=2" in stored


async def test_the_limiter_fails_closed(desk: SignIn, person: Person, database: Database) -> None:
    # PEER-12: without the table of attempts nobody gets in, not even with the right answer.
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("DROP TABLE sign_in_delays"))
    with pytest.raises(sa.exc.DBAPIError):
        await desk.sign_in(person.attempt())


async def _give_password(database: Database, person: Person, kept: str) -> None:
    async with database.write() as session:
        (await find_staff(session, person.username)).password_hash = kept


async def _time(desk: SignIn, attempt: Attempt) -> float:
    start = time.perf_counter()
    with pytest.raises(RefusedError):
        await desk.sign_in(attempt)
    return time.perf_counter() - start
