"""Administrators at work: a request for more powers that waits, and a program that has access.

Nobody was ever told the program's secret, so nobody can use it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.app.demodata.past import Past
from hub.staff.models import StaffMember
from hub.staff.powers import Powers, request_powers
from hub.staff.roles import Role
from hub.staff.second_person import request_act
from hub.staff.tokens import Grant, Scope, grant_token

_GRANTED = timedelta(days=40)
_ASKED = timedelta(hours=5)
_LIFE = timedelta(days=180)
_PROGRAM = "Mapa de servicios (demo)"
_REASON = "Cubre las vacaciones de una colega hasta enero"


def plan_access(past: Past, now: datetime) -> None:
    past.at(now - _GRANTED, _grant)
    past.at(now - _ASKED, _ask)


async def _grant(session: AsyncSession, now: datetime) -> None:
    alba, andres = await _find(session, "alba"), await _find(session, "andres")
    scopes = (Scope.ANSWERS_READ, Scope.SERVICES_READ)
    grant = Grant(_PROGRAM, andres.organisation_id, scopes, now + _LIFE)
    await grant_token(session, grant, requested_by=alba.id, approved_by=andres.id, now=now)


async def _ask(session: AsyncSession, now: datetime) -> None:
    member, alba = await _find(session, "autora"), await _find(session, "alba")
    wanted = Powers.chosen([*member.roles, Role.DESK], member.sub_groups)
    await request_act(session, request_powers(member, wanted, _REASON), alba, now)


async def _find(session: AsyncSession, username: str) -> StaffMember:
    query = select(StaffMember).where(StaffMember.username == username)
    return (await session.scalars(query)).one()
