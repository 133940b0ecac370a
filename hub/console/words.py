"""What staff read for the states, roles and owners that the code knows by short names."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.danger import SafetyClass
from bot.question_desk import Aside
from content.conditions import Condition
from content.pack import SAFETY_PREFIX
from content.review import WithdrawalReason
from content.states import State
from hub.i18n import Translate
from hub.staff.roles import Role
from hub.staff.tokens import Scope


def role_names(_: Translate) -> dict[str, str]:
    return {
        Role.AUTHOR: _("Author"),
        Role.VERIFIER: _("Verifier"),
        Role.APPROVER: _("Approver"),
        Role.DESK: _("Desk"),
        Role.READER: _("Reader"),
        Role.ADMIN: _("Administrator"),
        Role.COMPLAINTS: _("Complaints focal point"),
    }


_STATE_TONES: dict[str, str] = {
    State.DRAFT: "quiet",
    State.IN_REVIEW: "wait",
    State.APPROVED: "good",
    State.EXPIRED: "bad",
    State.WITHDRAWN: "quiet",
}


@dataclass(frozen=True)
class Names:
    """Tables for templates, from short names to words; `tones` colours the states."""

    states: dict[str, str]
    owners: dict[str, str]
    needs: dict[str, str]
    confidences: dict[str, str]
    acts: dict[str, str]
    steps: dict[str, str]
    parts: dict[str, str]
    languages: dict[str, str]
    tones: dict[str, str]


def names_for(_: Translate, languages: Mapping[str, str]) -> Names:
    """`languages`: each with its own name, as `Config.names` gives them."""
    return Names(
        states=_state_names(_),
        owners=_owner_names(_),
        needs=_need_names(_),
        confidences=_confidence_names(_),
        acts=_act_names(_),
        steps=_step_names(_),
        parts=_part_names(_),
        languages=dict(languages),
        tones=_STATE_TONES,
    )


def _state_names(_: Translate) -> dict[str, str]:
    return {
        State.DRAFT: _("Draft"),
        State.IN_REVIEW: _("In review"),
        State.APPROVED: _("Approved"),
        State.EXPIRED: _("Expired"),
        State.WITHDRAWN: _("Withdrawn"),
    }


def service_state_names(_: Translate) -> dict[str, str]:
    """Words of their own, because a Spanish state agrees with what it is said of."""
    return {
        State.IN_REVIEW: _("In review"),
        State.APPROVED: _("In use"),
        State.EXPIRED: _("Lapsed"),
        State.WITHDRAWN: _("Out of use"),
    }


def _owner_names(_: Translate) -> dict[str, str]:
    """A pack may name others; those are shown as it spells them."""
    return {
        "protection": _("Protection"),
        "health and nutrition": _("Health and nutrition"),
        "basic needs": _("Basic needs"),
        "education": _("Education"),
        "integration": _("Integration"),
        "cash": _("Cash-based interventions"),
        "communications": _("Communications"),
        "information management": _("Information management"),
    }


def _need_names(_: Translate) -> dict[str, str]:
    return {
        "asylum_office": _("Asylum office"),
        "immigration_office": _("Immigration office"),
        "health": _("Health"),
        "legal": _("Legal help"),
        "shelter": _("Shelter"),
        "food": _("Food"),
        "child_friendly_space": _("Child-friendly space"),
        "psychosocial": _("Psychosocial support"),
        "connectivity": _("Connectivity"),
        "transport": _("Transport"),
        "cash": _("Cash"),
        "hotline": _("Hotline"),
        "police": _("Police"),
        "education": _("Education"),
    }


def _confidence_names(_: Translate) -> dict[str, str]:
    return {"high": _("High"), "medium": _("Medium"), "low": _("Low")}


def _step_names(_: Translate) -> dict[str, str]:
    """In the order of telling; the bot's buttons have words of their own."""
    return {
        "what_you_need": _("What is needed"),
        "where": _("Where"),
        "cost": _("Cost"),
        "time": _("Time"),
        "if_it_goes_wrong": _("If something goes wrong"),
    }


