"""How places and lines are told: what, where, when, how far, and how sure we are.

As `bot.phrases`: every function takes `_` and returns finished text.
"""

from datetime import datetime, timedelta

from content.conditions import Condition
from content.distances import Distance
from content.services import Openness, ServiceView
from hub.i18n import Translate

_UNDATED = "undated"  # what a source says that has no date


def services(_: Translate, found: list[ServiceView], place: str | None) -> str:
    """A list of services as they were ranked. What nobody confirmed says so, with its date."""
    heading = _("Near %(place)s:") % {"place": place} if place else _("These may help:")
    return "\n\n".join([heading, *(_service(_, each) for each in found)])


def _service(_: Translate, service: ServiceView) -> str:
    where = ", ".join(part for part in (service.address, service.area) if part)
    lines = [
        service.name,
        where,
        _("Tel. %(phone)s") % {"phone": service.phone} if service.phone else None,
        service.hours,
        _said(_, service) if service.said else _by_hours(_, service),
        service.cost,
        _("For: %(whom)s") % {"whom": service.serves} if service.serves else None,
        _("Bring: %(things)s") % {"things": service.bring} if service.bring else None,
        _distance(_, service),
    ]
    if not service.is_confirmed:
        lines.append(_service_date(_, service.source_date))
    return "\n".join(line for line in lines if line)


def _said(_: Translate, service: ServiceView) -> str | None:
    """What a desk says of today, and whose word it is."""
    if service.said is None:
        return None
    sentences = {
        Condition.OPEN: _("Open now, according to %(who)s, until %(time)s"),
        Condition.CLOSED: _("Closed now, according to %(who)s, until %(time)s"),
        Condition.FULL: _("Full now, according to %(who)s, until %(time)s"),
        Condition.MOVED: _("It has moved, according to %(who)s. Ask before you go."),
    }
    time = say_time(_, service.said.until, service.now)
    return sentences[service.said.condition] % {"who": service.said.organisation, "time": time}


def _by_hours(_: Translate, service: ServiceView) -> str | None:
    """What the usual hours say of now; holidays are not known."""
    if service.changes_at is None or service.openness is Openness.UNKNOWN:
        return None  # `hours` says what is known, also of what never closes
    time = say_time(_, service.changes_at, service.now)
    if service.openness is Openness.OPEN:
        return _("By its hours it is open now, until %(time)s") % {"time": time}
    return _("By its hours it is closed now. It opens: %(time)s") % {"time": time}


def say_time(_: Translate, moment: datetime, now: datetime) -> str:
    """`18:00` of today; of another day with its name."""
    clock = f"{moment:%H:%M}"
    if moment.date() == now.date():
        return clock
    if moment.date() == now.date() + timedelta(days=1):
        return _("%(time)s tomorrow") % {"time": clock}
    return _("%(time)s on %(day)s") % {"time": clock, "day": _day_name(_, moment.weekday())}


def _day_name(_: Translate, weekday: int) -> str:
    """Our own, because Babel does not know those of every language that we speak."""
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return names[weekday]


def _service_date(_: Translate, date_of_source: str) -> str:
    if date_of_source == _UNDATED:
        return _("We do not know the date of this information. Confirm before you go.")
    return _("Information of %(date)s. Confirm before you go.") % {"date": date_of_source}


def _distance(_: Translate, service: ServiceView) -> str | None:
    words = {
        Distance.PROVINCE: _("In your province, not in your district"),
        Distance.DEPARTMENT: _("In your region, further away"),
        Distance.NATIONAL: _("For the whole country"),
    }
    said = words.get(service.distance)
    if said and service.kilometres is not None:
        far = _("about %(km)s km in a straight line") % {"km": service.kilometres}
        return f"{said}: {far}"
    return said
