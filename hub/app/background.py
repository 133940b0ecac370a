"""What runs beside the web server: every step with its pace, and which engine runs them."""

from datetime import timedelta

from bot.question_grouping import Grouping
from broadcast.asker_telling import AskerTelling
from broadcast.census_taking import CensusTaking
from broadcast.control import tick
from broadcast.keeping import Keeping
from broadcast.results import RECKONERS
from hub.app.housekeeping import Housekeeping
from hub.app.hub import Hub
from hub.app.settling import Settling
from hub.jobs.loops import Jobs
from hub.jobs.port import Engine, Queue

# While Rasa reads one message the others wait their turn there, and what ends meanwhile shares its
# statements. All of them together must stay well within the deadline of a single question.
_TURNS_AT_ONCE = 16
_TURNS_AT_ONCE_OF_MANY = 4  # where workers share the messages and each turn is a job's


def choose_engine(hub: Hub) -> Engine:
    """Loops where the process is alone, else jobs in the database for all processes."""
    if hub.database.is_sqlite:
        return Jobs(hub.clock)
    from hub.jobs.cluster import ClusterJobs  # loaded only where it is used: it takes a second

    return ClusterJobs(hub.database.plain_url, hub.clock)


def add_steps(hub: Hub, jobs: Engine) -> None:
    """Make all steps known; a process that runs none of them can still call for them."""
    is_alone = hub.database.is_sqlite
    hub.inbox.wake = jobs.add(
        "turns",
        hub.turns.step,
        every_seconds=1 if is_alone else 2,  # calls reach every process; a round is only for luck
        queue=Queue.INTERACTIVE,
        at_once=_TURNS_AT_ONCE if is_alone else _TURNS_AT_ONCE_OF_MANY,
    )
    (_add_sender_loops if is_alone else _add_sender_jobs)(hub, jobs)
    for channel in hub.channels.values():
        settling = Settling(hub.lanes, channel, hub.clock)
        jobs.add(f"settle-{channel.name}", settling.step, every_seconds=15)

    async def recover_dead() -> bool:
        await recover(hub, everything=False)
        return False

    keeping = Housekeeping(hub.database, hub.inbox, hub.outbox, hub.config.retention, hub.clock)
    jobs.add("recover", recover_dead, every_seconds=10 if is_alone else 1)
    jobs.add("updates", lambda: _move_updates(hub), every_seconds=1)
    figures = Keeping(hub.database, hub.clock, RECKONERS)
    jobs.add("keep-figures", figures.step, every_seconds=5)
    census = CensusTaking(hub.database, hub.policy, hub.clock)
    jobs.add("census", census.step, every_seconds=60)
    grouping = Grouping(hub.database, hub.vault, hub.matcher)
    jobs.add("group-questions", grouping.step, every_seconds=30)
    jobs.add("tell-askers", build_asker_telling(hub).step, every_seconds=1)
    for name, step in keeping.steps().items():
        jobs.add(name, step, every_seconds=30)


def build_asker_telling(hub: Hub) -> AskerTelling:
    return AskerTelling(
        hub.database,
        hub.vault,
        hub.clock,
        hub.policy,
        hub.conversation,
        hub.outbox,
        {channel.name: channel.capabilities for channel in hub.channels.values()},
        timedelta(hours=hub.config.retention.dialogue_hours),
        hub.config.questions.templates,
        hub.turns.replies_ready,
    )


async def recover(hub: Hub, *, everything: bool) -> None:
    """Take up what a dead process held (all that is held, where no other process can live)."""
    await hub.inbox.recover(everything=everything)
    for lane in hub.lanes:
        await lane.recover(hub.clock.now(), everything=everything)


def _add_sender_loops(hub: Hub, jobs: Engine) -> None:
    for sender in hub.senders:
        wake = jobs.add(f"send-{sender.channel.name}", sender.step, every_seconds=0.5)
        sender.wake = sender.go_on = wake


def _add_sender_jobs(hub: Hub, jobs: Engine) -> None:
    for sender in hub.senders:
        kind, queue = ("updates", Queue.BULK) if sender.is_bulk else ("replies", Queue.INTERACTIVE)
        sender.wake = jobs.add(
            f"send-{kind}-{sender.channel.name}", sender.patient_step, every_seconds=2, queue=queue
        )


async def _move_updates(hub: Hub) -> bool:
    moved = await tick(hub.database, hub.policy, hub.clock)
    if moved:
        for sender in hub.senders:
            sender.wake()
    return moved
