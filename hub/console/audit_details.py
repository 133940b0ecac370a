"""What staff read of the details of an audit entry: each key and value in words.

Only what is shown is worded. The chain is made over the details as they were recorded, and the
exported file has those too, so no change of words here can touch it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.cases import CaseKind
from hub.console.case_words import kind_names as case_kind_names
from hub.console.case_words import outcome_names
from hub.console.contact_words import (
    channel_names,
    purpose_names,
    request_outcome_names,
    right_names,
)
from hub.console.words import (
    aside_names,
    condition_names,
    names_for,
    role_names,
    scope_names,
    withdrawal_names,
)
from hub.i18n import Translate
from hub.staff.models import AuditEntry

_HASH_SHOWN = 12  # characters: enough to find it again, short enough to read
# Said elsewhere on the page, or always the same.
LEFT_OUT = frozenset(("about_kind", "about_id", "consent", "seed"))
_MOMENTS = frozenset(("until", "expires"))
_COUNTED = frozenset(("codes",))


def label_names(_: Translate) -> dict[str, str]:
    """What each key of `record_act` is called."""
    return {
        "accounts": _("accounts closed"),
        "after": _("from now on"),
        "asked": _("asked for"),
        "before": _("until then"),
        "changed": _("changed"),
        "channel": _("channel"),
        "code": _("code of the text"),
        "codes": _("places"),
        "condition": _("state of the day"),
        "contacts": _("made-up people"),
        "examples": _("examples"),
        "expires": _("works until"),
        "hash": _("fingerprint"),
        "joined": _("joined with"),
        "kind": _("kind"),
        "language": _("language"),
        "left": _("codes left"),
        "name": _("name"),
        "organisation": _("organisation"),
        "outcome": _("what came of it"),
        "owner": _("sub-group"),
        "people": _("people"),
        "reason": _("reason"),
        "records": _("records read"),
        "result": _("what came of it"),
        "roles": _("roles"),
        "scopes": _("may"),
        "shifts": _("times"),
        "size": _("people who asked"),
        "tokens": _("tokens revoked"),
        "topic": _("topic"),
        "until": _("until"),
        "untried": _("not tried on a phone, since"),
        "version": _("version"),
        "why": _("why"),
    }


@dataclass(frozen=True)
class Details:
    """Says details in one language. `known` are names by id: of people and organisations."""

    translate: Translate
    languages: Mapping[str, str]
    known: Mapping[str, str]
    topics: Mapping[str, str]
    spell_moment: Callable[[datetime], str]

    def say(self, entry: AuditEntry) -> str:
        """Everything that was recorded and says something; what was empty is left out."""
        labels, names = label_names(self.translate), self._names()
        parts = []
        for key, value in entry.detail.items():
            words = "" if key in LEFT_OUT else self._say(key, value, names.get(key, {}))
            if words:
                parts.append(f"{labels.get(key, key)}: {words}")
        return "; ".join(parts)

    def _say(self, key: str, value: object, names: Mapping[str, str]) -> str:
        if value in (None, "", []):
            return ""
        if isinstance(value, list):
            if key in _COUNTED:
                return str(len(value))
            return ", ".join(self._say(key, one, names) for one in value)
        text = str(value)
        if key in _MOMENTS:
            return self._moment(text)
        if key == "hash":
            return text[:_HASH_SHOWN]
        if key == "changed":
            return ", ".join(names.get(part, part) for part in text.split(", "))
        return names.get(text) or self.known.get(text, text)

    def _moment(self, text: str) -> str:
        try:
            return self.spell_moment(datetime.fromisoformat(text))
        except ValueError:
            return text

    def _names(self) -> dict[str, Mapping[str, str]]:
        """What values are called, by the key that they stand under: the same short name means
        something else elsewhere."""
        _ = self.translate
        said = names_for(_, self.languages)
        powers = {**said.owners, **role_names(_)}
        return {
            "after": powers,
            "asked": right_names(_),
            "result": request_outcome_names(_),
            "before": powers,
            "changed": {**said.parts, **said.steps, **self.languages},
            "channel": channel_names(_),
            "condition": condition_names(_),
            "kind": case_kind_names(_),
            "language": self.languages,
            "outcome": _outcomes(_),
            "owner": said.owners,
            "reason": {**withdrawal_names(_), **aside_names(_)},
            "roles": role_names(_),
            "scopes": scope_names(_),
            "topic": self.topics,
            "why": purpose_names(_),
        }


def _outcomes(_: Translate) -> dict[str, str]:
    return {key: name for kind in CaseKind for key, name in outcome_names(_, kind).items()}
