"""The two-person rule as triggers, so that no code path goes round it (SEC-27).

One table of rules makes both dialects. A trigger cannot hash texts: that the texts are those of the
hash is checked when somebody approves, and again with every claim (`broadcast.release`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import DDL, MetaData, event

from broadcast.states import ENDED, RELEASED


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuse `event` on `table` when `condition` holds.

    `<>` of values that may be NULL is written `DIFFERS`. `locks` names the update whose row is held
    until commit on PostgreSQL, where two transactions could otherwise each see the other's past.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    locks: str | None = None


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
    " OR CAST(NEW.audience AS TEXT) DIFFERS CAST(OLD.audience AS TEXT))"
)
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
            ("INSERT", _not_draft("NEW"), "NEW.update_id"),
            ("UPDATE", _TEXT_CHANGED_LATE, "OLD.update_id"),
            ("DELETE", _not_draft("OLD"), "OLD.update_id"),
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
        "NEW.update_id",
    ),
    Guard(
        "is_by_second_person",
        "approvals",
        "INSERT",
        "EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.update_id"
        " AND e.version <= NEW.version AND e.editor_id = NEW.approver_id)",
        "whoever wrote or edited an update does not approve it",
    ),
    *(
        Guard(
            f"is_append_only_{event_name.lower()}",
            table,
            event_name,
            "1 = 1",
            "this record is append only",
        )
        for table in ("approvals", "update_edits")
        for event_name in ("UPDATE", "DELETE")
    ),
)


def statements(guard: Guard, dialect: str) -> tuple[str, ...]:
    """The statements that make this guard; the migrations hold a copy of them."""
    return _for_sqlite(guard) if dialect == "sqlite" else _for_postgresql(guard)


def attach_guards(metadata: MetaData) -> None:
    """Make the guards together with their tables."""
    for guard, dialect, statement in _all():
        ddl = DDL(  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy 2.1
            statement.replace("%", "%%")
        ).execute_if(dialect=dialect)
        event.listen(metadata.tables[guard.table], "after_create", ddl)


def _all() -> Iterator[tuple[Guard, str, str]]:
    for guard in GUARDS:
        for dialect in ("sqlite", "postgresql"):
            for statement in statements(guard, dialect):
                yield guard, dialect, statement


def _for_sqlite(guard: Guard) -> tuple[str]:
    condition = guard.condition.replace("DIFFERS", "IS NOT")
    trigger = (
        f"CREATE TRIGGER {guard.table}_{guard.name} BEFORE {guard.event} ON {guard.table}"
        f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    )
    return (trigger,)


def _for_postgresql(guard: Guard) -> tuple[str, str]:
    condition = guard.condition.replace("DIFFERS", "IS DISTINCT FROM")
    name = f"{guard.table}_{guard.name}"
    lock = f"PERFORM 1 FROM updates WHERE id = {guard.locks} FOR SHARE; " if guard.locks else ""
    row = "OLD" if guard.event == "DELETE" else "NEW"
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
        f"IF {condition} THEN RAISE EXCEPTION '{guard.message}'"
        f" USING ERRCODE = 'check_violation'; END IF; RETURN {row}; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE {guard.event} ON {guard.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    return function, trigger
