"""What may never be, whatever happened: read from the provider's own log and the database."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.messages import SendState
from broadcast.models import Delivery
from broadcast.progress import read_progress
from broadcast.reasons import Reason
from broadcast.states import ENDED, State
from broadcast.versions import find_update
from hub.database import Database
from tests.chaos.people import Person
from tests.chaos.truth import Truth

_OPEN = frozenset({SendState.QUEUED, SendState.SENDING})
_REACHED = frozenset({SendState.ACCEPTED, SendState.SENT, SendState.DELIVERED, SendState.READ})
_NOT_REACHED = frozenset({SendState.CANCELLED, SendState.FAILED})
_ALWAYS_FAIR = frozenset({Reason.OPTED_OUT, Reason.OUTSIDE_WINDOW, Reason.BLOCKED})


@dataclass(frozen=True)
class Words:
    """What was approved of one update, letter by letter."""

    free: frozenset[str]
    by_template: frozenset[str] = frozenset()


@dataclass
class Story:
    """What the run did that the checks must know. Keys are ids of updates."""

    words: dict[str, Words] = field(default_factory=dict)
    claims_at_stop: dict[str, int] = field(default_factory=dict)
    corrects: dict[str, str] = field(default_factory=dict)  # the correction → what was wrong
    left: dict[str, dict[str, int]] = field(default_factory=dict)  # contact → claims by update
    most_in_doubt: int = 0
    found: list[str] = field(default_factory=list)  # what was noticed on the way


@dataclass
class _Ledger:
    state: State
    people: int | None
    total: int
    rows: dict[str, Delivery]  # by contact


@dataclass(frozen=True)
class Verdict:
    violations: list[str]
    in_doubt: int
    reached: int
    by_template: int = 0


async def check(
    database: Database, people: Sequence[Person], truth: Truth, story: Story
) -> Verdict:
    ledgers = {update_id: await _read(database, update_id) for update_id in story.words}
    by_number = {(each.channel, each.spelled): each for each in people}
    got = _Got(by_number, story.words)
    violations = [*story.found, *got.take(truth)]
    for update_id, ledger in ledgers.items():
        mine = got.accepted[update_id]
        violations += _check_ledger(
            ledger, mine, has_templates=bool(got.words[update_id].by_template)
        )
        violations += _check_departures(update_id, ledger, mine, story.left)
        violations += _check_stop(update_id, ledger, story)
    first = next(iter(ledgers.values()))
    invited = {each.contact_id for each in people if each.is_invited}
    if set(first.rows) != invited:
        odd = len(set(first.rows) ^ invited)
        violations.append(f"audience: {odd} people of it are not those who were invited")
    for correction, wrong in story.corrects.items():
        had = set(got.accepted[wrong]) - set(story.left)
        violations += _check_correction(ledgers[correction], ledgers[wrong], had)
    in_doubt = sum(_in_doubt(each) for each in ledgers.values())
    if in_doubt > story.most_in_doubt:
        violations.append(f"in doubt: {in_doubt}, at most {story.most_in_doubt} can be explained")
    reached = sum(len(each) for each in got.accepted.values())
    return Verdict(violations, in_doubt, reached, got.by_template)


@dataclass
class _Got:
    """Who got what, of updates whose words were approved."""

    by_number: Mapping[tuple[str, str], Person]
    words: Mapping[str, Words]
    by_template: int = 0
    accepted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def take(self, truth: Truth) -> Iterator[str]:
        closed = set[tuple[str, str]]()  # may have got it: nobody may call for them again
        for call in truth.calls:
            person = self.by_number.get((call.channel, call.to))
            found = self._find(call.text)
            if found is None:
                yield "words: something left that nobody approved"
                continue
            update_id, is_template = found
            if person is None or not person.is_invited:
                yield "outside: somebody was called who was not in the audience"
                continue
            if person.is_in_window == is_template:
                yield f"window: {person.contact_id} was called with the wrong kind of message"
            self.by_template += is_template and call.accepted
            key = (update_id, person.contact_id)
            if key in closed:
                yield f"twice: {person.contact_id} was called again after they may have got it"
            if call.accepted or call.is_doubtful:
                closed.add(key)
            if call.accepted:
                self.accepted[update_id][person.contact_id] += 1

    def _find(self, text: str) -> tuple[str, bool] | None:
        """The update of this text, and whether it is that of a template."""
        for update_id, words in self.words.items():
            if text in words.free or text in words.by_template:
                return update_id, text in words.by_template
        return None


async def _read(database: Database, update_id: str) -> _Ledger:
    async with database.read() as session:
        row = await find_update(session, update_id)
        progress = await read_progress(session, update_id)
        rows = await session.scalars(select(Delivery).where(Delivery.update_id == update_id))
        return _Ledger(
            State(row.state),
            row.people,
            progress.total,
            {each.contact_id or each.id: each for each in rows},
        )


def _in_doubt(ledger: _Ledger) -> int:
    """What never left although its process lost it is a doubt that was ended."""
    return sum(
        row.state == SendState.IN_DOUBT or row.error_code == Reason.NEVER_LEFT
        for row in ledger.rows.values()
    )


def _check_ledger(ledger: _Ledger, got: Counter[str], *, has_templates: bool) -> Iterator[str]:
    if ledger.state not in ENDED:
        yield f"lost: the update is still {ledger.state}"
    if ledger.people != len(ledger.rows) or ledger.total != len(ledger.rows):
        yield f"figures: {ledger.total} counted, {len(ledger.rows)} rows, {ledger.people} frozen"
    for contact_id, row in ledger.rows.items():
        yield from _check_row(ledger.state, contact_id, row, got[contact_id])
        if has_templates and row.error_code == Reason.OUTSIDE_WINDOW:
            yield f"lost: {contact_id} was left out, and a template was approved for them"
    if set(got) - set(ledger.rows):
        yield "outside: somebody got it who has no row in the ledger"


def _check_row(update: State, contact_id: str, row: Delivery, times: int) -> Iterator[str]:
    state = SendState(row.state)
    if state in _OPEN:
        yield f"lost: {contact_id} is left {state}"
    if times > 1:
        yield f"twice: {contact_id} got it {times} times"
    if state in _REACHED and times == 0:
        yield f"false: {contact_id} counts as {state} and got nothing"
    if state in _NOT_REACHED and times > 0:
        yield f"false: {contact_id} counts as {state} ({row.error_code}) and got it"
    if not _is_fair(update, row):
        yield f"lost: {contact_id} is {state} because of {row.error_code}"


def _is_fair(update: State, row: Delivery) -> bool:
    """Whether there was a good reason not to reach this person."""
    if row.state not in _NOT_REACHED:
        return True
    if row.error_code == Reason.STOPPED:
        return update is State.CANCELLED
    return row.error_code in _ALWAYS_FAIR or row.error_code == Reason.NEVER_LEFT


def _check_departures(
    update_id: str, ledger: _Ledger, got: Counter[str], left: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    for contact_id, claims in left.items():
        row, before = ledger.rows.get(contact_id), claims.get(update_id, 0)
        if row is not None and row.attempts > before:
            yield f"opt-out: {contact_id} was claimed after their word was kept"
        if before == 0 and got[contact_id]:
            yield f"opt-out: {contact_id} got it after their word was kept"


def _check_stop(update_id: str, ledger: _Ledger, story: Story) -> Iterator[str]:
    if update_id not in story.claims_at_stop:
        return
    claims = sum(row.attempts for row in ledger.rows.values())
    if claims != story.claims_at_stop[update_id]:
        yield f"stop: {claims - story.claims_at_stop[update_id]} claims after it was stopped"


def _check_correction(correction: _Ledger, wrong: _Ledger, had: set[str]) -> Iterator[str]:
    """It is for those who may have got the wrong one and still want to hear from us."""
    for contact_id in correction.rows:
        row = wrong.rows.get(contact_id)
        if row is None or row.attempts == 0:
            yield f"correction: {contact_id} was never sent what it corrects"
    for contact_id in had - set(correction.rows):
        yield f"correction: {contact_id} got the wrong one and is not told what is right"
