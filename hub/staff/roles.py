"""Who may do what: roles, permissions, and the one table that joins them. Nothing else decides."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    AUTHOR = "author"
    VERIFIER = "verifier"
    APPROVER = "approver"
    DESK = "desk"
    READER = "reader"
    ADMIN = "admin"
    COMPLAINTS = "complaints"  # reads complaints about who gives aid, and nothing else of people


class Permission(StrEnum):
    """What a console route asks for. `PUBLIC` and `SIGNED_IN` are declared like any other."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OWN_KEYS = "own_keys"  # one's own password, passkeys and recovery codes
    ANSWERS_READ = "answers_read"
    ANSWERS_WRITE = "answers_write"
    ANSWERS_VERIFY = "answers_verify"
    ANSWERS_SEND_BACK = "answers_send_back"
    ANSWERS_WITHDRAW = "answers_withdraw"
    SERVICES_CONDITION = "services_condition"
    QUESTIONS_SORT = "questions_sort"
    QUESTIONS_TELL = "questions_tell"  # the answer to those who asked to be told
    UPDATES_READ = "updates_read"
    UPDATES_WRITE = "updates_write"
    UPDATES_APPROVE = "updates_approve"
    UPDATES_STOP = "updates_stop"
    CASES_HANDLE = "cases_handle"
    COMPLAINTS_HANDLE = "complaints_handle"
    FIGURES_READ = "figures_read"
    CONTACTS_READ = "contacts_read"  # one person's record, found by the whole address
    STAFF_READ = "staff_read"
    STAFF_MANAGE = "staff_manage"
    TOKENS_MANAGE = "tokens_manage"
    CAPS_RAISE = "caps_raise"  # more people than a sub-group may write to, for some days
    AUDIT_READ = "audit_read"
    REQUESTS_READ = "requests_read"
    REQUESTS_DECIDE = "requests_decide"  # and what the kind of request asks for besides


# Acts that ask for password and code again if the last full sign-in is too long ago (SEC-28).
FRESH = frozenset(
    {
        Permission.OWN_KEYS,
        Permission.ANSWERS_VERIFY,
        Permission.QUESTIONS_TELL,
        Permission.UPDATES_APPROVE,
        Permission.CONTACTS_READ,
        Permission.STAFF_MANAGE,
        Permission.TOKENS_MANAGE,
        Permission.CAPS_RAISE,
        Permission.REQUESTS_DECIDE,
    }
)

_READING = frozenset({Permission.ANSWERS_READ, Permission.UPDATES_READ, Permission.FIGURES_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: _READING
    | {
        Permission.ANSWERS_WRITE,
        Permission.QUESTIONS_SORT,
        Permission.UPDATES_WRITE,
        Permission.UPDATES_STOP,
    },
    Role.VERIFIER: _READING
    | {
        Permission.ANSWERS_VERIFY,
        Permission.ANSWERS_SEND_BACK,
        Permission.ANSWERS_WITHDRAW,
        Permission.QUESTIONS_SORT,
        Permission.QUESTIONS_TELL,
        Permission.SERVICES_CONDITION,
        Permission.CASES_HANDLE,
    },
    Role.APPROVER: _READING | {Permission.UPDATES_APPROVE, Permission.UPDATES_STOP},
    Role.DESK: frozenset(
        {Permission.ANSWERS_READ, Permission.SERVICES_CONDITION, Permission.CASES_HANDLE}
    ),
    Role.READER: _READING,
    Role.ADMIN: _READING
    | {
        Permission.CONTACTS_READ,
        Permission.STAFF_READ,
        Permission.STAFF_MANAGE,
        Permission.TOKENS_MANAGE,
        Permission.CAPS_RAISE,
        Permission.AUDIT_READ,
        Permission.REQUESTS_READ,
        Permission.REQUESTS_DECIDE,
    },
    Role.COMPLAINTS: frozenset({Permission.COMPLAINTS_HANDLE}),
}

_EVERY_MEMBER = frozenset({Permission.PUBLIC, Permission.SIGNED_IN, Permission.OWN_KEYS})


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Everything that somebody with these roles may do; a name that is no role grants nothing."""
    known = [Role(name) for name in roles if name in set(Role)]
    return _EVERY_MEMBER.union(*(PERMISSIONS[role] for role in known))
