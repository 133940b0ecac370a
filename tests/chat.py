"""Conversation tests that read as transcripts: what a person says, and what the phone then shows.

The hub is the real one with all its tables; only its loops are stepped by hand, so that a
transcript takes no time and depends on none.
"""

from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.simulator import Shown, Simulator
from bot.messages import Inbound, InboundKind
from hub.app.demonstration import prepare_demonstration
from hub.app.hub import Hub, build_hub
from hub.clock import ManualClock
from hub.config import Config, Environment, UnderstandingSettings
from hub.database import Database
from hub.migrations.running import migrate
from hub.vault import Vault


async def prepare(url: str, vault: Vault, clock: ManualClock, pack: str = "peru") -> None:
    """A migrated database with a pack, approved as a demonstration."""
    database = Database(url)
    await migrate(database)
    await prepare_demonstration(database, vault, clock, pack)
    await database.close()


async def open_hub(
    path: Path, vault: Vault, clock: ManualClock, config: Config | None = None
) -> Hub:
    environment = Environment(chasqui_database_url=f"sqlite:///{path}")
    config = config or Config(understanding=UnderstandingSettings(rasa=False))
    hub = await build_hub(config, environment, clock, vault, is_demonstration=True)
    await hub.open()
    return hub


@dataclass
class Chat:
    """One person's phone. `heard` is what the last thing said was answered with."""

    hub: Hub
    clock: ManualClock
    channel: str = "simulator.telegram"
    address: str = "900000001"
    heard: list[Shown] = field(default_factory=list)

    async def says(self, text: str) -> None:
        await self._give(self.phone.type_text(self.address, text))

    async def presses(self, label: str) -> None:
        """Press the button with this label on the last message that has one."""
        button = next(
            button
            for shown in reversed(self.phone.phone(self.address))
            for button in shown.buttons
            if button.label == label
        )
        inbound = self.phone.press(self.address, button.token)
        assert inbound is not None
        await self._give(inbound)

    async def sends(self, kind: InboundKind, **values: object) -> None:
        """Something that is no text: a voice note, a sticker, a blocked notice …"""
        made = self.phone.type_text(self.address, "-")
        inbound = Inbound(
            channel=self.channel,
            message_id=made.message_id,
            address=self.address,
            kind=kind,
            sent_at=self.clock.now(),
            **values,  # type: ignore[arg-type]
        )
        await self._give(inbound)

    def hears(self, *parts: str) -> None:
        """Each part is somewhere in what was just answered."""
        said = self.text
        missing = [part for part in parts if part not in said]
        assert not missing, f"not heard: {missing}\nheard instead:\n{said}"

    def hears_nothing(self) -> None:
        assert not self.heard, f"heard:\n{self.text}"

    @property
    def text(self) -> str:
        return "\n---\n".join(shown.text for shown in self.heard)

    @property
    def buttons(self) -> list[str]:
        return [button.label for shown in self.heard for button in shown.buttons]

    @property
    def phone(self) -> Simulator:
        channel = self.hub.channels[self.channel]
        assert isinstance(channel, Simulator)
        return channel

    async def _give(self, inbound: Inbound) -> None:
        before = {shown.number for shown in self.phone.phone(self.address)}
        await self.hub.inbox.receive([inbound])
        await run_until_quiet(self.hub)
        self.heard = [
            shown
            for shown in self.phone.phone(self.address)
            if shown.number not in before and not shown.by_person
        ]


async def run_until_quiet(hub: Hub) -> None:
    """Step turns and senders until neither finds anything to do."""
    working = True
    while working:
        working = await hub.turns.step()
        for sender in hub.senders:
            working |= await sender.step()
            await sender.drain()
