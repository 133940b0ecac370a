"""The bot's own words, in the person's language through gettext. Facts live in the content; numbers
of last resort, such as `{police}`, come from the pack's file, read at the start, because they must
be said even when the database cannot be read (`content.voice`).

Every function takes `_` and returns finished text. Short: each is read on a small phone.
"""

from bot.proof_phrases import proof_lines, say_date
from bot.understanding import Scored
from content.answers import Answer, BeingChecked, Source, Step
from hub.i18n import Translate


def notice(_: Translate, platform: str, days: int) -> list[str]:
    """Said once, on first contact, before anything is answered: at most two short messages."""
    who = _(
        "Hello! I am the automatic assistant of %(platform)s (UN agencies and NGOs). "
        "It is free, and writing to me does not affect your case. I am not an emergency service: "
        "if you are in danger, call {police} (police) or {ambulance} (ambulance)."
    )
    data = _(
        "I keep your number or chat, and your messages for %(days)s days, all encrypted. "
        "The company that carries messages (WhatsApp and Twilio, or Telegram) also sees them. "
        "Do not send document numbers or photos. To delete what I keep, write ERASE."
    )
    return [who % {"platform": platform}, data % {"days": days}]


def help_text(_: Translate) -> str:
    return _(
        "Write your question in your own words, for example: how do I enrol my child in school?\n\n"
        "These words always work:\n"
        "UPDATES: receive verified updates\n"
        "STOP: no more updates\n"
        "LANGUAGE: change language\n"
        "PERSON: how to reach a person\n"
        "MY DATA: what I keep about you\n"
        "ERASE: delete it"
    )


def withheld(_: Translate) -> str:
    return _(
        "For your safety, please do not write document numbers, names, phones or addresses here. "
        "I do not need them, and I did not keep them."
    )


def greeting(_: Translate) -> str:
    return _("Hello! Ask me about papers, asylum, health, school, work or where to find help.")


def thanks(_: Translate) -> str:
    return _("You are welcome. I am here whenever you need me.")


def goodbye(_: Translate) -> str:
    return _("Take care. Write again whenever you need.")


def who_are_you(_: Translate, platform: str) -> str:
    text = _(
        "I am an automatic assistant, not a person. I belong to %(platform)s. My answers are texts "
        "that people wrote and checked. To reach a person, write PERSON."
    )
    return text % {"platform": platform}


def complaint(_: Translate) -> str:
    return _("I am sorry that I did not help. Try other words, or write PERSON to reach a person.")


def out_of_scope(_: Translate) -> str:
    return _(
        "I cannot help with that. I can answer about papers, asylum, health, school, work "
        "and where to find help."
    )


def unsure(_: Translate) -> str:
    return _("I want to be sure that I understood. Is it one of these?")


def unknown(_: Translate) -> str:
    return _("I do not know the answer, and I do not want to guess. Try other words, or choose:")


def only_text(_: Translate) -> str:
    return _("I can only read text. I did not open or keep what you sent. Please write it to me.")


def edited(_: Translate) -> str:
    return _("I saw that you changed a message. I cannot read changes: please write it again.")


def stale_button(_: Translate) -> str:
    return _("That button is too old. Please write your question.")


def none_of_these(_: Translate) -> str:
    return _("None of these")


def person(_: Translate) -> str:
    return _("People answer on this free line: {people}.")


def address_in_text(_: Translate) -> str:
    """What is said aloud instead of a web or mail address."""
    return _("the address that is written in the text")


def contact_person_button(_: Translate) -> str:
    return _("Reach a person")


def ask_language(_: Translate) -> str:
    return _("Which language do you prefer?")


def language_set(_: Translate) -> str:
    return _("Done. From now on I write to you in English.")


def language_in_part(_: Translate, name: str) -> str:
    """Of a language into which not everything is translated yet."""
    text = _("Done. I am still learning %(language)s. What I cannot say in it, I say in Spanish.")
    return text % {"language": name}


def ask_opt_in(_: Translate, platform: str) -> str:
    text = _(
        "Do you want to receive verified updates from %(platform)s in this chat? "
        "A few a month. You can stop at any time with the word STOP."
    )
    return text % {"platform": platform}


def opt_in_button(_: Translate) -> str:
    return _("Yes, I want updates")


def opted_in(_: Translate) -> str:
    return _("Done. You will receive verified updates here. Write STOP when you want no more.")


def already_opted_in(_: Translate) -> str:
    return _("You already receive updates here. Write STOP when you want no more.")


def opted_out(_: Translate) -> str:
    return _(
        "Done. I will not send you updates any more. You can still write to me with your questions."
    )


def ask_whether_to_stop(_: Translate) -> str:
    return _("Shall I stop sending you updates? You can still write to me with your questions.")


def leave_button(_: Translate) -> str:
    return _("Yes, stop")


def stay_button(_: Translate) -> str:
    return _("No, I want updates")


def nothing_changes(_: Translate) -> str:
    return _("All right, nothing changes.")


def my_data(_: Translate, *, language: str, updates: bool, days: int, area: str | None) -> str:
    """What is kept about this contact, told to this contact."""
    receives = _("yes") if updates else _("no")
    text = _(
        "What I keep about you:\n"
        "- your number or chat, encrypted\n"
        "- your language: %(language)s\n"
        "- your area: %(area)s\n"
        "- updates: %(updates)s\n"
        "- your messages of the last %(days)s days, encrypted\n\n"
        "I keep neither your name nor your documents. To delete it all, write ERASE."
    )
    return text % {
        "language": language,
        "area": area or _("not known"),
        "updates": receives,
        "days": days,
    }


