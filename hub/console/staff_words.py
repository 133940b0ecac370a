"""What staff read of roles and sub-groups: their names, and what would change about them."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from content.rows import read_settings
from hub.console.words import names_for, role_names
from hub.i18n import Translate
from hub.staff.accounts import find_organisation
from hub.staff.models import StaffMember
from hub.staff.powers import Powers


def names_of_roles(_: Translate, roles: Iterable[str]) -> str:
    known = role_names(_)
    return ", ".join(known.get(role, role) for role in sorted(roles)) or "–"


def names_of_groups(_: Translate, groups: Iterable[str]) -> str:
    known = names_for(_, {}).owners
    return ", ".join(known.get(group, group) for group in sorted(groups)) or "–"


def describe_change(_: Translate, before: Powers, after: Powers) -> list[tuple[str, str]]:
    """Only what would change."""
    facts = [
        (_("Roles given"), names_of_roles(_, after.roles - before.roles)),
        (_("Roles taken away"), names_of_roles(_, before.roles - after.roles)),
        (_("Sub-groups given"), names_of_groups(_, after.sub_groups - before.sub_groups)),
        (_("Sub-groups taken away"), names_of_groups(_, before.sub_groups - after.sub_groups)),
    ]
    return [(label, words) for label, words in facts if words != "–"]


def describe_powers(_: Translate, powers: Powers) -> list[tuple[str, str]]:
    return [
        (_("Roles"), names_of_roles(_, powers.roles)),
        (_("Sub-groups"), names_of_groups(_, powers.sub_groups)),
    ]


async def describe_member(
    _: Translate, session: AsyncSession, member: StaffMember
) -> list[tuple[str, str]]:
    organisation = await find_organisation(session, member.organisation_id)
    return [
        (_("Person"), f"{member.display_name} ({member.username})"),
        (_("Organisation"), organisation.name),
    ]


async def list_sub_groups(session: AsyncSession) -> list[str]:
    """Those that the content pack knows; another one would own nothing."""
    pack = await read_settings(session)
    return list(pack.owners) if pack else []
