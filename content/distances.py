"""How far apart two places are, as far as the centres of their districts tell."""

import math
from enum import StrEnum

from content.area_codes import AreaCodes, Level

Centre = tuple[float, float]
_KM_PER_DEGREE = 111.2


class Distance(StrEnum):
    """How near a service is to where the person is, as far as areas tell: which `Level` of area
    they share, if any."""

    DISTRICT = "district"
    PROVINCE = "province"
    DEPARTMENT = "department"
    NATIONAL = "national"
    ELSEWHERE = "elsewhere"


ORDER = {distance: place for place, distance in enumerate(Distance)}


def measure(person: str | None, service: str | None, codes: AreaCodes) -> Distance:
    """Compare two area codes of any level; None is the whole country."""
    if service is None:
        return Distance.NATIONAL
    if person is None:
        return Distance.ELSEWHERE
    shared = min(len(person), len(service))
    for length, level in reversed([*codes.by_length.items()]):
        if shared >= length and person[:length] == service[:length]:
            return Distance(level)
    return Distance.ELSEWHERE


def kilometres(
    person: str | None, service: str | None, centres: dict[str, Centre], codes: AreaCodes
) -> float | None:
    """Between centres as the crow flies; None unless the service is in one known district and the
    person's place has a centre too. A department has none that says anything."""
    if person is None or service is None or codes.level(service) is not Level.DISTRICT:
        return None
    if codes.level(person) in (None, Level.DEPARTMENT):
        return None
    here, there = centres.get(person), centres.get(service)
    if here is None or there is None:
        return None
    narrowing = math.cos(math.radians((here[0] + there[0]) / 2))
    return _KM_PER_DEGREE * math.hypot(here[0] - there[0], (here[1] - there[1]) * narrowing)


def round_kilometres(exact: float) -> int:
    """As exact as centres allow: to 1 below 10, to 5 below 100, else to 10."""
    step = 1 if exact < 10 else 5 if exact < 100 else 10
    return max(1, round(exact / step) * step)