def _part_names(_: Translate) -> dict[str, str]:
    """What a version consists of besides its languages and steps."""
    return {
        "title": _("Title"),
        "text": _("Text"),
        "sensitive": _("Sensitive"),
        "handover": _("Offers to talk with a person"),
        "need": _("Followed by services"),
        "related": _("Related topics"),
        "sources": _("Sources"),
    }


def _act_names(_: Translate) -> dict[str, str]:
    """What the audit log's actions on answers and services are called in a history."""
    return {
        "answer_import": _("Brought by the content pack"),
        "answer_draft": _("New version begun"),
        "answer_edit": _("Edited"),
        "answer_submit": _("Sent to review"),
        "answer_send_back": _("Sent back"),
        "answer_verify": _("Approved"),
        "answer_check": _("Language checked"),
        "answer_expire": _("Expired"),
        "answer_supersede": _("Replaced by a newer version"),
        "answer_withdraw": _("Withdrawn"),
        "service_import": _("Brought by the content pack"),
        "service_propose": _("Proposed"),
        "service_edit": _("Edited"),
        "service_recheck": _("Sent to review again"),
        "service_verify": _("Confirmed"),
        "service_expire": _("Lapsed"),
        "service_supersede": _("Replaced by a newer version"),
        "service_withdraw": _("Out of use"),
        "service_condition": _("State of the day said"),
        "service_condition_end": _("State of the day taken back"),
    }


def condition_names(_: Translate) -> dict[str, str]:
    """What a desk may say of a service for some hours."""
    return {
        Condition.CLOSED: _("Closed: nobody is attended"),
        Condition.FULL: _("Full: nobody new is taken in"),
        Condition.MOVED: _("Moved: it is somewhere else"),
        Condition.OPEN: _("Open, whatever its hours say"),
    }


def span_names(_: Translate) -> dict[str, str]:
    """For how many hours a desk may say it."""
    return {
        "2": _("2 hours"),
        "4": _("4 hours"),
        "8": _("8 hours"),
        "12": _("12 hours"),
        "24": _("24 hours"),
        "48": _("48 hours"),
        "72": _("72 hours"),
    }


def withdrawal_names(_: Translate) -> dict[str, str]:
    """Why a service is withdrawn, in the order in which reasons are offered."""
    return {
        WithdrawalReason.CLOSED: _("It closed, or the line no longer answers"),
        WithdrawalReason.MOVED: _("It moved to another place"),
        WithdrawalReason.WRONG: _("Something else on record is wrong"),
        WithdrawalReason.UNSAFE: _("Telling it may put people in danger"),
    }


def safety_titles(_: Translate) -> dict[str, str]:
    """By the topics of the texts for danger."""
    return {
        f"{SAFETY_PREFIX}{kind}": _("Safety: %(danger)s") % {"danger": words}
        for kind, words in danger_names(_).items()
    }


def danger_names(_: Translate) -> dict[str, str]:
    return {
        SafetyClass.SELF_HARM: _("Harming oneself"),
        SafetyClass.MEDICAL_EMERGENCY: _("Medical emergency"),
        SafetyClass.IMMEDIATE_DANGER: _("Immediate danger"),
        SafetyClass.CHILD_RISK: _("A child at risk"),
        SafetyClass.SEXUAL_VIOLENCE: _("Sexual violence"),
        SafetyClass.AID_WORKER_ABUSE: _("Abuse by somebody who gives aid"),
        SafetyClass.PARTNER_VIOLENCE: _("Violence by a partner"),
        SafetyClass.TRAFFICKING: _("Trafficking and forced work"),
    }


def scope_names(_: Translate) -> dict[str, str]:
    return {
        Scope.ANSWERS_READ: _("Read published answers"),
        Scope.SERVICES_READ: _("Read published services"),
        Scope.FIGURES_READ: _("Read figures, in whole tens"),
        Scope.UPDATES_PROPOSE: _("Propose updates, which people hand over and approve"),
    }


def aside_names(_: Translate) -> dict[str, str]:
    return {
        Aside.OUT_OF_SCOPE: _("Not what the platform helps with"),
        Aside.NO_QUESTION: _("Not a question"),
        Aside.SPAM: _("Advertising or abuse"),
    }
