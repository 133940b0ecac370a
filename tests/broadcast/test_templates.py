"""Templates: checked, approved with the text, sent outside the window; the whole text on tap."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.lanes import Accepted, Claim
from bot.messages import SendState
from bot.models import Address, Conversation
from broadcast.full_text import FullTexts
from broadcast.models import UpdateText
from broadcast.reasons import Reason
from broadcast.reckoning import plan_update
from broadcast.templates import Template, find_mistakes
from broadcast.versions import find_update
from tests.broadcast.scene import POLICY, TEXTS, Scene

GOOD = Template("HX" + "a" * 32, "Hola. Feria el {{1}} a las {{2}}.", {"1": "28", "2": "9"})


def test_a_template_reads_as_it_is_sent() -> None:
    assert GOOD.text == "Hola. Feria el 28 a las 9."
    assert Template.from_json(GOOD.to_json()) == GOOD
    assert list(find_mistakes(GOOD)) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"sid": "HX12"}, "begins with HX"),
        ({"body": "  ", "variables": {}}, "Copy the template"),
        ({"body": "a" * 1025, "variables": {}}, "1,024"),
        ({"body": "{{1}} {{3}}", "variables": {"1": "a", "3": "b"}}, "none left out"),
        ({"variables": {"1": "28"}}, "one line for each gap"),
        ({"variables": {"1": "28", "2": ""}}, "fills a gap"),
        ({"variables": {"1": "28", "2": "a\nb"}}, "fills a gap"),
        ({"variables": {"1": "28", "2": "a     b"}}, "fills a gap"),
    ],
)
def test_what_twilio_would_refuse_is_said_before(changes: dict[str, object], phrase: str) -> None:
    found = list(find_mistakes(replace(GOOD, **changes)))  # type: ignore[arg-type]
    assert any(phrase in words for words in found)


async def claim(scene: Scene) -> list[Claim]:
    return list(await scene.deliveries().claim("whatsapp", 10, scene.clock.now()))


async def two_people(scene: Scene) -> tuple[str, str]:
    """One who wrote just now, and one whose window is closed."""
    near, far = await scene.add_person(("whatsapp",)), await scene.add_person(("whatsapp",))
    async with scene.database.write() as session:
        long_ago = scene.clock.now() - timedelta(days=3)
        where = Address.contact_id == far
        await session.execute(update(Address).where(where).values(last_inbound_at=long_ago))
    return near, far


async def test_free_text_inside_the_window_and_a_template_outside(scene: Scene) -> None:
    near, far = await two_people(scene)
    update_id = await scene.sending(templates={"es": GOOD})
    found = {one.send_id: one.message for one in await claim(scene)}
    ledger = await scene.ledger(update_id)
    assert found[ledger[near].id].template is None
    assert found[ledger[near].id].text.startswith(TEXTS["es"])
    sent = found[ledger[far].id]
    assert sent.text == GOOD.text
    assert sent.template is not None
    assert (sent.template.sid, sent.template.variables) == (GOOD.sid, (("1", "28"), ("2", "9")))
    assert (ledger[far].template_sid, ledger[near].template_sid) == (GOOD.sid, None)


async def test_without_one_in_their_language_they_are_out(scene: Scene) -> None:
    _, far = await two_people(scene)
    update_id = await scene.sending(templates={"en": GOOD})
    assert len(await claim(scene)) == 1
    row = (await scene.ledger(update_id))[far]
    assert (row.state, row.error_code) == (SendState.CANCELLED, Reason.OUTSIDE_WINDOW)


async def test_a_doubtful_template_is_looked_up_by_its_own_words(scene: Scene) -> None:
    _, far = await two_people(scene)
    update_id = await scene.sending(templates={"es": GOOD})
    await claim(scene)
    lane, later = scene.deliveries(), scene.clock.now() + timedelta(minutes=5)
    await lane.recover(later, everything=True)
    doubtful = {one.send_id: one for one, _ in await lane.in_doubt("whatsapp", 10, later)}
    assert doubtful[(await scene.ledger(update_id))[far].id].message.text == GOOD.text


async def test_the_plan_counts_templates(scene: Scene) -> None:
    await two_people(scene)
    update_id = await scene.compose(templates={"es": GOOD})
    async with scene.database.read() as session:
        row = await find_update(session, update_id)
        plan = await plan_update(session, row, POLICY, scene.clock.now())
    assert (plan.people, plan.by_template) == (2, 1)


async def test_a_template_is_part_of_what_is_approved(small_scene: Scene) -> None:
    # INV-6, PEER-05
    scene = small_scene
    other = replace(GOOD, variables={"1": "28", "2": "10"})
    one = await scene.compose(templates={"es": GOOD})
    two = await scene.compose(templates={"es": other})
    assert (await scene.read(one)).content_hash != (await scene.read(two)).content_hash


async def test_a_template_changed_behind_the_approval_is_not_sent(small_scene: Scene) -> None:
    # INV-6: the triggers forbid it, so it is done without them.
    scene = small_scene
    await two_people(scene)
    update_id = await scene.sending(templates={"es": GOOD})
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TRIGGER update_texts_only_in_draft_update")
        changed = replace(GOOD, body="Otra cosa {{1}} {{2}}").to_json()
        await session.execute(update(UpdateText).values(template=changed))
    assert await claim(scene) == []
    ledger = await scene.ledger(update_id)
    assert {row.error_code for row in ledger.values()} == {Reason.UNAPPROVED}


async def test_who_taps_reads_the_whole_text(scene: Scene) -> None:
    _, far = await two_people(scene)
    await scene.sending(templates={"es": GOOD})
    lane = scene.deliveries()
    for one in await claim(scene):
        await lane.record_accepted([Accepted(one, f"p{one.send_id}", scene.clock.now())])
    async with scene.database.write() as session:
        now = scene.clock.now()
        session.add(Conversation(contact_id=far, tracker_id="t1", updated_at=now))
    texts = FullTexts(scene.database, scene.clock)
    found = await texts.read("t1")
    assert found is not None
    assert found.text == f"{TEXTS['es']}\n\n{POLICY.closings['es']}"
    assert await texts.read("nobody") is None
    scene.clock.advance(timedelta(days=8))
    assert await texts.read("t1") is None
