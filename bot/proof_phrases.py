"""What an answer says about itself: its source, who verified it, until when, and its code.

As `bot.phrases`: every function takes `_` and returns finished text.
"""

from datetime import date

from babel.core import UnknownLocaleError
from babel.dates import format_date

from content.answers import Answer, Source
from content.proof import Proof
from hub.i18n import FALLBACK, Translate

# ht and others without Babel month names still get a date that nobody misreads.
_DATE_FORMAT = "d MMM y"


def step_name(_: Translate, step: str) -> str:
    """What a step is called on a button."""
    names = {
        "what_you_need": _("What you need"),
        "where": _("Where"),
        "cost": _("Cost"),
        "time": _("Time"),
        "if_it_goes_wrong": _("If something goes wrong"),
    }
    return names[step]


def proof_lines(_: Translate, found: Answer, sources: tuple[Source, ...], language: str) -> str:
    """Where it was read; who verified it, when and until when; the code that proves it."""
    lines = [_("Source: %(source)s") % {"source": source.name} for source in sources]
    if found.verified_on and not found.is_demonstration:
        words = _("Verified on %(date)s by: %(group)s")
        lines.append(
            words
            % {"date": say_date(found.verified_on, language), "group": group_name(_, found.owner)}
        )
        if found.valid_until:
            lines.append(
                _("Valid until %(date)s") % {"date": say_date(found.valid_until, language)}
            )
    if found.code:
        lines.append(_("Code: %(code)s") % {"code": found.code})
    return "\n".join(lines)


def group_name(_: Translate, owner: str) -> str:
    """A sub-group of the platform; one that a pack names itself is shown as it spells it."""
    names = {
        "protection": _("Protection"),
        "health and nutrition": _("Health and nutrition"),
        "basic needs": _("Basic needs"),
        "education": _("Education"),
        "integration": _("Integration"),
        "cash": _("Cash assistance"),
        "communications": _("Communications"),
        "information management": _("Information management"),
    }
    return names.get(owner, owner)


def is_current(_: Translate) -> str:
    return _(
        "Yes, this text is ours and it holds now. Below it is as we tell it. "
        "If what you received says something else, trust only what is here."
    )


def is_known_code(_: Translate) -> str:
    """A code alone says nothing about the words that it came with."""
    return _(
        "This code is ours, and its text holds now. Below is that text. "
        "If what you received says something else, it does not come from us."
    )


def is_replaced(_: Translate) -> str:
    return _(
        "We have corrected the text that this belongs to. Below is what holds now. "
        "If what you received says something else, do not rely on it."
    )


def is_checked(_: Translate, proof: Proof, language: str) -> str:
    """Since when, and whom to ask (HUM-40)."""
    text = _(
        "This text was ours, but do not rely on it any more: since %(date)s we are checking it. "
        "You can ask on this free line: {people}."
    )
    return text % {"date": say_date(proof.since, language) if proof.since else "–"}


def is_altered(_: Translate) -> str:
    return _(
        "Careful: this looks like a text of ours, but words or numbers are different, "
        "or something was added. Do not pay and do not send documents because of it. "
        "Below is what we say."
    )


def is_unknown(_: Translate) -> str:
    return _(
        "We never gave out this code. The text may be false: do not pay and do not send "
        "documents because of it. If you copied the code by hand, look at it again."
    )


def page_title(_: Translate) -> str:
    """Of the page of a code: nothing that a glance at the screen or a history would betray."""
    return _("Information")


def leave_page(_: Translate) -> str:
    return _("Leave this page")


def say_date(day: date, language: str) -> str:
    try:
        return str(format_date(day, format=_DATE_FORMAT, locale=language))
    except UnknownLocaleError:  # a language that Babel does not know at all
        return str(format_date(day, format=_DATE_FORMAT, locale=FALLBACK))
