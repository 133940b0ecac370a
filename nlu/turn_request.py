"""Reads what the hub sends for one message. It refuses anything of another shape, naming the
field.

Only the hub's `choice` may force an intent: a text that looks like Rasa's command `/intent{…}`
loses its slashes (SEC-46).
"""

import json
import os
import re
import unicodedata
from collections.abc import Collection
from typing import Any, NamedTuple

SECRET_VARIABLE = "CHASQUI_NLU_SECRET"  # noqa: S105 (a name)
SHORTEST_SECRET = 16
LARGEST_BODY = 256 * 1024
LONGEST_TEXT = 1000
LONGEST_VALUE = 100
NAMED = ("need", "place")  # what any message may name, whatever it is about
NEEDS: frozenset[str] = frozenset(
    [
        "asylum_office",
        "immigration_office",
        "health",
        "legal",
        "shelter",
        "food",
        "child_friendly_space",
        "psychosocial",
        "connectivity",
        "transport",
        "cash",
        "hotline",
        "police",
        "education",
    ]
)
SKIP = "skip"
FAMILIES = frozenset({"papers", "health", "school", "work", "basic_needs", "safety"})
# The values of the slots that the hub's menus fill; `interest` holds several, with commas between.
CHOICES: dict[str, frozenset[str]] = {
    "interest": FAMILIES,
    "reason": FAMILIES | {"other"},
    "matter": frozenset({"said"}),
    "claim": frozenset({"said"}),
    "heard": frozenset({"whatsapp", "social_media", "person", "media", "office", "other"}),
    "kind": frozenset({"money", "abuse", "treatment", "refused", "unfair", "data", "other"}),
    "organisation": frozenset({"said"}),
    "reply": frozenset({"yes", "no"}),
    "consent": frozenset({"yes", "no"}),
}
PLACES = ("place", "area")
SLOTS = ("need", *PLACES, *CHOICES)
_SENDER = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FIELDS = frozenset({"sender", "text", "choice", "state"})
_SLASHES = frozenset("/\u2044\u2215\u2571\u27cb\u29f8\u29f6\u2afb\u2afd\uff0f\u3033\U0001f67c")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Zs", "Zl", "Zp"})


class BadRequestError(ValueError):
    """A request of the wrong shape; its text names the field and never quotes the value."""


class Choice(NamedTuple):
    """What a person chose from a menu of the hub's."""

    intent: str
    slots: dict[str, str]


class TurnRequest(NamedTuple):
    """One message; `text` is safe to hand to Rasa, `state` is checked where it is used."""

    sender: str
    text: str
    choice: Choice | None
    state: Any


def read_secret() -> bytes:
    """The secret shared with the hub; ValueError if it is missing or short."""
    secret = os.environ.get(SECRET_VARIABLE, "").encode()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"{SECRET_VARIABLE} must have at least {SHORTEST_SECRET} characters")
    return secret


def neutralise(text: str) -> str:
    """Strip what is invisible at the beginning, and of a would-be command its slashes, `{…}` and
    `@…` too.
    """
    begin = next((at for at, mark in enumerate(text) if not _is_idle(mark)), len(text))
    rest = text[begin:].rstrip()
    if any(_is_slash(mark) for mark in text[:begin]):
        return re.split(r"[{@]", rest, maxsplit=1)[0].rstrip()
    return rest


def _is_slash(mark: str) -> bool:
    return mark in _SLASHES or unicodedata.normalize("NFKC", mark) == "/"


def _is_idle(mark: str) -> bool:
    return mark.isspace() or unicodedata.category(mark) in _INVISIBLE or _is_slash(mark)


def read_request(body: bytes, intents: Collection[str]) -> TurnRequest:
    """The request in a JSON body; `intents` are those of the domain. BadRequestError if anything
    is wrong with it.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("body: not JSON") from None
    _demand(isinstance(fields, dict), "body", "not an object")
    others = set(fields) - _FIELDS
    _demand(not others, "body", "has a field other than " + ", ".join(sorted(_FIELDS)))
    state = fields.get("state")
    _demand(state is None or isinstance(state, dict), "state", "neither null nor an object")
    return TurnRequest(
        _read_sender(fields.get("sender")),
        _read_text(fields.get("text")),
        _read_choice(fields.get("choice"), intents),
        state,
    )


def _demand(holds: object, field: str, problem: str) -> None:
    if not holds:
        raise BadRequestError(f"{field}: {problem}")


def _read_sender(sender: Any) -> str:
    _demand(isinstance(sender, str), "sender", "missing or not a text")
    _demand(_SENDER.fullmatch(sender) is not None, "sender", "not 8 to 64 of A-Z a-z 0-9 _ -")
    return str(sender)


def _read_text(text: Any) -> str:
    _demand(isinstance(text, str), "text", "missing or not a text")
    _demand(len(text) <= LONGEST_TEXT, "text", f"longer than {LONGEST_TEXT} characters")
    return neutralise(text).encode("utf-8", "replace").decode("utf-8")


def _read_choice(choice: Any, intents: Collection[str]) -> Choice | None:
    if choice is None:
        return None
    _demand(isinstance(choice, dict), "choice", "neither null nor an object")
    _demand(not set(choice) - {"intent", "slots"}, "choice", "has a field other than intent, slots")
    intent, slots = choice.get("intent"), choice.get("slots") or {}
    _demand(isinstance(intent, str) and intent in intents, "choice.intent", "not in the domain")
    _demand(isinstance(slots, dict), "choice.slots", "not an object")
    return Choice(intent, _read_slots(slots))


def _read_slots(slots: dict[str, Any]) -> dict[str, str]:
    others = set(slots) - set(SLOTS)
    _demand(not others, "choice.slots", "has a slot other than " + ", ".join(SLOTS))
    given = {name: value for name, value in slots.items() if value is not None}
    for name, value in given.items():
        is_text = isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE
        _demand(is_text, f"choice.slots.{name}", f"not a text of 1 to {LONGEST_VALUE} characters")
        _demand(_is_known(name, value), f"choice.slots.{name}", f"not a known {name}")
    return given


def _is_known(name: str, value: str) -> bool:
    if name == "need":
        return value in NEEDS
    if name in PLACES or value == SKIP:
        return True
    values = value.split(",") if name == "interest" else [value]
    return set(values) <= CHOICES[name]
