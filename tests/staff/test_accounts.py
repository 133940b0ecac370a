"""Accounts: made with a second factor, every change in the audit log, demonstration staff apart."""

import asyncio

import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.accounts import (
    AccountError,
    NewStaff,
    create_staff,
    find_staff,
    list_staff,
    set_roles,
)
from hub.staff.audit import find_break, record_act
from hub.staff.demonstration import (
    DEMONSTRATION_STAFF,
    ensure_demonstration_staff,
    sign_in_demonstration,
)
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.roles import PERMISSIONS, Permission, Role, permissions_of
from hub.vault import Vault
from tests.staff.conftest import Person


async def test_a_new_account_has_a_sealed_secret_that_its_uri_carries(
    database: Database, vault: Vault, clock: ManualClock
) -> None:
    details = NewStaff("rosa", "Rosa Mamani", "Organización A", (Role.VERIFIER,), ("education",))
    async with database.write() as session:
        made = await create_staff(session, vault, details, "hash", now=clock.now(), actor="cli")
    assert pyotp.parse_uri(made.uri).secret == made.secret
    async with database.read() as session:
        member = await find_staff(session, "rosa")
    assert member.totp_sealed is not None
    assert made.secret.encode() not in member.totp_sealed
    assert vault.open("staff_members", "totp_sealed", member.id, member.totp_sealed) == made.secret


@pytest.mark.parametrize("username", ["", "x", "Marta", "con espacio", "a\nb", "ñandú", "a" * 65])
async def test_bad_user_names_are_refused(
    database: Database, vault: Vault, clock: ManualClock, username: str
) -> None:
    details = NewStaff(username, "X", "Organización A", (Role.READER,))
    async with database.write() as session:
        with pytest.raises(AccountError, match="user name"):
            await create_staff(session, vault, details, "hash", now=clock.now(), actor="cli")


async def test_a_taken_user_name_is_refused(
    database: Database, vault: Vault, clock: ManualClock, person: Person
) -> None:
    details = NewStaff(person.username, "X", "Organización A", (Role.READER,))
    async with database.write() as session:
        with pytest.raises(AccountError, match="is taken"):
            await create_staff(session, vault, details, "hash", now=clock.now(), actor="cli")


async def test_every_change_has_one_entry_that_says_before_and_after(
    database: Database, clock: ManualClock, person: Person
) -> None:
    # INV-11
    async with database.write() as session:
        member = await find_staff(session, person.username)
        await set_roles(session, member, (Role.DESK,), now=clock.now(), actor="cli")
    async with database.read() as session:
        entries = list(await session.scalars(sa.select(AuditEntry).order_by(AuditEntry.seq)))
        assert await find_break(session) is None
    assert [entry.action for entry in entries] == ["create", "set_roles"]
    assert entries[1].detail == {"before": ["author"], "after": ["desk"]}


async def test_writers_at_once_each_get_a_number_of_the_chain(
    database: Database, clock: ManualClock
) -> None:
    # INV-11
    async def act(number: int) -> None:
        async with database.write() as session:
            await record_act(session, clock.now(), "cli", "try", "thing", str(number))

    await asyncio.gather(*map(act, range(8)))
    async with database.read() as session:
        assert await find_break(session) is None
        assert len(list(await session.scalars(sa.select(AuditEntry)))) == 8


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit_entries SET actor = 'x' WHERE seq = 2",
        "DELETE FROM audit_entries WHERE seq = 2",
    ],
)
async def test_a_changed_or_missing_entry_shows(
    database: Database, clock: ManualClock, damage: str
) -> None:
    # INV-11
    async with database.write() as session:
        for number in range(3):
            await record_act(session, clock.now(), "cli", "try", "thing", str(number))
    with pytest.raises(IntegrityError, match="append only"):
        async with database.write() as session:
            await session.execute(sa.text(damage))
    async with database.write() as session:
        on_table = "" if database.is_sqlite else " ON audit_entries"
        guard = f"audit_entries_is_append_only_{damage.split()[0].lower()}"
        await session.execute(sa.text(f"DROP TRIGGER {guard}{on_table}"))
        await session.execute(sa.text(damage))
    async with database.read() as session:
        assert await find_break(session) in (2, 3)


async def test_demonstration_staff_are_made_once_and_nobody_else_gets_in_like_that(
    database: Database, vault: Vault, clock: ManualClock, person: Person
) -> None:
    for _ in range(2):
        async with database.write() as session:
            await ensure_demonstration_staff(session, vault, clock.now())
    async with database.write() as session:
        members = [member.username for member, _ in await list_staff(session)]
        made = {details.username for details in DEMONSTRATION_STAFF}
        assert members == sorted(made | {"marta"})
        assert await sign_in_demonstration(session, "autora", clock.now())
        for username in (person.username, "nobody"):
            with pytest.raises(AccountError):
                await sign_in_demonstration(session, username, clock.now())


async def test_a_real_member_with_a_demonstration_name_keeps_the_door_shut(
    database: Database, vault: Vault, clock: ManualClock
) -> None:
    details = NewStaff("autora", "A Real Person", "Organización A", (Role.AUTHOR,))
    async with database.write() as session:
        await create_staff(session, vault, details, "$argon2id$", now=clock.now(), actor="cli")
        with pytest.raises(AccountError):
            await sign_in_demonstration(session, "autora", clock.now())


def test_no_role_both_writes_and_verifies_or_approves() -> None:
    # SEC-27
    for granted in PERMISSIONS.values():
        assert not {Permission.ANSWERS_WRITE, Permission.ANSWERS_VERIFY} <= granted
        assert not {Permission.UPDATES_WRITE, Permission.UPDATES_APPROVE} <= granted


def test_every_role_is_in_the_table_and_unknown_names_grant_nothing() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert permissions_of(["superuser", "ADMIN"]) == {
        Permission.PUBLIC,
        Permission.SIGNED_IN,
        Permission.OWN_KEYS,
    }


async def test_staff_are_listed_with_their_organisation(database: Database, person: Person) -> None:
    async with database.read() as session:
        [(member, organisation)] = await list_staff(session)
    assert isinstance(member, StaffMember)
    assert (member.username, organisation.name) == (person.username, "Organización A")
