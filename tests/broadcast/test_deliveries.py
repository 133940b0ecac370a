"""The ledger: what is claimed, what is passed over and why, and what each answer makes of a row."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, func, select, update

from bot.addresses import suppression_index
from bot.lanes import LEASE, Accepted, Claim
from bot.messages import Fault, SendError, SendOutcome, SendState
from bot.models import Address, Contact, Suppression
from bot.outbox import MOST_ATTEMPTS
from broadcast import control
from broadcast.models import Delivery
from broadcast.reasons import Reason
from broadcast.states import State
from tests.broadcast.scene import POLICY, TEXTS, Scene


async def claim(scene: Scene, limit: int = 100, channel: str = "telegram") -> list[Claim]:
    return list(await scene.deliveries().claim(channel, limit, scene.clock.now()))


async def outcome(scene: Scene, update_id: str, contact_id: str) -> tuple[str, str | None]:
    row = (await scene.ledger(update_id))[contact_id]
    return row.state, row.error_code


async def test_a_claim_carries_the_approved_bytes(scene: Scene) -> None:
    # INV-6, PEER-01: the work item is an id, the text is read at the claim.
    contact_id = await scene.add_person(language="en", number=51999111222)
    update_id = await scene.sending()
    [one] = await claim(scene)
    assert one.message.text == f"{TEXTS['en']}\n\n{POLICY.closings['en']}"
    assert one.address == "+5151999111222"
    assert await outcome(scene, update_id, contact_id) == (SendState.SENDING, None)


async def test_two_claims_never_take_the_same_row(scene: Scene) -> None:
    # PEER-01, INV-3
    for _ in range(60):
        await scene.add_person()
    await scene.sending()
    batches = await asyncio.gather(*(claim(scene, 7) for _ in range(20)))
    taken = [one.send_id for batch in batches for one in batch]
    assert len(taken) == len(set(taken)) == 60


async def test_language_falls_back_to_the_default(scene: Scene) -> None:
    haitian = await scene.add_person(language="ht")
    unknown = await scene.add_person(language=None)
    update_id = await scene.sending()
    ledger = await scene.ledger(update_id)
    assert {ledger[haitian].language, ledger[unknown].language} == {"es"}
    assert {one.message.text for one in await claim(scene)} == {
        f"{TEXTS['es']}\n\n{POLICY.closings['es']}"
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"opted_in_at": None}, Reason.OPTED_OUT),
        ({"opted_in_at": None, "blocked_at": "now"}, Reason.BLOCKED),
        ({"last_inbound_at": None}, Reason.OUTSIDE_WINDOW),
    ],
)
async def test_who_no_longer_wants_it_is_passed_over(
    scene: Scene, values: dict[str, object], reason: Reason
) -> None:
    # INV-5
    stays, leaves = await scene.add_person(("whatsapp",)), await scene.add_person(("whatsapp",))
    update_id = await scene.sending()
    values = {name: scene.clock.now() if v == "now" else v for name, v in values.items()}
    async with scene.database.write() as session:
        where = Address.contact_id == leaves
        await session.execute(update(Address).where(where).values(**values))
    assert len(await claim(scene, channel="whatsapp")) == 1
    assert await outcome(scene, update_id, leaves) == (SendState.CANCELLED, reason)
    assert (await outcome(scene, update_id, stays))[0] == SendState.SENDING


async def test_a_claim_goes_on_past_those_who_left(scene: Scene) -> None:
    """A batch in which everybody opted out is not the end of the queue."""
    for _ in range(25):
        await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        first = (
            select(Delivery.address_id)
            .where(Delivery.update_id == update_id)
            .order_by(Delivery.due_at, Delivery.id)
            .limit(20)
        )
        await session.execute(update(Address).where(Address.id.in_(first)).values(opted_in_at=None))
    claims: list[Claim] = []
    while batch := await claim(scene, 5):
        claims += batch
    assert len(claims) == 5


async def test_erased_people_leave_true_figures_and_get_nothing(scene: Scene) -> None:
    # INV-10 and the sum of the figures
    gone, leaving = await scene.add_person(), await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        await session.execute(delete(Contact).where(Contact.id == gone))
        where = Contact.id == leaving
        await session.execute(update(Contact).where(where).values(erase_after=scene.clock.now()))
    assert await claim(scene) == []
    progress = await scene.progress(update_id)
    assert (progress.total, progress.count(SendState.CANCELLED)) == (2, 2)


async def test_an_opt_out_that_outlived_erasure_holds(scene: Scene) -> None:
    # HUM-08
    contact_id = await scene.add_person(number=51999111222)
    update_id = await scene.sending()
    async with scene.database.write() as session:
        index = suppression_index(scene.vault, "telegram", "+5151999111222")
        session.add(Suppression(index=index, at=scene.clock.now()))
    assert await claim(scene) == []
    assert await outcome(scene, update_id, contact_id) == (SendState.CANCELLED, Reason.OPTED_OUT)


async def test_an_unreadable_address_stops_only_itself(scene: Scene) -> None:
    broken, fine = await scene.add_person(), await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        where = Address.contact_id == broken
        await session.execute(update(Address).where(where).values(sealed=b"damaged"))
    assert len(await claim(scene)) == 1
    assert await outcome(scene, update_id, broken) == (SendState.FAILED, Reason.UNREADABLE)
    assert (await outcome(scene, update_id, fine))[0] == SendState.SENDING


async def test_nothing_leaves_after_the_end(scene: Scene) -> None:
    # F-29: late news is not sent, also if nothing has noticed the time yet.
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    scene.clock.advance(timedelta(hours=48))
    assert await claim(scene) == []
    assert await outcome(scene, update_id, contact_id) == (SendState.CANCELLED, Reason.EXPIRED)


async def test_changed_bytes_never_leave(small_scene: Scene) -> None:
    """Even if somebody removed the database's guards and changed a text (INV-6)."""
    scene = small_scene
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TRIGGER update_texts_only_in_draft_update")
        await connection.exec_driver_sql("UPDATE update_texts SET text = 'Other'")
    assert await claim(scene) == []
    assert await outcome(scene, update_id, contact_id) == (SendState.CANCELLED, Reason.UNAPPROVED)


