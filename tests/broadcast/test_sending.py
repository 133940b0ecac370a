"""An update through the real sender: everybody once, within the rate, behind replies, stoppable."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select, update

from bot.lanes import Claim, Lane
from bot.messages import Outbound, SendState
from bot.models import Address, OutboxRow
from bot.outbox import Outbox, new_reply
from bot.rates import Bucket, Rate
from bot.sender import Sender
from broadcast.control import stop
from broadcast.states import State
from tests.broadcast.recorder import Recorder
from tests.broadcast.scene import POLICY, TEXTS, Scene

PEOPLE = 500
IN_FLIGHT = 16


@dataclass
class Seconds:
    """A monotonic clock for the bucket that moves only when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Line:
    """One channel with its sender."""

    channel: Recorder
    sender: Sender
    seconds: Seconds = field(default_factory=Seconds)

    async def run(self) -> None:
        """Until nobody is left: a second passes for the bucket whenever it has nothing to give."""
        idle = 0
        while idle < 3:
            worked = await self.sender.step()
            idle = 0 if worked else idle + 1
            self.seconds.now += 0 if worked else 1
        await self.sender.drain()


def open_line(scene: Scene, name: str, *, rate: float = 1000, reserve: float = 0.2) -> Line:
    channel, seconds = Recorder(name, scene.clock.now), Seconds()
    lanes: list[Lane] = [Outbox(scene.database, scene.vault), scene.deliveries()]
    bucket = Bucket(Rate(rate, reserve))
    sender = Sender(channel, lanes, bucket, IN_FLIGHT, scene.clock, time=seconds)
    return Line(channel, sender, seconds)


async def add_crowd(scene: Scene, number: int) -> None:
    for place in range(number):
        language = ("es", "en", "ht")[place % 3]
        channels = ("whatsapp",) if place % 2 else ("telegram",)
        await scene.add_person(channels, language=language, number=900_000_000 + place)


async def test_five_hundred_people_get_it_once(scene: Scene) -> None:
    # INV-3, INV-6
    await add_crowd(scene, PEOPLE)
    update_id = await scene.sending()
    lines = [open_line(scene, "telegram"), open_line(scene, "whatsapp")]
    for line in lines:
        await line.run()
    sent = [one for line in lines for one in line.channel.sent]
    assert len(sent) == len({address for address, _ in sent}) == PEOPLE
    approved = {f"{text}\n\n{POLICY.closings[language]}" for language, text in TEXTS.items()}
    assert {text for _, text in sent} == approved
    await scene.tick()
    assert await scene.state(update_id) is State.SENT
    progress = await scene.progress(update_id)
    assert progress.by_state[SendState.ACCEPTED] == progress.total == PEOPLE
    split = progress.split("channel")
    assert {name: sum(counts.values()) for name, counts in split.items()} == {
        "telegram": PEOPLE / 2,
        "whatsapp": PEOPLE / 2,
    }


async def test_a_person_on_two_channels_gets_it_once(scene: Scene) -> None:
    # INV-3
    await scene.add_person(("telegram", "whatsapp"))
    await scene.sending()
    lines = [open_line(scene, "telegram"), open_line(scene, "whatsapp")]
    for line in lines:
        await line.run()
    assert [len(line.channel.sent) for line in lines] == [0, 1]


async def test_a_stop_takes_effect_within_what_is_under_way(small_scene: Scene) -> None:
    # HUM-43
    scene = small_scene
    await add_crowd(scene, 100)
    update_id = await scene.sending()
    line = open_line(scene, "telegram")
    acknowledged: list[int] = []

    async def stop_at_the_tenth() -> None:
        if len(line.channel.sent) == 10 and not acknowledged:
            acknowledged.append(0)
            async with scene.database.write() as session:
                await stop(session, update_id, actor="cli", now=scene.clock.now())
            acknowledged[0] = len(line.channel.sent)

    line.channel.during = stop_at_the_tenth
    await line.run()
    assert len(line.channel.sent) <= acknowledged[0] + IN_FLIGHT
    counts = (await scene.progress(update_id)).by_state
    assert counts[SendState.ACCEPTED] == len(line.channel.sent)
    assert counts[SendState.CANCELLED] == 100 - len(line.channel.sent)


async def test_an_opt_out_holds_for_everything_after_it(small_scene: Scene) -> None:
    # INV-5: nothing is claimed for a person after the opt-out was committed.
    scene = small_scene
    people = [await scene.add_person() for _ in range(60)]
    update_id = await scene.sending()
    line = open_line(scene, "telegram")
    claimed_before: set[str] = set()

    async def all_opt_out() -> None:
        if claimed_before:
            return
        ledger = await scene.ledger(update_id)
        claimed_before.update(
            person for person in people if ledger[person].state != SendState.QUEUED
        )
        async with scene.database.write() as session:
            await session.execute(update(Address).values(opted_in_at=None))

    line.channel.during = all_opt_out
    await line.run()
    ledger = await scene.ledger(update_id)
    made = {person for person in people if ledger[person].state == SendState.ACCEPTED}
    assert made == claimed_before
    assert len(line.channel.sent) == len(made) <= IN_FLIGHT


async def test_the_rate_holds_and_replies_keep_their_share(small_scene: Scene) -> None:
    scene = small_scene
    await add_crowd(scene, 100)
    await scene.sending()
    line = open_line(scene, "telegram", rate=20, reserve=0.5)
    line.seconds.now = 1.0
    for _ in range(20):
        await line.sender.step()
    await line.sender.drain()
    assert len(line.channel.sent) == 5
    await add_reply(scene, "Respuesta")
    await line.sender.step()
    await line.sender.drain()
    assert line.channel.sent[-1][1] == "Respuesta"


async def add_reply(scene: Scene, text: str) -> None:
    async with scene.database.write() as session:
        address = await session.scalar(select(Address).where(Address.channel == "telegram"))
        assert address is not None
        reply: OutboxRow = new_reply(
            scene.vault,
            contact_id=address.contact_id,
            address_id=address.id,
            channel="telegram",
            inbound_id=None,
            part=0,
            message=Outbound(text),
            content=[],
            repeat_in_doubt=False,
            now=scene.clock.now(),
        )
        session.add(reply)


async def test_every_claim_is_of_somebody_else(scene: Scene) -> None:
    await add_crowd(scene, 30)
    await scene.sending()
    lane = scene.deliveries()
    seen: Counter[str] = Counter()
    claims: list[Claim] = []
    while batch := await lane.claim("telegram", 4, scene.clock.now()):
        claims += batch
        seen.update(one.address for one in batch)
    assert len(claims) == 15
    assert set(seen.values()) == {1}
