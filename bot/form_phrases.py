"""What the forms say: for updates, for a person to take over, for rumours and for complaints.

As `bot.phrases`: every function takes `_` and returns finished text.
"""

from datetime import datetime

from bot.service_phrases import say_time
from hub.i18n import Translate


def skip_button(_: Translate) -> str:
    return _("Skip")


def resume_button(_: Translate) -> str:
    return _("Go on with what we began")


def resumed(_: Translate) -> str:
    return _("We go on where we stopped.")


def not_kept(_: Translate) -> str:
    return _("All right, I kept nothing of it. What else can I help you with?")


def was_a_question_button(_: Translate) -> str:
    return _("It was a question")


def topic_family(_: Translate, family: str) -> str:
    """What a family of topics is called on a button and in a sentence."""
    names = {
        "papers": _("Papers and asylum"),
        "health": _("Health"),
        "school": _("School"),
        "work": _("Work"),
        "basic_needs": _("Food, shelter and money"),
        "safety": _("Safety and protection"),
        "other": _("Something else"),
    }
    return names[family]


def ask_interest(_: Translate) -> str:
    return _("What would you like to receive updates about?")


def ask_more_interests(_: Translate, chosen: str) -> str:
    return _("Noted: %(topics)s. Anything else?") % {"topics": chosen}


def all_topics_button(_: Translate) -> str:
    return _("All topics")


def that_is_all_button(_: Translate) -> str:
    return _("That is all")


def choose_topics_button(_: Translate) -> str:
    return _("Choose topics and area")


def ask_area(_: Translate) -> str:
    return _("Which district or city are you in? Write its name, send your location, or skip it.")


def confirm_opt_in(_: Translate, question: str, topics: str, area: str | None) -> str:
    """`question` is the one that is asked of everybody who wants updates."""
    text = _("Topics: %(topics)s\nArea: %(area)s")
    return f"{question}\n\n{text % {'topics': topics, 'area': area or _('the whole country')}}"


def no_button(_: Translate) -> str:
    return _("No, thank you")


def ask_reason(_: Translate) -> str:
    return _(
        "If you want, somebody of the platform can read your request and write to you here. "
        "What is it about?"
    )


def ask_matter(_: Translate) -> str:
    return _(
        "Write in one message what that person should know, or skip it. "
        "No document numbers or addresses, please."
    )


def person_reads(_: Translate, on_duty_until: datetime | None, now: datetime) -> str:
    """While somebody is on duty."""
    if on_duty_until is None:
        return _("Somebody is on duty and reads requests in the order in which they come.")
    text = _("Somebody is on duty until %(time)s and reads requests in the order they come.")
    return text % {"time": say_time(_, on_duty_until, now)}


def nobody_reads_now(_: Translate, next_duty: datetime, now: datetime) -> str:
    text = _("Nobody is on duty now. Requests are read from %(time)s on, in the order they come.")
    return text % {"time": say_time(_, next_duty, now)}


def no_fixed_hours(_: Translate) -> str:
    return _("Nobody is on duty at fixed hours, so I cannot promise when it is read.")


def nobody_on_roster(_: Translate) -> str:
    """A roster is kept, and nobody stands on it from now on."""
    return _("Nobody is on duty now, and nobody is planned. I cannot promise when it is read.")


def confirm_handover(_: Translate, about: str | None, area: str | None, when: str) -> str:
    text = _(
        "I would pass this on to somebody of the platform:\n"
        "About: %(about)s\nArea: %(area)s\n\n"
        "%(when)s It is no emergency service. May I pass it on?"
    )
    not_said = _("not said")
    return text % {"about": about or not_said, "area": area or not_said, "when": when}


def your_words(_: Translate) -> str:
    """Added to what is confirmed when words of the person's own go along."""
    return _("What you wrote about it goes along, encrypted.")


def pass_on_button(_: Translate) -> str:
    return _("Yes, pass it on")


def handed_over(_: Translate, when: str) -> str:
    text = _(
        "Done, I passed it on. %(when)s Whoever takes it writes to you in this chat, never asks "
        "for money, and never for your documents. To take it back, write ERASE."
    )
    return text % {"when": when}


def already_held(_: Translate) -> str:
    return _("Somebody of the platform reads this chat already and answers you here.")


def ask_claim(_: Translate) -> str:
    return _(
        "If you want us to look into what is being said, write it in one message, as you heard it. "
        "No names, please."
    )


def what_i_wrote_button(_: Translate) -> str:
    return _("What I just wrote")


def ask_heard(_: Translate) -> str:
    return _("Where did you hear or see it?")


def heard_name(_: Translate, heard: str) -> str:
    names = {
        "whatsapp": _("WhatsApp or Telegram"),
        "social_media": _("Facebook, TikTok and the like"),
        "person": _("Somebody told me"),
        "media": _("Radio, television, newspaper"),
        "office": _("In an office or a queue"),
        "other": _("Somewhere else"),
    }
    return names[heard]


