"""What is kept for the rest of a turn of how a message was understood. Values only."""

from dataclasses import replace

from bot.turn import Reading
from bot.understanding import Scored, Understanding

_UNSURE = "nlu_fallback"  # what Rasa calls a message that it cannot tell


def reading_of(understood: Understanding) -> Reading:
    topic = understood.intent
    is_topic = bool(topic) and topic != _UNSURE and not str(topic).startswith("dialogue.")
    others = tuple(
        Scored(each.topic, round(each.confidence, 4))
        for each in understood.ranking
        if each.topic != topic
    )
    return Reading(
        kind="answer",
        topic=topic if is_topic else None,
        confidence=round(understood.confidence, 4),
        alternatives=others,
        slots=understood.slots,
        engine=understood.engine,
    )


def about_the_likeliest(reading: Reading) -> Reading:
    """Places that are told for what a message plainly looks for are about its likeliest topic."""
    topics = [each.topic for each in reading.alternatives if not each.topic.startswith("dialogue.")]
    return reading if reading.topic or not topics else replace(reading, topic=topics[0])
