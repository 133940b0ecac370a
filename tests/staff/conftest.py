"""Staff to test with: an account with a password and an authenticator of its own."""

from dataclasses import dataclass

import pyotp
import pytest

from hub.clock import ManualClock
from hub.config import ConsoleSettings
from hub.database import Database
from hub.staff.accounts import NewStaff, create_staff
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.staff.sessions import Limits
from hub.staff.sign_in import Attempt, SignIn
from hub.vault import Vault

PASSWORD = "tres llamas cruzan el puente"


@dataclass
class Person:
    id: str
    username: str
    secret: str
    clock: ManualClock

    def code(self, *, steps: int = 0) -> str:
        """The code that the authenticator shows now, or some steps of 30 s away."""
        moment = int(self.clock.now().timestamp()) + 30 * steps
        return pyotp.TOTP(self.secret).at(moment)

    def attempt(self, *, password: str = PASSWORD, code: str = "", client: str = "a") -> Attempt:
        return Attempt(self.username, password, code or self.code(), client)


@pytest.fixture
def passwords() -> Passwords:
    """Real argon2id with a cost that tests can afford."""
    return Passwords(memory_kib=64, passes=1)


@pytest.fixture
def limits() -> Limits:
    return Limits.of(ConsoleSettings())


@pytest.fixture
def desk(
    database: Database, vault: Vault, clock: ManualClock, passwords: Passwords, limits: Limits
) -> SignIn:
    return SignIn(database, vault, clock, passwords, limits)


@pytest.fixture
async def person(
    database: Database, vault: Vault, clock: ManualClock, passwords: Passwords
) -> Person:
    details = NewStaff("marta", "Marta Quispe", "Organización A", (Role.AUTHOR,))
    kept = await passwords.hash_new(PASSWORD)
    async with database.write() as session:
        made = await create_staff(session, vault, details, kept, now=clock.now(), actor="cli")
    return Person(made.staff_id, "marta", made.secret, clock)
