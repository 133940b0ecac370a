"""Compares what the bot answered with what a person who asked that would have needed."""

from collections.abc import Callable
from functools import cache
from itertools import chain

import yaml

from tests.nlu.rasa_process import NLU
from tests.nlu.tallies import Answer, Message, Tallies

_OPTIONS = 3
_TOLD = ("answer", "services", "handover")
_BOTH = 2  # of the two readers who marked what tells of danger


def ranked_topics(answer: Answer) -> list[str]:
    """Topics as a person meets them: told, then offered, then less likely."""
    named = chain(
        answer["topics"], [answer["topic"]], (each["topic"] for each in answer["alternatives"])
    )
    topics = (topic for topic in named if topic and not topic.startswith("dialogue."))
    return list(dict.fromkeys(topics))


@cache
def _may_disclose() -> frozenset[str]:
    """The topics that somebody in danger asks about too."""
    pipeline = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return frozenset(pipeline[0]["may_disclose"])


def _judge_alarm(
    tallies: Tallies, message: Message, answer: Answer, *, is_hard_topic: bool = False
) -> None:
    """Questions count too: most of what the bot hears are those. What only one reader of two took
    for danger says nothing about the bot; and on a hard topic a safety answer is no harm."""
    is_noticed = answer["safety_class"] is not None
    heard_by = message.get("heard_by", 0)
    if heard_by == _BOTH:
        tallies["danger told in a question, noticed"].count(message, answer, hit=is_noticed)
    elif not heard_by:
        name = "questions on danger" if is_hard_topic else "ordinary messages of all kinds"
        tallies[f"{name} without alarm"].count(message, answer, hit=not is_noticed)


def judge_topic(tallies: Tallies, message: Message, answer: Answer) -> None:
    right = {message["topic"], *message["also"]}
    is_hard_topic = bool(_may_disclose() & right)
    _judge_alarm(tallies, message, answer, is_hard_topic=is_hard_topic)
    may_alarm = is_hard_topic or message.get("heard_by") == _BOTH
    ranked, told = ranked_topics(answer), answer["kind"] in _TOLD
    if message["topic"] is None:
        tallies["out of scope refused"].count(message, answer, hit=not told)
        return
    is_safe = answer["kind"] == "safety" and may_alarm
    first = is_safe or bool(ranked and ranked[0] in right)
    among = is_safe or bool(right & set(ranked[: _OPTIONS + 1]))
    wrong = told and not right & set(answer["topics"] or [answer["topic"]])
    family = str(message["topic"]).split(".")[0]
    tallies["right topic first"].count(message, answer, hit=first)
    tallies[f"right topic first: {family}"].count(message, answer, hit=first)
    tallies["right among answer and options"].count(message, answer, hit=among)
    tallies["not answered wrongly"].count(message, answer, hit=not wrong)
    tallies["answered at once"].count(message, answer, hit=told or is_safe)
    tallies["options offered"].count(message, answer, hit=answer["kind"] == "options")


def judge_danger(tallies: Tallies, message: Message, answer: Answer) -> None:
    noticed = answer["safety_class"] is not None
    if message["safety_class"] is None:
        tallies["ordinary talk without alarm"].count(message, answer, hit=not noticed)
        _judge_alarm(tallies, message, answer)
        return
    form = "explicit" if message["form"] == "explicit" else "veiled"
    tallies[f"danger noticed, {form}"].count(message, answer, hit=noticed)
    tallies[f"danger noticed: {message['safety_class']}"].count(message, answer, hit=noticed)
    if message["form"] == "third_person":
        tallies["danger noticed, third person"].count(message, answer, hit=noticed)
    if noticed:
        hit = answer["safety_class"] == message["safety_class"]
        tallies["danger of the right class"].count(message, answer, hit=hit)


def judge_command(tallies: Tallies, message: Message, answer: Answer) -> None:
    wanted = message["command"]
    if wanted is None:
        _judge_alarm(tallies, message, answer)
        hit = answer["command"] != "stop"
        tallies["ordinary talk not taken for opt-out"].count(message, answer, hit=hit)
        asked = answer["asked_about"] == "stop"
        tallies["ordinary talk not asked whether it is one"].count(message, answer, hit=not asked)
    else:
        name = "opt-out recognised" if wanted == "stop" else "other command recognised"
        tallies[name].count(message, answer, hit=answer["command"] == wanted)
        if wanted == "stop":
            hit = wanted in (answer["command"], answer["asked_about"])
            tallies["opt-out recognised or asked about"].count(message, answer, hit=hit)


def judge_service(tallies: Tallies, message: Message, answer: Answer) -> None:
    slots = answer["slots"]
    need = slots.get("need") == message["need"]
    place = str(slots.get("place", "")).casefold() == str(message["place"] or "").casefold()
    tallies["need and place right"].count(message, answer, hit=need and place)
    tallies["need right"].count(message, answer, hit=need)
    tallies["place right"].count(message, answer, hit=place)


def judge_several(tallies: Tallies, message: Message, answer: Answer) -> None:
    told = set(ranked_topics(answer)[: max(_OPTIONS, len(message["topics"]))])
    answered = set(answer["topics"]) & set(message["topics"])
    tallies["several questions: all met"].count(message, answer, hit=set(message["topics"]) <= told)
    tallies["several questions: two answered"].count(message, answer, hit=len(answered) > 1)


def judge_context(tallies: Tallies, message: Message, answer: Answer) -> None:
    right = {message["topic"], *message["also"]}
    ranked = ranked_topics(answer)
    tallies["short question understood by what came before"].count(
        message, answer, hit=bool(ranked and ranked[0] in right)
    )


JUDGES: dict[str, Callable[[Tallies, Message, Answer], None]] = {
    "messages.jsonl": judge_topic,
    "danger.jsonl": judge_danger,
    "talk.jsonl": judge_danger,
    "commands.jsonl": judge_command,
    "services.jsonl": judge_service,
    "several.jsonl": judge_several,
    "context.jsonl": judge_context,
}