def ask_erase(_: Translate) -> str:
    return _("I will delete everything that I keep about you. This cannot be undone. Are you sure?")


def erase_button(_: Translate) -> str:
    return _("Yes, delete it all")


def keep_button(_: Translate) -> str:
    return _("No, keep it")


def kept(_: Translate) -> str:
    return _("All right, I deleted nothing.")


def erased(_: Translate) -> str:
    return _(
        "Done. In two minutes everything that I keep about you is deleted. "
        "Only a mark without name or number stays, so that no updates reach you. "
        "If you write later, we begin anew."
    )


def ask_need(_: Translate) -> str:
    return _("What are you looking for?")


def ask_place(_: Translate) -> str:
    return _("In which district or city are you? Write its name or send your location.")


def place_unknown(_: Translate) -> str:
    return _("I do not know that place. Write the name of a district or city.")


def form_left(_: Translate) -> str:
    return _("All right, we leave it. What else can I help you with?")


def near_me_button(_: Translate) -> str:
    return _("Places near me")


def need_name(_: Translate, need: str) -> str:
    """What a need is called on a button."""
    names = {
        "asylum_office": _("Asylum office"),
        "immigration_office": _("Migraciones office"),
        "health": _("Health care"),
        "legal": _("Legal help"),
        "shelter": _("A place to sleep"),
        "food": _("Food"),
        "child_friendly_space": _("Space for children"),
        "psychosocial": _("Emotional support"),
        "connectivity": _("Internet and charging"),
        "transport": _("Transport"),
        "cash": _("Cash assistance"),
        "hotline": _("Phone lines"),
        "police": _("Police"),
        "education": _("Schools"),
    }
    return names.get(need, need)


def no_services(_: Translate) -> str:
    return _("I have no verified place of that kind there.")


def answer(_: Translate, found: Answer, language: str) -> str:
    """The verified text, its source and date, and what the reader should know about it."""
    return _verified(_, found, found.text, found.sources[:1], language, found.language)


def step(_: Translate, found: Answer, told: Step, language: str) -> str:
    """A step of an answer, with the source of its own."""
    sources = (told.source,) if told.source else ()
    return _verified(_, found, told.text, sources, language, told.language)


def _verified(
    _: Translate,
    found: Answer,
    text: str,
    sources: tuple[Source, ...],
    language: str,
    told_in: str,
) -> str:
    lines = [text.strip(), proof_lines(_, found, sources, language)]
    if told_in != language:
        lines.insert(0, _("This text exists only in Spanish:"))
    if found.is_demonstration:
        lines.append(demonstration(_))
    return "\n\n".join(line for line in lines if line)


def demonstration(_: Translate) -> str:
    return _("DEMONSTRATION: nobody has verified this text.")


def being_checked(_: Translate, absent: BeingChecked, language: str) -> str:
    """Never an expired text as a fact: since when it is being checked, and who looks after it."""
    if not absent.title:
        return _(
            "We are checking the information about this. I do not give it until it is verified. "
            "You can ask on this free line: {people}."
        )
    since = say_date(absent.since, language) if absent.since else None
    if since:
        text = _(
            "We have been checking the information about “%(title)s” since %(date)s. "
            "I do not give it until it is verified. "
            "You can ask on this free line: {people}."
        )
    else:
        text = _(
            "We are checking the information about “%(title)s”. "
            "I do not give it until it is verified. "
            "You can ask on this free line: {people}."
        )
    return text % {"title": absent.title, "date": since}


def safety_fallback(_: Translate) -> str:
    """When even the vetted safety text cannot be read: short, true, and with a line to call."""
    return _(
        "I read you. I am here.\n\n"
        "If you are in danger now, call {police} (police) or {ambulance} (ambulance). "
        "{listening} listens 24 hours, free. They may speak only Spanish. "
        "This chat cannot send help. You decide what to do. To reach a person, write PERSON.\n\n"
        "Is it safe to write here? "
        "To delete this chat, press and hold it in your list and choose delete."
    )


def care(_: Translate) -> str:
    """Said on the turns after a disclosure, in place of small talk."""
    return _(
        "I am still here. You do not have to explain anything. What I told you before still holds. "
        "To reach a person, write PERSON. You can also ask me what you need."
    )


def if_not_safe(_: Translate) -> str:
    """After an answer, when something in the question left a doubt; says nothing of what."""
    return _("One more thing: if you or somebody near you is not safe now, write DANGER.")


def hostile(_: Translate) -> str:
    return _("I understand that you are upset. I will try to help: what do you need?")


def failed(_: Translate) -> str:
    return _("Something went wrong on my side. Please write again, or call {people}.")


def too_many(_: Translate, minutes: int) -> str:
    """To whoever writes more than anybody reads answers to; said once, and then nothing."""
    text = _(
        "You wrote very many messages in a short time. I answer your questions again in about "
        "%(minutes)s minutes. If you are in danger, write DANGER: I always answer that."
    )
    return text % {"minutes": minutes}


def topic_choices(titles: dict[str, str], ranking: tuple[Scored, ...], most: int) -> list[str]:
    """The topics among the ranked that can be offered, best first."""
    return [each.topic for each in ranking if each.topic in titles][:most]