async def test_claims_write_off_what_is_over_little_by_little(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    # F-29: with a million copies one claim would keep everybody else waiting
    monkeypatch.setattr(control, "_CANCELLED_AT_ONCE", 2)
    for _ in range(5):
        await scene.add_person()
    update_id = await scene.sending()
    scene.clock.advance(timedelta(hours=48))
    left = []
    for _ in range(3):
        assert await claim(scene) == []
        states = [row.state for row in (await scene.ledger(update_id)).values()]
        left.append(states.count(SendState.QUEUED))
    assert left == [3, 1, 0]


@pytest.mark.parametrize("state", [State.PAUSED, State.CANCELLED])
async def test_only_what_is_being_sent_is_claimed(scene: Scene, state: State) -> None:
    await scene.add_person()
    await scene.sending()
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(f"UPDATE updates SET state = '{state}'")
    assert await claim(scene) == []


def error(
    kind: SendOutcome, fault: Fault = Fault.PROVIDER, *, opted_out: bool = False
) -> SendError:
    return SendError(kind, fault, "words", code="403", opted_out=opted_out)


async def test_a_doubt_is_never_resent(scene: Scene) -> None:
    # INV-3, DESIGN part 6
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    [one] = await claim(scene)
    await scene.deliveries().record_error(one, error(SendOutcome.IN_DOUBT), scene.clock.now())
    scene.clock.advance(timedelta(hours=1))
    assert await claim(scene) == []
    assert (await outcome(scene, update_id, contact_id))[0] == SendState.IN_DOUBT


@pytest.mark.parametrize("everything", [False, True])
async def test_a_dead_sender_leaves_doubts(scene: Scene, *, everything: bool) -> None:
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    await claim(scene)
    lane = scene.deliveries()
    assert await lane.recover(scene.clock.now(), everything=everything) == int(everything)
    scene.clock.advance(LEASE + timedelta(seconds=1))
    await lane.recover(scene.clock.now(), everything=False)
    assert (await outcome(scene, update_id, contact_id))[0] == SendState.IN_DOUBT
    assert await claim(scene) == []
    [(doubt, _)] = await lane.in_doubt("telegram", 10, scene.clock.now())
    assert await lane.in_doubt("whatsapp", 10, scene.clock.now()) == []
    await lane.settle(doubt, None, scene.clock.now())
    assert await outcome(scene, update_id, contact_id) == (SendState.FAILED, Reason.NEVER_LEFT)
    assert await claim(scene) == []


async def test_a_doubt_is_settled_by_the_provider(scene: Scene) -> None:
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    [one] = await claim(scene)
    lane = scene.deliveries()
    await lane.recover(scene.clock.now(), everything=True)
    await lane.settle(one, "p9", scene.clock.now())
    row = (await scene.ledger(update_id))[contact_id]
    assert (row.state, row.provider_id) == (SendState.ACCEPTED, "p9")


async def test_what_was_certainly_not_sent_is_tried_again(scene: Scene) -> None:
    contact_id = await scene.add_person()
    update_id = await scene.sending()
    lane = scene.deliveries()
    for _ in range(MOST_ATTEMPTS):
        [one] = await claim(scene)
        await lane.record_error(one, error(SendOutcome.RETRY), scene.clock.now())
        assert await claim(scene) == []
        scene.clock.advance(timedelta(minutes=6))
    assert (await outcome(scene, update_id, contact_id))[0] == SendState.FAILED
    assert await claim(scene) == []


async def test_a_retry_of_a_stopped_update_stays_stopped(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    [one] = await claim(scene)
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE updates SET state = 'cancelled'")
    await scene.deliveries().record_error(one, error(SendOutcome.RETRY), scene.clock.now())
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.error_code) == (SendState.CANCELLED, Reason.STOPPED)


async def test_an_answer_to_an_earlier_attempt_counts_for_nothing(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    [first] = await claim(scene)
    lane = scene.deliveries()
    await lane.record_error(first, error(SendOutcome.RETRY), scene.clock.now())
    scene.clock.advance(timedelta(minutes=6))
    [second] = await claim(scene)
    await lane.record_error(first, error(SendOutcome.REJECTED), scene.clock.now())
    await lane.record_accepted([Accepted(first, "old", scene.clock.now())])
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.attempts) == (SendState.SENDING, second.attempt)


async def test_who_blocked_us_is_opted_out(scene: Scene) -> None:
    contact_id = await scene.add_person()
    await scene.sending()
    [one] = await claim(scene)
    refusal = error(SendOutcome.REJECTED, Fault.RECIPIENT, opted_out=True)
    await scene.deliveries().record_error(one, refusal, scene.clock.now())
    async with scene.database.read() as session:
        address = await session.scalar(select(Address).where(Address.contact_id == contact_id))
    assert address is not None
    assert (address.opted_in_at, address.blocked_at) == (None, scene.clock.now())


async def test_words_that_the_provider_refuses_pause_the_update(scene: Scene) -> None:
    # CHANNELS part 4: content faults stop the broadcast after the first few.
    for _ in range(10):
        await scene.add_person()
    update_id = await scene.sending()
    lane = scene.deliveries()
    for number, one in enumerate(await claim(scene, 3)):
        assert await scene.state(update_id) is State.SENDING, number
        refusal = error(SendOutcome.REJECTED, Fault.CONTENT)
        await lane.record_error(one, refusal, scene.clock.now())
    assert await scene.state(update_id) is State.PAUSED
    assert await claim(scene) == []


async def test_addresses_stay_out_of_representations(scene: Scene) -> None:
    # INV-9
    await scene.add_person(number=51999111222)
    await scene.sending()
    [one] = await claim(scene)
    assert "999111222" not in repr(one)
    async with scene.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1


async def test_failures_of_one_moment_share_a_commit(scene: Scene) -> None:
    for _ in range(40):
        await scene.add_person()
    update_id = await scene.sending()
    lane, now = scene.deliveries(), scene.clock.now()
    claims = await lane.claim("telegram", 40, now)
    commits: list[object] = []
    event.listen(scene.database.engine.sync_engine, "commit", commits.append)
    refusal = error(SendOutcome.REJECTED)
    await asyncio.gather(*(lane.record_error(one, refusal, now) for one in claims))
    assert len(commits) <= 2
    assert (await scene.progress(update_id)).by_state[SendState.FAILED] == 40


async def test_a_claim_records_what_was_accepted_before_it(scene: Scene) -> None:
    for _ in range(7):
        await scene.add_person()
    update_id = await scene.sending()
    lane, now = scene.deliveries(), scene.clock.now()
    first = await lane.claim("telegram", 5, now)
    accepted = [Accepted(one, f"p{one.send_id}", now) for one in first]
    assert len(await lane.claim("telegram", 5, now, accepted)) == 2
    by_state = (await scene.progress(update_id)).by_state
    assert (by_state[SendState.ACCEPTED], by_state[SendState.SENDING]) == (5, 2)
