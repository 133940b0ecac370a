"""Staff of a demonstration, who sign in by a click. Only an app in demo mode may call this."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.accounts import NO_PASSWORD, AccountError, NewStaff, create_staff
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Role
from hub.staff.sessions import start_session
from hub.vault import Vault

SUB_GROUPS = (
    "protection",
    "health and nutrition",
    "basic needs",
    "education",
    "integration",
    "cash",
    "communications",
    "information management",
)
DEMONSTRATION_STAFF = (
    NewStaff("autora", "Ana Autora", "Organización A (demo)", (Role.AUTHOR,), SUB_GROUPS),
    NewStaff(
        "verificador", "Víctor Verificador", "Organización B (demo)", (Role.VERIFIER,), SUB_GROUPS
    ),
    NewStaff(
        "aprobadora", "Paula Aprobadora", "Organización C (demo)", (Role.APPROVER,), SUB_GROUPS
    ),
    # A second one, since what passes the night to save lives takes two.
    NewStaff("aprobador", "Pablo Aprobador", "Organización D (demo)", (Role.APPROVER,), SUB_GROUPS),
    NewStaff("oyente", "Olga Oyente", "Organización D (demo)", (Role.COMPLAINTS,), ()),
    # Two, since one asks for what gives power and the other decides.
    NewStaff("alba", "Alba Administradora", "Organización A (demo)", (Role.ADMIN,), ()),
    NewStaff("andres", "Andrés Administrador", "Organización B (demo)", (Role.ADMIN,), ()),
)


async def ensure_demonstration_staff(session: AsyncSession, vault: Vault, now: datetime) -> None:
    """Make the demonstration's staff if they are not there yet."""
    names = [details.username for details in DEMONSTRATION_STAFF]
    present = set(
        await session.scalars(select(StaffMember.username).where(StaffMember.username.in_(names)))
    )
    for details in DEMONSTRATION_STAFF:
        if details.username not in present:
            await create_staff(session, vault, details, NO_PASSWORD, now=now, actor="system")


async def sign_in_demonstration(session: AsyncSession, username: str, now: datetime) -> str:
    """The token of a new session; raise `AccountError` for anybody but demonstration staff."""
    member = await session.scalar(select(StaffMember).where(StaffMember.username == username))
    names = {details.username for details in DEMONSTRATION_STAFF}
    if member is None or username not in names or member.password_hash != NO_PASSWORD:
        raise AccountError("not a member of the demonstration's staff")
    await record_act(session, now, member.id, "sign_in_demonstration", "staff", member.id)
    return await start_session(session, member, now)
