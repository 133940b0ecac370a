"""Random histories of people, staff, sender and provider against a small model of the promises.

INV-3 nobody twice · INV-4 nobody outside the audience · INV-5 nothing after an opt-out · INV-6 only
approved bytes · INV-8 states only go forwards.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import update

from bot.lanes import Accepted, Claim
from bot.messages import Fault, Receipt, SendError, SendOutcome, SendState, fold
from bot.models import Address
from broadcast.audience import Audience
from broadcast.control import pause, resume, stop
from broadcast.errors import UpdateError
from broadcast.states import State
from broadcast.versions import read_sent_texts
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.databases import create_schema

START = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
PEOPLE = 14
VAULT = Vault.generate()
ANSWERS = {
    "doubt": SendOutcome.IN_DOUBT,
    "rejected": SendOutcome.REJECTED,
    "retry": SendOutcome.RETRY,
}
T = TypeVar("T")


@dataclass
class Model:
    """What the promises are checked against; kept apart from the code that keeps them."""

    opted_in: set[str] = field(default_factory=set)
    asked_at: dict[str, datetime] = field(default_factory=dict)
    approved_at: datetime = START
    is_english: dict[str, bool] = field(default_factory=dict)
    hands: set[str] = field(default_factory=set)  # staff who wrote, edited or submitted
    only_english: bool = False
    approved: dict[str, str] | None = None  # the bytes that somebody approved, by language
    is_sending: bool = False
    frozen: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    states: dict[str, SendState] = field(default_factory=dict)


class Promises(RuleBasedStateMachine):
    """One update, a few people, everything that may happen in any order.

    Ids are random, so no rule depends on who was claimed: what may happen next must be the same
    when a history is repeated.
    """

    @initialize(is_started=st.booleans(), only_english=st.booleans())
    def begin(self, is_started: bool, only_english: bool) -> None:
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.model = Model()
        self.claims: dict[str, Claim] = {}  # by person
        self.do(self._begin())
        if is_started:  # half of the histories begin where deliveries do
            self.edit("author", "Uno", only_english)
            self.release()
            assert self.model.is_sending

    async def _begin(self) -> None:
        url = f"sqlite:///{Path(self.folder.name)}/chasqui.db"
        await create_schema(url)
        self.scene = Scene(Database(url), VAULT, ManualClock(START))
        await self.scene.hire()
        self.people = []
        for number in range(PEOPLE):
            english = number % 2 == 0
            person = await self.scene.add_person(language="en" if english else "es")
            self.people.append(person)
            self.model.opted_in.add(person)
            self.model.is_english[person] = english
        self.update_id = await self.scene.compose()
        self.model.hands = {"author"}

    def do(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.runner.run(coroutine)

    def attempt(self, coroutine: Coroutine[object, object, object]) -> bool:
        """Whether the step was taken; a refusal is an `UpdateError` and nothing else."""
        try:
            self.do(coroutine)
        except UpdateError:
            return False
        return True

    @rule(
        who=st.sets(st.integers(0, PEOPLE - 1), min_size=1, max_size=PEOPLE // 2),
        opts_in=st.booleans(),
    )
    def people_change_their_minds(self, who: set[int], opts_in: bool) -> None:
        for person in (self.people[number] for number in sorted(who)):
            self.do(self._set_consent(person, opts_in=opts_in))
            (self.model.opted_in.add if opts_in else self.model.opted_in.discard)(person)
            self.model.asked_at[person] = self.scene.clock.now()

    async def _set_consent(self, person: str, *, opts_in: bool) -> None:
        moment = self.scene.clock.now() if opts_in else None
        async with self.scene.database.write() as session:
            where = Address.contact_id == person
            await session.execute(
                update(Address).where(where).values(opted_in_at=moment, blocked_at=None)
            )

    @rule(
        by=st.sampled_from(["author", "colleague", "approver"]),
        word=st.sampled_from(["Uno", "Dos"]),
        only_english=st.booleans(),
    )
    def edit(self, by: str, word: str, only_english: bool) -> None:
        texts = {"es": f"{word} 28", "en": f"{word} in English 28"}
        audience = Audience(languages=("en",) if only_english else ())
        if self.attempt(self.scene.edit(self.update_id, by=by, texts=texts, audience=audience)):
            self.model.hands.add(by)
            self.model.approved = None
            self.model.only_english = only_english
            assert not self.model.is_sending

    @rule(by=st.sampled_from(["author", "colleague"]))
    def submit(self, by: str) -> None:
        if self.attempt(self.scene.submit(self.update_id, by=by)):
            self.submitter = by

    @rule(by=st.sampled_from(["author", "colleague", "approver", "second_approver", "reader"]))
    def approve(self, by: str) -> None:
        before = self.do(self._read_texts())
        if self.attempt(self.scene.approve(self.update_id, by=by)):
            assert by not in self.model.hands | {self.submitter, "reader"}
            self.model.approved = before
            self.model.approved_at = self.scene.clock.now()

    @rule()
    def release(self) -> None:
        """The whole way from a draft to sending, as far as the history so far allows it."""
        self.submit("author")
        self.approve("second_approver")
        self.time_passes(10)
        self.time_passes(70)

    async def _read_texts(self) -> dict[str, str]:
        async with self.scene.database.read() as session:
            return await read_sent_texts(session, self.update_id)

    @rule(seconds=st.sampled_from([10, 70, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.scene.clock.advance(timedelta(seconds=seconds))
        self.do(self.scene.tick())
        was_sending, self.model.is_sending = self.model.is_sending, self._is_sending()
        if self.model.is_sending and not was_sending and not self.model.frozen:
            self.model.frozen = set(self.do(self.scene.ledger(self.update_id)))
            wanted = {
                person
                for person in self.model.opted_in
                if self.model.is_english[person] or not self.model.only_english
                if self.model.asked_at.get(person, START) <= self.model.approved_at
            }
            assert self.model.frozen == wanted

    def _is_sending(self) -> bool:
        return self.do(self.scene.state(self.update_id)) is State.SENDING

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        now = self.scene.clock.now()
        claims = self.do(self.scene.deliveries().claim("telegram", limit, now))
        ledger = self.do(self.scene.ledger(self.update_id))
        owners = {row.id: person for person, row in ledger.items()}
        for one in claims:
            person = owners[one.send_id]
            assert self.model.is_sending
            assert person not in self.model.sent  # INV-3
            assert person in self.model.frozen  # INV-4
            assert person in self.model.opted_in  # INV-5
            assert self.model.approved is not None  # INV-6
            language = "en" if self.model.is_english[person] else "es"
            assert one.message.text == self.model.approved[language]
            self.model.sent.add(person)
            self.claims[person] = one

    @rule(
        who=st.integers(0, PEOPLE - 1),
        answer=st.sampled_from(["accepted", "doubt", "rejected", "retry"]),
    )
    def provider_answers(self, who: int, answer: str) -> None:
        person = self.people[who]
        if person not in self.claims:
            return
        one, lane, now = self.claims[person], self.scene.deliveries(), self.scene.clock.now()
        if answer == "accepted":
            self.do(lane.record_accepted([Accepted(one, f"p{one.send_id}", now)]))
            return
        before = self.do(self.scene.ledger(self.update_id))[person]
        self.do(lane.record_error(one, SendError(ANSWERS[answer], Fault.PROVIDER, "words"), now))
        after = self.do(self.scene.ledger(self.update_id))[person]
        certainly_not_sent = answer == "retry" and before.state == SendState.SENDING
        if certainly_not_sent and after.state == SendState.QUEUED:
            self.model.sent.discard(person)
            self.model.states[person] = SendState.QUEUED

    @rule(
        who=st.integers(0, PEOPLE - 1),
        state=st.sampled_from([SendState.SENT, SendState.DELIVERED, SendState.READ]),
    )
    def receipt_comes(self, who: int, state: SendState) -> None:
        person = self.people[who]
        # A provider reports only what it was given: not what it certainly never had.
        if person in self.model.sent:
            one, lane = self.claims[person], self.scene.deliveries()
            receipt = Receipt("telegram", f"p{one.send_id}", state, send_id=one.send_id)
            assert self.do(lane.record_receipts([receipt], self.scene.clock.now())) == []

    @rule()
    def sender_dies(self) -> None:
        self.do(self.scene.deliveries().recover(self.scene.clock.now(), everything=True))

    @rule(what=st.sampled_from([pause, resume]))
    def somebody_pauses_or_resumes(self, what: object) -> None:
        self.attempt(self._act(what))
        self.model.is_sending = self._is_sending()

    @rule()
    def somebody_stops_it(self) -> None:
        if not self.model.sent:
            return  # too early an end would leave little to see
        self.attempt(self._act(stop))
        self.model.is_sending = self._is_sending()

    async def _act(self, what: object) -> None:
        async with self.scene.database.write() as session:
            await what(  # type: ignore[operator]
                session,
                self.update_id,
                actor=self.scene.staff["approver"],
                now=self.scene.clock.now(),
            )

    @invariant()
    def sender_takes_the_next(self) -> None:
        """The sender never rests, whatever else happens."""
        if hasattr(self, "people"):
            self.claim(1)

    @invariant()
    def states_only_go_forwards(self) -> None:
        """INV-8: from any state to the next, folding gives the next."""
        for person, row in self.do(self.scene.ledger(self.update_id)).items():
            state = SendState(row.state)
            before = self.model.states.get(person, SendState.QUEUED)
            assert fold(before, state) is state
            self.model.states[person] = state

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            self.do(self.scene.database.close())
            self.runner.close()
            self.folder.cleanup()


Promises.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestPromises = Promises.TestCase
