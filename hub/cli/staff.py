"""`chasqui staff`: accounts of the people who sign in to the console."""

from typing import Annotated

import segno
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from content.rows import read_settings as read_pack_settings
from hub.cli.start import Settings, fail, load_vault, open_database, read_settings, run
from hub.staff.accounts import (
    AccountError,
    Enrolment,
    NewStaff,
    create_staff,
    find_staff,
    list_staff,
)
from hub.staff.accounts import disable as disable_account
from hub.staff.passwords import Passwords, WeakPasswordError
from hub.staff.roles import Role

app = typer.Typer(help="Accounts of staff.", no_args_is_help=True)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="Name to sign in with.")],
    name: Annotated[str, typer.Option(help="Name that others see.")],
    organisation: Annotated[str, typer.Option(help="Partner organisation.")],
    role: Annotated[list[Role], typer.Option(help="A role; repeat for several.")],
    sub_group: Annotated[
        list[str] | None, typer.Option(help="A sub-group that owns content; repeat.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the console: es or en.")] = "es",
) -> None:
    """Make an account. The password is asked for; the code secret is shown once."""
    details = NewStaff(username, name, organisation, tuple(role), tuple(sub_group or ()), language)
    password = typer.prompt("Password (15 characters or more)", hide_input=True)
    if password != typer.prompt("Once more", hide_input=True):
        fail("the two passwords differ; nothing was made")
    try:
        enrolment = run(_add(read_settings(), details, password))
    except (AccountError, WeakPasswordError) as error:
        fail(str(error))
    print(f"{username}: made. Scan this with an authenticator app now; it is not shown again.")
    segno.make(enrolment.uri, micro=False).terminal(compact=True)
    print(f"  or type the secret: {enrolment.secret}")


@app.command()
def disable(username: Annotated[str, typer.Argument(help="Name to sign in with.")]) -> None:
    """Close an account at once; whoever uses it is signed out everywhere."""
    try:
        run(_disable(read_settings(), username))
    except AccountError as error:
        fail(str(error))
    print(f"{username}: disabled")


@app.command("list")
def show() -> None:
    """Everybody who has an account."""
    for line in run(_list(read_settings())):
        print(line)


async def _add(settings: Settings, details: NewStaff, password: str) -> Enrolment:
    hashed = await Passwords().hash_new(password, (details.username, details.display_name))
    vault, now = load_vault(settings), settings.clock.now()
    async with open_database(settings) as database, database.write() as session:
        await _check_sub_groups(session, details)
        return await create_staff(session, vault, details, hashed, now=now, actor="cli")


async def _disable(settings: Settings, username: str) -> None:
    async with open_database(settings) as database, database.write() as session:
        member = await find_staff(session, username)
        await disable_account(session, member, now=settings.clock.now(), actor="cli")


async def _list(settings: Settings) -> list[str]:
    async with open_database(settings) as database, database.read() as session:
        return [
            f"{member.username}\t{member.display_name}\t{organisation.name}\t"
            f"{','.join(member.roles)}\t{'disabled' if member.disabled_at else 'active'}"
            for member, organisation in await list_staff(session)
        ]


async def _check_sub_groups(session: AsyncSession, details: NewStaff) -> None:
    """A misspelt sub-group would own nothing, and nobody would notice."""
    pack = await read_pack_settings(session)
    if pack is None:
        return  # no pack yet, so no names to compare with
    unknown = set(details.sub_groups) - set(pack.owners)
    if unknown:
        known = ", ".join(pack.owners)
        raise AccountError(f"unknown sub-group {min(unknown)!r}; the pack knows: {known}")
