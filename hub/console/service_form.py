"""The form of a service: from its fields to content, and from the rules' findings to phrases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from content.check_services import LONGEST
from content.findings import Finding
from content.models import AreaRow
from content.pack import USUAL_RANK, ServiceContent
from content.wording import strip_accents
from hub.console.frame import Visitor
from hub.i18n import Translate

TEXTS = ("name", "hours", "cost", "serves", "bring", "notes")
SOURCE = ("name", "url", "date", "confidence")
UNDATED = "undated"
_MOST = {"organisation": 200, "address": 200, "phone": 80}
_HIGHEST_RANK = 9999
EMPTY = ServiceContent(
    key="",
    owner="",
    organisation="",
    names={},
    area=None,
    address=None,
    needs=(),
    rank=USUAL_RANK,
    phone=None,
    hours={},
    cost={},
    notes={},
    languages=(),
    source={},
)


def text_names(_: Translate) -> dict[str, str]:
    return {
        "name": _("Name"),
        "hours": _("Hours"),
        "cost": _("Cost"),
        "serves": _("Whom it is for"),
        "bring": _("What to bring"),
        "notes": _("Note (not shown in the chat)"),
    }


def texts_of(content: ServiceContent) -> dict[str, dict[str, str]]:
    return {
        "name": content.names,
        "hours": content.hours,
        "cost": content.cost,
        "serves": content.serves,
        "bring": content.bring,
        "notes": content.notes,
    }


def read_service(visitor: Visitor, before: ServiceContent, area: str | None) -> ServiceContent:
    """What the form says; the key stays. Texts in languages that it does not show stay too."""
    texts = {name: _read_texts(visitor, name, texts_of(before)[name]) for name in TEXTS}
    rank = visitor.field("rank")
    return replace(
        before,
        owner=visitor.field("owner"),
        organisation=visitor.field("organisation"),
        names=texts["name"],
        area=area,
        address=visitor.field("address") or None,
        needs=tuple(visitor.choices("needs")),
        rank=int(rank) if rank.isascii() and rank.isdecimal() else before.rank,
        phone=visitor.field("phone") or None,
        hours=texts["hours"],
        cost=texts["cost"],
        notes=texts["notes"],
        languages=tuple(dict.fromkeys(visitor.field("languages").replace(",", " ").split())),
        source=_read_source(visitor),
        opening=tuple(visitor.field("opening").split("\n")) if visitor.field("opening") else (),
        serves=texts["serves"],
        bring=texts["bring"],
    )


def _read_texts(visitor: Visitor, name: str, before: Mapping[str, str]) -> dict[str, str]:
    shown = visitor.console.config.languages
    kept = {language: text for language, text in before.items() if language not in shown}
    said = {language: visitor.field(f"{name}_{language}") for language in shown}
    return {**{language: text for language, text in said.items() if text}, **kept}


def _read_source(visitor: Visitor) -> dict[str, str]:
    values = {name: visitor.field(f"source_{name}") for name in SOURCE}
    if values["date"].casefold() == visitor._("undated"):
        values["date"] = UNDATED
    return {name: text for name, text in values.items() if text}


def find_areas(typed: str, areas: Sequence[AreaRow]) -> list[AreaRow]:
    """What may be meant: a code at the beginning says it alone, a name the more of what is around
    it stands behind. Several may have one name, as a city and its province."""
    by_code = {area.code: area for area in areas}
    wanted = strip_accents(typed).strip()
    code = wanted.partition(" ")[0]
    if code.isdecimal():
        return [by_code[code]] if code in by_code else []
    names = {area.code: strip_accents(area_name(area, by_code)) for area in areas}
    whole = [area for area in areas if names[area.code] == wanted]
    return (
        whole
        if len(whole) == 1
        else [area for area in areas if f"{names[area.code]},".startswith(f"{wanted},")]
    )


def show_area(area: AreaRow, areas: Mapping[str, AreaRow]) -> str:
    """As the field holds it: with its code, so that it means no other."""
    return f"{area.code} {area_name(area, areas)}"


def area_name(area: AreaRow, areas: Mapping[str, AreaRow]) -> str:
    """With what is around it."""
    names, above = [area.name], areas.get(area.parent or "")
    while above is not None:
        names.append(above.name)
        above = areas.get(above.parent or "")
    return ", ".join(dict.fromkeys(names))


def find_service_errors(visitor: Visitor, content: ServiceContent) -> dict[str, str]:
    """What the rules of the pack do not look at."""
    _ = visitor._
    errors = {}
    for name, most in _MOST.items():
        if len(visitor.field(name)) > most:
            errors[name] = _("At most %(limit)s characters") % {"limit": most}
    if not content.organisation:
        errors["organisation"] = _("Say who runs it")
    if not 0 <= content.rank <= _HIGHEST_RANK:
        errors["rank"] = _("A number from 0 to 9999")
    if not content.source.get("name"):
        errors["source_name"] = _("Say who told it or where it was read")
    if not content.source.get("url", "https://").startswith(("https://", "http://")):
        errors["source_url"] = _("An address starts with https:// or http://")
    return errors


def explain_service(
    findings: Sequence[Finding], content: ServiceContent, _: Translate
) -> dict[str, str]:
    """The rules' findings as phrases, by field of the form."""
    errors: dict[str, str] = {}
    for finding in findings:
        field = finding.field.removeprefix(f"{content.key}.")
        errors.setdefault(*explain_field(field, _))
    return errors


def explain_field(field: str, _: Translate) -> tuple[str, str]:
    """The field of the form, and what it must hold."""
    kind, _dot, language = field.partition(".")
    if kind in TEXTS and language:
        words = _("At most %(limit)s characters fit in the chat")
        return f"{kind}_{language}", words % {"limit": LONGEST[kind]}
    if kind in TEXTS:
        return f"{kind}_es", _("Write it at least in Spanish and in English")
    phrases = {
        "needs": _("Choose at least one"),
        "owner": _("Choose a sub-group"),
        "area": _("There is no such place on our list"),
        "opening": _(
            "Write mon-fri 08:30-17:00, one span a line, and the same in words under Hours"
        ),
        "address": _(
            "The address of a shelter or a home for children is never told; leave it empty"
        ),
    }
    return kind, phrases.get(kind, _("The rules of the content do not allow this"))
