"""What staff read for the kinds, states, reasons and outcomes of cases."""

from datetime import datetime

from bot.cases import CaseKind, CaseState
from hub.i18n import Translate

_HOUR = 60  # minutes
TONES = {CaseState.OPEN: "wait", CaseState.TAKEN: "good", CaseState.CLOSED: "quiet"}


def clock_words(_: Translate, due: datetime, now: datetime) -> str:
    """How long somebody still has to take a case, or by how much it is late."""
    minutes = int(abs((due - now).total_seconds()) // 60)
    number = max(1, minutes // 60) if minutes >= _HOUR else max(1, minutes)
    if due >= now:
        words = _("%(number)s h left") if minutes >= _HOUR else _("%(number)s min left")
    else:
        words = _("Overdue by %(number)s h") if minutes >= _HOUR else _("Overdue by %(number)s min")
    return words % {"number": number}


def queue_names(_: Translate) -> dict[str, str]:
    """By the address of the queue."""
    return {"/cases": _("Cases"), "/complaints": _("Complaints")}


def kind_names(_: Translate) -> dict[str, str]:
    return {
        CaseKind.HANDOVER: _("Request for a person"),
        CaseKind.RUMOUR: _("Rumour"),
        CaseKind.COMPLAINT: _("Complaint"),
    }


def case_state_names(_: Translate) -> dict[str, str]:
    return {
        CaseState.OPEN: _("Waiting"),
        CaseState.TAKEN: _("Taken"),
        CaseState.CLOSED: _("Closed"),
    }


def reason_names(_: Translate, kind: str) -> dict[str, str]:
    """What people chose: a family of topics, where they heard it, or what happened."""
    if kind == CaseKind.RUMOUR:
        return {
            "whatsapp": _("WhatsApp or Telegram"),
            "social_media": _("Social media"),
            "person": _("From somebody"),
            "media": _("Radio, television, newspaper"),
            "office": _("In an office or a queue"),
            "other": _("Somewhere else"),
        }
    if kind == CaseKind.COMPLAINT:
        return {
            "money": _("Asked for money"),
            "abuse": _("Abuse or harassment"),
            "treatment": _("Bad treatment"),
            "refused": _("Help refused"),
            "unfair": _("Shared out unfairly"),
            "data": _("Data or photos misused"),
            "other": _("Something else"),
        }
    return {
        "papers": _("Papers and asylum"),
        "health": _("Health"),
        "school": _("School"),
        "work": _("Work"),
        "basic_needs": _("Food, shelter and money"),
        "safety": _("Safety and protection"),
        "other": _("Something else"),
    }


def outcome_names(_: Translate, kind: str) -> dict[str, str]:
    """In the order in which they are offered; `left` is never chosen here."""
    if kind == CaseKind.RUMOUR:
        return {
            "true": _("It is true"),
            "false": _("It is not true"),
            "unclear": _("It could not be cleared up"),
        }
    if kind == CaseKind.COMPLAINT:
        return {
            "passed_on": _("Passed on to whom it concerns"),
            "answered": _("Answered"),
            "not_ours": _("Nothing that the platform can do"),
        }
    return {
        "answered": _("Answered"),
        "referred": _("Referred to whom it concerns"),
        "unreachable": _("The person could not be reached"),
        "not_ours": _("Nothing that the platform can do"),
    }