def confirm_rumour(_: Translate) -> str:
    return _(
        "May I keep what you wrote, encrypted, so that the platform can check it? "
        "I do not tell anybody who said it."
    )


def keep_it_button(_: Translate) -> str:
    return _("Yes, keep it")


def rumour_kept(_: Translate) -> str:
    return _(
        "Thank you, I kept it to be checked. Until something is verified, please do not pass it "
        "on. What became of it you see with MY DATA."
    )


def ask_kind(_: Translate) -> str:
    return _(
        "You can leave a complaint here about anybody who gives aid. It is kept apart, encrypted, "
        "and does not affect the help that you get. I ask for no names. What happened?"
    )


def kind_name(_: Translate, kind: str) -> str:
    names = {
        "money": _("They asked for money"),
        "abuse": _("They abused or harassed me"),
        "treatment": _("They treated me badly"),
        "refused": _("They refused me help"),
        "unfair": _("It is shared out unfairly"),
        "data": _("They misused my data or photos"),
        "other": _("Something else"),
    }
    return names[kind]


def ask_organisation(_: Translate) -> str:
    return _(
        "Which organisation or place is it about, and what happened? Write it in one message, "
        "without names of people, or skip it. That organisation does not see it."
    )


def ask_reply(_: Translate) -> str:
    return _("Do you want an answer in this chat?")


def wants_reply_button(_: Translate) -> str:
    return _("Yes, I want an answer")


def no_reply_button(_: Translate) -> str:
    return _("No, only report it")


def confirm_complaint(_: Translate, kind: str | None, area: str | None) -> str:
    text = _(
        "I would keep this complaint apart from everything else:\n"
        "What happened: %(kind)s\nArea: %(area)s\n\n"
        "If you are in danger, write DANGER. May I keep it?"
    )
    return text % {"kind": kind or _("not said"), "area": area or _("not said")}


def complaint_kept(_: Translate, when: str) -> str:
    text = _("Done, your complaint is kept apart. %(when)s To take it back, write ERASE.")
    return text % {"when": when}


def tell_rumour_button(_: Translate) -> str:
    return _("Tell what I heard")


def complain_button(_: Translate) -> str:
    return _("Leave a complaint here")


def helped_button(_: Translate) -> str:
    return _("👍 It helped")


def not_helped_button(_: Translate) -> str:
    return _("👎 It did not help")


def glad_it_helped(_: Translate) -> str:
    return _("Thank you for telling me. I am here whenever you need me.")


def sorry_it_did_not(_: Translate) -> str:
    return _(
        "Thank you for telling me: I count it, so that the answer gets better. "
        "Tell me in other words what you need, or choose:"
    )


def somebody_reads(_: Translate, platform: str) -> str:
    """From whoever takes a request, before they write themselves."""
    text = _(
        "From now on somebody of %(platform)s reads what you write here and answers you. "
        "The assistant is silent meanwhile; to go back to it, write ASSISTANT. "
        "STOP and ERASE always work."
    )
    return text % {"platform": platform}


def from_person(_: Translate, text: str) -> str:
    """What a person of the platform wrote, told from what the assistant says."""
    return _("👤 A person writes:\n%(text)s") % {"text": text}


def passed_to(_: Translate, organisation: str) -> str:
    text = _(
        "As you agreed, your request is now with %(organisation)s. Whoever takes it there writes "
        "to you in this chat. Until then the assistant answers."
    )
    return text % {"organisation": organisation}


def case_ended(_: Translate) -> str:
    return _("The person who wrote to you has ended this. Now the assistant answers again.")


def back_with_assistant(_: Translate) -> str:
    return _("All right, the assistant answers again. What do you need?")


def own_cases(_: Translate, lines: list[str]) -> str:
    heading = _("What you passed on to the platform:")
    return "\n".join([heading, *(f"- {line}" for line in lines)])


def case_line(_: Translate, kind: str, date: str, standing: str) -> str:
    names = {
        "handover": _("Request for a person"),
        "rumour": _("Rumour"),
        "complaint": _("Complaint"),
    }
    return f"{names[kind]}, {date}: {standing}"


def standing(_: Translate, state: str, outcome: str | None) -> str:
    """How a case stands, as its person may know it."""
    states = {
        "open": _("nobody has read it yet"),
        "taken": _("somebody is looking into it"),
        "closed": _("closed"),
    }
    outcomes = {
        "true": _("checked: it is true"),
        "false": _("checked: it is not true"),
        "unclear": _("checked: it could not be cleared up"),
        "answered": _("answered"),
        "referred": _("passed on to whom it concerns"),
        "passed_on": _("passed on to whom it concerns"),
        "unreachable": _("closed, since you could not be reached"),
        "not_ours": _("closed: the platform cannot do anything about it"),
        "left": _("ended by you"),
    }
    return outcomes.get(outcome or "", states[state])


def forget_area_button(_: Translate) -> str:
    return _("Forget my area")


def forget_topics_button(_: Translate) -> str:
    return _("Forget my topics")


def forgotten(_: Translate) -> str:
    return _("Done, I forgot it.")
