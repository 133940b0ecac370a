"""One person's record: found by the whole address, masked, counted, handed out by two people."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.addresses import person_index, suppression_index
from bot.contact_desk import DESK_ERASE_DELAY
from bot.contacts import erase_due
from bot.models import Address, ConsentEvent, Contact, Suppression
from bot.read_models import PersonRead, ReadingBlock
from hub.config import Config, ConsoleSettings
from hub.database import new_id
from hub.staff.models import AuditEntry, PendingAct
from hub.staff.roles import Role
from tests.bot.canaries import find_in_tables
from tests.console.cases import add_case
from tests.console.conftest import Client, ConsoleHarness, make_app

NUMBER = "+51987654321"
DIGITS = "987654321"
ASKED = {"channel": "whatsapp", "purpose": "own_request"}


async def add_person(console: ConsoleHarness, number: str = NUMBER) -> str:
    """Somebody on WhatsApp who gets updates; their id."""
    now, address_id = console.clock.now(), new_id()
    async with console.database.write() as session:
        contact = Contact(
            id=new_id(),
            language="es",
            created_at=now,
            last_seen_at=now,
            interests=["protection"],
            time_zone="America/La_Paz",
        )
        session.add(contact)
        await session.flush()
        session.add(
            Address(
                id=address_id,
                contact_id=contact.id,
                channel="whatsapp",
                index=person_index(console.vault, "whatsapp", number),
                sealed=console.vault.seal("addresses", "address", address_id, number),
                opted_in_at=now,
            )
        )
        await session.flush()
        session.add(
            ConsentEvent(
                contact_id=contact.id,
                address_id=address_id,
                channel="whatsapp",
                event="opt_in",
                text_version="2026-11",
                language="es",
                at=now,
            )
        )
    return contact.id


async def _admin(console: ConsoleHarness, name: str = "aida") -> Client:
    await console.add_staff(name, Role.ADMIN)
    return await console.sign_in(name)


async def _find(client: Client, number: str = NUMBER, **more: str) -> str:
    """Where looking for it leads."""
    fields = {**ASKED, "address": number, **more}
    answer = await client.act("/contacts/find", "/contacts", **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/console")


async def _acts(console: ConsoleHarness, *actions: str) -> list[AuditEntry]:
    async with console.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.seq)
        return list(await session.scalars(query))


@pytest.mark.parametrize(
    "spelling",
    [NUMBER, "51 987-654-321", "0051987654321", "whatsapp:+51987654321", "+51 (987) 654321"],
)
async def test_every_spelling_finds_the_person(console: ConsoleHarness, spelling: str) -> None:
    # PEER-15
    contact_id = await add_person(console)
    assert await _find(await _admin(console), spelling) == f"/contacts/{contact_id}"


@pytest.mark.parametrize("part", ["98765432", "+5198765432", "987*", "%", "654321"])
async def test_a_part_finds_nobody(console: ConsoleHarness, part: str) -> None:
    await add_person(console)
    assert await _find(await _admin(console), part) == "/contacts"


async def test_the_record_is_masked_and_the_number_is_nowhere(console: ConsoleHarness) -> None:
    # PEER-14, HUM-06
    await add_person(console)
    client = await _admin(console)
    at = await _find(client)
    page = (await client.get(at)).text
    assert DIGITS not in page
    assert "••• 21" in page
    assert "Asked for updates" in page
    assert "Open cases" not in page
    assert await find_in_tables(console.database, [DIGITS, NUMBER]) == []
    (entry,) = await _acts(console, "contact_open")
    assert entry.detail == {"why": "own_request", "channel": "whatsapp"}


async def test_it_opens_only_to_who_found_it_and_not_for_long(console: ConsoleHarness) -> None:
    # SEC-26
    contact_id = await add_person(console)
    client, other = await _admin(console), await _admin(console, "otilia")
    assert (await client.get(f"/contacts/{contact_id}")).status_code == 404
    at = await _find(client)
    assert (await other.get(at)).status_code == 404
    assert (await other.act(f"{at}/erase", why="own_request")).status_code == 404
    console.clock.advance(timedelta(minutes=16))
    await client.get("/account")
    assert (await client.get(at)).status_code in (303, 404)


@pytest.mark.parametrize("missing", ["purpose", "address", "channel"])
async def test_a_look_up_says_why_and_whom(console: ConsoleHarness, missing: str) -> None:
    client = await _admin(console)
    fields = {**ASKED, "address": NUMBER, missing: ""}
    answer = await client.act("/contacts/find", "/contacts", **fields)
    assert answer.status_code == 422
    assert DIGITS not in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_else_gets_in(console: ConsoleHarness, role: Role) -> None:
    client = await console.sign_in_as(role)
    assert (await client.get("/contacts")).status_code == 403


async def test_handing_it_out_takes_two_and_happens_once(console: ConsoleHarness) -> None:
    # PEER-11, HUM-10, HUM-15
    await add_person(console)
    client, other = await _admin(console), await _admin(console, "otilia")
    at = await _find(client)
    assert (await client.act(f"{at}/export", at)).status_code == 422
    asked = await client.act(f"{at}/export", at, reason="Asked for at the desk")
    assert asked.status_code == 303
    request = asked.headers["location"].removeprefix("/console")
    act_id = request.rpartition("/")[2]
    take = f"/contacts/exports/{act_id}"
    assert (await client.act(f"{take}/take", take)).status_code == 409
    async with console.database.read() as session:
        act = await session.get_one(PendingAct, act_id)
    own = await client.act(f"{request}/approve", hash=act.payload_hash)
    assert own.status_code == 403
    assert (await other.act(f"{request}/approve", hash=act.payload_hash)).status_code == 303
    assert (await other.act(f"{take}/take")).status_code == 409
    assert take in (await client.get(request)).text
    taken = await client.act(f"{take}/take", take)
    assert taken.status_code == 200
    assert "attachment" in taken.headers["content-disposition"]
    held = json.loads(taken.text)
    assert DIGITS not in taken.text
    assert held["export"]["purpose"] == "Asked for at the desk"
    assert [event["event"] for event in held["consent_history"]] == ["opt_in"]
    assert held["time_zone"] == "America/La_Paz"
    assert (await client.act(f"{take}/take", take)).status_code == 409


async def test_erasing_stops_updates_at_once_and_waits_a_day(console: ConsoleHarness) -> None:
    # HUM-10, HUM-08
    contact_id = await add_person(console)
    client = await _admin(console)
    at = await _find(client)
    assert (await client.act(f"{at}/erase", at)).status_code == 422
    assert (await client.act(f"{at}/erase", at, why="own_request")).status_code == 303
    assert (await client.act(f"{at}/erase", at, why="own_request")).status_code == 409
    index = suppression_index(console.vault, "whatsapp", NUMBER)
    async with console.database.write() as session:
        assert await session.get(Suppression, index) is not None
        assert await session.scalar(select(Address.opted_in_at)) is None
        assert await erase_due(session, console.clock.now() + timedelta(hours=23)) == 0
    console.clock.advance(DESK_ERASE_DELAY)
    async with console.database.write() as session:
        assert await erase_due(session, console.clock.now()) == 1
    assert await find_in_tables(console.database, [NUMBER]) == []
    async with console.database.read() as session:
        assert await session.get(Contact, contact_id) is None
        assert await session.scalar(select(func.count()).select_from(PersonRead)) == 0


async def test_it_can_be_kept_within_that_day(console: ConsoleHarness) -> None:
    await add_person(console)
    client = await _admin(console)
    at = await _find(client)
    await client.act(f"{at}/erase", at, why="own_request")
    assert "Everything here is deleted on" in (await client.get(at)).text
    assert (await client.act(f"{at}/keep", at)).status_code == 303
    async with console.database.read() as session:
        assert await session.scalar(select(Contact.erase_after)) is None
    assert [entry.action for entry in await _acts(console, "contact_erase", "contact_keep")] == [
        "contact_erase",
        "contact_keep",
    ]


def _with_few(console: ConsoleHarness, most: int) -> None:
    """The same console, where so many records an hour are the most."""
    config = Config(console=ConsoleSettings(records_per_hour=most))
    console.app = make_app(
        console.database, console.vault, console.clock, console.passwords, config=config
    )


async def test_whoever_reads_many_records_is_stopped_till_another_opens_it(
    console: ConsoleHarness,
) -> None:
    # SEC-30
    _with_few(console, 3)
    people = [await add_person(console, f"+5198765430{number}") for number in range(5)]
    client, other = await _admin(console), await _admin(console, "otilia")
    for number in range(2):
        assert await _find(client, f"+5198765430{number}") == f"/contacts/{people[number]}"
    await _find(client, "+51987654301")  # the same person again counts once
    await _find(client, "+51900000000")  # nobody: guessing counts as well
    assert await _find(client, "+51987654303") == "/contacts"
    assert (await client.get(f"/contacts/{people[0]}")).status_code == 404
    assert "this is closed to you" in (await client.get("/contacts")).text
    (entry,) = await _acts(console, "person_reads_block")
    assert (entry.actor, entry.detail) == (console.ids["aida"], {"records": 3})
    assert "Read unusually many" in (await other.get("/")).text
    lift = f"/contacts/blocks/{console.ids['aida']}/lift"
    assert (await client.act(lift)).status_code == 403
    assert (await other.act(lift)).status_code == 303
    assert await _find(client, "+51987654303") == f"/contacts/{people[3]}"


async def test_a_script_that_opens_case_after_case_is_stopped(console: ConsoleHarness) -> None:
    # SEC-30
    _with_few(console, 3)
    cases = [await add_case(console) for _number in range(5)]
    await console.add_staff("dora", Role.DESK, sub_groups=("health and nutrition",))
    client = await console.sign_in("dora")
    got = [(await client.get(f"/cases/{case_id}")).status_code for case_id in [*cases, cases[0]]]
    assert got == [200, 200, 200, 403, 403, 403]
    async with console.database.read() as session:
        assert await session.scalar(select(ReadingBlock.staff_id)) == console.ids["dora"]


async def test_an_old_hour_does_not_count(console: ConsoleHarness) -> None:
    _with_few(console, 1)
    await add_person(console)
    client = await _admin(console)
    await _find(client)
    console.clock.advance(timedelta(minutes=61))
    again = await console.sign_in("aida")
    await add_person(console, "+51987654300")
    assert (await _find(again, "+51987654300")).startswith("/contacts/")
