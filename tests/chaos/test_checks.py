"""Each check of `make chaos` finds what it is there to find."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.messages import SendState
from broadcast.models import Delivery
from broadcast.reasons import Reason
from hub.database import Database
from tests.broadcast.scene import Scene
from tests.chaos.checks import Story, Words, check
from tests.chaos.people import Person
from tests.chaos.truth import Call, Truth

TEXT, TEMPLATE = "Feria", "Aviso: feria"
CALL = Call("telegram", "900000000", TEXT, accepted=True, fault=None)


@dataclass
class Case:
    """Three people who all got an update that is over, each after one call."""

    database: Database
    update_id: str
    people: list[Person]
    truth: Truth
    story: Story
    changes: list[dict[str, object]] = field(default_factory=list)

    async def verdict(self) -> list[str]:
        async with self.database.write() as session:
            for values in self.changes:
                row = Delivery.contact_id == self.people[0].contact_id
                await session.execute(update(Delivery).where(row).values(**values))
        return (await check(self.database, self.people, self.truth, self.story)).violations


@pytest.fixture
async def case(small_scene: Scene) -> Case:
    scene, people = small_scene, list[Person]()
    for number in range(3):
        spelled = f"{900_000_000 + number}"
        id_ = await scene.add_person(number=int(spelled))
        people.append(Person(id_, "-", "telegram", spelled, "es", True, True))
    update_id = await scene.sending()
    async with scene.database.write() as session:
        await session.execute(update(Delivery).values(state=SendState.ACCEPTED, attempts=1))
    await scene.tick()
    truth = Truth(Path("-"))
    truth.calls += [replace(CALL, to=each.spelled) for each in people]
    return Case(
        scene.database,
        update_id,
        people,
        truth,
        Story(words={update_id: Words(frozenset({TEXT}), frozenset({TEMPLATE}))}),
    )


async def test_a_true_story_is_believed(case: Case) -> None:
    assert await case.verdict() == []


def _twice(case: Case) -> None:
    case.truth.calls.append(CALL)


def _again_after_a_doubt(case: Case) -> None:
    case.truth.calls[0] = replace(CALL, accepted=False, fault="reset")
    case.truth.calls.append(CALL)


def _stranger(case: Case) -> None:
    case.truth.calls.append(replace(CALL, to="1"))


def _not_invited(case: Case) -> None:
    case.people[0] = replace(case.people[0], is_invited=False)


def _unapproved_words(case: Case) -> None:
    case.truth.calls[0] = replace(CALL, text="Feria!")


def _template_within_the_window(case: Case) -> None:
    case.truth.calls[0] = replace(CALL, text=TEMPLATE)


def _free_text_outside_the_window(case: Case) -> None:
    case.people[0] = replace(case.people[0], is_in_window=False)


def _left_out_despite_a_template(case: Case) -> None:
    _never_sent(case)
    reason = Reason.OUTSIDE_WINDOW
    case.changes.append({"state": SendState.CANCELLED, "error_code": reason})


def _never_sent(case: Case) -> None:
    del case.truth.calls[0]


def _open_row(case: Case) -> None:
    case.changes.append({"state": SendState.QUEUED})


def _sent_and_called_failed(case: Case) -> None:
    case.changes.append({"state": SendState.FAILED, "error_code": Reason.NEVER_LEFT})


def _dropped_without_a_reason(case: Case) -> None:
    _never_sent(case)
    case.changes.append({"state": SendState.CANCELLED, "error_code": Reason.STOPPED})


def _sent_after_an_opt_out(case: Case) -> None:
    case.story.left[case.people[0].contact_id] = {case.update_id: 0}


def _claimed_after_a_stop(case: Case) -> None:
    case.story.claims_at_stop[case.update_id] = 2


def _too_much_in_doubt(case: Case) -> None:
    case.changes.append({"state": SendState.IN_DOUBT})


@pytest.mark.parametrize(
    ("lie", "kind"),
    [
        (_twice, "twice"),
        (_again_after_a_doubt, "twice"),
        (_stranger, "outside"),
        (_not_invited, "outside"),
        (_unapproved_words, "words"),
        (_template_within_the_window, "window"),
        (_free_text_outside_the_window, "window"),
        (_left_out_despite_a_template, "lost"),
        (_never_sent, "false"),
        (_open_row, "lost"),
        (_sent_and_called_failed, "false"),
        (_dropped_without_a_reason, "lost"),
        (_sent_after_an_opt_out, "opt-out"),
        (_claimed_after_a_stop, "stop"),
        (_too_much_in_doubt, "in doubt"),
    ],
)
async def test_each_untruth_is_found(case: Case, lie: Callable[[Case], None], kind: str) -> None:
    lie(case)
    assert kind in {each.partition(":")[0] for each in await case.verdict()}
