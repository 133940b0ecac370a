"""What may leave at this moment: the updates being sent, each checked against its approval (INV-6).

Read anew with every claim, in the claim's own transaction: no approval is trusted from memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, exists, or_, select
from sqlalchemy.engine import Connection

from bot.messages import Outbound, TemplateUse
from broadcast.audience import Audience
from broadcast.models import Approval, FirstApproval, Update, UpdateEdit, UpdateText
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.states import State
from broadcast.templates import Template
from broadcast.versions import Columns, hash_of, spell_content, template_of

# Made once, and of columns: to make it anew, and objects of what it gives, took more time than all
# else in a claim.
_UPDATES = cast("Table", Update.__table__)
_APPROVALS = cast("Table", Approval.__table__)
_FIRST = cast("Table", FirstApproval.__table__)
_EDITS = cast("Table", UpdateEdit.__table__)
_TEXTS = cast("Table", UpdateText.__table__)
# Whoever wrote any part of the version, or handed it over, is no second person.
_approver = _APPROVALS.c.approver_id


def _had_a_hand(who: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(
        who == _UPDATES.c.author_id,
        and_(_UPDATES.c.submitter_id.is_not(None), who == _UPDATES.c.submitter_id),
        exists().where(
            _EDITS.c.update_id == _UPDATES.c.id,
            _EDITS.c.version <= _UPDATES.c.version,
            _EDITS.c.editor_id == who,
        ),
    )


_has_first_approval = exists().where(
    _FIRST.c.update_id == _UPDATES.c.id,
    _FIRST.c.version == _UPDATES.c.version,
    _FIRST.c.content_hash == _APPROVALS.c.content_hash,
    _FIRST.c.approver_id != _approver,
    ~_had_a_hand(_FIRST.c.approver_id),
)
_is_by_too_few = or_(_had_a_hand(_approver), and_(_UPDATES.c.is_life_safety, ~_has_first_approval))
_SENDING = (
    select(
        _UPDATES.c.id,
        _UPDATES.c.audience,
        _UPDATES.c.send_at,
        _UPDATES.c.not_after,
        _UPDATES.c.urgency,
        _UPDATES.c.is_life_safety,
        _UPDATES.c.repeat_days,
        _UPDATES.c.repeat_until,
        _UPDATES.c.owner,
        _APPROVALS.c.content_hash.label("approved_hash"),
        _is_by_too_few.label("is_by_too_few"),
        _TEXTS.c.language,
        UpdateText.as_sent.label("as_sent"),
        _TEXTS.c.template,
    )
    .outerjoin(
        _APPROVALS,
        and_(_APPROVALS.c.update_id == _UPDATES.c.id, _APPROVALS.c.version == _UPDATES.c.version),
    )
    .outerjoin(_TEXTS, _TEXTS.c.update_id == _UPDATES.c.id)
    .where(_UPDATES.c.state == State.SENDING)
    .order_by(_UPDATES.c.id, _TEXTS.c.language)
    .with_for_update(read=True, of=_UPDATES)
)


@dataclass(frozen=True, slots=True)
class Release:
    """An update being sent, its texts by language, and why nothing of it may leave, if so.

    What cannot wait and what corrects `passes_share`: it reaches whoever had enough this week too.
    `owner` is the sub-group whose quota it draws on, if it is not urgent.
    """

    update_id: str
    texts: Mapping[str, str]
    templates: Mapping[str, Template]
    refusal: Reason | None
    passes_share: bool
    owner: str | None
    is_urgent: bool
    passes_night: bool
    rests: bool  # it is night by the deployment's clock; who has another gets theirs (HUM-45)


def read_releases(connection: Connection, policy: Policy, now: datetime) -> list[Release]:
    """Updates being sent. On PostgreSQL they are held, so that a stop waits for the claim."""
    rows = connection.execute(_SENDING)
    rests = policy.rests_at(now)
    return [_judge(list(texts), now, rests=rests) for _, texts in groupby(rows, attrgetter("id"))]


def write_message(language: str, texts: Mapping[str, str], template: Template | None) -> Outbound:
    """What goes to the provider: the text, or a template that stands in for it."""
    if template is None:
        return Outbound(texts[language])
    use = TemplateUse(template.sid, tuple(sorted(template.variables.items())))
    return Outbound(template.text, template=use)


def _judge(texts: Sequence[Columns], now: datetime, *, rests: bool) -> Release:
    """`texts` are an update's rows, one for each language."""
    row, words = texts[0], [each for each in texts if each.language is not None]
    refusal = None
    if row.not_after <= now:
        refusal = Reason.EXPIRED
    elif row.is_by_too_few or row.approved_hash != hash_of(row, spell_content(words)):
        refusal = Reason.UNAPPROVED
    is_correction = Audience.from_json(row.audience).is_correction
    return Release(
        row.id,
        {each.language: each.as_sent for each in words},
        {each.language: found for each in words if (found := template_of(each))},
        refusal,
        row.urgency is not None or is_correction,
        row.owner,
        row.urgency is not None,
        row.is_life_safety,
        rests and not row.is_life_safety,
    )
