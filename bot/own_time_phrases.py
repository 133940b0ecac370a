"""What is said about the time where somebody is. As `bot.phrases`: every function takes `_` and
returns finished text. A night is told as the hours in which it begins and ends.
"""

from hub.i18n import Translate

Night = tuple[str, str]


def ask(_: Translate, night: Night, city: str, clock: str) -> str:
    text = _(
        "At night I send you no updates: from %(begins)s to %(ends)s. For me, your time is that of "
        "%(city)s, where it is %(clock)s now. If it is another time where you are, choose a "
        "country or write a large city near you."
    )
    return text % {"begins": night[0], "ends": night[1], "city": city, "clock": clock}


def ask_button(_: Translate) -> str:
    return _("Time where I am")


def noted(_: Translate, city: str, clock: str, night: Night) -> str:
    text = _(
        "Noted: your time is that of %(city)s, where it is %(clock)s now. From %(begins)s to "
        "%(ends)s there I send you no updates, unless it is to save lives."
    )
    return text % {"begins": night[0], "ends": night[1], "city": city, "clock": clock}


def which_city(_: Translate, cities: list[str]) -> str:
    text = _(
        "Not everybody there has the same time. Write a large city near you, such as %(city)s."
    )
    return text % {"city": ", ".join(cities)}


def no_night(_: Translate) -> str:
    return _("I send updates at any hour, so there is nothing to choose here.")


def own_time(_: Translate, place: str) -> str:
    """Added to what is kept about somebody."""
    return _("You told me the time where you are: that of %(place)s.") % {"place": place}


def forget_button(_: Translate) -> str:
    return _("Forget my time")
