"""The rules for services and areas of a pack, above all which places are never published."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from content.area_codes import AreaCodes
from content.findings import Findings
from content.opening import OpeningError, read_opening
from content.pack import Pack, PackSettings, ServiceContent
from content.place_words import normalise

# Where people hide from those who look for them, and where children live. Addresses of child
# protection *offices* are public and are not meant here.
_HIDDEN_PLACES = re.compile(
    r"\b(hogar de refugio|refugio temporal|hrt|casa de acogida|casa refugio|car|albergue|"
    r"acogimiento residencial|aldea infantil|safe house|shelter|refuge house)\b"
)

LONGEST = {"name": 90, "hours": 120, "cost": 60, "serves": 90, "bring": 120, "notes": 200}


def check_services(pack: Pack, findings: Findings) -> None:
    codes = {area.code for area in pack.areas}
    for key, times in Counter(service.key for service in pack.services).items():
        if times > 1:
            findings.error("services.yml", 1, "key", f"{key} is there {times} times; keep one")
    for service in pack.services:
        for field, message in _find_faults(service, pack.settings, codes):
            place = service.place
            line = place.lines.get(field, place.line_of(""))
            findings.error(place.path, line, f"{service.key}.{field}", message)


def check_areas(pack: Pack, findings: Findings) -> None:
    codes = Counter(area.code for area in pack.areas)
    known = AreaCodes.of_pack(pack.settings.area_codes)
    for area in pack.areas:
        line = area.place.line_of("")
        above = known.above(area.code)
        if not area.code.isdecimal() or known.level(area.code) is None:
            lengths = " or ".join(str(length) for length in known.by_length)
            message = f"{area.code!r} is no code of an area here: it has {lengths} digits"
            findings.error(area.place.path, line, "code", message)
        elif above and above not in codes:
            findings.error(area.place.path, line, "code", f"{above} above it is missing")
        if codes[area.code] > 1:
            findings.error(area.place.path, line, "code", f"{area.code} is there twice; keep one")


def _find_faults(
    service: ServiceContent, settings: PackSettings, codes: set[str]
) -> list[tuple[str, str]]:
    faults = _find_unknown_words(service, settings, codes)
    for field, texts in _texts_of(service).items():
        if texts and not {"es", "en"} <= texts.keys():
            faults.append((field, "needs at least es and en"))
        faults += _find_long(field, texts)
    faults += _find_bad_hours(service)
    if not service.needs:
        faults.append(("needs", "is empty; say what people find there"))
    if not service.names:
        faults.append(("name", "is empty; say what it is called, in es and en"))
    if service.address and _is_hidden(service):
        faults.append(("address", "addresses of safe houses and child homes are never published"))
    return faults


def _find_unknown_words(
    service: ServiceContent, settings: PackSettings, codes: set[str]
) -> list[tuple[str, str]]:
    unknown = [need for need in service.needs if need not in settings.needs]
    faults = [("needs", f"unknown need {need!r}; known are {settings.needs}") for need in unknown]
    if service.owner not in settings.owners:
        faults.append(("owner", f"unknown sub-group {service.owner!r}"))
    if service.area and service.area not in codes:
        faults.append(("area", f"no area {service.area!r} in areas.yml"))
    return faults


def _texts_of(service: ServiceContent) -> dict[str, dict[str, str]]:
    return {
        "name": service.names,
        "hours": service.hours,
        "cost": service.cost,
        "serves": service.serves,
        "bring": service.bring,
        "notes": service.notes,
    }


def _find_long(field: str, texts: dict[str, str]) -> list[tuple[str, str]]:
    most = LONGEST[field]
    return [
        (f"{field}.{language}", f"has {len(text)} characters; at most {most} fit in the chat")
        for language, text in texts.items()
        if len(text) > most
    ]


def _find_bad_hours(service: ServiceContent) -> list[tuple[str, str]]:
    if service.opening and not service.hours:
        return [("opening", "people read `hours`; say the same there")]
    try:
        read_opening(service.opening)
    except OpeningError as error:
        return [("opening", str(error))]
    return []


def _is_hidden(service: ServiceContent) -> bool:
    return is_hidden_place(service.names.values(), service.organisation, service.needs)


def is_hidden_place(names: Iterable[str], organisation: str, needs: Collection[str]) -> bool:
    """Whether people hide there or children live there: its address is never told."""
    words = normalise(" ".join([*names, organisation]))
    return "shelter" in needs or bool(_HIDDEN_PLACES.search(words))
