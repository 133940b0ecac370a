"""PEER-20: a form acts once, however often it is sent."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from hub.staff.models import AuditEntry, UsedForm
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness


async def _count(console: ConsoleHarness) -> int:
    async with console.database.read() as session:
        counted = await session.scalar(
            sa.select(sa.func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.action == "set_language")
        )
    return counted or 0


async def test_the_same_form_again_gets_the_same_answer_and_does_nothing(
    console: ConsoleHarness,
) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    answers = [await client.post("/account/language", **fields, language="es") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["location"] for answer in answers} == {"/console/account"}
    assert await _count(console) == 1


async def test_a_double_click_acts_once(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    answers = await asyncio.gather(
        *(client.post("/account/language", **fields, language="es") for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {303}
    assert await _count(console) == 1


async def test_the_same_form_with_other_content_is_a_conflict(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    await client.post("/account/language", **fields, language="es")
    answer = await client.post("/account/language", **fields, language="en")
    assert answer.status_code == 409
    assert await _count(console) == 1


async def test_a_form_that_was_refused_can_be_corrected_and_sent_again(
    console: ConsoleHarness,
) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    assert (await client.post("/account/language", **fields, language="xx")).status_code == 400
    assert (await client.post("/account/language", **fields, language="es")).status_code == 303


async def test_two_people_may_have_the_same_form_id(console: ConsoleHarness) -> None:
    one, two = await console.sign_in_as(Role.READER), await console.sign_in_as(Role.AUTHOR)
    for client in (one, two):
        fields = {**await client.hidden("/account"), "form_id": "the-same"}
        assert (await client.post("/account/language", **fields, language="es")).status_code == 303
    assert await _count(console) == 2


async def test_a_form_without_id_does_nothing(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = {**await client.hidden("/account"), "form_id": ""}
    assert (await client.post("/account/language", **fields, language="es")).status_code == 400
    assert await _count(console) == 0


async def test_ids_are_kept_for_a_day_at_least_and_not_for_ever(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    await client.post("/account/language", **fields, language="es")
    for hours, kept in ((25, 2), (48, 2)):
        console.clock.advance(timedelta(hours=hours))
        client = await console.sign_in("the_reader")
        await client.act("/account/language", language="en")
        async with console.database.read() as session:
            assert len(list(await session.scalars(sa.select(UsedForm)))) == kept
