"""Time zones as people name them: by a city, a country, or the zone itself (HUM-45).

From Babel's names and the list of zones on this machine. What a name could mean is told whole: who
asks decides whether one answer is left.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import Locale, UnknownLocaleError, get_global

from bot.text import fold, words

_NOWHERE = ("001", "ZZ")  # the "territories" of zones such as Etc/UTC
# The zone that a country's name means where only islands or a strip of land have another.
_MAINLAND = {
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
}
_SUMMER_AND_WINTER = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def find_zones(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The zones that these words name, best known by their name in one of the languages."""
    said = " ".join(words(text))
    known = _index(languages)
    return known.get(fold(text), ()) or known.get(said, ())


def city_of(zone: str, language: str) -> str:
    """The city that a zone is named after, as the language calls it."""
    city = _locale(language).time_zones.get(zone, {}).get("city")
    return str(city) if city else zone.rpartition("/")[2].replace("_", " ")


def country_of(zone: str, language: str) -> str | None:
    territory = _territory_of(zone)
    return _locale(language).territories.get(territory) if territory else None


def name_zone(zone: str, language: str) -> str:
    """A country where its name is enough, else a city with its country."""
    country = country_of(zone, language)
    if country is None:
        return city_of(zone, language)
    territory = _territory_of(zone) or ""
    if _zones_of(territory) == (zone,):
        return country
    return f"{city_of(zone, language)}, {country}"


@cache
def _index(languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for name, zone in _names(languages):
        found.setdefault(name, {})[zone] = None
    return {name: tuple(zones) for name, zones in found.items()}


def _names(languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    here = _here()
    aliases: Mapping[str, str] = get_global(
        "zone_aliases"
    )  # old names, such as America/Buenos_Aires
    territories: Mapping[str, str] = get_global("zone_territories")
    for zone, territory in territories.items():
        if zone not in here or territory in _NOWHERE:
            continue
        yield fold(zone), zone
        for language in (*languages, "en"):
            yield " ".join(words(city_of(zone, language))), zone
    for old, zone in aliases.items():
        if zone in here and territories.get(zone, _NOWHERE[0]) not in _NOWHERE:
            yield fold(old), zone
    for territory in sorted(set(territories.values()) - set(_NOWHERE)):
        for language in (*languages, "en"):
            country = _locale(language).territories.get(territory, territory)
            yield from ((" ".join(words(country)), zone) for zone in _zones_of(territory))


@cache
def _here() -> frozenset[str]:
    return frozenset(available_timezones())  # reads hundreds of files


@cache
def _zones_of(territory: str) -> tuple[str, ...]:
    """Those that a country's name may mean; one where they all keep the same time."""
    listed: list[str] = get_global("territory_zones").get(territory, [])
    here = _here()
    zones = tuple(zone for zone in listed if zone in here)
    if territory in _MAINLAND:
        return (_MAINLAND[territory],)
    capital = sorted(zones, key=lambda zone: not zone.endswith("Buenos_Aires"))
    return tuple(capital[:1]) if len({_offsets(zone) for zone in zones}) == 1 else zones


def _offsets(zone: str) -> tuple[object, ...]:
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SUMMER_AND_WINTER)


def _territory_of(zone: str) -> str | None:
    territories: Mapping[str, str] = get_global("zone_territories")
    territory = territories.get(zone)
    return None if territory in _NOWHERE else territory


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("es")
