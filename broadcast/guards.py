"""The two-person rule as triggers, so that no code path goes round it (SEC-27).

`hub.guards` makes the triggers of both dialects from this table. A trigger cannot hash texts: that
the texts are those of the hash is checked when somebody approves, and again with every claim
(`broadcast.release`).
"""

from broadcast.states import ENDED, RELEASED
from hub.guards import Guard


def _quoted(states: frozenset[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_APPROVED_EXACTLY = (
    "EXISTS (SELECT 1 FROM approvals a WHERE a.update_id = NEW.id"
    " AND a.version = NEW.version AND a.content_hash = NEW.content_hash)"
)
_CONTENT_CHANGED = (
    "(NEW.version DIFFERS OLD.version OR NEW.content_hash DIFFERS OLD.content_hash"
    " OR NEW.title DIFFERS OLD.title OR NEW.send_at DIFFERS OLD.send_at"
    " OR NEW.not_after DIFFERS OLD.not_after OR NEW.urgency DIFFERS OLD.urgency"
    " OR NEW.repeat_days DIFFERS OLD.repeat_days OR NEW.repeat_until DIFFERS OLD.repeat_until"
    " OR NEW.repeats_id DIFFERS OLD.repeats_id OR NEW.answer_id DIFFERS OLD.answer_id"
    " OR NEW.owner DIFFERS OLD.owner OR NEW.is_life_safety DIFFERS OLD.is_life_safety"
    " OR CAST(NEW.audience AS TEXT) DIFFERS CAST(OLD.audience AS TEXT))"
)
_LOCKED = "updates WHERE id = {row}.update_id"  # against two that each see the other's past
_SIGNED = (
    "EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.id AND e.version = NEW.version)"
)
_SUBMITTED = "(OLD.state = 'draft' AND NEW.state = 'in_review')"


def _not_draft(row: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = {row}.update_id AND u.state = 'draft')"  # noqa: S608 - our words only
    )


def _not_open(row: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = {row}.update_id"  # noqa: S608 - our words only
        " AND u.state IN ('draft', 'in_review'))"
    )


_USED = (
    "(SELECT COALESCE(SUM(a.people), 0) FROM approvals a JOIN updates v ON v.id = a.update_id"
    " WHERE a.version = v.version AND v.urgency IS NULL AND a.day > NEW.day - {days}"
    " AND ((c.kind = 'group' AND COALESCE(v.owner, '') = c.name)"
    " OR (c.kind = 'approver' AND a.approver_id = NEW.approver_id)))"
)
_EXTRA = "CASE WHEN c.extra_until >= NEW.day THEN c.extra ELSE 0 END"
_PASSES_CAP = (
    "NEW.people > 0 AND EXISTS (SELECT 1 FROM sending_caps c"  # noqa: S608 - our words only
    " JOIN updates u ON u.id = NEW.update_id WHERE u.urgency IS NULL"
    " AND (c.kind = 'approver' OR (c.kind = 'group' AND c.name = COALESCE(u.owner, '')))"
    f" AND (NEW.people + {_USED.format(days=1)} > c.per_day + {_EXTRA}"
    f" OR NEW.people + {_USED.format(days=7)} > c.per_week + {_EXTRA}))"
)
_LACKS_FIRST = (
    "EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.is_life_safety)"
    " AND NOT EXISTS (SELECT 1 FROM first_approvals f WHERE f.update_id = NEW.update_id"
    " AND f.version = NEW.version AND f.content_hash = NEW.content_hash"
    " AND f.approver_id <> NEW.approver_id)"
)
_BY_AN_EDITOR = (
    "EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.update_id"
    " AND e.version <= NEW.version AND e.editor_id = NEW.approver_id)"
)
_WORDS_CHANGED = (
    "(NEW.update_id DIFFERS OLD.update_id OR NEW.language DIFFERS OLD.language"
    " OR NEW.text DIFFERS OLD.text OR NEW.closing DIFFERS OLD.closing"
    " OR CAST(NEW.template AS TEXT) DIFFERS CAST(OLD.template AS TEXT))"
)
# While somebody reviews it, only the marks of `broadcast.checking` may change; afterwards nothing.
_TEXT_CHANGED_LATE = (
    f"{_not_open('OLD')} OR {_not_open('NEW')}"
    f" OR (({_not_draft('OLD')} OR {_not_draft('NEW')}) AND {_WORDS_CHANGED})"
)


GUARDS = (
    Guard(
        "begins_as_draft",
        "updates",
        "INSERT",
        "NEW.state <> 'draft'",
        "an update begins as a draft",
    ),
    Guard(
        "released_as_approved",
        "updates",
        "UPDATE",
        f"NEW.state IN ({_quoted(RELEASED)}) AND NOT {_APPROVED_EXACTLY}",
        "nobody approved this version of the update",
    ),
    Guard(
        "content_only_in_draft",
        "updates",
        "UPDATE",
        f"NEW.state <> 'draft' AND {_CONTENT_CHANGED}",
        "the content of an update changes only while it is a draft",
    ),
    Guard(
        "change_makes_version",
        "updates",
        "UPDATE",
        f"{_CONTENT_CHANGED} AND NEW.version <= OLD.version",
        "changed content is a new version",
    ),
    Guard(
        "version_has_editor",
        "updates",
        "UPDATE",
        f"{_SUBMITTED} AND NOT {_SIGNED}",
        "nobody is named as the editor of this version",
    ),
    Guard(
        "author_stays",
        "updates",
        "UPDATE",
        "NEW.author_id <> OLD.author_id OR NEW.id <> OLD.id",
        "the author of an update never changes",
    ),
    Guard(
        "submitter_stays",
        "updates",
        "UPDATE",
        f"NEW.submitter_id DIFFERS OLD.submitter_id AND NEW.state <> 'draft' AND NOT {_SUBMITTED}",
        "the submitter changes only when the update is handed over",
    ),
    Guard(
        "end_is_final",
        "updates",
        "UPDATE",
        f"OLD.state IN ({_quoted(ENDED)}) AND NEW.state <> OLD.state"
        " AND NOT (OLD.state = 'sent' AND NEW.state = 'sending')",
        "an update that has ended stays ended",
    ),
    *(
        Guard(
            f"life_safety_has_reason_{event_name.lower()}",
            "updates",
            event_name,
            "NEW.is_life_safety AND NEW.urgency IS NULL",
            "what passes the night says why",
        )
        for event_name in ("INSERT", "UPDATE")
    ),
    Guard("is_kept", "updates", "DELETE", "1 = 1", "updates are kept"),
    *(
        Guard(
            f"only_in_draft_{event_name.lower()}",
            "update_texts",
            event_name,
            condition,
            "texts change only while the update is a draft",
            locks,
        )
        for event_name, condition, locks in (
            ("INSERT", _not_draft("NEW"), _LOCKED.format(row="NEW")),
            ("UPDATE", _TEXT_CHANGED_LATE, _LOCKED.format(row="OLD")),
            ("DELETE", _not_draft("OLD"), _LOCKED.format(row="OLD")),
        )
    ),
    Guard(
        "is_of_reviewed_version",
        "approvals",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'in_review'"
        " AND u.version = NEW.version AND u.content_hash = NEW.content_hash"
        " AND u.author_id = NEW.author_id AND u.submitter_id = NEW.submitter_id)",
        "this is not the version that is in review",
        _LOCKED.format(row="NEW"),
    ),
    Guard(
        "is_by_second_person",
        "approvals",
        "INSERT",
        _BY_AN_EDITOR,
        "whoever wrote or edited an update does not approve it",
    ),
    Guard(
        "is_second_of_two",
        "approvals",
        "INSERT",
        _LACKS_FIRST,
        "what passes the night needs two approvals by two people",
        _LOCKED.format(row="NEW"),
    ),
    Guard(
        "is_of_reviewed_version",
        "first_approvals",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'in_review'"
        " AND u.version = NEW.version AND u.content_hash = NEW.content_hash AND u.is_life_safety"
        " AND u.author_id <> NEW.approver_id AND u.submitter_id <> NEW.approver_id)",
        "this is no version in review that needs two approvals, or they had a hand in it",
        _LOCKED.format(row="NEW"),
    ),
    Guard(
        "is_by_second_person",
        "first_approvals",
        "INSERT",
        _BY_AN_EDITOR,
        "whoever wrote or edited an update does not approve it",
    ),
    Guard(
        "counts_people",
        "approvals",
        "INSERT",
        "NEW.people IS NULL OR NEW.people < 0 OR NEW.day IS NULL",
        "an approval says for how many people it is, and on which day",
    ),
    Guard(
        "keeps_to_caps",
        "approvals",
        "INSERT",
        _PASSES_CAP,
        "more people than may be written to in a day or a week",
    ),
    *(
        Guard(
            f"is_append_only_{event_name.lower()}",
            table,
            event_name,
            "1 = 1",
            "this record is append only",
        )
        for table in ("approvals", "first_approvals", "update_edits")
        for event_name in ("UPDATE", "DELETE")
    ),
)
