"""Small packs for tests, and staff who may work on them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from content.area_codes import AreaCodes
from content.formatting import write_pack
from content.pack import (
    SAFETY_CLASSES,
    SAFETY_PREFIX,
    USUAL_RANK,
    AreaContent,
    Pack,
    PackSettings,
    ServiceContent,
    StepContent,
    TopicContent,
)
from hub.staff.models import Organisation, StaffMember

LIMA = ZoneInfo("America/Lima")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SETTINGS = PackSettings(
    name="Test platform",
    country="PE",
    languages=("es", "en", "ht"),
    owners=("protection", "integration"),
    needs=("legal", "food", "hotline"),
    safety_owner="protection",
    calling_code="51",
    area_codes=(2, 4, 6),
    lines={"police": "105", "ambulance": "106", "listening": "Línea 100", "people": "0800-15170"},
)
_SOURCE = {
    "id": "s1",
    "name": "Diario, 2026",
    "url": "https://example.org/1",
    "date": "2026-02-07",
    "confidence": "medium",
    "facts": "all of it",
    "says": ["Es gratis y atiende", "Si tienes dudas"],
}
_TEXTS = {
    "es": "Puedes pedir refugio en la oficina. Es gratis y atiende de 8:30 a 17:00. Lleva agua.\n"
    "Si tienes dudas, llama al 105. Nadie puede cobrarte por esto, ni pedirte favores.",
    "en": "You can ask for asylum at the office. It is free and open from 8:30 to 17:00.\n"
    "If you have doubts, call 105. Nobody may charge you for this, nor ask you for favours.",
    "ht": "Ou ka mande azil nan biwo a. Li gratis epi li louvri depi 8:30 rive 17:00.\n"
    "Si ou gen dout, rele 105. Pèsonn pa gen dwa fè w peye pou sa, ni mande w favè pou sa.",
}


STEPS = (
    StepContent(
        "where",
        {
            "es": "Ve a la oficina de la avenida España. Si no puedes ir, pregunta por otro lugar.",
            "en": "Go to the office on the avenue España. If you cannot go, ask for another place.",
            "ht": "Ale nan biwo ki sou avni España a. Si w pa ka ale, mande pou yon lòt kote.",
        },
    ),
    StepContent(
        "cost",
        {
            "es": "Es gratis. Nadie puede cobrarte. Si alguien te cobra, no pagues y avisa.",
            "en": "It is free. Nobody may charge you. If somebody does, do not pay and report it.",
            "ht": "Li gratis. Pèsonn pa gen dwa mande w lajan. Si yon moun mande w, pa peye l.",
        },
    ),
)


def make_topic(topic: str = "asylum.apply", **changes: object) -> TopicContent:
    plain = TopicContent(
        topic=topic,
        owner="protection",
        sensitive=False,
        handover=True,
        titles={"es": "Pedir refugio", "en": "Ask for asylum", "ht": "Mande azil"},
        need="legal",
        related=(),
        sources=(_SOURCE,),
        texts=dict(_TEXTS),
        more=STEPS,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def make_safety(safety_class: str) -> TopicContent:
    return make_topic(
        SAFETY_PREFIX + safety_class, titles={}, need=None, sensitive=True, handover=True, more=()
    )


def make_service(key: str, area: str | None, **changes: object) -> ServiceContent:
    plain = ServiceContent(
        key=key,
        owner="integration",
        organisation="Organización",
        names={"es": f"Servicio {key}", "en": f"Service {key}"},
        area=area,
        address="Av. España 734",
        needs=("legal",),
        rank=USUAL_RANK,
        phone="(01) 200-1000",
        hours={"es": "Lunes a viernes", "en": "Monday to Friday"},
        cost={},
        notes={},
        languages=(),
        source={"name": "Diario", "date": "2024", "confidence": "low"},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


CODES = AreaCodes.of_pack(SETTINGS.area_codes)
AREAS = tuple(
    AreaContent(code, name, aliases, population, at, common_word=False)
    for code, name, aliases, population, at in [
        ("15", "Lima (región)", (), 9_485_000, None),
        ("1501", "Lima", (), 8_575_000, (-12.046, -77.043)),
        ("150105", "Breña", (), 85_000, (-12.059, -77.05)),
        ("150132", "San Juan de Lurigancho", ("sjl",), 1_038_000, (-11.985, -77.005)),
        ("24", "Tumbes", (), 224_000, None),
        ("2403", "Zarumilla", (), 48_000, (-3.501, -80.275)),
        ("240302", "Aguas Verdes", (), 17_000, (-3.482, -80.245)),
    ]
)


def make_pack(*topics: TopicContent, services: tuple[ServiceContent, ...] = ()) -> Pack:
    safety = (make_safety(safety_class) for safety_class in SAFETY_CLASSES)
    return Pack(SETTINGS, (*(topics or (make_topic(),)), *safety), services, AREAS)


def write(folder: Path, pack: Pack | None = None) -> Path:
    """The pack's files below `folder`, in the canonical form."""
    write_pack(pack or make_pack(), folder)
    return folder


async def add_member(
    session: AsyncSession,
    name: str,
    roles: tuple[str, ...] = ("author", "verifier"),
    sub_groups: tuple[str, ...] = ("protection", "integration"),
) -> StaffMember:
    """Somebody of an organisation of their own, signed in by nothing: rules only need the row."""
    organisation = Organisation(name=f"Organisation of {name}")
    session.add(organisation)
    await session.flush()
    member = StaffMember(
        username=name,
        display_name=name.title(),
        organisation_id=organisation.id,
        roles=list(roles),
        sub_groups=list(sub_groups),
        password_hash="-",
        created_at=NOW,
    )
    session.add(member)
    await session.flush()
    return member
